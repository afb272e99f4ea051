/**
 * Writes to keys that are about to expire, with a shadow. Worker thread (slot owner).
 *
 * The shadow's copy of a key expires at the same time as the primary's, but a command reaches the shadow a little
 * later than the primary. One that runs on the primary just before the key expires would find it gone on the shadow,
 * and then the two would differ for good. So, for a write near its keys' expiry, with their slots held:
 *
 * 1. The primary is asked how long the keys still live. If one is in its last moments, ask again when it is gone.
 * 2. The shadow is told to keep those that live, and to drop those that are gone.
 * 3. The write runs on the primary, which is asked again how long the keys live now.
 * 4. The shadow gets the write, what blocked clients took of it, and behind all that the exact times, for they are what
 *    that has left; what expires soon is kept on as a lease (see `key-leases.ts`) until it is gone on the primary.
 *
 * Where the write took so long that a key may or may not have expired before it ran, its slots are dirty.
 *
 * So the client's command waits for one round trip to the primary, and for at most a few milliseconds more when its key
 * is expiring this very moment. It never waits for the shadow.
 */
import { asciiBytes } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import { replyInteger } from '../resp/reply.ts';
import { type KeyExpiry, keptExpiry } from '../shadow/key-expiry.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import { WholeReply } from '../upstream/whole-reply.ts';
import { isNear } from './care.ts';
import type { LocalExecutor } from './executor.ts';
import { itemKeys } from './item-keys.ts';

/** A key with less to live than this may be gone before the command behind the question runs. */
const LAST_MOMENTS_MS = 3;

/** Clients wait no longer than this for a key to be gone, however slow the shadow is. */
const MAX_WAIT_MS = 100;

/** PTTL's answer for a key that does not exist. */
const GONE = -2;

const PTTL = asciiBytes('PTTL');

export class ExpiringKeys {
  readonly #executor: LocalExecutor;
  readonly #lane: CommandLane;
  readonly #context: { readonly database: number; readonly resp: 2 | 3 };
  readonly #slots: Int32Array;
  readonly #keys: Uint8Array[] = [];
  /** By key that the shadow was told to keep: it lives until then at the least. */
  readonly #livesUntilMs: number[] = [];

  /** `slots`: those of the items, held by the caller until `after` has called back. */
  constructor(
    executor: LocalExecutor,
    lane: CommandLane,
    items: readonly MirrorItem[],
    context: { readonly database: number; readonly resp: 2 | 3 },
    slots: Int32Array,
  ) {
    this.#executor = executor;
    this.#lane = lane;
    this.#context = context;
    this.#slots = slots;
    for (const item of items) {
      // It may have waited for its slots.
      executor.stream!.intake.lookAgain(item);
      if (isNear(executor, item)) for (const { key } of itemKeys(executor, item)) this.#keys.push(key);
    }
  }

  /** Steps 1 and 2; `done` may send the write. */
  before(done: () => void): void {
    const stream = this.#executor.stream!;
    if (this.#keys.length === 0 || !stream.breaker.allows()) {
      done();
      return;
    }
    const { services } = this.#executor;
    const askedAtMs = services.clock.nowMs;
    askTimesToLive(this.#lane, this.#keys, (remaining) => {
      const roundTripMs = services.clock.nowMs - askedAtMs;
      const lastMs = LAST_MOMENTS_MS + 2 * (stream.intake.lagMs + roundTripMs);
      const waitMs = Math.min(lastMs, MAX_WAIT_MS);
      const close = remaining.filter((value) => value >= 0 && value <= waitMs);
      if (close.length > 0) {
        services.after(Math.max.apply(undefined, close) + 1, () => this.before(done));
        return;
      }
      const soonMs = stream.intake.expiryWindowMs;
      const expiries = this.#keys.flatMap((key, index): KeyExpiry[] => {
        const value = remaining[index];
        if (value === GONE) return [{ key, state: 'gone', atMs: 0 }];
        if (!(value >= 0 && value < soonMs)) return [];
        this.#livesUntilMs[index] = askedAtMs + value;
        return [keptExpiry(key, services.clock.nowMs)];
      });
      this.#tell(expiries);
      done();
    });
  }

  /**
   * The rest, when the write is answered: `mirror` sends it to the shadow, and all that it has brought about, and then
   * calls back. `done` comes behind the exact times.
   */
  after(mirror: (told: () => void) => void, done: () => void): void {
    const { stream, services } = this.#executor;
    if (this.#keys.length === 0 || !stream!.breaker.allows()) {
      // Nobody will take back what it was told.
      if (this.#livesUntilMs.length > 0) stream!.intake.unsure(this.#slots, 'expiry');
      mirror(done);
      return;
    }
    const answeredAtMs = services.clock.nowMs;
    if (this.#livesUntilMs.some((atMs) => atMs <= answeredAtMs)) stream!.intake.unsure(this.#slots, 'expiry');
    askTimesToLive(this.#lane, this.#keys, (remaining) => {
      const repliedAtMs = services.clock.nowMs;
      mirror(() => {
        this.#tellTruth(remaining, answeredAtMs, repliedAtMs);
        done();
      });
    });
  }

  #tellTruth(remaining: readonly number[], askedAtMs: number, repliedAtMs: number): void {
    const { stream, leases } = this.#executor;
    const { database, resp } = this.#context;
    const soonMs = stream!.intake.expiryWindowMs;
    const expiries: KeyExpiry[] = [];
    for (const [index, key] of this.#keys.entries()) {
      const value = remaining[index];
      if (value >= 0 && value < soonMs) {
        expiries.push(keptExpiry(key, askedAtMs));
        leases.add({ key, database, resp }, askedAtMs + value, repliedAtMs + value + 1);
      } else if (Number.isNaN(value)) {
        // Only what it was told before is to be taken back.
        const atMs = this.#livesUntilMs[index];
        if (atMs !== undefined) expiries.push({ key, state: 'expires', atMs });
      } else expiries.push(expiryOf(key, askedAtMs, value));
    }
    this.#tell(expiries);
  }

  #tell(expiries: readonly KeyExpiry[]): void {
    if (expiries.length === 0) return;
    const { database, resp } = this.#context;
    const stream = this.#executor.stream!;
    // A shadow that is told too late has lost the key already, and says so.
    const missing = (): void => stream.intake.unsure(this.#slots, 'expiry');
    stream.tellExpiries(expiries, database, resp, this.#slots, missing);
  }
}

/** What PTTL's answer, which must not be NaN, says of a key. */
export function expiryOf(key: Uint8Array, askedAtMs: number, remainingMs: number): KeyExpiry {
  if (remainingMs >= 0) return { key, state: 'expires', atMs: askedAtMs + remainingMs };
  return { key, state: remainingMs === GONE ? 'gone' : 'stays', atMs: 0 };
}

/** Asks the primary how long keys live, in milliseconds; -1: for ever, GONE: they do not exist, NaN: no answer. */
export function askTimesToLive(
  lane: CommandLane,
  keys: readonly Uint8Array[],
  done: (remaining: readonly number[]) => void,
): void {
  const remaining: number[] = new Array(keys.length).fill(Number.NaN);
  let left = keys.length;
  const writer = new FrameWriter(64);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    writer.reset();
    writer.array(2);
    writer.bulk(PTTL, 0, PTTL.length);
    writer.bulk(key, 0, key.length);
    const answered = (value: number): void => {
      remaining[index] = value;
      left -= 1;
      if (left === 0) done(remaining);
    };
    const target = new WholeReply(
      (reply) => answered(replyInteger(reply)),
      () => answered(Number.NaN),
    );
    lane.send(writer.bytes, 0, writer.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }
}
