/**
 * Whether the order of two commands of one slot matters: it does when one of them writes what the other one uses.
 * Worker thread. Cold: only for commands that have overtaken each other while a slot moved.
 */
import { equalBytes } from '../base/bytes.ts';
import type { CommandView, KeySpec } from '../commands/definition.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { BIT_ALL_KEYS, BIT_SCRIPT, BIT_WRITE, type CommandTable } from '../commands/table.ts';
import { findKeys, KeyList } from '../routing/keys.ts';

/** A whole, canonical RESP array. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** One of the two commands. */
class Side {
  readonly keys = new KeyList();
  readonly #parser = new FrameParser();
  readonly #table: CommandTable;
  #view: CommandView | undefined = undefined;
  isWrite = true;
  /** It uses the keys in `keys`, and no other. */
  isKnown = false;

  constructor(table: CommandTable) {
    this.#table = table;
  }

  read({ bytes, start, end }: Frame): void {
    const table = this.#table;
    const view = this.#parser.parse(bytes, start, end);
    this.#view = view;
    const id = table.lookup(view.bytes, view.spans, view.count);
    this.isWrite = id < 0 || (table.bits[id] & BIT_WRITE) !== 0;
    this.isKnown = false;
    // Scripts may use keys that they do not name, and write whatever their flags say.
    if (id < 0 || (table.bits[id] & (BIT_ALL_KEYS | BIT_SCRIPT)) !== 0) {
      this.isWrite = true;
      return;
    }
    const { keys } = table.definitions[id];
    this.isKnown = !keys.some(isVague) && findKeys(table, id, view, this.keys) && this.keys.count > 0;
  }

  /** Whether both name the same key. */
  meets(other: Side): boolean {
    for (let at = 0; at < this.keys.count; at++) {
      for (let of = 0; of < other.keys.count; of++) if (this.#isSame(at, other, of)) return true;
    }
    return false;
  }

  #isSame(at: number, other: Side, of: number): boolean {
    const [mine, theirs] = [this.#view!, other.#view!];
    const [start, from] = [2 * this.keys.indexes[at], 2 * other.keys.indexes[of]];
    return equalBytes(
      mine.bytes,
      mine.spans[start],
      mine.spans[start + 1],
      theirs.bytes,
      theirs.spans[from],
      theirs.spans[from + 1],
    );
  }
}

/** Keys that cannot be found in the arguments, as those of SORT's patterns. */
function isVague({ begin, find, flags }: KeySpec): boolean {
  return begin.type === 'unknown' || find.type === 'unknown' || flags.includes('incomplete');
}

export class CommandConflicts {
  readonly #left: Side;
  readonly #right: Side;

  constructor(table: CommandTable) {
    this.#left = new Side(table);
    this.#right = new Side(table);
  }

  /** False: the two have the same effects and replies, whichever of them runs first. */
  between(one: Frame, other: Frame): boolean {
    const [left, right] = [this.#left, this.#right];
    left.read(one);
    right.read(other);
    if (!left.isWrite && !right.isWrite) return false;
    return !left.isKnown || !right.isKnown || left.meets(right);
  }
}
