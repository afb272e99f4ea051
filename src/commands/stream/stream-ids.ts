/** Ids in the arguments of stream commands, as valkey 8.0 `streamGenericParseIDOrReply`. Worker thread. */
import { decodeLatin1 } from '../../base/bytes.ts';
import {
  decrementId,
  ID_TEXT_BYTES,
  incrementId,
  type StreamId,
  setLargestId,
  setSmallestId,
  writeIdText,
} from '../../store/stream-id.ts';
import type { CommandContext } from '../context.ts';

const INVALID_ID = 'ERR Invalid stream ID specified as stream command argument';

const ID_BAD = 0;
export const ID_GIVEN = 1;
/** Milliseconds only: `5-*`. */
export const ID_WITHOUT_SEQ = 2;

const TWO_32 = 2 ** 32;
const LIMIT_64 = 2n ** 64n;
/** As many digits are read as a number. */
const SAFE_DIGITS = 15;
const LONGEST_ID = 127;
const DIGIT_0 = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const STAR = 0x2a;
const OPEN = 0x28;

const idText = new Uint8Array(ID_TEXT_BYTES);
/** Both numbers of an id that has been read. */
const parts = { ms: 0, seq: 0 };

/** An id that is no `-` and no `+`; a missing sequence number is 0. False: the error has been written. */
export function idAt(context: CommandContext, argument: number, id: StreamId): boolean {
  return strictId(context, context.start(argument), context.end(argument), 0, id);
}

/** As `idAt` for XADD: also `ms-*`. `ID_BAD` (0): the error has been written. */
export function newIdAt(context: CommandContext, argument: number, id: StreamId): number {
  const { bytes } = context;
  const start = context.start(argument);
  const end = context.end(argument);
  const isSpecial = isSign(bytes, start, end);
  const kind = isSpecial ? ID_BAD : readIdText(bytes, start, end, 0, true, id);
  if (kind === ID_BAD) context.error(INVALID_ID);
  return kind;
}

/** As `idAt`; `-` and `+` are the smallest and the largest one. */
export function anyIdAt(context: CommandContext, argument: number, id: StreamId): boolean {
  const start = context.start(argument);
  return idOrSign(context, start, context.end(argument), 0, id);
}

/** Whether it is an id, as `idAt`, without an error. */
export function isIdAt(context: CommandContext, argument: number, id: StreamId): boolean {
  const { bytes } = context;
  const start = context.start(argument);
  const end = context.end(argument);
  return !isSign(bytes, start, end) && readIdText(bytes, start, end, 0, false, id) !== ID_BAD;
}

/** Where a range begins or ends; `(` excludes the id. False: the error has been written. */
export function boundAt(context: CommandContext, argument: number, isEnd: boolean, id: StreamId): boolean {
  const start = context.start(argument);
  const end = context.end(argument);
  const missing = isEnd ? -1 : 0;
  if (end - start < 2 || context.bytes[start] !== OPEN) return idOrSign(context, start, end, missing, id);
  if (!strictId(context, start + 1, end, missing, id)) return false;
  if (isEnd ? decrementId(id) : incrementId(id)) return true;
  context.error(`ERR invalid ${isEnd ? 'end' : 'start'} ID for the interval`);
  return false;
}

function strictId(
  context: CommandContext,
  start: number,
  end: number,
  missing: number,
  id: StreamId,
): boolean {
  const { bytes } = context;
  if (!isSign(bytes, start, end) && readIdText(bytes, start, end, missing, false, id) !== ID_BAD) return true;
  context.error(INVALID_ID);
  return false;
}

function idOrSign(
  context: CommandContext,
  start: number,
  end: number,
  missing: number,
  id: StreamId,
): boolean {
  if (!isSign(context.bytes, start, end)) return strictId(context, start, end, missing, id);
  if (context.bytes[start] === MINUS) setSmallestId(id);
  else setLargestId(id);
  return true;
}

