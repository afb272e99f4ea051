/**
 * A command on keys of several slots as commands on keys of one slot each: which keys go together, and the bytes of
 * each part. Worker thread, per command: allocates nothing once its lists are large enough. Knows keys, not nodes.
 *
 * A unit is a key with what belongs to it: MSET has units of two arguments. What stands before the first unit and
 * behind the last is the same in every part, but for the number of keys where the command has one (MSETEX).
 */
import { keySlot, SLOT_COUNT } from '../base/slot.ts';
import type { CommandView } from '../commands/definition.ts';
import type { FrameWriter } from '../resp/encode.ts';
import type { KeyList } from './keys.ts';

const NONE = -1;

export class Parts {
  /** How many there are. */
  count = 0;
  /** By part: its slot. In the order in which the command names the first key of each. */
  slots = new Int32Array(64);
  /** By part: its number of keys. */
  sizes = new Int32Array(64);
  /** By key, in the order of the command: the part that has it. */
  partOf = new Int32Array(64);
  keyCount = 0;

  /** By part and by key: the first key, and the next key of the same part. */
  #first = new Int32Array(64);
  #last = new Int32Array(64);
  #next = new Int32Array(64);
  /** By slot: the part it has in the present command, known by its stamp. */
  readonly #partOfSlot = new Int32Array(SLOT_COUNT);
  readonly #stamps = new Uint32Array(SLOT_COUNT);
  #stamp = 0;
  readonly #keys: KeyList;

  /** `keys` is what `findKeys` fills; parts are about the command that it was filled for. */
  constructor(keys: KeyList) {
    this.#keys = keys;
  }

  /** Groups the keys by slot. */
  group(command: CommandView): void {
    const { count, indexes } = this.#keys;
    if (count > this.partOf.length) this.#grow(count);
    this.#stamp = (this.#stamp + 1) >>> 0;
    if (this.#stamp === 0) this.#restamp();
    this.count = 0;
    this.keyCount = count;
    for (let key = 0; key < count; key += 1) {
      const argument = indexes[key];
      this.#add(key, keySlot(command.bytes, command.spans[2 * argument], command.spans[2 * argument + 1]));
    }
  }

  /**
   * Appends a part as a command. `step`: arguments of a unit. `countAt`: the argument with the number of keys, or -1.
   */
  write(part: number, command: CommandView, step: number, countAt: number, out: FrameWriter): void {
    const { bytes, spans, count } = command;
    const { indexes } = this.#keys;
    const begin = indexes[0];
    const tail = indexes[this.keyCount - 1] + step;
    out.array(begin + this.sizes[part] * step + count - tail);
    for (let at = 0; at < begin; at += 1) {
      if (at === countAt) out.number(this.sizes[part]);
      else out.bulk(bytes, spans[2 * at], spans[2 * at + 1]);
    }
    for (let key = this.#first[part]; key !== NONE; key = this.#next[key]) {
      for (let at = indexes[key]; at < indexes[key] + step; at += 1) {
        out.bulk(bytes, spans[2 * at], spans[2 * at + 1]);
      }
    }
    for (let at = tail; at < count; at += 1) out.bulk(bytes, spans[2 * at], spans[2 * at + 1]);
  }

  #add(key: number, slot: number): void {
    let part = this.#partOfSlot[slot];
    if (this.#stamps[slot] !== this.#stamp) {
      part = this.count;
      this.count += 1;
      this.#stamps[slot] = this.#stamp;
      this.#partOfSlot[slot] = part;
      this.slots[part] = slot;
      this.sizes[part] = 0;
      this.#first[part] = key;
    } else this.#next[this.#last[part]] = key;
    this.#last[part] = key;
    this.#next[key] = NONE;
    this.sizes[part] += 1;
    this.partOf[key] = part;
  }

  /** There are never more parts than keys. Nothing is kept: the command is yet to be grouped. */
  #grow(count: number): void {
    const length = 2 * count;
    this.slots = new Int32Array(length);
    this.sizes = new Int32Array(length);
    this.partOf = new Int32Array(length);
    this.#first = new Int32Array(length);
    this.#last = new Int32Array(length);
    this.#next = new Int32Array(length);
  }

  #restamp(): void {
    this.#stamps.fill(0);
    this.#stamp = 1;
  }
}
