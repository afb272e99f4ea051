/** The thread behind `sync-link.ts`: does the waiting for replies, so that its owner can block until one is there. */
import * as net from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { ReplyScanner } from '../../src/resp/scan-reply.ts';
import { replyBytes, type SyncWiring, stateFailed, stateReady, stateWaiting } from './sync-link.ts';

const { shared, connections } = workerData as SyncWiring;
const words = new Int32Array(shared, 0, 2);
const reply = new Uint8Array(shared, replyBytes);

function answer(state: number, bytes: Uint8Array): void {
  reply.set(bytes);
  words[1] = bytes.length;
  Atomics.store(words, 0, state);
  Atomics.notify(words, 0);
}

/** Sends what it is given and answers with the one reply that comes. */
class Connection {
  readonly #socket: net.Socket;
  readonly #scanner = new ReplyScanner();
  #received: Buffer[] = [];
  #isWanted = false;
  /** Replies to come that nobody waits for: the greeting's. */
  #dropped = 0;
  #error = '';

  constructor(options: net.NetConnectOpts, greeting: string) {
    this.#socket = net.connect(options);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => {
      this.#error = error.message;
    });
    this.#socket.on('close', () => this.#fail());
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    if (greeting === '') return;
    this.#dropped = 1;
    this.#socket.write(greeting);
  }

  request(bytes: Uint8Array): void {
    this.#isWanted = true;
    if (this.#socket.closed) this.#fail();
    else this.#socket.write(bytes);
  }

  #fail(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    answer(stateFailed, Buffer.from(this.#error || 'the connection is closed'));
  }

  #take(chunk: Buffer): void {
    let start = 0;
    while (start < chunk.length) {
      const end = this.#scanner.scan(chunk, start, chunk.length);
      this.#received.push(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (end === -1) return;
      const bytes = Buffer.concat(this.#received);
      this.#received = [];
      this.#scanner.reset();
      this.#finish(bytes, end >= 0);
      start = end < 0 ? chunk.length : end;
    }
  }

  #finish(bytes: Buffer, isWellFormed: boolean): void {
    if (this.#dropped > 0) {
      this.#dropped -= 1;
      return;
    }
    this.#isWanted = false;
    if (isWellFormed) answer(stateReady, bytes);
    else answer(stateFailed, Buffer.from(`malformed reply: ${bytes.subarray(0, 200).toString('latin1')}`));
  }
}

const opened = connections.map(({ port, greeting }) => new Connection({ host: '127.0.0.1', port }, greeting));
parentPort!.on('message', ({ index, bytes }: { index: number; bytes: Uint8Array }) => {
  if (Atomics.load(words, 0) === stateWaiting) opened[index].request(bytes);
});
parentPort!.postMessage('ready');
