/** What commands on the entries of streams do on the engine. Worker thread. As valkey 8.0 `t_stream.c`. */
import type { Key } from '../../store/key.ts';
import {
  readLastId,
  readMaxDeletedId,
  setEntriesAdded,
  streamLength,
  streamTree,
  writeLastId,
  writeMaxDeletedId,
} from '../../store/stream.ts';
import { appendEntry, isStorable } from '../../store/stream-change.ts';
import { deleteEntry } from '../../store/stream-removal.ts';
import '../../store/stream-hooks.ts';
import {
  compareIds,
  copyId,
  incrementId,
  isLargestId,
  isZeroId,
  msAbove,
  StreamId,
  setId,
  setSmallestId,
} from '../../store/stream-id.ts';
import { entryAt, lastEntry, StreamCursor } from '../../store/stream-node.ts';
import { Trimming, trimStream } from '../../store/stream-trim.ts';
import { TYPE_STREAM } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NO_SUCH_KEY, wrongArity } from '../errors.ts';
import { EVENT_STREAM } from '../key-events.ts';
import { checkType, readTyped, writeTyped } from '../lookup.ts';
import { runInSlices, type SlicedCommand, type Slices } from '../slices.ts';
import { changedQuietly } from './group-progress.ts';
import { boundAt, ID_WITHOUT_SEQ, idAt, newIdAt, replyId } from './stream-ids.ts';
import { entriesSliced, replyEntries } from './stream-reply.ts';
import { anyNewId, parseTrimming, trimOptions } from './stream-trimming.ts';

const EQUAL_OR_SMALLER = 'ERR The ID specified in XADD is equal or smaller than the target stream top item';

const TOO_LARGE = 'ERR Elements are too large to be stored';

const id = new StreamId();
const last = new StreamId();
const from = new StreamId();
const to = new StreamId();
const cursor = new StreamCursor();
const trimming = new Trimming();

export function runXadd(context: CommandContext): void {
  const at = parseTrimming(context, trimming, true);
  if (at === 0) return;
  const first = at + 1;
  const { count, spans } = context;
  if (count - first < 2 || (count - first) % 2 === 1) {
    context.error(wrongArity('xadd'));
    return;
  }
  const isAuto = anyNewId(context, at);
  const idKind = isAuto ? ID_WITHOUT_SEQ : newIdAt(context, at, id);
  if (!isAuto && idKind !== ID_WITHOUT_SEQ && isZeroId(id)) {
    context.error('ERR The ID specified in XADD must be greater than 0-0');
    return;
  }
  const key = writeTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  if (key.record === 0 && trimOptions.onlyExisting) {
    context.nil();
    return;
  }
  if (key.record === 0) setSmallestId(last);
  else readLastId(key.arena, key.record, last);
  if (!chooseId(context, isAuto, idKind)) return;
  if (!isStorable(spans, first, count)) {
    context.error(TOO_LARGE);
    return;
  }
  if (!appendEntry(context.store, key, id, context.bytes, spans, first, count)) {
    context.outOfMemory();
    return;
  }
  const isTrimmed = trimStream(key, trimming) > 0;
  context.changed(key, EVENT_STREAM, 'xadd');
  if (isTrimmed) context.notify(key, EVENT_STREAM, 'xtrim');
  replyId(context, id);
}

/** Completes `id`, which must be above `last`. False: the error has been written. */
function chooseId(context: CommandContext, isAuto: boolean, idKind: number): boolean {
  if (isLargestId(last)) {
    context.error('ERR The stream has exhausted the last possible ID, unable to add more items');
    return false;
  }
  if (isAuto) {
    setId(id, context.nowMs, 0);
    if (msAbove(id, last) > 0) return true;
    copyId(id, last);
    incrementId(id);
    return true;
  }
  if (idKind === ID_WITHOUT_SEQ && id.msHigh === last.msHigh && id.msLow === last.msLow) {
    if ((last.seqHigh & last.seqLow) === -1) {
      context.error(context.compatibility.level < 702 ? TOO_LARGE : EQUAL_OR_SMALLER);
      return false;
    }
    copyId(id, last);
    incrementId(id);
  }
  if (compareIds(id, last) > 0) return true;
  context.error(EQUAL_OR_SMALLER);
  return false;
}

export function runXlen(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  context.integer(key.record === 0 ? 0 : streamLength(key.arena, key.record));
}

export function runXrange(context: CommandContext): void {
  replyRange(context, false);
}

export function runXrevrange(context: CommandContext): void {
  replyRange(context, true);
}

const COUNT = word('count');

function replyRange(context: CommandContext, isReverse: boolean): void {
  const most = parseRange(context, isReverse);
  if (Number.isNaN(most)) return;
  const key = readTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  const { arena, record } = key;
  if (record === 0) context.array(0);
  else if (most <= 0) context.nilArray();
  else {
    const tree = streamTree(arena, record);
    if (replyEntries(context, arena, tree, from, to, most, isReverse, context.mayYield)) return;
    if (runInSlices(context, isReverse ? reverseRangeSliced : rangeSliced)) return;
    replyEntries(context, arena, tree, from, to, most, isReverse, false);
  }
}

