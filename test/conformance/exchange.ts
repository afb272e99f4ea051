/**
 * A connection that sends many commands in one write and hands back the bytes of each reply: what the command cases
 * are played through. No promise or timer per reply, so that tens of thousands of cases take seconds.
 */
import * as net from 'node:net';
import { ReplyCutter } from '../support/load/wire.ts';

const PUSH = 62;

interface Waiting {
  readonly count: number;
  readonly replies: Buffer[];
  readonly resolve: (replies: readonly Buffer[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class Exchange {
  readonly #socket: net.Socket;
  readonly #cutter = new ReplyCutter();
  #waiting: Waiting | undefined;
  #closed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.#finish());
    socket.on('close', () => this.#finish());
  }

  static connect(port: number): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Exchange(socket));
      });
    });
  }

  /**
   * Writes `bytes` and resolves with the next `count` replies that are no pushes; with fewer when the other side
   * closes. Rejects when they are not there after `timeoutMs`, telling how many were.
   */
  exchange(bytes: Buffer, count: number, timeoutMs = 60_000): Promise<readonly Buffer[]> {
    return new Promise((resolve, reject) => {
      const late = (): void => {
        const had = this.#waiting?.replies.length;
        this.#waiting = undefined;
        reject(new Error(`reply ${had} of ${count} did not come within ${timeoutMs} ms`));
      };
      const timer = setTimeout(late, timeoutMs);
      this.#waiting = { count, replies: [], resolve, reject, timer };
      if (this.#closed) this.#finish();
      else this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const cutter = this.#cutter;
    try {
      cutter.push(chunk);
      while (cutter.next()) {
        const waiting = this.#waiting;
        if (waiting === undefined || cutter.bytes[cutter.start] === PUSH) continue;
        waiting.replies.push(Buffer.from(cutter.bytes.subarray(cutter.start, cutter.end)));
        if (waiting.replies.length === waiting.count) this.#settle();
      }
    } catch (error) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      clearTimeout(waiting?.timer);
      this.#socket.destroy();
      waiting?.reject(error as Error);
    }
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    waiting?.resolve(waiting.replies);
  }

  #finish(): void {
    this.#closed = true;
    this.#settle();
  }
}
