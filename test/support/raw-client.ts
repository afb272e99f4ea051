/**
 * A bare RESP client for tests: sends exactly the bytes it is told to and shows exactly the replies that came back.
 * It never reconnects, retries or pipelines behind the test's back, and shares no code with `src`.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';
import {
  type Decoded,
  decodeRaw,
  MalformedReply,
  type PlainReply,
  plain,
  type RawReply,
} from './raw-reply.ts';

export type RawArgument = string | number | bigint | Uint8Array;

export interface RawClientOptions {
  readonly host?: string;
  readonly port?: number;
  readonly unixPath?: string;
  readonly tls?: tls.ConnectionOptions;
  readonly connectTimeoutMs?: number;
}

export interface RawFrame {
  readonly reply: RawReply;
  /** The reply as it was on the wire, attributes included. */
  readonly bytes: Buffer;
}

interface Waiter {
  /** What was sent, for the error when there is no reply. */
  readonly command: readonly RawArgument[];
  readonly resolve: (frame: RawFrame) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** One command as an array of bulk strings. */
export function encodeCommand(args: readonly RawArgument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const argument of args) {
    const bytes = argument instanceof Uint8Array ? Buffer.from(argument) : Buffer.from(String(argument));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

export class RawClient {
  readonly socket: net.Socket;
  /** Every RESP3 push that came, oldest first. A test may empty it. */
  readonly pushes: PlainReply[] = [];
  /** Set once the connection is gone. */
  closed = false;
  closeError: Error | undefined;
  /** How long `read` waits for a reply. */
  timeoutMs = 60_000;
  /** A view of `storage`: what has come and is no complete reply yet. */
  private buffered: Buffer = Buffer.alloc(0);
  private storage: Buffer = Buffer.allocUnsafeSlow(65_536);
  private readonly frames: RawFrame[] = [];
  private readonly waiters: Waiter[] = [];
  private readonly pushWaiters: (() => void)[] = [];
  private readonly closeWaiters: (() => void)[] = [];

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => {
      this.closeError = error;
    });
    socket.on('close', () => this.finish());
  }

