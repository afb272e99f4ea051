/** What the transport suites share: recording handlers, raw peers, waiting without clocks. */
import * as fs from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { createTransport, transportAvailability } from '../../../src/transport/create.ts';
import type {
  Address,
  ConnectionHandler,
  ConnectionId,
  ConnectOptions,
  Listener,
  ListenOptions,
  Transport,
} from '../../../src/transport/transport.ts';

export type Kind = 'native' | 'node';

/** The native transport is left out only where there is no Linux; a missing build there is a failure. */
export const kinds: Kind[] = process.platform === 'linux' ? ['native', 'node'] : ['node'];
if (process.platform === 'linux' && transportAvailability().kind !== 'native') {
  throw new Error(`run "node native/build.mjs" first: ${transportAvailability().reason}`);
}

/** Lets a test wait for a condition that other events change; each change is announced by `changed`. */
export class Condition {
  private waiting: (() => void)[] = [];

  changed(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }

  async until(test: () => boolean): Promise<void> {
    while (!test()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

/** Records everything one connection is told. */
export class Recorder extends Condition implements ConnectionHandler {
  readonly transport: Transport;
  id: ConnectionId = -2;
  isConnected = false;
  chunks: Buffer[] = [];
  received = 0;
  endedCount = 0;
  drainedCount = 0;
  closedCount = 0;
  error = '';
  calls: string[] = [];
  onData: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  onEnded: (() => void) | undefined;
  onConnected: (() => void) | undefined;
  onClosed: (() => void) | undefined;
  /** Off for big transfers. */
  keepsData = true;

  constructor(transport: Transport) {
    super();
    this.transport = transport;
  }

  connected(connection: ConnectionId): void {
    this.note('connected', connection);
    this.isConnected = true;
    this.onConnected?.();
    this.changed();
  }

  data(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    this.note('data', connection);
    this.received += end - start;
    if (this.keepsData) this.chunks.push(Buffer.from(bytes.slice(start, end)));
    this.onData?.(bytes, start, end);
    this.changed();
  }

  ended(connection: ConnectionId): void {
    this.note('ended', connection);
    this.endedCount++;
    this.onEnded?.();
    this.changed();
  }

  drained(connection: ConnectionId): void {
    this.note('drained', connection);
    this.drainedCount++;
    this.changed();
  }

  closed(connection: ConnectionId, error: string): void {
    this.note('closed', connection);
    this.closedCount++;
    this.error = error;
    this.onClosed?.();
    this.changed();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  send(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.transport.write(this.id, bytes, 0, bytes.length);
  }

  untilText(text: string): Promise<void> {
    return this.until(() => this.text === text);
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.closedCount > 0);
  }

  private note(what: string, connection: ConnectionId): void {
    if (connection !== this.id) throw new Error(`${what} for ${connection}, expected ${this.id}`);
    this.calls.push(what);
  }
}

/** One transport under test with what it accepted; destroyed by `cleanUp`. */
export class Bench extends Condition {
  readonly transport: Transport;
  readonly accepted: Recorder[] = [];
  prepare: ((recorder: Recorder) => void) | undefined;

  constructor(kind: Kind) {
    super();
    this.transport = createTransport(kind);
    open.push(() => this.transport.destroy());
  }

  listen(options: Partial<ListenOptions> = {}): Promise<Listener> {
    return this.transport.listen(
      { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, backlog: 511, reusePort: false, ...options },
      (connection) => {
        const recorder = new Recorder(this.transport);
        recorder.id = connection;
        this.accepted.push(recorder);
        this.prepare?.(recorder);
        this.changed();
        return recorder;
      },
    );
  }

  connect(address: Address, options: Partial<ConnectOptions> = {}): Recorder {
    const recorder = new Recorder(this.transport);
    recorder.id = this.transport.connect(
      { address, connectTimeoutMs: 10_000, keepAliveMs: 0, ...options },
      recorder,
    );
    return recorder;
  }

  async nextAccepted(index = 0): Promise<Recorder> {
    await this.until(() => this.accepted.length > index);
    return this.accepted[index] as Recorder;
  }
}

const open: (() => void)[] = [];

/** Runs when the test ends, newest first. */
export function onCleanUp(action: () => void): void {
  open.push(action);
}

export function cleanUp(): void {
  while (open.length > 0) open.pop()?.();
}

/** Answers the peer's FIN with its own, so that the connection ends. */
export function hangUp(recorder: Recorder): Recorder {
  recorder.onEnded = () => recorder.transport.shutdown(recorder.id);
  return recorder;
}

/** Sends back what arrives, and its FIN. */
export function echo(recorder: Recorder): void {
  recorder.keepsData = false;
  recorder.onData = (bytes, start, end) => recorder.transport.write(recorder.id, bytes, start, end);
  recorder.onEnded = () => recorder.transport.shutdown(recorder.id);
}

export function endOf(address: Address): { path: string } | { host: string; port: number } {
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
}

/** A plain socket as the other end. */
export async function rawClient(address: Address, allowHalfOpen = false): Promise<Socket> {
  const socket = connect({ ...endOf(address), allowHalfOpen });
  onCleanUp(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A plain server as the other end. */
export async function rawServer(
  accept: (socket: Socket) => void,
): Promise<{ server: Server; address: Address & { kind: 'tcp' } }> {
  const server = createServer({ allowHalfOpen: true }, accept);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanUp(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no address');
  return { server, address: { kind: 'tcp', host: '127.0.0.1', port: bound.port } };
}

interface Emitter {
  once(event: string, listener: (...values: unknown[]) => void): unknown;
}

export function once(emitter: Emitter, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve);
    if (event !== 'error') emitter.once('error', reject);
  });
}

/** Reads a raw socket until `bytes` have come, or its end. */
export function readRaw(socket: Socket, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (): void => {
      socket.off('data', take);
      resolve(Buffer.concat(chunks));
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= bytes) finish();
    };
    socket.on('data', take);
    socket.resume();
    socket.once('end', finish);
    socket.once('error', reject);
  });
}

/** Lets the event loop turn, for checks that something does not happen. */
export function nextTurns(turns: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number): void => {
      if (left === 0) resolve();
      else setTimeout(turn, 0, left - 1);
    };
    turn(turns);
  });
}

/** A path in a folder that the clean-up removes. */
export function temporaryPath(name: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-'));
  onCleanUp(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, name);
}
