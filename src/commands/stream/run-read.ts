/** What XREAD and XREADGROUP do on the engine. Worker thread. As valkey 8.0 `t_stream.c`. */
import type { Key } from '../../store/key.ts';
import { recordType } from '../../store/record.ts';
import { readLastId, streamLength, streamTree } from '../../store/stream.ts';
import {
  createConsumer,
  findConsumer,
  findGroup,
  readGroupId,
  setSeenTime,
} from '../../store/stream-group.ts';
import '../../store/stream-hooks.ts';
import {
  compareIds,
  copyId,
  decrementId,
  ID_TEXT_BYTES,
  incrementId,
  StreamId,
  setLargestId,
  setSmallestId,
  writeIdText,
} from '../../store/stream-id.ts';
import { lastEntry, StreamCursor } from '../../store/stream-node.ts';
import { TYPE_STREAM } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { checkType, readKey, readTyped } from '../lookup.ts';
import { runInSlices, type SlicedCommand, type Slices } from '../slices.ts';
import { DELIVERED_NOTHING, deliverEntries, replyHistory } from './group-delivery.ts';
import { changedQuietly, noSuchKeyOrGroup } from './group-progress.ts';
import { parseReading, ReadOptions } from './read-options.ts';
import { idAt } from './stream-ids.ts';
import { entriesSliced, insertStreams, replyEntries } from './stream-reply.ts';

const DOLLAR = 0x24;
const PLUS = 0x2b;
const GREATER = 0x3e;

const wait = { type: TYPE_STREAM, firstKey: 1, keyCount: 1 };
const waitInGroup = { type: TYPE_STREAM, firstKey: 1, keyCount: 1, noKey: true };
const options = new ReadOptions();
/** Where to go on after, by key. */
const ids: StreamId[] = [];
const largest = new StreamId();
setLargestId(largest);
const cursor = new StreamCursor();
/** The first that is read. */
const next = new StreamId();

function isSign(context: CommandContext, argument: number, sign: number): boolean {
  return context.length(argument) === 1 && context.bytes[context.start(argument)] === sign;
}

export function runXread(context: CommandContext): void {
  if (!parseReading(context, options, false)) return;
  const { firstKey, keyCount } = options;
  for (let index = 0; index < keyCount; index++) {
    const key = readTyped(context, firstKey + index, TYPE_STREAM);
    if (key === undefined || !readAfter(context, key, index)) return;
  }
  const start = context.writer.length;
  let served = replyStreams(context, context.mayYield);
  if (served < 0) {
    context.writer.length = start;
    if (runInSlices(context, readSliced)) return;
    served = replyStreams(context, false);
  }
  if (served > 0) insertStreams(context, start, served);
  else waitForEntries(context);
}

/** Writes what is new in the streams, and tells in how many; -1 where that is much and `mayStop`. */
function replyStreams(context: CommandContext, mayStop: boolean): number {
  let served = 0;
  for (let index = 0; index < options.keyCount; index++) {
    const key = context.key(options.firstKey + index);
    if (key.record === 0 || !hasEntryAfter(key, ids[index])) continue;
    copyId(next, ids[index]);
    incrementId(next);
    replyKey(context, key);
    const tree = streamTree(key.arena, key.record);
    if (!replyEntries(context, key.arena, tree, next, largest, options.most, false, mayStop)) return -1;
    served += 1;
  }
  return served;
}

/** XREAD of much. There was something to read; if there is no more, it does not wait for it. */
function* readSliced(context: CommandContext, slices: SlicedCommand): Slices {
  parseReading(context, options, false);
  const { firstKey, keyCount, most } = options;
  const found: { readonly key: Key; readonly from: StreamId }[] = [];
  for (let index = 0; index < keyCount; index++) {
    const key = checkType(context, context.key(firstKey + index), TYPE_STREAM);
    if (key === undefined || !readAfter(context, key, index)) return;
    if (key.record === 0 || !hasEntryAfter(key, ids[index])) continue;
    const from = new StreamId();
    copyId(from, ids[index]);
    incrementId(from);
    found.push({ key, from });
  }
  if (found.length === 0) {
    context.nilArray();
    return;
  }
  if (context.resp === 3) context.map(found.length);
  else context.array(found.length);
  for (const { key, from } of found) {
    replyKey(context, key);
    const tree = streamTree(key.arena, key.record);
    yield* entriesSliced(context, slices, key.arena, tree, from, largest, most, false);
  }
}

