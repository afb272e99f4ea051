/**
 * Keys that the shadow keeps past their expiry because it is near, until they are gone on the primary. Worker thread
 * (slot owner). Without this a command that the primary ran in a key's last moments might reach the shadow too late.
 *
 * Asking the primary for a key that has expired makes it delete the key, sooner than it would have by itself. So it is
 * asked only where something may have changed the key meanwhile, or where the expiry was set by its own clock.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { keySlot } from '../base/slot.ts';
import { namesDatabase } from '../shadow/intake.ts';
import { type KeyExpiry, keptExpiry } from '../shadow/key-expiry.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { LeasedKey, Leases } from '../shadow/primary-side.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import type { LocalExecutor } from './executor.ts';
import { askTimesToLive, expiryOf } from './expiring-keys.ts';

const SLOT_COUNT = 16384;

interface Lease {
  readonly leased: LeasedKey;
  readonly slot: number;
  readonly expiresAtMs: number;
  /** The key has certainly expired by then, if there were no more writes to it than these. */
  readonly goneAtMs: number;
  readonly writes: number;
}

/** A key with leases. */
interface LeaseCount {
  leases: number;
  /** Writes to this key alone. */
  writes: number;
}

/** So much after its expiry a key should be gone on the primary. */
const GRACE_MS = 3;
/** A server that has not expired a key by then is asked again after this. */
const AGAIN_MS = 20;
/** An answer that took longer says too little of when the key expires: half of how much two servers may differ. */
const SLOW_ANSWER_MS = 500;
/** Beyond this many, keys simply expire on both sides by themselves. */
const MAX_LEASES = 10_000;

export class KeyLeases implements Leases {
  readonly #executor: LocalExecutor;
  /** By database and key. */
  readonly #keys = new Map<string, LeaseCount>();
  /** How many leases a slot has. */
  readonly #leases = new Int32Array(SLOT_COUNT);
  /** Writes to several keys, by slot, and those that may be to any, counted while there are leases. */
  readonly #writes = new Int32Array(SLOT_COUNT);
  #writesToAll = 0;

  constructor(executor: LocalExecutor) {
    this.#executor = executor;
  }

