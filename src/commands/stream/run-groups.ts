/** What XGROUP and XACK do on the engine. Worker thread. As valkey 8.0 `t_stream.c`. */
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { readLastId } from '../../store/stream.ts';
import { createStream } from '../../store/stream-change.ts';
import {
  createConsumer,
  createGroup,
  deleteConsumer,
  deletePending,
  destroyGroup,
  findConsumer,
  findGroup,
  READ_UNKNOWN,
  setEntriesRead,
  writeGroupId,
} from '../../store/stream-group.ts';
import '../../store/stream-hooks.ts';
import { StreamId, setSmallestId } from '../../store/stream-id.ts';
import { TYPE_STREAM } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { readTyped, writeTyped } from '../lookup.ts';
import { changedQuietly, noSuchGroup } from './group-progress.ts';
import { anyIdAt, idAt } from './stream-ids.ts';

const NO_STREAM =
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM ' +
  'option to create an empty stream automatically.';
const MKSTREAM = word('mkstream');
const ENTRIESREAD = word('entriesread');
const DOLLAR = 0x24;

const id = new StreamId();
const options = { makeStream: false, entriesRead: READ_UNKNOWN };

/** The group of argument 3, 0 where there is none. */
function groupOf(context: CommandContext, key: Key): number {
  return findGroup(key.arena, key.record, context.bytes, context.start(3), context.end(3));
}

/** What follows the id. False: the error has been written. */
function parseOptions(context: CommandContext, isCreating: boolean): boolean {
  options.makeStream = false;
  options.entriesRead = READ_UNKNOWN;
  for (let at = 5; at < context.count; at++) {
    if (isCreating && isWord(context, at, MKSTREAM)) options.makeStream = true;
    else if (at + 1 < context.count && isWord(context, at, ENTRIESREAD)) {
      at += 1;
      options.entriesRead = integerAt(context, at);
      if (Number.isNaN(options.entriesRead)) return false;
      if (options.entriesRead < READ_UNKNOWN) {
        context.error('ERR value for ENTRIESREAD must be positive or -1');
        return false;
      }
    } else {
      refuseSyntax(context);
      return false;
    }
  }
  return true;
}

function refuseSyntax(context: CommandContext): void {
  const name = context.text(1).slice(0, 128);
  context.error(`ERR unknown subcommand or wrong number of arguments for '${name}'. Try XGROUP HELP.`);
}

/** The key, which holds a stream. Undefined: the error has been written. */
function existing(context: CommandContext): Key | undefined {
  const key = writeTyped(context, 2, TYPE_STREAM);
  if (key === undefined || key.record !== 0) return key;
  context.error(NO_STREAM);
  return undefined;
}

function isLastWord(context: CommandContext): boolean {
  return context.length(4) === 1 && context.bytes[context.start(4)] === DOLLAR;
}

export function runXgroupCreate(context: CommandContext): void {
  if (!parseOptions(context, true)) return;
  const key = writeTyped(context, 2, TYPE_STREAM);
  if (key === undefined) return;
  if (key.record === 0 && !options.makeStream) {
    context.error(NO_STREAM);
    return;
  }
  if (context.count > 8) {
    refuseSyntax(context);
    return;
  }
  if (!isLastWord(context)) {
    if (!idAt(context, 4, id)) return;
  } else if (key.record === 0) setSmallestId(id);
  else readLastId(key.arena, key.record, id);
  const isNew = key.record === 0;
  if (isNew && !createStream(context.store, key)) {
    context.outOfMemory();
    return;
  }
  if (groupOf(context, key) !== 0) {
    context.error('BUSYGROUP Consumer Group name already exists');
    return;
  }
  const { arena, record } = key;
  const group = createGroup(arena, record, context.bytes, context.start(3), context.end(3));
  if (group === 0) {
    if (isNew) removeKey(key);
    context.outOfMemory();
    return;
  }
  writeGroupId(arena, group, id);
  setEntriesRead(arena, group, options.entriesRead);
  if (isNew) context.touched(key, 0);
  changedQuietly(context, key, 'xgroup-create');
  context.ok();
}

export function runXgroupSetid(context: CommandContext): void {
  if (!parseOptions(context, false)) return;
  const key = existing(context);
  if (key === undefined) return;
  const group = groupOf(context, key);
  if (group === 0) {
    context.error(noSuchGroup(context, 3, 2));
    return;
  }
  if (context.count !== 5 && context.count !== 7) {
    refuseSyntax(context);
    return;
  }
  if (isLastWord(context)) readLastId(key.arena, key.record, id);
  else if (!anyIdAt(context, 4, id)) return;
  writeGroupId(key.arena, group, id);
  setEntriesRead(key.arena, group, options.entriesRead);
  changedQuietly(context, key, 'xgroup-setid');
  context.ok();
}

export function runXgroupDestroy(context: CommandContext): void {
  const key = existing(context);
  if (key === undefined) return;
  const group = groupOf(context, key);
  if (group !== 0) {
    destroyGroup(key.arena, key.record, group);
    changedQuietly(context, key, 'xgroup-destroy');
    // Who waits for the group's entries hears that it is gone.
    context.ports.blocking.ready(key);
  }
  context.integer(group === 0 ? 0 : 1);
}

export function runXgroupCreateconsumer(context: CommandContext): void {
  const key = existing(context);
  if (key === undefined) return;
  const group = groupOf(context, key);
  if (group === 0) {
    context.error(noSuchGroup(context, 3, 2));
    return;
  }
  const { bytes, nowMs } = context;
  const start = context.start(4);
  const end = context.end(4);
  const isNew = findConsumer(key.arena, group, bytes, start, end) === 0;
  if (isNew) {
    if (createConsumer(key.arena, group, bytes, start, end, nowMs) === 0) {
      context.outOfMemory();
      return;
    }
    changedQuietly(context, key, 'xgroup-createconsumer');
  }
  context.integer(isNew ? 1 : 0);
}

export function runXgroupDelconsumer(context: CommandContext): void {
  const key = existing(context);
  if (key === undefined) return;
  const group = groupOf(context, key);
  if (group === 0) {
    context.error(noSuchGroup(context, 3, 2));
    return;
  }
  const { arena } = key;
  const consumer = findConsumer(arena, group, context.bytes, context.start(4), context.end(4));
  const pending = consumer === 0 ? 0 : deleteConsumer(arena, group, consumer);
  if (consumer !== 0) changedQuietly(context, key, 'xgroup-delconsumer');
  context.integer(pending);
}

export function runXack(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_STREAM);
  if (key === undefined) return;
  const { arena, record } = key;
  const group = record === 0 ? 0 : findGroup(arena, record, context.bytes, context.start(2), context.end(2));
  if (group === 0) {
    context.integer(0);
    return;
  }
  for (let argument = 3; argument < context.count; argument++) if (!idAt(context, argument, id)) return;
  let count = 0;
  for (let argument = 3; argument < context.count; argument++) {
    idAt(context, argument, id);
    if (!deletePending(arena, group, id)) continue;
    count += 1;
    changedQuietly(context, key, '');
  }
  context.integer(count);
}
