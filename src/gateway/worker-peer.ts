/** One worker as the main thread sees it: starting it, telling it things, waiting for what it says. Cold. */
import { type MessagePort, Worker } from 'node:worker_threads';
import { OperationalError, type OperationalErrorCode } from '../base/errors.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './control.ts';

export type StartedMessage = Extract<FromWorker, { type: 'started' }>;

export interface PeerEvents {
  /** A message that nobody waits for. */
  hear(message: FromWorker): void;
  /** It has come to an end, with an error or without. */
  died(error: unknown): void;
}

export class WorkerPeer {
  readonly worker: Worker;
  /** What it said when it was there. */
  started: StartedMessage | undefined = undefined;
  /** Who waits for the next message of a type. */
  readonly #waiting = new Map<FromWorker['type'], (message: FromWorker) => void>();

  constructor(setup: WorkerSetup, events: PeerEvents) {
    // Beside this file, whether it is the source or its build.
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup });
    this.worker.on('message', (message: FromWorker) => {
      const waiting = this.#waiting.get(message.type);
      this.#waiting.delete(message.type);
      if (waiting === undefined) events.hear(message);
      else waiting(message);
    });
    this.worker.on('error', (error) => events.died(error));
    this.worker.on('exit', () => events.died(undefined));
  }

  async start(): Promise<void> {
    this.started = await this.next('started');
  }

  tell(message: ToWorker, ports: readonly MessagePort[] = []): void {
    this.worker.postMessage(message, ports);
  }

  /** The next message of a type; rejects with what the worker says went wrong. */
  next<T extends FromWorker['type']>(type: T): Promise<Extract<FromWorker, { type: T }>> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(type, (message) => resolve(message as Extract<FromWorker, { type: T }>));
      this.#waiting.set('failed', (message) => {
        const failed = message as Extract<FromWorker, { type: 'failed' }>;
        reject(new OperationalError(failed.code as OperationalErrorCode, failed.message));
      });
    });
  }
}

/** Gives workers the means to wake each other. */
export function connectPeers(peers: readonly WorkerPeer[]): void {
  peers.forEach((peer, index) => {
    const wakes = peers.flatMap((other, of) =>
      (other.started?.wakes ?? []).filter(({ by }) => by === index).map(({ token }) => ({ of, token })),
    );
    const ports = wakes.flatMap(({ token }) => token.port ?? []);
    if (wakes.length > 0) peer.tell({ type: 'connect', wakes }, ports);
  });
}
