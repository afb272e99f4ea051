/** What SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP do on the engine. Worker thread. As valkey 8.0 `bitops.c`. */
import { findKey, removeKey } from '../../store/keyspace.ts';
import { putString, STRING_RAW, setStringKind, stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import { integerAt, integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../key-events.ts';
import { checkType, readTyped, writeTyped } from '../lookup.ts';
import { runBody, runInSlices, type SlicedCommand, type Slices, type Turns } from '../slices.ts';
import { bitOffsetAt, makeRoom, NO_ROOM, ROOM_MADE } from './bit-offset.ts';

const BIT = word('bit');
const BYTE = word('byte');
const AND = word('and');
const OR = word('or');
const XOR = word('xor');
const NOT = word('not');
const BAD_BIT = 'ERR bit is not an integer or out of range';

export function runSetbit(context: CommandContext): void {
  const offset = bitOffsetAt(context, 2, 0);
  if (Number.isNaN(offset)) return;
  const bit = integerWithin(context, 3, 0, 1, BAD_BIT);
  if (Number.isNaN(bit)) return;
  const key = writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const room = makeRoom(context, key, offset);
  if (room === NO_ROOM) return;
  const { bytes } = key.arena;
  const at = stringStart(key.arena, key.record) + Math.floor(offset / 8);
  const shift = 7 - (offset & 7);
  const before = (bytes[at] >> shift) & 1;
  if (room === ROOM_MADE || before !== bit) {
    bytes[at] = (bytes[at] & ~(1 << shift)) | (bit << shift);
    context.changed(key, EVENT_STRING, 'setbit');
  }
  context.integer(before);
}

export function runGetbit(context: CommandContext): void {
  const offset = bitOffsetAt(context, 2, 0);
  if (Number.isNaN(offset)) return;
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const at = Math.floor(offset / 8);
  if (key.record === 0 || at >= stringLength(key.arena, key.record)) context.integer(0);
  else context.integer((key.arena.bytes[stringStart(key.arena, key.record) + at] >> (7 - (offset & 7))) & 1);
}

/** The range of BITCOUNT and BITPOS: as it was given, then in bits of the string. */
class BitRange {
  start = 0;
  end = -1;
  hasEnd = false;
  inBits = false;

  /**
   * Reads the arguments from `first` on. False after an error. `endFirst`: an end that is wrong matters more than a
   * unit that is wrong.
   */
  read(context: CommandContext, first: number, endFirst: boolean): boolean {
    this.start = 0;
    this.end = -1;
    this.hasEnd = context.count > first + 1;
    this.inBits = false;
    if (context.count > first + 3) return isRefused(context);
    if (context.count > first) this.start = integerAt(context, first);
    if (Number.isNaN(this.start)) return false;
    if (endFirst && !this.#readEnd(context, first + 1)) return false;
    // Redis 7.0 knows by then that there is nothing to count.
    if (endFirst && context.compatibility.level < 702 && this.isBackward) return true;
    if (context.count === first + 3) {
      this.inBits = isWord(context, first + 2, BIT);
      if (!this.inBits && !isWord(context, first + 2, BYTE)) return isRefused(context);
    }
    return endFirst || this.#readEnd(context, first + 1);
  }

  #readEnd(context: CommandContext, argument: number): boolean {
    if (this.hasEnd) this.end = integerAt(context, argument);
    return !Number.isNaN(this.end);
  }

  get isBackward(): boolean {
    return this.start < 0 && this.end < 0 && this.start > this.end;
  }

  /** To the first bit and the one behind the last. */
  clip(length: number): void {
    const total = this.inBits ? 8 * length : length;
    const first = Math.max(0, this.start < 0 ? total + this.start : this.start);
    const last = Math.min(total - 1, Math.max(0, this.end < 0 ? total + this.end : this.end));
    this.start = this.inBits ? first : 8 * first;
    this.end = this.inBits ? last + 1 : 8 * (last + 1);
  }
}

const range = new BitRange();
/** Strings that are gone through in slices, a block after the other: 1 MiB, and 64 KiB. */
const MANY_BITS = 2 ** 23;
const BLOCK_BITS = 2 ** 19;

function isRefused(context: CommandContext): boolean {
  context.syntaxError();
  return false;
}

/** Redis 7.0 looks for the key before it looks at the range: whether that has decided, and the reply is written. */
function isNothing(context: CommandContext, reply: number): boolean {
  if (context.compatibility.level >= 702) return false;
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return true;
  if (key.record !== 0) return false;
  context.integer(reply);
  return true;
}

export function runBitcount(context: CommandContext): void {
  if (isNothing(context, 0)) return;
  // Only Valkey takes a start without an end.
  if (context.count === 3 && !context.compatibility.isValkey) {
    context.syntaxError();
    return;
  }
  if (!range.read(context, 2, !context.compatibility.isValkey)) return;
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  if (key.record === 0 || (range.isBackward && context.count > 3)) {
    context.integer(0);
    return;
  }
  range.clip(stringLength(key.arena, key.record));
  const { start, end } = range;
  if (end - start > MANY_BITS && runInSlices(context, countSliced)) return;
  if (start >= end) context.integer(0);
  else context.integer(countBits(key.arena.bytes, stringStart(key.arena, key.record), start, end));
}

function* countSliced(context: CommandContext, slices: SlicedCommand): Slices {
  const key = checkType(context, context.key(1), TYPE_STRING);
  if (key === undefined) return;
  let count = 0;
  if (key.record !== 0 && range.read(context, 2, !context.compatibility.isValkey)) {
    range.clip(stringLength(key.arena, key.record));
    const { start, end } = range;
    const base = stringStart(key.arena, key.record);
    for (let from = start; from < end; ) {
      const to = blockEnd(from, end);
      count += countBits(key.arena.bytes, base, from, to);
      from = to;
      if (slices.isLate) yield;
    }
  }
  context.integer(count);
}

/** Where the block of whole bytes ends that a bit is in, or all ends. */
function blockEnd(from: number, end: number): number {
  return Math.min(end, from - (from % 8) + BLOCK_BITS);
}

/** Set bits of the byte's lower four. */
const NIBBLES = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];
const COUNTS = Uint8Array.from({ length: 256 }, (_, byte) => NIBBLES[byte & 15] + NIBBLES[byte >> 4]);

/** Set bits of `[start, end)`, counted from the byte at `base` on. */
function countBits(bytes: Uint8Array, base: number, start: number, end: number): number {
  const first = base + Math.floor(start / 8);
  const last = base + Math.floor((end - 1) / 8);
  let count = 0;
  for (let at = first; at <= last; at++) count += COUNTS[bytes[at]];
  count -= COUNTS[bytes[first] & ~(0xff >> (start & 7)) & 0xff];
  return count - COUNTS[bytes[last] & (0xff >> (((end - 1) & 7) + 1))];
}

export function runBitpos(context: CommandContext): void {
  const bit = integerAt(context, 2);
  if (Number.isNaN(bit)) return;
  if (bit !== 0 && bit !== 1) {
    context.error('ERR The bit argument must be 1 or 0.');
    return;
  }
  if (isNothing(context, bit === 1 ? -1 : 0) || !range.read(context, 3, false)) return;
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  if (key.record === 0) {
    context.integer(bit === 1 ? -1 : 0);
    return;
  }
  range.clip(stringLength(key.arena, key.record));
  const { start, end } = range;
  if (end - start > MANY_BITS && runInSlices(context, searchSliced)) return;
  const found =
    start >= end ? -1 : findBit(key.arena.bytes, stringStart(key.arena, key.record), start, end, bit);
  replyPlace(context, bit, found, range);
}

/** Behind a string without a given end there are zeros. */
function replyPlace(context: CommandContext, bit: number, found: number, within: BitRange): void {
  const { hasEnd, start, end } = within;
  context.integer(found < 0 && bit === 0 && !hasEnd && start < end ? end : found);
}

function* searchSliced(context: CommandContext, slices: SlicedCommand): Slices {
  const key = checkType(context, context.key(1), TYPE_STRING);
  if (key === undefined) return;
  const bit = integerAt(context, 2);
  const within = new BitRange();
  if (key.record === 0 || !within.read(context, 3, false)) {
    context.integer(bit === 1 ? -1 : 0);
    return;
  }
  within.clip(stringLength(key.arena, key.record));
  const base = stringStart(key.arena, key.record);
  let found = -1;
  for (let from = within.start; from < within.end && found < 0; ) {
    const to = blockEnd(from, within.end);
    found = findBit(key.arena.bytes, base, from, to, bit);
    from = to;
    if (slices.isLate) yield;
  }
  replyPlace(context, bit, found, within);
}

function findBit(bytes: Uint8Array, base: number, start: number, end: number, bit: number): number {
  const skipped = bit === 1 ? 0 : 0xff;
  for (let at = start; at < end; ) {
    const byte = bytes[base + Math.floor(at / 8)];
    if (byte === skipped) {
      at += 8 - (at & 7);
      continue;
    }
    if (((byte >> (7 - (at & 7))) & 1) === bit) return at;
    at += 1;
  }
  return -1;
}

const OPERATIONS = [AND, OR, XOR, NOT];

export function runBitop(context: CommandContext): void {
  const operation = OPERATIONS.find((one) => isWord(context, 1, one));
  if (operation === undefined) {
    context.syntaxError();
    return;
  }
  if (operation === NOT && context.count !== 4) {
    context.error('ERR BITOP NOT must be called with a single source key.');
    return;
  }
  const longest = longestSource(context, true);
  const name = operation;
  if (longest >= 0)
    runBody(context, (own, slices) => combined(own, slices, name), 8 * longest > MANY_BITS, 2);
}

/** Bytes of the longest source; -1 after an error. */
function longestSource(context: CommandContext, isFirst: boolean): number {
  let longest = 0;
  for (let at = 3; at < context.count; at++) {
    const source = isFirst
      ? readTyped(context, at, TYPE_STRING)
      : checkType(context, context.key(at), TYPE_STRING);
    if (source === undefined) return -1;
    if (source.record !== 0) longest = Math.max(longest, stringLength(source.arena, source.record));
  }
  return longest;
}

function* combined(context: CommandContext, slices: Turns, operation: Uint8Array): Slices {
  const longest = longestSource(context, false);
  if (longest < 0) return;
  const result = new Uint8Array(longest);
  for (let from = 0; from < longest; from += BLOCK_BITS / 8) {
    const to = Math.min(longest, from + BLOCK_BITS / 8);
    for (let at = 3; at < context.count; at++) combine(context, operation, at, result, from, to);
    if (slices.isLate) yield;
  }
  const target = context.key(2);
  findKey(context.store, target, context.nowMs);
  context.ports.snapshots.keep(target);
  if (longest > 0) {
    if (!putString(context.store, target, result, 0, longest, 0)) {
      context.outOfMemory();
      return;
    }
    setStringKind(target.arena, target.record, STRING_RAW);
    context.changed(target, EVENT_STRING, 'set');
  } else if (target.record !== 0) {
    removeKey(target);
    context.changed(target, EVENT_GENERIC, 'del');
  }
  context.integer(longest);
}

/**
 * Takes bytes `[from, to)` of the string at an argument, behind which there are zeros, into the result. The first one
 * is what it begins with.
 */
function combine(
  context: CommandContext,
  operation: Uint8Array,
  argument: number,
  result: Uint8Array,
  from: number,
  to: number,
): void {
  const { arena, record } = context.key(argument);
  const length = record === 0 ? 0 : stringLength(arena, record);
  const { bytes } = arena;
  const start = record === 0 ? 0 : stringStart(arena, record);
  const end = Math.min(length, to);
  if (operation === NOT) for (let at = from; at < end; at++) result[at] = ~bytes[start + at];
  else if (argument === 3 || operation === OR) {
    for (let at = from; at < end; at++) result[at] |= bytes[start + at];
  } else if (operation === XOR) for (let at = from; at < end; at++) result[at] ^= bytes[start + at];
  else {
    for (let at = from; at < end; at++) result[at] &= bytes[start + at];
    result.fill(0, Math.max(from, end), to);
  }
}
