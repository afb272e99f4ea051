/**
 * One connection of the mixed load: writes batches of commands, checks each reply against what the batch expects,
 * writes the next batch when all have come. Knows nothing of the other clients.
 */
import * as net from 'node:net';
import type { Expected, Mix } from './mix.ts';
import { kindBit } from './mix-table.ts';
import { encodeCommand, ReplyCutter, showReply, type WireReply } from './wire.ts';

export interface LoadTarget {
  readonly host?: string;
  readonly port?: number;
  readonly unixPath?: string;
}

/** Shared by all clients of a run. */
export interface LoadCounts {
  commands: number;
  replies: number;
  readonly byCommand: Map<string, number>;
  readonly errors: Map<string, number>;
  /** Replies that were not what the client asked for, and lost connections. Empty in a good run. */
  readonly failures: string[];
  failureCount: number;
}

export interface LoadClientOptions {
  readonly target: LoadTarget;
  readonly mix: Mix;
  readonly counts: LoadCounts;
  readonly resp3: boolean;
  readonly database: number;
  /** Adds commands to the mix. Adding none ends the client. */
  readonly refill: (mix: Mix) => void;
  /** Lost connections are opened again and counted as errors instead of failures. */
  readonly reconnect: boolean;
}

const SETUP = { name: 'setup', accepts: 63, check: undefined } as const;

export class LoadClient {
  /** Settles when the client has nothing left to say; never rejects. */
  readonly finished: Promise<void>;
  private readonly options: LoadClientOptions;
  private socket: net.Socket | undefined;
  private cutter = new ReplyCutter();
  private waiting: readonly Expected[] = [];
  private answered = 0;
  private done = false;
  private finish: () => void = () => {};

  constructor(options: LoadClientOptions) {
    this.options = options;
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.open();
  }

  /** What the client was waiting for, for the message when a run does not end. */
  describe(): string {
    const next = this.waiting[this.answered];
    const where = `${this.answered} of ${this.waiting.length} replies`;
    const rest = `next ${next?.name ?? 'nothing'}, ${this.cutter.unfinished} bytes`;
    return `client ${this.options.mix.clientIndex}: ${where}, ${rest}`;
  }

  destroy(): void {
    this.done = true;
    this.socket?.destroy();
    this.finish();
  }

  private open(): void {
    const { target, resp3, database } = this.options;
    const socket = net.connect(
      target.unixPath !== undefined
        ? { path: target.unixPath }
        : { host: target.host ?? '127.0.0.1', port: target.port ?? 0 },
    );
    this.socket = socket;
    this.cutter = new ReplyCutter();
    socket.setNoDelay(true);
    let text = resp3 ? encodeCommand(['HELLO', 3]) : encodeCommand(['PING']);
    text += encodeCommand(['SELECT', database]);
    this.waiting = [SETUP, SETUP];
    this.answered = 0;
    socket.on('connect', () => socket.write(text, 'latin1'));
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) =>
      this.note(`connection: ${(error as NodeJS.ErrnoException).code ?? error.message}`),
    );
    socket.on('close', () => this.closed());
  }

  private note(text: string): void {
    if (this.done) return;
    if (this.options.reconnect) bump(this.options.counts.errors, text);
    else this.fail(text);
  }

  private closed(): void {
    if (this.done) return;
    this.note('connection closed');
    if (!this.options.reconnect) {
      this.destroy();
      return;
    }
    const { mix } = this.options;
    mix.ownText = undefined;
    mix.ownCount = Number.NaN;
    setTimeout(() => {
      if (!this.done) this.open();
    }, 20);
  }

  private receive(chunk: Buffer): void {
    if (this.done) return;
    try {
      this.cutter.push(chunk);
      while (this.cutter.next()) {
        this.reply(this.cutter.decode());
        if (this.done) return;
      }
    } catch (error) {
      this.fail((error as Error).message);
      this.destroy();
      return;
    }
    if (this.answered === this.waiting.length) this.write();
  }

  private write(): void {
    const { mix, refill, counts } = this.options;
    mix.text = '';
    mix.expected = [];
    refill(mix);
    if (mix.expected.length === 0) {
      this.destroy();
      return;
    }
    this.waiting = mix.expected;
    this.answered = 0;
    counts.commands += mix.expected.length;
    this.socket?.write(mix.text, 'latin1');
  }

  private reply(reply: WireReply): void {
    const { counts } = this.options;
    const expected = this.waiting[this.answered++];
    if (expected === undefined) {
      this.fail(`a reply nobody asked for: ${showReply(reply)}`);
      return;
    }
    counts.replies++;
    bump(counts.byCommand, expected.name);
    const bit = kindBit(reply);
    if (bit === 0) {
      bump(counts.errors, reply.text.replace(/'[^']*:\d+(:rate)?'/g, "'KEY'"));
      return;
    }
    const complaint =
      (bit & expected.accepts) === 0 ? `answered ${showReply(reply).slice(0, 200)}` : expected.check?.(reply);
    if (complaint !== undefined) this.fail(`${expected.name}: ${complaint}`);
  }

  private fail(text: string): void {
    const { counts, mix } = this.options;
    counts.failureCount++;
    if (counts.failures.length < 50) counts.failures.push(`client ${mix.clientIndex}: ${text}`);
  }
}

function bump(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
