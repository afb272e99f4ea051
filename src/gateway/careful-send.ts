/**
 * A write that needs its slots for itself, with a shadow: its key is about to expire, or clients are blocked on keys it
 * may fill. Worker thread (slot owner).
 *
 * Near an expiry, the primary may run the command just before the key expires and the shadow just after; then the two
 * would differ for good. So the primary is asked first how long its keys still live. In the last moments the command
 * waits until the key is gone; before that it runs, and the shadow is told the deadline again behind it.
 *
 * Blocked clients are served by the server the moment the write has run, but their replies come on other connections.
 * So the slots stay held until it is known who was served, and the shadow hears of the write first, then of the pops.
 */
import { asciiBytes, parseInteger } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import { findKeys, KeyList } from '../routing/keys.ts';
import type { ItemHolder, MirrorItem } from '../shadow/mirror-item.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import type { KeyDeadline } from '../shadow/stream.ts';
import type { Lane } from '../upstream/lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import type { LocalExecutor } from './executor.ts';

/** A key with less to live than this may be gone before the command behind the question runs. */
const TOO_CLOSE_MS = 3;

const PTTL = asciiBytes('PTTL');

export class CarefulSend implements GateTask, ItemHolder {
  readonly lane = -1;
  readonly allSlots = false;
  readonly #executor: LocalExecutor;
  readonly #item: MirrorItem;
  readonly #lane: Lane;
  readonly #target: ReplyTarget;
  readonly #session: number;
  readonly #sequence: number;
  readonly #slots: Int32Array;
  #deadlines: KeyDeadline[] = [];

  constructor(
    executor: LocalExecutor,
    item: MirrorItem,
    lane: Lane,
    target: ReplyTarget,
    session: number,
    sequence: number,
  ) {
    this.#executor = executor;
    this.#item = item;
    this.#lane = lane;
    this.#target = target;
    this.#session = session;
    this.#sequence = sequence;
    this.#slots = executor.blocked.slotsWith(item);
    item.holder = this;
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  slotAt(index: number): number {
    return this.#slots[index];
  }

  enter(): void {
    this.#executor.gate.enter(this);
  }

  run(): void {
    if (!this.#item.nearExpiry) {
      this.#send();
      return;
    }
    const keys = itemKeys(this.#executor, this.#item);
    askDeadlines(this.#executor, this.#lane, keys, (deadlines) => {
      this.#deadlines = deadlines;
      this.#send();
    });
  }

  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void {
    const stream = this.#executor.stream!;
    if (answered) stream.mirror(item, this.#deadlines.length > 0 ? this.#deadlines : undefined);
    else stream.lose(item, sent);
    this.#executor.blocked.settle(this.#slots, () => this.#executor.gate.leave(this));
  }

  #send(): void {
    const { frame, frameStart, frameEnd, command } = this.#item;
    this.#lane.send(
      frame.bytes,
      frameStart,
      frameEnd,
      this.#target,
      this.#session,
      this.#sequence,
      command,
      this.#item,
    );
  }
}

/** Copies of the keys of an item's command. */
export function itemKeys(executor: LocalExecutor, item: MirrorItem): Uint8Array[] {
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

/**
 * Asks the primary how long keys live, again while one of them is in its last moments, then calls `done` with the
 * deadlines of those that will expire. The caller holds the keys' slots.
 */
export function askDeadlines(
  executor: LocalExecutor,
  lane: Lane,
  keys: readonly Uint8Array[],
  done: (deadlines: KeyDeadline[]) => void,
): void {
  const { services } = executor;
  const askedAtMs = services.clock.nowMs;
  const deadlines: KeyDeadline[] = [];
  let left = keys.length;
  let waitMs = 0;
  const answered = (index: number, remainingMs: number): void => {
    if (remainingMs >= 0) deadlines.push({ key: keys[index], atMs: askedAtMs + remainingMs });
    if (remainingMs >= 0 && remainingMs <= TOO_CLOSE_MS) waitMs = Math.max(waitMs, remainingMs + 1);
    left -= 1;
    if (left > 0) return;
    if (waitMs === 0) {
      done(deadlines);
      return;
    }
    services.after(waitMs, () => askDeadlines(executor, lane, keys, done));
  };
  const writer = new FrameWriter(64);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    writer.reset();
    writer.array(2);
    writer.bulk(PTTL, 0, PTTL.length);
    writer.bulk(key, 0, key.length);
    lane.send(
      writer.bytes,
      0,
      writer.length,
      new IntegerReply((value) => answered(index, value)),
      0,
      0,
      -1,
      undefined,
    );
  }
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
