/**
 * Connections to other servers, for MIGRATE: kept for a while, for whoever moves one key to a server moves many. One
 * object per worker. Worker thread. Cold: once per MIGRATE. As valkey 8.0 `cluster.c`, migrateGetSocket.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { ClientState } from '../commands/client-state.ts';
import type { Target, TargetFailure, TargetPort } from '../commands/target-ports.ts';
import type { FrameWriter } from '../resp/encode.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';

/** What happens on a connection. */
export interface DialEvents {
  connected(): void;
  /** Lent for the length of the call. */
  data(bytes: Uint8Array, start: number, end: number): void;
  /** What waited has all left. */
  drained(): void;
  /** Once, also after `close`, and not before the call has returned that has led to it. An errno name, or ''. */
  closed(error: string): void;
}

export interface DialedConnection {
  /** Bytes that cannot leave yet. */
  readonly pendingBytes: number;
  write(bytes: Uint8Array, start: number, end: number): void;
  close(): void;
}

/** The way to other servers. */
export interface Dialer {
  open(host: string, port: number, events: DialEvents): DialedConnection;
  after(delayMs: number, work: () => void): NodeJS.Timeout;
}

/** As the servers'. */
const MOST_KEPT = 64;
const KEPT_MS = 10_000;
/** A line that is longer is none. */
const MOST_LINE_BYTES = 64 * 1024;
const MOST_PORT = 65_535;
const CARRIAGE_RETURN = /\r$/;

export class Targets implements TargetPort {
  readonly #engine: Engine;
  readonly #dialer: Dialer | undefined;
  /** Those that nobody uses, by name, the oldest first. */
  readonly #kept = new Map<string, TargetConnection>();

  constructor(engine: Engine, dialer: Dialer | undefined) {
    this.#engine = engine;
    this.#dialer = dialer;
  }

  take(host: string, port: number): Target {
    const name = `${host}:${port}`;
    const known = this.#kept.get(name);
    this.#kept.delete(name);
    return known ?? new TargetConnection(this, this.#dialer, host, port);
  }

  wake(client: ClientState): void {
    this.#engine.later.wake(client as EngineClient);
  }

  keep(target: TargetConnection): void {
    this.#kept.get(target.name)?.close();
    if (this.#kept.size >= MOST_KEPT) this.#kept.values().next().value?.close();
    this.#kept.set(target.name, target);
  }

  forget(target: TargetConnection): void {
    if (this.#kept.get(target.name) === target) this.#kept.delete(target.name);
  }
}

class TargetConnection implements Target, DialEvents {
  readonly name: string;
  database = -1;
  lines: string[] = [];
  failure: TargetFailure = '';
  isTimeout = false;
  readonly #targets: Targets;
  readonly #dialer: Dialer | undefined;
  readonly #host: string;
  readonly #port: number;
  #connection: DialedConnection | undefined = undefined;
  #isConnected = false;
  /** Not all that was sent has left. */
  #isWriting = false;
  #requests: readonly FrameWriter[] = [];
  #wanted = 0;
  #timeoutMs = 0;
  #done: (() => void) | undefined = undefined;
  #deadline: NodeJS.Timeout | undefined = undefined;
  /** The beginning of a line. */
  #rest = '';

  constructor(targets: Targets, dialer: Dialer | undefined, host: string, port: number) {
    this.name = `${host}:${port}`;
    this.#targets = targets;
    this.#dialer = dialer;
    this.#host = host;
    this.#port = port;
  }

  exchange(requests: readonly FrameWriter[], lines: number, timeoutMs: number, done: () => void): void {
    this.lines = [];
    this.failure = '';
    this.isTimeout = false;
    this.#requests = requests;
    this.#wanted = lines;
    this.#timeoutMs = timeoutMs;
    this.#done = done;
    if (this.#isConnected) this.#send();
    else if (this.#dialer === undefined) setImmediate(() => this.#fail('connecting', false));
    else if (this.#port >= 0 && this.#port <= MOST_PORT)
      this.#connection = this.#dialer.open(this.#host, this.#port, this);
    this.#wait();
  }

  giveBack(): void {
    if (this.#connection === undefined) return;
    this.#targets.keep(this);
    clearTimeout(this.#deadline);
    this.#deadline = this.#dialer?.after(KEPT_MS, () => this.close());
  }

  close(): void {
    this.#done = undefined;
    clearTimeout(this.#deadline);
    this.#targets.forget(this);
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  connected(): void {
    this.#isConnected = true;
    this.#send();
    this.#wait();
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#done === undefined) {
      // What nobody has asked for makes every later answer doubtful.
      this.close();
      return;
    }
    const parts = (this.#rest + decodeLatin1(bytes, start, end)).split('\n');
    this.#rest = parts.pop()!;
    for (const line of parts) this.lines.push(line.replace(CARRIAGE_RETURN, ''));
    if (this.lines.length > this.#wanted || this.#rest.length > MOST_LINE_BYTES) this.#fail('reading', false);
    else if (this.lines.length === this.#wanted) this.#finish();
    else this.#wait();
  }

  drained(): void {
    this.#isWriting = false;
    if (this.#done !== undefined) this.#wait();
  }

  closed(error: string): void {
    // It has no number any more that could be closed.
    this.#connection = undefined;
    if (this.#done === undefined) this.close();
    // The servers notice only when they write.
    else this.#fail(error === 'ECONNREFUSED' ? 'writing' : this.#stage, false);
  }

  get #stage(): TargetFailure {
    if (!this.#isConnected) return 'connecting';
    return this.#isWriting ? 'writing' : 'reading';
  }

  #send(): void {
    const connection = this.#connection!;
    for (const { bytes, length } of this.#requests) connection.write(bytes, 0, length);
    this.#requests = [];
    this.#isWriting = connection.pendingBytes > 0;
  }

  /** Something has moved: the time begins again. */
  #wait(): void {
    clearTimeout(this.#deadline);
    // Where there is no way there, that is not found out by waiting.
    const delayMs = this.#connection === undefined ? 0 : this.#timeoutMs;
    this.#deadline = this.#dialer?.after(delayMs, () => this.#fail(this.#stage, true));
  }

  #fail(failure: TargetFailure, isTimeout: boolean): void {
    const done = this.#done;
    if (done === undefined) return;
    this.failure = failure;
    this.isTimeout = isTimeout;
    this.close();
    done();
  }

  #finish(): void {
    const done = this.#done!;
    this.#done = undefined;
    clearTimeout(this.#deadline);
    done();
  }
}
