/** What LCS does on the engine, in slices. Worker thread. As valkey 8.0 `t_string.c`. */
import { copyOf } from '../../base/bytes.ts';
import { FrameWriter } from '../../resp/encode.ts';
import { LIMIT_STRING_BYTES } from '../../store/encoding-limits.ts';
import type { Key } from '../../store/key.ts';
import { recordType } from '../../store/record.ts';
import { stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { readKey } from '../lookup.ts';
import type { Continuation } from '../ports.ts';

const IDX = word('idx');
const LEN = word('len');
const MINMATCHLEN = word('minmatchlen');
const WITHMATCHLEN = word('withmatchlen');
/** Cells of the table in one slice: about a millisecond. */
const SLICE_CELLS = 300_000;

class LcsOptions {
  isIndex = false;
  isLength = false;
  withLengths = false;
  leastLength = 0;
}

/** The longest common subsequence of two strings: the table of lengths, row by row, then the way back through it. */
class LongestCommon implements Continuation {
  readonly #left: Uint8Array;
  readonly #right: Uint8Array;
  readonly #options: LcsOptions;
  readonly #lengths: Uint32Array;
  #row = 1;

  constructor(left: Uint8Array, right: Uint8Array, options: LcsOptions) {
    this.#left = left;
    this.#right = right;
    this.#options = options;
    this.#lengths = new Uint32Array((left.length + 1) * (right.length + 1));
  }

  step(context: CommandContext): boolean {
    const width = this.#right.length + 1;
    let cells = SLICE_CELLS;
    for (; this.#row <= this.#left.length; this.#row++) {
      if (cells <= 0) return false;
      this.#fillRow(this.#row);
      cells -= width;
    }
    this.#reply(context);
    return true;
  }

  #fillRow(row: number): void {
    const lengths = this.#lengths;
    const right = this.#right;
    const byte = this.#left[row - 1];
    const width = right.length + 1;
    let at = row * width;
    for (let column = 0; column < right.length; column++) {
      at += 1;
      const above = lengths[at - width];
      const before = lengths[at - 1];
      if (byte === right[column]) lengths[at] = lengths[at - width - 1] + 1;
      else lengths[at] = above > before ? above : before;
    }
  }

  #reply(context: CommandContext): void {
    const { isIndex, isLength } = this.#options;
    const length = this.#lengths[this.#lengths.length - 1];
    if (isLength) {
      context.integer(length);
      return;
    }
    const text = new Uint8Array(length);
    const matches = new FrameWriter();
    const count = this.#goBack(text, matches);
    if (!isIndex) {
      context.bulk(text, 0, length);
      return;
    }
    context.map(2);
    context.bulkText('matches');
    context.array(count);
    context.writer.raw(matches.bytes, 0, matches.length);
    context.bulkText('len');
    context.integer(length);
  }

  /** From the end: fills `text`, writes the ranges that both have in common, returns how many there are. */
  #goBack(text: Uint8Array, matches: FrameWriter): number {
    const left = this.#left;
    const right = this.#right;
    const width = right.length + 1;
    let [row, column, place, count, run] = [left.length, right.length, text.length, 0, 0];
    while (row > 0 && column > 0) {
      if (left[row - 1] === right[column - 1]) {
        place -= 1;
        row -= 1;
        column -= 1;
        run += 1;
        text[place] = left[row];
        if (row > 0 && column > 0 && left[row - 1] === right[column - 1]) continue;
        count += this.#writeMatch(matches, row, column, run);
        run = 0;
        continue;
      }
      const at = row * width + column;
      if (this.#lengths[at - width] > this.#lengths[at - 1]) row -= 1;
      else column -= 1;
    }
    return count;
  }

  #writeMatch(matches: FrameWriter, row: number, column: number, length: number): number {
    const { leastLength, withLengths } = this.#options;
    if (length < leastLength) return 0;
    matches.array(withLengths ? 3 : 2);
    for (const start of [row, column]) {
      matches.array(2);
      matches.integer(start);
      matches.integer(start + length - 1);
    }
    if (withLengths) matches.integer(length);
    return 1;
  }
}

export function runLcs(context: CommandContext): void {
  const left = readKey(context, 1);
  const right = readKey(context, 2);
  if (!isText(left) || !isText(right)) {
    context.error('ERR The specified keys must contain string values');
    return;
  }
  const options = parseOptions(context);
  if (options === undefined) return;
  const cells = (lengthOf(left) + 1) * (lengthOf(right) + 1);
  if (cells * 4 > context.store.limits[LIMIT_STRING_BYTES]) {
    context.error('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
    return;
  }
  const work = new LongestCommon(bytesOf(left), bytesOf(right), options);
  if (!work.step(context)) context.later(work);
}

function parseOptions(context: CommandContext): LcsOptions | undefined {
  const options = new LcsOptions();
  for (let at = 3; at < context.count; at++) {
    if (isWord(context, at, IDX)) options.isIndex = true;
    else if (isWord(context, at, LEN)) options.isLength = true;
    else if (isWord(context, at, WITHMATCHLEN)) options.withLengths = true;
    else if (isWord(context, at, MINMATCHLEN) && at + 1 < context.count) {
      at += 1;
      options.leastLength = integerAt(context, at);
      if (Number.isNaN(options.leastLength)) return undefined;
    } else {
      context.syntaxError();
      return undefined;
    }
  }
  if (!options.isIndex || !options.isLength) return options;
  context.error('ERR If you want both the length and indexes, please just use IDX.');
  return undefined;
}

function isText({ arena, record }: Key): boolean {
  return record === 0 || recordType(arena, record) === TYPE_STRING;
}

function lengthOf({ arena, record }: Key): number {
  return record === 0 ? 0 : stringLength(arena, record);
}

function bytesOf(key: Key): Uint8Array {
  if (key.record === 0) return new Uint8Array(0);
  const start = stringStart(key.arena, key.record);
  return copyOf(key.arena.bytes, start, start + lengthOf(key));
}