/** The id of argument `index` of the ids. False: the error has been written. */
function readAfter(context: CommandContext, key: Key, index: number): boolean {
  if (index === ids.length) ids.push(new StreamId());
  const argument = options.firstKey + options.keyCount + index;
  const after = ids[index];
  if (isSign(context, argument, GREATER)) {
    context.error(
      'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
    );
    return false;
  }
  const isLast = isSign(context, argument, PLUS) && hasPlus(context);
  if (!isLast && !isSign(context, argument, DOLLAR)) return idAt(context, argument, after);
  if (key.record === 0) setSmallestId(after);
  else readLastId(key.arena, key.record, after);
  // Valkey takes the last id there was: nothing comes where that entry has been deleted.
  if (!isLast) return true;
  const { isValkey } = context.compatibility;
  if (!isValkey && key.record !== 0 && lastEntry(key.arena, streamTree(key.arena, key.record), cursor)) {
    copyId(after, cursor.id);
  }
  decrementId(after);
  return true;
}

function hasPlus(context: CommandContext): boolean {
  return context.compatibility.level >= 800;
}

function hasEntryAfter(key: Key, after: StreamId): boolean {
  if (streamLength(key.arena, key.record) === 0) return false;
  lastEntry(key.arena, streamTree(key.arena, key.record), cursor);
  return compareIds(cursor.id, after) > 0;
}

function replyKey(context: CommandContext, key: Key): void {
  if (context.resp === 2) context.array(2);
  context.bulk(key.bytes, key.start, key.end);
}

/** Nothing for the command yet. */
function waitForEntries(context: CommandContext): void {
  if (options.timeoutMs < 0 || !context.mayBlock) {
    context.nilArray();
    return;
  }
  fixLastIds(context);
  const what = options.group === 0 ? wait : waitInGroup;
  what.firstKey = options.firstKey;
  what.keyCount = options.keyCount;
  context.ports.blocking.block(context, what, options.timeoutMs);
}

/** `$` is the last id of now, not of when the command runs again: puts that id in its place. */
function fixLastIds(context: CommandContext): void {
  const first = options.firstKey + options.keyCount;
  let count = 0;
  for (let at = first; at < context.count; at++) if (isSign(context, at, DOLLAR)) count += 1;
  if (count === 0) return;
  const spans = new Int32Array(2 * context.count);
  let size = count * ID_TEXT_BYTES;
  for (let at = 0; at < context.count; at++) size += context.length(at);
  const bytes = new Uint8Array(size);
  let to = 0;
  for (let at = 0; at < context.count; at++) {
    spans[2 * at] = to;
    if (at >= first && isSign(context, at, DOLLAR)) to = writeIdText(bytes, to, ids[at - first]);
    else {
      for (let from = context.start(at); from < context.end(at); from++) bytes[to++] = context.bytes[from];
    }
    spans[2 * at + 1] = to;
  }
  context.bytes = bytes;
  context.spans = spans;
}

export function runXreadgroup(context: CommandContext): void {
  if (!parseReading(context, options, true)) return;
  const { firstKey, keyCount } = options;
  for (let index = 0; index < keyCount; index++) {
    if (isLost(context, firstKey + index)) return;
    const key = readTyped(context, firstKey + index, TYPE_STREAM);
    if (key === undefined || !readGroupAfter(context, key, index)) return;
  }
  const start = context.writer.length;
  let served = 0;
  for (let index = 0; index < keyCount; index++) {
    const outcome = serveGroup(context, context.key(firstKey + index), index);
    if (outcome === SERVED) served += 1;
    else if (outcome === NO_MEMORY) {
      // What has been delivered must be shown: then the client asks for the rest.
      if (served > 0) break;
      context.outOfMemory();
      return;
    }
  }
  if (served > 0) insertStreams(context, start, served);
  else waitForEntries(context);
}