  /** A command has run on the primary: told in the order of each slot. */
  hasRun(item: MirrorItem): void {
    if (this.#keys.size === 0 || !item.isWrite) return;
    if (item.allSlots) {
      this.#writesToAll += 1;
      // A script may look at keys that it does not name.
      item.nearExpiry = true;
    } else if (item.slots !== undefined || namesDatabase(item.definition)) {
      for (let index = 0; index < item.slotCount; index++) this.#writes[item.slotAt(index)] += 1;
    } else if (item.slotCount === 1 && this.#leases[item.slot] > 0) {
      const { database, frame, keyStart, keyEnd } = item;
      const count = this.#keys.get(leaseName(database, frame.bytes, keyStart, keyEnd));
      if (count !== undefined) count.writes += 1;
    }
  }

  /** As `add`. False: there are too many, the key must be told its real expiry. */
  mayAdd(leased: LeasedKey, expiresAtMs: number, goneAtMs: number, askAtMs: number): boolean {
    if (this.#keys.size >= MAX_LEASES) return false;
    this.add(leased, expiresAtMs, goneAtMs, askAtMs);
    return true;
  }

  /** Whether a command may give the expiry of a key that is kept to another one. */
  concern(item: MirrorItem): boolean {
    if (this.#keys.size === 0 || (item.slots === undefined && !namesDatabase(item.definition))) return false;
    for (let index = 0; index < item.slotCount; index++) {
      if (this.#leases[item.slotAt(index)] > 0) return true;
    }
    return false;
  }

  /** Cold: when databases are swapped. */
  leasedSlots(): Int32Array {
    const slots: number[] = [];
    this.#leases.forEach((count, slot) => {
      if (count > 0) slots.push(slot);
    });
    return Int32Array.from(slots);
  }

  /** Whether the shadow has a later expiry for this key than the primary. */
  has(database: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#keys.size > 0 && this.#keys.has(leaseName(database, bytes, start, end));
  }

  /** The shadow has been told to keep the key; `expiresAtMs` is its real expiry, Unix time. */
  add(leased: LeasedKey, expiresAtMs: number, goneAtMs: number, askAtMs = expiresAtMs): void {
    const name = nameOf(leased);
    const count = this.#keys.get(name);
    if (count === undefined) this.#keys.set(name, { leases: 1, writes: 0 });
    else count.leases += 1;
    this.#leases[keySlot(leased.key, 0, leased.key.length)] += 1;
    this.#wait(leased, expiresAtMs, goneAtMs, askAtMs);
  }

  /** Nobody has written to the key, and its time is over. With its slot held. */
  isGone({ leased, slot, writes, goneAtMs }: Lease): boolean {
    return this.#writesTo(leased, slot) === writes && this.#executor.services.clock.nowMs > goneAtMs;
  }

  /** Only grows while the key has leases. */
  #writesTo(leased: LeasedKey, slot: number): number {
    return this.#keys.get(nameOf(leased))!.writes + this.#writes[slot] + this.#writesToAll;
  }

  #wait(leased: LeasedKey, expiresAtMs: number, goneAtMs: number, askAtMs: number): void {
    const { services, gate } = this.#executor;
    const slot = keySlot(leased.key, 0, leased.key.length);
    const lease: Lease = { leased, slot, expiresAtMs, goneAtMs, writes: this.#writesTo(leased, slot) };
    const overAtMs = goneAtMs === Number.POSITIVE_INFINITY ? askAtMs : goneAtMs;
    const delayMs = Math.max(1, overAtMs - services.clock.nowMs + GRACE_MS);
    services.after(delayMs, () =>
      gate.enter(new LeaseEnd(this.#executor, lease, (aliveMs) => this.#over(leased, aliveMs))),
    );
  }

  #over(leased: LeasedKey, aliveMs: number): void {
    if (aliveMs > 0) {
      const againAtMs = this.#executor.services.clock.nowMs + Math.max(aliveMs, AGAIN_MS);
      this.#wait(leased, againAtMs, Number.POSITIVE_INFINITY, againAtMs);
      return;
    }
    const count = this.#keys.get(nameOf(leased))!;
    count.leases -= 1;
    if (count.leases === 0) this.#keys.delete(nameOf(leased));
    this.#leases[keySlot(leased.key, 0, leased.key.length)] -= 1;
  }
}

function nameOf({ database, key }: LeasedKey): string {
  return leaseName(database, key, 0, key.length);
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
  readonly #lease: Lease;
  readonly #done: (aliveMs: number) => void;

  /** `done` gets the time left of a lease that goes on, or 0. */
  constructor(executor: LocalExecutor, lease: Lease, done: (aliveMs: number) => void) {
    this.#executor = executor;
    this.#lease = lease;
    this.#done = done;
  }

  slotAt(): number {
    return this.#lease.slot;
  }

  run(): void {
    const { key, database, resp } = this.#lease.leased;
    const { services, contexts, leases } = this.#executor;
    if (leases.isGone(this.#lease)) {
      this.#end({ key, state: 'gone', atMs: 0 }, 0);
      return;
    }
    const lane = this.#executor.laneFor(contexts.get(database, resp, undefined, undefined));
    const askedAtMs = services.clock.nowMs;
    askTimesToLive(lane, [key], ([remainingMs]) => {
      const isNear = remainingMs >= 0 && remainingMs < this.#executor.stream!.intake.expiryWindowMs;
      if (remainingMs >= 0 && services.clock.nowMs - askedAtMs > SLOW_ANSWER_MS) {
        this.#end(keptExpiry(key, services.clock.nowMs), AGAIN_MS);
        return;
      }
      // A primary that does not tell leaves what was known before.
      const expiry: KeyExpiry = Number.isNaN(remainingMs)
        ? { key, state: 'expires', atMs: this.#lease.expiresAtMs }
        : expiryOf(key, askedAtMs, remainingMs);
      this.#end(isNear ? undefined : expiry, isNear ? Math.max(1, remainingMs) : 0);
    });
  }

  #end(expiry: KeyExpiry | undefined, aliveMs: number): void {
    const { database, resp } = this.#lease.leased;
    const { stream, gate } = this.#executor;
    if (expiry !== undefined) {
      const slots = Int32Array.of(this.#lease.slot);
      stream!.tellExpiries([expiry], database, resp, slots, () => stream!.intake.unsure(slots, 'expiry'));
    }
    gate.leave(this);
    this.#done(aliveMs);
  }
}
