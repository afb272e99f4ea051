/**
 * This process between the one before it and the one after it: what it takes over when it starts, and what it gives
 * when another comes. Main thread. Cold: once per process. See docs/rolling-restart.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationalError } from '../base/errors.ts';
import { within } from '../base/within.ts';
import { LAST_ID } from './admission.ts';
import type { FromWorker, ServerState } from './control.ts';
import { type GivenAdmin, type GiverParts, HandOverGiver } from './hand-over-giver.ts';
import type { TakeOver } from './hand-over-taker.ts';

const PRIMARY_POLL_MS = 20;

export interface SuccessionParts extends Omit<GiverParts, 'lastClientId'> {
  /** Of `SHARED_CLIENT_BYTES`. */
  readonly clients: SharedArrayBuffer;
  /** The process that this one takes over from, if any. */
  readonly before: TakeOver | undefined;
  readonly primary: () => ServerState;
}

export class Succession {
  readonly #parts: SuccessionParts;
  readonly #clientIds: BigInt64Array;
  readonly #giver: HandOverGiver;

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
    this.#clientIds = new BigInt64Array(parts.clients, 0, 1);
    const lastClientId = (): number => Number(Atomics.load(this.#clientIds, LAST_ID));
    this.#giver = new HandOverGiver({ ...parts, lastClientId });
  }

  /** Listens where nobody does. Rejects where this process could not serve, before it takes anything. */
  async prepare(): Promise<void> {
    const { listening, before, config, primary } = this.#parts;
    await listening.bind(before?.addresses ?? new Set());
    if (before === undefined) return;
    const deadlineMs = Date.now() + config().primary.connectTimeoutMs * 2;
    while (!primary().up && Date.now() < deadlineMs) await sleep(PRIMARY_POLL_MS);
    // Nobody is to be taken away from a process that may reach it.
    if (!primary().up)
      throw new OperationalError('take_over_failed', `the primary is down: ${primary().reason}`);
  }

  /** Serves in place of the process before. */
  async receive(): Promise<void> {
    const { listening, before, peers } = this.#parts;
    if (before === undefined) return;
    const given = await before.listeners();
    if (given === undefined) {
      // It has come to its end by itself.
      await listening.bind(new Set());
      return;
    }
    Atomics.store(this.#clientIds, LAST_ID, BigInt(given.lastClientId));
    await listening.inherit(given.descriptors);
    let turn = 0;
    before.serve((clients) => peers[turn++ % peers.length]!.tell({ type: 'adopt', clients }));
  }

  /** Another process may take over from this one. */
  offer(admin: GivenAdmin): void {
    this.#giver.offer(admin);
  }

  hear(worker: number, message: Extract<FromWorker, { type: 'moved' | 'empty' }>): void {
    if (message.type === 'moved') this.#giver.moved(message.clients);
    else this.#giver.empty(worker);
  }

  /** This process comes to its end: the one before keeps what it has not given, and the next gets what is promised. */
  async close(): Promise<void> {
    await within(this.#giver.serving(), this.#parts.config().limits.drainTimeoutMs);
    this.#giver.isOver = true;
    this.#parts.before?.close();
  }

  /** Resolves when what is on its way to the next process is there. */
  settled(): Promise<void> {
    return this.#giver.settled();
  }
}