function isSign(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && (bytes[start] === MINUS || bytes[start] === PLUS);
}

/** `missing`: both halves of a sequence number that is not there. */
function readIdText(
  bytes: Uint8Array,
  start: number,
  end: number,
  missing: number,
  maybeAuto: boolean,
  id: StreamId,
): number {
  const dash = readDigits(bytes, start, end, false);
  if (dash < 0 || (dash < end && bytes[dash] !== MINUS)) {
    return readOddId(bytes, start, end, missing, maybeAuto, id);
  }
  setMs(id, parts.ms);
  if (dash === end) {
    id.seqHigh = missing;
    id.seqLow = missing;
    return ID_GIVEN;
  }
  if (maybeAuto && end - dash === 2 && bytes[dash + 1] === STAR) {
    setSeq(id, 0);
    return ID_WITHOUT_SEQ;
  }
  if (readDigits(bytes, dash + 1, end, true) !== end) {
    return readOddId(bytes, start, end, missing, maybeAuto, id);
  }
  setSeq(id, parts.seq);
  return ID_GIVEN;
}

/** Reads a short run of digits into `parts`; returns where it ends, -1 where there is none or it is long. */
function readDigits(bytes: Uint8Array, start: number, end: number, isSeq: boolean): number {
  let value = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = bytes[at] - DIGIT_0;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === start || at - start > SAFE_DIGITS) return -1;
  if (isSeq) parts.seq = value;
  else parts.ms = value;
  return at;
}

function setMs(id: StreamId, value: number): void {
  id.msHigh = Math.floor(value / TWO_32) | 0;
  id.msLow = value | 0;
}

function setSeq(id: StreamId, value: number): void {
  id.seqHigh = Math.floor(value / TWO_32) | 0;
  id.seqLow = value | 0;
}

/** Cold: large numbers, and what `strtoull` takes besides digits. A zero byte ends the text. */
function readOddId(
  bytes: Uint8Array,
  start: number,
  end: number,
  missing: number,
  maybeAuto: boolean,
  id: StreamId,
): number {
  if (end - start > LONGEST_ID) return ID_BAD;
  const [text] = decodeLatin1(bytes, start, end).split('\0', 1);
  const dash = text.indexOf('-');
  const ms = readUnsigned(dash < 0 ? text : text.slice(0, dash));
  if (ms === undefined) return ID_BAD;
  id.msHigh = Number(ms >> 32n) | 0;
  id.msLow = Number(ms & 0xffff_ffffn) | 0;
  if (dash < 0) {
    id.seqHigh = missing;
    id.seqLow = missing;
    return ID_GIVEN;
  }
  const rest = text.slice(dash + 1);
  const isAuto = maybeAuto && rest === '*';
  const seq = isAuto ? 0n : readUnsigned(rest);
  if (seq === undefined) return ID_BAD;
  id.seqHigh = Number(seq >> 32n) | 0;
  id.seqLow = Number(seq & 0xffff_ffffn) | 0;
  return isAuto ? ID_WITHOUT_SEQ : ID_GIVEN;
}

const UNSIGNED = /^[\t-\r ]*([+-]?)(\d+)$/;
/** What is an integer at once and below 0, is refused; odder ones wrap around. */
const NEGATIVE = /^-[1-9]\d*$/;

function readUnsigned(text: string): bigint | undefined {
  const found = UNSIGNED.exec(text);
  if (found === null) return undefined;
  const value = BigInt(found[2]);
  if (value >= LIMIT_64) return undefined;
  if (found[1] !== '-') return value;
  if (NEGATIVE.test(text) && value <= LIMIT_64 / 2n) return undefined;
  return value === 0n ? 0n : LIMIT_64 - value;
}

export function replyId(context: CommandContext, id: StreamId): void {
  context.writer.bulk(idText, 0, writeIdText(idText, 0, id));
}
