/**
 * Keys that are about to expire, with a shadow. Worker thread (slot owner).
 *
 * The shadow's copy of a key expires at the same time as the primary's, but a command reaches the shadow a little later
 * than the primary. One that runs on the primary just before the key expires would find it gone on the shadow, and then
 * the two would differ for good. So, for a write near its keys' expiry, with their slots held:
 *
 * 1. The primary is asked how long the keys still live (PTTL). If one is in its last moments, ask again when it is gone.
 * 2. The shadow is told to keep those that live a while longer.
 * 3. The write runs on the primary, which is asked again what the keys' times to live are now.
 * 4. The shadow gets the write, and the exact times behind it.
 *
 * So the client's command waits for one round trip to the primary, and for at most a few milliseconds more when its key
 * is expiring this very moment. It never waits for the shadow.
 */

import { asciiBytes, parseInteger } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import { findKeys, KeyList } from '../routing/keys.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { KeyExpiry } from '../shadow/stream.ts';
import type { Lane } from '../upstream/lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { LocalExecutor } from './executor.ts';

/** A key with less to live than this may be gone before the command behind the question runs. */
const LAST_MOMENTS_MS = 3;

/** How much longer the shadow is told to keep a key than it takes to tell it the truth. */
const KEEP_MS = 60_000;

const PTTL = asciiBytes('PTTL');

export class ExpiringKeys {
  readonly #executor: LocalExecutor;
  readonly #lane: Lane;
  readonly #context: { readonly database: number; readonly resp: 2 | 3 };
  readonly #slots: Int32Array;
  readonly #keys: Uint8Array[] = [];

  /** `slots`: those of the items, held by the caller until `after` has called back. */
  constructor(
    executor: LocalExecutor,
    lane: Lane,
    items: readonly MirrorItem[],
    context: { readonly database: number; readonly resp: 2 | 3 },
    slots: Int32Array,
  ) {
    this.#executor = executor;
    this.#lane = lane;
    this.#context = context;
    this.#slots = slots;
    for (const item of items) if (item.nearExpiry) this.#keys.push(...itemKeys(executor, item));
  }

  /** Steps 1 and 2; `done` may send the write. */
  before(done: () => void): void {
    if (this.#keys.length === 0) {
      done();
      return;
    }
    const { services, stream } = this.#executor;
    this.#ask((remaining) => {
      const closeMs = LAST_MOMENTS_MS + 2 * stream!.intake.lagMs;
      const close = remaining.filter((value) => value >= 0 && value <= closeMs);
      if (close.length > 0) {
        services.after(Math.max(...close) + 1, () => this.before(done));
        return;
      }
      const atMs = services.clock.nowMs + KEEP_MS;
      const living = this.#keys.filter((_, index) => remaining[index] > 0);
      this.#tell(living.map((key) => ({ key, state: 'expires', atMs })));
      done();
    });
  }

  /** The rest: call it when the write is answered; `mirror` sends it to the shadow, between question and exact times. */
  after(mirror: () => void): void {
    if (this.#keys.length === 0) {
      mirror();
      return;
    }
    const askedAtMs = this.#executor.services.clock.nowMs;
    this.#ask((remaining) => {
      mirror();
      this.#tell(this.#keys.map((key, index) => expiryOf(key, askedAtMs, remaining[index])));
    });
  }

  #tell(expiries: readonly KeyExpiry[]): void {
    if (expiries.length === 0) return;
    const { database, resp } = this.#context;
    this.#executor.stream!.tellExpiries(expiries, database, resp, this.#slots);
  }

  #ask(done: (remaining: readonly number[]) => void): void {
    const remaining: number[] = new Array(this.#keys.length).fill(-1);
    let left = this.#keys.length;
    const writer = new FrameWriter(64);
    for (let index = 0; index < this.#keys.length; index++) {
      const key = this.#keys[index];
      writer.reset();
      writer.array(2);
      writer.bulk(PTTL, 0, PTTL.length);
      writer.bulk(key, 0, key.length);
      const target = new IntegerReply((value) => {
        remaining[index] = value;
        left -= 1;
        if (left === 0) done(remaining);
      });
      this.#lane.send(writer.bytes, 0, writer.length, target, 0, 0, INTERNAL_COMMAND, undefined);
    }
  }
}

/** What PTTL's answer says of a key. */
function expiryOf(key: Uint8Array, askedAtMs: number, remainingMs: number): KeyExpiry {
  if (remainingMs >= 0) return { key, state: 'expires', atMs: askedAtMs + remainingMs };
  return { key, state: remainingMs === -2 ? 'gone' : 'stays', atMs: 0 };
}

/** Copies of the keys of an item's command. */
function itemKeys(executor: LocalExecutor, item: MirrorItem): Uint8Array[] {
  const { frame, frameStart, frameEnd, command } = item;
  const view: CommandView = executor.stream!.parser.parse(frame.bytes, frameStart, frameEnd);
  const list = new KeyList();
  findKeys(executor.services.table, command, view, list);
  const keys: Uint8Array[] = [];
  for (let i = 0; i < list.count; i++) {
    const at = list.indexes[i] * 2;
    keys.push(view.bytes.slice(view.spans[at], view.spans[at + 1]));
  }
  return keys;
}

/** Collects one integer reply; -1 when it is anything else. */
class IntegerReply implements ReplyTarget {
  readonly #done: (value: number) => void;
  readonly #text = new FrameWriter(32);

  constructor(done: (value: number) => void) {
    this.#done = done;
  }

  reply(
    _session: number,
    _sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#text.raw(bytes, start, end);
    if (!last) return;
    const value = parseInteger(this.#text.bytes, 1, this.#text.length - 2);
    this.#done(Number.isNaN(value) ? -1 : value);
  }

  failed(): void {
    this.#done(-1);
  }
}
