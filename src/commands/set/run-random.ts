/** What SPOP, SRANDMEMBER and SSCAN do on the engine. Worker thread. As valkey 8.0 `t_set.c`. */
import { FrameWriter } from '../../resp/encode.ts';
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { recordEncoding } from '../../store/record.ts';
import { removeMember, SET_TABLE, setBody, setCount } from '../../store/set.ts';
import {
  beginMembers,
  drawEntries,
  nextMember,
  randomMember,
  SetWalk,
  showEntry,
} from '../../store/set-walk.ts';
import { TYPE_SET } from '../../store/types.ts';
import { integerAt, integerWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_SET } from '../key-events.ts';
import { checkType, readKey, readTyped, writeTyped } from '../lookup.ts';
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
import { tellRemoval } from './run-members.ts';

const MAX_COUNT = 2 ** 63;
const NOT_POSITIVE = 'ERR value is out of range, must be positive';
/** A set that is not this many times larger than what is asked for is gone through; of others, members are drawn. */
const DRAWN_SHARE = 3;

const walk = new SetWalk();
const options = new ScanOptions();
/** Elements whose number is known only when they are all there. */
const found = new FrameWriter();

export function runSpop(context: CommandContext): void {
  if (context.count > 3) {
    context.syntaxError();
    return;
  }
  if (context.count === 3) {
    popSeveral(context);
    return;
  }
  const key = writeTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  if (key.record === 0) {
    context.nil();
    return;
  }
  popOne(context, key);
  tellRemoval(context, key, 'spop', 1);
}

/** Takes out a random member and writes it. The key stays, even with an empty set. */
function popOne(context: CommandContext, key: Key): void {
  const { arena, record } = key;
  randomMember(walk, arena, recordEncoding(arena, record), setBody(arena, record), Math.random);
  context.bulk(walk.bytes, walk.start, walk.end);
  const { writer } = context;
  // The member's own bytes go with it, so what was just written says which one to take out.
  const end = writer.length - 2;
  removeMember(arena, record, writer.bytes, end - (walk.end - walk.start), end);
}

function popSeveral(context: CommandContext): void {
  const wanted = integerWithin(context, 2, 0, MAX_COUNT, NOT_POSITIVE);
  if (Number.isNaN(wanted)) return;
  const key = writeTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  if (key.record === 0 || wanted === 0) {
    context.set(0);
    return;
  }
  const { arena, record } = key;
  const size = setCount(arena, record);
  if (wanted >= size) {
    context.set(size);
    writeAll(context, key);
    removeKey(key);
    context.changed(key, EVENT_SET, 'spop', size);
    context.notify(key, EVENT_GENERIC, 'del');
    return;
  }
  context.set(wanted);
  for (let left = wanted; left > 0; left--) popOne(context, key);
  context.changed(key, EVENT_SET, 'spop', wanted);
}

function beginKey(key: Key): void {
  const { arena, record } = key;
  beginMembers(walk, arena, recordEncoding(arena, record), setBody(arena, record));
}

function writeAll(context: CommandContext, key: Key): void {
  beginKey(key);
  while (nextMember(walk)) context.bulk(walk.bytes, walk.start, walk.end);
}

export function runSrandmember(context: CommandContext): void {
  if (context.count > 3) {
    context.syntaxError();
    return;
  }
  let wanted = 0;
  if (context.count === 3) {
    wanted = integerAt(context, 2);
    if (Number.isNaN(wanted)) return;
    if (isLeast(context, 2)) {
      context.error(COUNT_RANGE);
      return;
    }
  }
  const key = readTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  if (context.count === 2) {
    if (key.record === 0) context.nil();
    else writeRandom(context, key);
    return;
  }
  if (key.record === 0 || wanted === 0) context.array(0);
  else if (wanted < 0) writeRepeated(context, key, -wanted);
  else writeDistinct(context, key, wanted);
}

function writeRandom(context: CommandContext, key: Key): void {
  const { arena, record } = key;
  randomMember(walk, arena, recordEncoding(arena, record), setBody(arena, record), Math.random);
  context.bulk(walk.bytes, walk.start, walk.end);
}

function writeRepeated(context: CommandContext, key: Key, count: number): void {
  context.array(count);
  for (let left = count; left > 0; left--) writeRandom(context, key);
}

function writeDistinct(context: CommandContext, key: Key, wanted: number): void {
  const { arena, record } = key;
  const size = setCount(arena, record);
  if (wanted >= size) {
    context.array(size);
    writeAll(context, key);
    return;
  }
  context.array(wanted);
  if (recordEncoding(arena, record) === SET_TABLE && wanted * DRAWN_SHARE <= size) {
    const { page } = walk;
    walk.arena = arena;
    drawEntries(arena, setBody(arena, record), wanted, Math.random, page);
    for (let at = 0; at < wanted; at++) {
      showEntry(walk, page.entries[at]);
      context.bulk(walk.bytes, walk.start, walk.end);
    }
    return;
  }
  let left = wanted;
  let unseen = size;
  beginKey(key);
  // Each member that comes is chosen with the chance that one of those left is it.
  while (left > 0 && nextMember(walk)) {
    if (Math.random() * unseen < left) {
      context.bulk(walk.bytes, walk.start, walk.end);
      left -= 1;
    }
    unseen -= 1;
  }
}

export function runSscan(context: CommandContext): void {
  const cursor = cursorAt(context, 2);
  if (Number.isNaN(cursor)) return;
  const key = checkType(context, readKey(context, 1), TYPE_SET);
  if (key === undefined) return;
  let next = 0;
  let count = 0;
  found.reset();
  if (key.record !== 0) {
    if (!parseScanOptions(context, options, false)) return;
    beginKey(key);
    if (walk.encoding === SET_TABLE) {
      const { page } = walk;
      next = scanPage(key.arena, walk.body, cursor, options.count, page);
      for (let at = 0; at < page.count; at++) {
        showEntry(walk, page.entries[at]);
        count += addScanned(context);
      }
    } else while (nextMember(walk)) count += addScanned(context);
  }
  replyPage(context, next, count, found);
}

function addScanned(context: CommandContext): number {
  if (!isScanned(context, options, walk.bytes, walk.start, walk.end)) return 0;
  found.bulk(walk.bytes, walk.start, walk.end);
  return 1;
}
