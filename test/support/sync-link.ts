/**
 * Connections to one server whose owner blocks until the reply is there: for code that is synchronous by nature, such
 * as a script that calls commands. A thread of its own does the waiting.
 */
import { once } from 'node:events';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { onCleanup } from './cleanup.ts';
import { encodeCommand, type RawArgument } from './raw-client.ts';

export interface SyncWiring {
  readonly shared: SharedArrayBuffer;
  /** `greeting`: bytes sent at once, whose one reply is dropped. */
  readonly connections: readonly { readonly port: number; readonly greeting: string }[];
}

export const stateWaiting = 0;
export const stateReady = 1;
export const stateFailed = 2;
/** Where replies begin in the shared memory. */
export const replyBytes = 16;

const largestReply = 64 * 1024 * 1024;
const timeoutMs = 20_000;
const loader = path.resolve(import.meta.dirname, 'typescript.mjs');

export class SyncLink {
  readonly #shared = new SharedArrayBuffer(replyBytes + largestReply);
  readonly #words = new Int32Array(this.#shared, 0, 2);
  readonly #reply = new Uint8Array(this.#shared, replyBytes);
  readonly #worker: Worker;

  /** One connection that speaks RESP2 (index 0) and one that speaks RESP3 (index 1). */
  static async open(port: number): Promise<SyncLink> {
    const link = new SyncLink(port);
    await once(link.#worker, 'message');
    return link;
  }

  private constructor(port: number) {
    const hello = encodeCommand(['HELLO', '3']).toString('latin1');
    const wiring: SyncWiring = {
      shared: this.#shared,
      connections: [
        { port, greeting: '' },
        { port, greeting: hello },
      ],
    };
    this.#worker = new Worker(path.join(import.meta.dirname, 'sync-link-worker.ts'), {
      workerData: wiring,
      execArgv: ['--import', loader],
    });
    onCleanup(async () => void (await this.#worker.terminate()));
  }

  /** The bytes of the reply. Throws when the connection closes or nothing comes. */
  call(version: 2 | 3, args: readonly RawArgument[]): Buffer {
    Atomics.store(this.#words, 0, stateWaiting);
    this.#worker.postMessage({ index: version - 2, bytes: encodeCommand(args) });
    if (Atomics.wait(this.#words, 0, stateWaiting, timeoutMs) === 'timed-out') {
      throw new Error(`no reply within ${timeoutMs} ms to ${String(args[0])}`);
    }
    const bytes = Buffer.from(this.#reply.slice(0, this.#words[1]));
    if (this.#words[0] === stateFailed) throw new Error(bytes.toString());
    return bytes;
  }
}
