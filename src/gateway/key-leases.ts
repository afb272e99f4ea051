/**
 * Keys that the shadow keeps past their expiry because it is near, until they are gone on the primary. Worker thread
 * (slot owner). Without this a command that the primary ran in a key's last moments might reach the shadow too late.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { keySlot } from '../base/slot.ts';
import type { KeyExpiry } from '../shadow/key-expiry.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import type { LocalExecutor } from './executor.ts';
import { askTimesToLive, expiryOf } from './expiring-keys.ts';

export interface LeasedKey {
  readonly key: Uint8Array;
  readonly database: number;
  readonly resp: 2 | 3;
}

/** So much after its expiry a key should be gone on the primary. */
const GRACE_MS = 3;
/** A server that has not expired a key by then is asked again after this. */
const AGAIN_MS = 20;
/** Beyond this many, keys simply expire on both sides by themselves. */
const MAX_LEASES = 10_000;

export class KeyLeases {
  readonly #executor: LocalExecutor;
  /** Leases by database and key. */
  readonly #keys = new Map<string, number>();

  constructor(executor: LocalExecutor) {
    this.#executor = executor;
  }

  /** False: there are too many, the key must be told its real expiry. */
  hasRoom(): boolean {
    return this.#keys.size < MAX_LEASES;
  }

  /** Whether the shadow has a later expiry for this key than the primary. */
  has(database: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#keys.size > 0 && this.#keys.has(leaseName(database, bytes, start, end));
  }

  /** The shadow has been told to keep the key; `expiresAtMs` is its real expiry, Unix time. */
  add(leased: LeasedKey, expiresAtMs: number): void {
    const name = leaseName(leased.database, leased.key, 0, leased.key.length);
    this.#keys.set(name, (this.#keys.get(name) ?? 0) + 1);
    this.#endAt(leased, expiresAtMs);
  }

  #endAt(leased: LeasedKey, expiresAtMs: number): void {
    const { services, gate } = this.#executor;
    const delayMs = Math.max(1, expiresAtMs - services.clock.nowMs + GRACE_MS);
    services.after(delayMs, () =>
      gate.enter(new LeaseEnd(this.#executor, leased, expiresAtMs, (aliveMs) => this.#over(leased, aliveMs))),
    );
  }

  #over(leased: LeasedKey, aliveMs: number): void {
    if (aliveMs > 0) this.#endAt(leased, this.#executor.services.clock.nowMs + Math.max(aliveMs, AGAIN_MS));
    else {
      const name = leaseName(leased.database, leased.key, 0, leased.key.length);
      const left = (this.#keys.get(name) ?? 1) - 1;
      if (left === 0) this.#keys.delete(name);
      else this.#keys.set(name, left);
    }
  }
}

function leaseName(database: number, bytes: Uint8Array, start: number, end: number): string {
  return `${database} ${decodeLatin1(bytes, start, end)}`;
}

/** Tells the shadow the truth about a leased key, with its slot held. */
class LeaseEnd implements GateTask {
  readonly lane = -1;
  readonly slotCount = 1;
  readonly allSlots = false;
  readonly #executor: LocalExecutor;
  readonly #leased: LeasedKey;
  readonly #slot: number;
  readonly #expiresAtMs: number;
  readonly #done: (aliveMs: number) => void;

  /** `done` gets the time left of a lease that goes on, or 0. */
  constructor(
    executor: LocalExecutor,
    leased: LeasedKey,
    expiresAtMs: number,
    done: (aliveMs: number) => void,
  ) {
    this.#executor = executor;
    this.#leased = leased;
    this.#expiresAtMs = expiresAtMs;
    this.#slot = keySlot(leased.key, 0, leased.key.length);
    this.#done = done;
  }

  slotAt(): number {
    return this.#slot;
  }

  run(): void {
    const { key, database, resp } = this.#leased;
    const { services, contexts, gate } = this.#executor;
    const stream = this.#executor.stream!;
    const lane = this.#executor.laneFor(contexts.get(database, resp, undefined, undefined));
    const askedAtMs = services.clock.nowMs;
    askTimesToLive(lane, [key], ([remainingMs]) => {
      const isNear = remainingMs >= 0 && remainingMs < stream.intake.expiryWindowMs;
      if (!isNear) {
        // A primary that does not tell leaves what was known before.
        const expiry: KeyExpiry = Number.isNaN(remainingMs)
          ? { key, state: 'expires', atMs: this.#expiresAtMs }
          : expiryOf(key, askedAtMs, remainingMs);
        stream.tellExpiries([expiry], database, resp, Int32Array.of(this.#slot));
      }
      gate.leave(this);
      this.#done(isNear ? Math.max(1, remainingMs) : 0);
    });
  }
}