function rangeSliced(context: CommandContext, slices: SlicedCommand): Slices {
  return replyRangeSliced(context, slices, false);
}

function reverseRangeSliced(context: CommandContext, slices: SlicedCommand): Slices {
  return replyRangeSliced(context, slices, true);
}

function* replyRangeSliced(context: CommandContext, slices: SlicedCommand, isReverse: boolean): Slices {
  const most = parseRange(context, isReverse);
  const key = checkType(context, context.key(1), TYPE_STREAM);
  if (key === undefined) return;
  const { arena, record } = key;
  const first = new StreamId();
  const last = new StreamId();
  copyId(first, from);
  copyId(last, to);
  if (record === 0) context.array(0);
  else yield* entriesSliced(context, slices, arena, streamTree(arena, record), first, last, most, isReverse);
}

/** Fills `from` and `to`; how many entries there may be, NaN after an error. */
function parseRange(context: CommandContext, isReverse: boolean): number {
  if (!boundAt(context, isReverse ? 3 : 2, false, from)) return Number.NaN;
  if (!boundAt(context, isReverse ? 2 : 3, true, to)) return Number.NaN;
  let most = Number.POSITIVE_INFINITY;
  for (let at = 4; at < context.count; at += 2) {
    if (at + 1 === context.count || !isWord(context, at, COUNT)) {
      context.syntaxError();
      return Number.NaN;
    }
    most = integerAt(context, at + 1);
    if (Number.isNaN(most)) return most;
  }
  return most;
}

export function runXdel(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  if (key.record === 0) {
    context.integer(0);
    return;
  }
  const { arena, record } = key;
  for (let argument = 2; argument < context.count; argument++) if (!idAt(context, argument, id)) return;
  let deleted = 0;
  for (let argument = 2; argument < context.count; argument++) {
    idAt(context, argument, id);
    if (!entryAt(arena, streamTree(arena, record), id, cursor)) continue;
    deleteEntry(key, cursor);
    deleted += 1;
    readMaxDeletedId(arena, record, last);
    if (compareIds(id, last) > 0) writeMaxDeletedId(arena, record, id);
  }
  if (deleted > 0) context.changed(key, EVENT_STREAM, 'xdel', deleted);
  context.integer(deleted);
}

export function runXtrim(context: CommandContext): void {
  if (parseTrimming(context, trimming, false) === 0) return;
  const key = writeTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  const deleted = key.record === 0 ? 0 : trimStream(key, trimming);
  if (deleted > 0) context.changed(key, EVENT_STREAM, 'xtrim', deleted);
  context.integer(deleted);
}

const ENTRIESADDED = word('entriesadded');
const MAXDELETEDID = word('maxdeletedid');

export function runXsetid(context: CommandContext): void {
  if (!idAt(context, 2, id)) return;
  let added = -1;
  setSmallestId(to);
  for (let at = 3; at < context.count; at += 2) {
    const hasValue = at + 1 < context.count;
    if (hasValue && isWord(context, at, ENTRIESADDED)) {
      added = integerAt(context, at + 1);
      if (Number.isNaN(added)) return;
      if (added < 0) {
        context.error('ERR entries_added must be positive');
        return;
      }
    } else if (hasValue && isWord(context, at, MAXDELETEDID)) {
      if (!idAt(context, at + 1, to)) return;
      if (compareIds(id, to) < 0) {
        context.error('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id');
        return;
      }
    } else {
      context.syntaxError();
      return;
    }
  }
  const key = writeTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  const { arena, record } = key;
  const refusal = record === 0 ? NO_SUCH_KEY : refuseLastId(context, key, added);
  if (refusal !== '') {
    context.error(refusal);
    return;
  }
  writeLastId(arena, record, id);
  if (added >= 0) setEntriesAdded(arena, record, added);
  if (!isZeroId(to)) writeMaxDeletedId(arena, record, to);
  changedQuietly(context, key, 'xsetid');
  context.ok();
}

/** Why `id` cannot be the stream's last one; empty where it can. */
function refuseLastId(context: CommandContext, { arena, record }: Key, added: number): string {
  readMaxDeletedId(arena, record, last);
  if (compareIds(id, last) < 0 && context.compatibility.level >= 702) {
    return 'ERR The ID specified in XSETID is smaller than current max_deleted_entry_id';
  }
  if (!lastEntry(arena, streamTree(arena, record), cursor)) return '';
  if (compareIds(id, cursor.id) < 0) {
    return 'ERR The ID specified in XSETID is smaller than the target stream top item';
  }
  if (added === -1 || streamLength(arena, record) <= added) return '';
  return 'ERR The entries_added specified in XSETID is smaller than the target stream length';
}
