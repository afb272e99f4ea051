/** What HRANDFIELD and HSCAN do on the engine. Worker thread. As valkey 8.0 `t_hash.c`. */
import { FrameWriter } from '../../resp/encode.ts';
import { fieldCount, hashBody } from '../../store/hash.ts';
import {
  beginFields,
  HASH_TABLE,
  HashWalk,
  nextField,
  randomField,
  showFieldEntry,
} from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { drawEntries } from '../../store/set-walk.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { OUT_OF_RANGE } from '../errors.ts';
import {
  COUNT_RANGE,
  cursorAt,
  isLeast,
  isScanned,
  parseScanOptions,
  replyPage,
  ScanOptions,
  scanPage,
} from '../scan-options.ts';
import { readHash } from './hash-keys.ts';

const WITHVALUES = word('withvalues');
/** Of a count with values: twice as many elements must be countable. */
const MAX_PAIRS = 2 ** 62;
/** A hash that is not this many times larger than what is asked for is gone through; of others, fields are drawn. */
const DRAWN_SHARE = 3;

const walk = new HashWalk();
const options = new ScanOptions();
/** Elements whose number is known only when they are all there. */
const found = new FrameWriter();

export function runHrandfield(context: CommandContext): void {
  let wanted = 0;
  if (context.count > 2) {
    wanted = integerAt(context, 2);
    if (Number.isNaN(wanted)) return;
    if (isLeast(context, 2)) {
      context.error(COUNT_RANGE);
      return;
    }
    if (context.count > 4 || (context.count === 4 && !isWord(context, 3, WITHVALUES))) {
      context.syntaxError();
      return;
    }
    if (context.count === 4 && Math.abs(wanted) >= MAX_PAIRS) {
      context.error(OUT_OF_RANGE);
      return;
    }
  }
  const key = readHash(context, 1);
  if (key === undefined) return;
  if (context.count === 2) {
    if (key.record === 0) context.nil();
    else writeRandom(context, key, false);
    return;
  }
  const withValues = context.count === 4;
  if (key.record === 0 || wanted === 0) context.array(0);
  else if (wanted < 0) {
    beginReply(context, -wanted, withValues);
    for (let left = -wanted; left > 0; left--) writeRandom(context, key, withValues);
  } else writeDistinct(context, key, wanted, withValues);
}

/** In RESP3 fields and values come in pairs of their own. */
function beginReply(context: CommandContext, count: number, withValues: boolean): void {
  context.array(withValues && context.resp === 2 ? 2 * count : count);
}

function writeField(context: CommandContext, withValues: boolean): void {
  if (withValues && context.resp === 3) context.array(2);
  context.bulk(walk.field, walk.fieldStart, walk.fieldEnd);
  if (withValues) context.bulk(walk.value, walk.valueStart, walk.valueEnd);
}

function writeRandom(context: CommandContext, key: Key, withValues: boolean): void {
  randomField(walk, key.arena, key.record, Math.random);
  writeField(context, withValues);
}

function writeDistinct(context: CommandContext, key: Key, wanted: number, withValues: boolean): void {
  const { arena, record } = key;
  const size = fieldCount(arena, record);
  let left = Math.min(wanted, size);
  beginReply(context, left, withValues);
  beginFields(walk, arena, record);
  if (recordEncoding(arena, record) === HASH_TABLE && left * DRAWN_SHARE <= size) {
    const { page } = walk;
    drawEntries(arena, hashBody(arena, record), left, Math.random, page);
    for (let at = 0; at < left; at++) {
      showFieldEntry(walk, page.entries[at]);
      writeField(context, withValues);
    }
    return;
  }
  let unseen = size;
  // Each field that comes is chosen with the chance that one of those left is it.
  while (left > 0 && nextField(walk)) {
    if (Math.random() * unseen < left) {
      writeField(context, withValues);
      left -= 1;
    }
    unseen -= 1;
  }
}

export function runHscan(context: CommandContext): void {
  const cursor = cursorAt(context, 2);
  if (Number.isNaN(cursor)) return;
  const key = readHash(context, 1);
  if (key === undefined) return;
  let next = 0;
  let count = 0;
  found.reset();
  if (key.record !== 0) {
    if (!parseScanOptions(context, options, true)) return;
    beginFields(walk, key.arena, key.record);
    if (walk.encoding === HASH_TABLE) {
      const { page } = walk;
      next = scanPage(key.arena, walk.body, cursor, options.count, page);
      for (let at = 0; at < page.count; at++) {
        showFieldEntry(walk, page.entries[at]);
        count += addScanned(context);
      }
    } else while (nextField(walk)) count += addScanned(context);
  }
  replyPage(context, next, count, found);
}

/** Returns how many elements it has added. */
function addScanned(context: CommandContext): number {
  if (!isScanned(context, options, walk.field, walk.fieldStart, walk.fieldEnd)) return 0;
  found.bulk(walk.field, walk.fieldStart, walk.fieldEnd);
  if (options.noValues) return 1;
  found.bulk(walk.value, walk.valueStart, walk.valueEnd);
  return 2;
}