  /** Rejects when the connection or its TLS handshake fails or takes longer than `connectTimeoutMs` (30 s). */
  static connect(options: RawClientOptions): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const target = options.unixPath
        ? { path: options.unixPath }
        : { host: options.host ?? '127.0.0.1', port: options.port ?? 0 };
      const socket = options.tls ? tls.connect({ ...target, ...options.tls }) : net.connect(target);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new Error('connecting took too long')),
        options.connectTimeoutMs ?? 30_000,
      );
      socket.once('error', fail);
      socket.once(options.tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.off('error', fail);
        resolve(new RawClient(socket));
      });
    });
  }

  /** Sends one command and waits for the next reply. An error reply is a value, not an exception. */
  async call(...args: readonly RawArgument[]): Promise<PlainReply> {
    this.send(encodeCommand(args));
    return plain((await this.readFrame(this.timeoutMs, args)).reply);
  }

  /** As `call`, with the types of the reply kept. */
  async callTyped(...args: readonly RawArgument[]): Promise<RawReply> {
    this.send(encodeCommand(args));
    return (await this.readFrame(this.timeoutMs, args)).reply;
  }

  /** As `call`, giving the bytes of the reply. */
  async callBytes(...args: readonly RawArgument[]): Promise<Buffer> {
    this.send(encodeCommand(args));
    return (await this.readFrame(this.timeoutMs, args)).bytes;
  }

  /** Sends all commands in one write, then waits for as many replies. */
  async pipeline(commands: readonly (readonly RawArgument[])[]): Promise<PlainReply[]> {
    this.send(Buffer.concat(commands.map(encodeCommand)));
    const replies: PlainReply[] = [];
    for (const command of commands)
      replies.push(plain((await this.readFrame(this.timeoutMs, command)).reply));
    return replies;
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Sends one command and waits for nothing. */
  sendCommand(...args: readonly RawArgument[]): void {
    this.send(encodeCommand(args));
  }

  /** The next reply that is not a push. Rejects after `timeoutMs`, or when the connection closes before it came. */
  async read(timeoutMs = this.timeoutMs): Promise<PlainReply> {
    return plain((await this.readFrame(timeoutMs)).reply);
  }

  /** As `read`, not decoded. `command` is what it should answer: errors name it. */
  readFrame(timeoutMs = this.timeoutMs, command: readonly RawArgument[] = []): Promise<RawFrame> {
    const frame = this.frames.shift();
    if (frame) return Promise.resolve(frame);
    if (this.closed) return Promise.reject(this.closeReason(command));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new Error(`no reply${nameOf(command)} within ${timeoutMs} ms`));
      }, timeoutMs);
      const waiter: Waiter = { command, resolve, reject, timer };
      this.waiters.push(waiter);
    });
  }

  /** Waits until `pushes` holds something and takes the oldest. */
  async readPush(timeoutMs = this.timeoutMs): Promise<PlainReply> {
    const deadline = Date.now() + timeoutMs;
    while (this.pushes.length === 0) {
      const remainingMs = deadline - Date.now();
      if (remainingMs <= 0) throw new Error(`no push within ${timeoutMs} ms`);
      if (this.closed) throw this.closeReason();
      await waitWithTimeout(this.pushWaiters, remainingMs);
    }
    return this.pushes.shift() as PlainReply;
  }

  /** Replies that have come and were not read. */
  get unread(): number {
    return this.frames.length;
  }

  /** Bytes that have come and are no complete reply yet. */
  get unreadBytes(): Buffer {
    return this.buffered;
  }

  /** Switches to RESP3 and gives the reply of HELLO. */
  hello3(): Promise<PlainReply> {
    return this.call('HELLO', '3');
  }

  /** Waits until the other side has closed. Rejects after `timeoutMs`. */
  async waitForClose(timeoutMs = this.timeoutMs): Promise<void> {
    if (!this.closed) await waitWithTimeout(this.closeWaiters, timeoutMs);
    if (!this.closed) throw new Error(`the connection was not closed within ${timeoutMs} ms`);
  }

  /** Sends FIN and goes on reading. */
  end(): void {
    this.socket.end();
  }

  /** Closes at once. */
  close(): void {
    this.socket.destroy();
  }

  /** Closes with a reset instead of FIN. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private receive(chunk: Buffer): void {
    this.append(chunk);
    let start = 0;
    try {
      while (start < this.buffered.length) {
        const decoded: Decoded | undefined = decodeRaw(this.buffered, start);
        if (!decoded) break;
        const bytes = Buffer.from(this.buffered.subarray(start, decoded.end));
        start = decoded.end;
        this.deliver({ reply: decoded.reply, bytes });
      }
    } catch (error) {
      if (!(error instanceof MalformedReply)) throw error;
      this.closeError = error;
      this.socket.destroy();
    }
    this.buffered = this.buffered.subarray(start);
  }

  /** Grows by doubling, so that a long reply in many chunks is not copied once per chunk. */
  private append(chunk: Buffer): void {
    const length = this.buffered.length + chunk.length;
    const start = this.buffered.byteOffset - this.storage.byteOffset;
    if (this.buffered.length === 0 || start + length > this.storage.length) {
      const storage = this.storage.length >= length * 2 ? this.storage : Buffer.allocUnsafeSlow(length * 2);
      this.buffered.copy(storage, 0);
      this.storage = storage;
      chunk.copy(storage, this.buffered.length);
      this.buffered = storage.subarray(0, length);
      return;
    }
    chunk.copy(this.storage, start + this.buffered.length);
    this.buffered = this.storage.subarray(start, start + length);
  }

  private deliver(frame: RawFrame): void {
    if (frame.reply.type === 'push') {
      this.pushes.push(plain(frame.reply));
      for (const waiter of this.pushWaiters.splice(0)) waiter();
      return;
    }
    const waiter = this.waiters.shift();
    if (!waiter) {
      this.frames.push(frame);
      return;
    }
    clearTimeout(waiter.timer);
    waiter.resolve(frame);
  }

  private finish(): void {
    this.closed = true;
    for (const waiter of this.waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(this.closeReason(waiter.command));
    }
    for (const waiter of this.pushWaiters.splice(0)) waiter();
    for (const waiter of this.closeWaiters.splice(0)) waiter();
  }

  private closeReason(command: readonly RawArgument[] = []): Error {
    const cause = this.closeError ? ` (${this.closeError.message})` : '';
    return new Error(`no reply${nameOf(command)}: the connection is closed${cause}`);
  }
}

/** ` to "CLUSTER NODES"`: of a command what tells which it is, and not its values. */
function nameOf(command: readonly RawArgument[]): string {
  if (command.length === 0) return '';
  const words = command.slice(0, 2).map((word) => (word instanceof Uint8Array ? '…' : String(word)));
  return ` to "${words.join(' ').slice(0, 60)}"`;
}

function waitWithTimeout(waiters: (() => void)[], timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      const index = waiters.indexOf(done);
      if (index >= 0) waiters.splice(index, 1);
      resolve();
    }, timeoutMs);
    waiters.push(done);
  });
}
