/**
 * What BITFIELD and BITFIELD_RO do on the engine. Worker thread. As valkey 8.0 `bitops.c`. Calculates in whole numbers
 * of any size, because the fields have up to 64 bits.
 */
import type { Arena } from '../../memory/arena.ts';
import { stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import { bigIntegerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NOT_INTEGER } from '../errors.ts';
import { EVENT_STRING } from '../key-events.ts';
import { readTyped, writeTyped } from '../lookup.ts';
import { bitOffsetAt, makeRoom, NO_ROOM, ROOM_MADE } from './bit-offset.ts';

const GET = word('get');
const SET = word('set');
const INCRBY = word('incrby');
const OVERFLOW = word('overflow');
const WRAP = word('wrap');
const SAT = word('sat');
const FAIL = word('fail');
const BAD_TYPE =
  'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';
const TYPE = /^([iu])([1-9]\d?)$/;

interface Operation {
  readonly kind: Uint8Array;
  readonly isSigned: boolean;
  readonly width: number;
  readonly offset: number;
  readonly value: bigint;
  readonly overflow: Uint8Array;
}

export function runBitfield(context: CommandContext): void {
  bitfield(context, false);
}

export function runBitfieldRo(context: CommandContext): void {
  bitfield(context, true);
}

function bitfield(context: CommandContext, readOnly: boolean): void {
  const operations = parseOperations(context);
  if (operations === undefined) return;
  const writes = operations.filter(({ kind }) => kind !== GET);
  if (readOnly && writes.length > 0) {
    context.error('ERR BITFIELD_RO only supports the GET subcommand');
    return;
  }
  const key = writes.length > 0 ? writeTyped(context, 1, TYPE_STRING) : readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  let isGrown = false;
  if (writes.length > 0) {
    const last = writes.reduce((most, { offset, width }) => Math.max(most, offset + width - 1), 0);
    const room = makeRoom(context, key, last);
    if (room === NO_ROOM) return;
    isGrown = room === ROOM_MADE;
  }
  const { arena, record } = key;
  const start = record === 0 ? 0 : stringStart(arena, record);
  const end = record === 0 ? 0 : start + stringLength(arena, record);
  let changes = 0;
  context.array(operations.length);
  for (const one of operations) if (runOne(context, one, arena, start, end, isGrown)) changes += 1;
  if (changes > 0) context.changed(key, EVENT_STRING, 'setbit', changes);
}

/** Replies, and returns whether it has changed something. The string is at `[start, end)`. */
function runOne(
  context: CommandContext,
  operation: Operation,
  arena: Arena,
  start: number,
  end: number,
  isGrown: boolean,
): boolean {
  const { kind, isSigned, width, offset } = operation;
  const before = readField(arena.bytes, start, end, offset, width, isSigned);
  if (kind === GET) {
    context.writer.integerText(String(before));
    return false;
  }
  const after = newValue(operation, before);
  if (after === undefined) {
    context.nil();
    return false;
  }
  context.writer.integerText(String(kind === SET ? before : after));
  writeField(arena.bytes, start, offset, width, after);
  return isGrown || after !== before;
}

/** Undefined: the new value does not fit, and must not be written then. */
function newValue({ kind, isSigned, width, value, overflow }: Operation, before: bigint): bigint | undefined {
  const given = isSigned ? value : BigInt.asUintN(64, value);
  const exact = kind === SET ? given : before + value;
  const most = (1n << BigInt(isSigned ? width - 1 : width)) - 1n;
  const least = isSigned ? -most - 1n : 0n;
  if (exact >= least && exact <= most) return exact;
  if (overflow === FAIL) return undefined;
  if (overflow === SAT) {
    // SET of what lies so far below that the servers' distance to it is no 64-bit integer.
    const isFar = kind === SET && isSigned && width < 64 && most - exact >= 2n ** 63n;
    return exact > most || isFar ? most : least;
  }
  return isSigned ? BigInt.asIntN(width, exact) : BigInt.asUintN(width, exact);
}

function readField(
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
  width: number,
  isSigned: boolean,
): bigint {
  const first = start + Math.floor(offset / 8);
  const last = start + Math.floor((offset + width - 1) / 8);
  let value = 0n;
  for (let at = first; at <= last; at++) value = (value << 8n) | BigInt(at < end ? bytes[at] : 0);
  value >>= BigInt(7 - ((offset + width - 1) & 7));
  return isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

function writeField(bytes: Uint8Array, start: number, offset: number, width: number, value: bigint): void {
  let rest = BigInt.asUintN(width, value);
  for (let bit = offset + width - 1; bit >= offset; bit--) {
    const at = start + Math.floor(bit / 8);
    const mask = 0x80 >> (bit & 7);
    if ((rest & 1n) === 1n) bytes[at] |= mask;
    else bytes[at] &= ~mask;
    rest >>= 1n;
  }
}

/** Undefined after an error. */
function parseOperations(context: CommandContext): Operation[] | undefined {
  const operations: Operation[] = [];
  let overflow = WRAP;
  for (let at = 2; at < context.count; ) {
    const rest = context.count - at - 1;
    if (isWord(context, at, OVERFLOW) && rest >= 1) {
      const wanted = [WRAP, SAT, FAIL].find((one) => isWord(context, at + 1, one));
      if (wanted === undefined) {
        context.error('ERR Invalid OVERFLOW type specified');
        return undefined;
      }
      overflow = wanted;
      at += 2;
      continue;
    }
    const kind = [GET, SET, INCRBY].find((one) => isWord(context, at, one));
    if (kind === undefined || rest < (kind === GET ? 2 : 3)) {
      context.syntaxError();
      return undefined;
    }
    const operation = parseOne(context, at, kind, overflow);
    if (operation === undefined) return undefined;
    operations.push(operation);
    at += kind === GET ? 3 : 4;
  }
  return operations;
}

function parseOne(
  context: CommandContext,
  at: number,
  kind: Uint8Array,
  overflow: Uint8Array,
): Operation | undefined {
  const type = TYPE.exec(context.text(at + 1));
  const width = type === null ? 0 : Number(type[2]);
  const isSigned = type !== null && type[1] === 'i';
  if (width === 0 || width > (isSigned ? 64 : 63)) {
    context.error(BAD_TYPE);
    return undefined;
  }
  const offset = bitOffsetAt(context, at + 2, width);
  if (Number.isNaN(offset)) return undefined;
  const value = kind === GET ? 0n : bigIntegerAt(context, at + 3);
  if (value === undefined) {
    context.error(NOT_INTEGER);
    return undefined;
  }
  return { kind, isSigned, width, offset, value, overflow };
}
