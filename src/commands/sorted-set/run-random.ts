/** What ZRANDMEMBER and ZSCAN do on the engine. Worker thread. As valkey 8.0 `t_zset.c`. */
import { generalText } from '../../base/double-text.ts';
import { FrameWriter } from '../../resp/encode.ts';
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { drawEntries } from '../../store/set-walk.ts';
import { scoredCount, sortedSetBody, ZSET_TREE } from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { scoreTable } from '../../store/sorted-set-tree.ts';
import {
  beginRanks,
  nextScored,
  randomScored,
  SortedSetWalk,
  showScoreEntry,
} from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { OUT_OF_RANGE } from '../errors.ts';
import { readTyped } from '../lookup.ts';
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
import { beginScored, replyScored } from './scored-reply.ts';

const WITHSCORES = word('withscores');
/** Of a count with scores: twice as many elements must be countable. */
const MAX_PAIRS = 2 ** 62;
/** A set that is not this many times larger than what is asked for is gone through; of others, members are drawn. */
const DRAWN_SHARE = 3;

const walk = new SortedSetWalk();
const options = new ScanOptions();
/** Elements whose number is known only when they are all there. */
const found = new FrameWriter();

export function runZrandmember(context: CommandContext): void {
  let wanted = 0;
  if (context.count > 2) {
    wanted = integerAt(context, 2);
    if (Number.isNaN(wanted)) return;
    if (isLeast(context, 2)) {
      context.error(COUNT_RANGE);
      return;
    }
    if (context.count > 4 || (context.count === 4 && !isWord(context, 3, WITHSCORES))) {
      context.syntaxError();
      return;
    }
    if (context.count === 4 && Math.abs(wanted) >= MAX_PAIRS) {
      context.error(OUT_OF_RANGE);
      return;
    }
  }
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (context.count === 2) {
    if (key.record === 0) context.nil();
    else writeRandom(context, key, false);
    return;
  }
  const withScores = context.count === 4;
  if (key.record === 0 || wanted === 0) context.array(0);
  else if (wanted < 0) {
    beginScored(context.writer, context.resp, -wanted, withScores);
    for (let left = -wanted; left > 0; left--) writeRandom(context, key, withScores);
  } else writeDistinct(context, key, wanted, withScores);
}

function writeRandom(context: CommandContext, key: Key, withScores: boolean): void {
  const { arena, record } = key;
  randomScored(walk, arena, recordEncoding(arena, record), sortedSetBody(arena, record), Math.random);
  replyScored(context, walk, withScores);
}

function writeDistinct(context: CommandContext, key: Key, wanted: number, withScores: boolean): void {
  const { arena, record } = key;
  const size = scoredCount(arena, record);
  const body = sortedSetBody(arena, record);
  let left = Math.min(wanted, size);
  beginScored(context.writer, context.resp, left, withScores);
  // Where all are asked for they come from the highest score down, as in the servers.
  beginRanks(walk, arena, recordEncoding(arena, record), body, size - 1, size, true);
  if (walk.encoding === ZSET_TREE && left * DRAWN_SHARE <= size) {
    const { page } = walk;
    drawEntries(arena, scoreTable(arena, body), left, Math.random, page);
    for (let at = 0; at < left; at++) {
      showScoreEntry(walk, page.entries[at]);
      replyScored(context, walk, withScores);
    }
    return;
  }
  let unseen = size;
  // Each member that comes is chosen with the chance that one of those left is it.
  while (left > 0 && nextScored(walk)) {
    if (Math.random() * unseen < left) {
      replyScored(context, walk, withScores);
      left -= 1;
    }
    unseen -= 1;
  }
}

export function runZscan(context: CommandContext): void {
  const cursor = cursorAt(context, 2);
  if (Number.isNaN(cursor)) return;
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  let next = 0;
  let count = 0;
  found.reset();
  if (key.record !== 0) {
    if (!parseScanOptions(context, options, false, true)) return;
    const { arena, record } = key;
    const body = sortedSetBody(arena, record);
    beginRanks(walk, arena, recordEncoding(arena, record), body, 0, scoredCount(arena, record), false);
    if (walk.encoding === ZSET_TREE) {
      const { page } = walk;
      next = scanPage(arena, scoreTable(arena, body), cursor, options.count, page);
      for (let at = 0; at < page.count; at++) {
        showScoreEntry(walk, page.entries[at]);
        count += addScanned(context);
      }
    } else while (nextScored(walk)) count += addScanned(context);
  }
  replyPage(context, next, count, found);
}

/** Returns how many elements it has added. Scores are texts here in both protocols. */
function addScanned(context: CommandContext): number {
  if (!isScanned(context, options, walk.bytes, walk.start, walk.end)) return 0;
  found.bulk(walk.bytes, walk.start, walk.end);
  if (options.noValues) return 1;
  if (context.printsAllDigits) found.doubleText(generalText(walk.score, 17), 2);
  else found.double(walk.score, 2);
  return 2;
}