/** Redis 7.0 has errors of its own for who has waited for what is gone: whether one of them has been written. */
function isLost(context: CommandContext, argument: number): boolean {
  if (!context.isRetry || context.compatibility.level >= 702) return false;
  const { arena, record } = readKey(context, argument);
  const isStream = record !== 0 && recordType(arena, record) === TYPE_STREAM;
  if (!isStream) context.error('UNBLOCKED the stream key no longer exists');
  else if (groupOf(context, context.key(argument)) !== 0) return false;
  else context.error('NOGROUP the consumer group this client was blocked on no longer exists');
  return true;
}

const NOTHING = 0;
const SERVED = 1;
const NO_MEMORY = 2;

/** As `readAfter` in a group; `>` is the largest id. */
function readGroupAfter(context: CommandContext, key: Key, index: number): boolean {
  if (index === ids.length) ids.push(new StreamId());
  const argument = options.firstKey + options.keyCount + index;
  if (key.record === 0 || groupOf(context, key) === 0) {
    const names = noSuchKeyOrGroup(context, argument - options.keyCount, options.group);
    context.error(`${names} in XREADGROUP with GROUP option`);
    return false;
  }
  if (isSign(context, argument, GREATER)) {
    setLargestId(ids[index]);
    return true;
  }
  const isDollar = isSign(context, argument, DOLLAR);
  if (isDollar || (isSign(context, argument, PLUS) && hasPlus(context))) {
    const sign = isDollar ? '$' : '+';
    context.error(
      `ERR The ${sign} ID is meaningless in the context of XREADGROUP: you want to read the history of this ` +
        'consumer by specifying a proper ID, or use the > ID to get new messages. The ' +
        `${sign} ID would just return an empty result set.`,
    );
    return false;
  }
  return idAt(context, argument, ids[index]);
}

function groupOf(context: CommandContext, key: Key): number {
  const { group } = options;
  return findGroup(key.arena, key.record, context.bytes, context.start(group), context.end(group));
}

/** The consumer, which is made where there is none. 0 without memory. */
function consumerOf(context: CommandContext, key: Key, group: number): number {
  const argument = options.group + 1;
  const start = context.start(argument);
  const end = context.end(argument);
  const found = findConsumer(key.arena, group, context.bytes, start, end);
  if (found !== 0) return found;
  const made = createConsumer(key.arena, group, context.bytes, start, end, context.nowMs);
  if (made !== 0) changedQuietly(context, key, 'xgroup-createconsumer');
  return made;
}

function serveGroup(context: CommandContext, key: Key, index: number): number {
  const { arena } = key;
  const group = groupOf(context, key);
  const after = ids[index];
  const isNew = compareIds(after, largest) === 0;
  if (isNew) readGroupId(arena, group, after);
  const isNothing = isNew && !hasEntryAfter(key, after);
  // Since Redis 7.2 who finds nothing is a consumer, too.
  if (isNothing && context.compatibility.level < 702) return NOTHING;
  const consumer = consumerOf(context, key, group);
  if (consumer === 0) return NO_MEMORY;
  setSeenTime(arena, consumer, context.nowMs);
  if (isNothing) return NOTHING;
  const start = context.writer.length;
  incrementId(after);
  replyKey(context, key);
  if (isNew) {
    const count = deliverEntries(context, key, group, consumer, after, options.most, options.withoutPending);
    if (count === DELIVERED_NOTHING) {
      context.writer.length = start;
      return NO_MEMORY;
    }
  } else replyHistory(context, key, consumer, after, options.most);
  changedQuietly(context, key, '');
  return SERVED;
}
