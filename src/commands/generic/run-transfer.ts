/** What DUMP, RESTORE and RESTORE-ASKING do on the engine. Worker thread. As valkey 8.0 `cluster.c`. */
import { RdbFull, RdbProblem } from '../../rdb/format.ts';
import { RdbSource } from '../../rdb/source.ts';
import { ValueReader } from '../../rdb/value-reader.ts';
import { RdbWriter } from '../../rdb/writer.ts';
import { Key, prepareKey } from '../../store/key.ts';
import { findKey, removeKey, setExpiry } from '../../store/keyspace.ts';
import { StoreSink } from '../../store/rdb/store-sink.ts';
import { writeTypedValue } from '../../store/rdb/write-value.ts';
import { setRecordAccess } from '../../store/record.ts';
import { moveValue } from '../../store/transfer.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { appendFooter, FOOTER_BYTES, payloadVersion } from '../dump-payload.ts';
import { dumpProduct, fieldTimesOf, takesDump } from '../dump-version.ts';
import { EVENT_GENERIC } from '../key-events.ts';
import { readKey, writeKey } from '../lookup.ts';

const REPLACE = word('replace');
const ABSTTL = word('absttl');
const IDLETIME = word('idletime');
const FREQ = word('freq');
const MOST_IDLE = 0x7f_ffff;
const BUSY_KEY = 'BUSYKEY Target key name already exists.';
const WRONG_PAYLOAD = 'ERR DUMP payload version or checksum are wrong';
const BAD_DATA = 'ERR Bad data format';

const out = new RdbWriter();
const reader = new ValueReader();

export function runDump(context: CommandContext): void {
  const key = readKey(context, 1);
  if (key.record === 0) {
    context.nil();
    return;
  }
  out.reset();
  writePayload(context, key, out);
  context.bulk(out.bytes, 0, out.length);
}

/** Appends the dump of a key that is there to an empty writer. */
export function writePayload(context: CommandContext, key: Key, to: RdbWriter): void {
  writeTypedValue(to, key.arena, key.record, dumpProduct(context.compatibility));
  appendFooter(to, context.compatibility.name);
}

/** What RESTORE is told beside key, time and value. Used again and again. */
const options = { replaces: false, isAbsolute: false, idleSeconds: -1, frequency: -1 };

export function runRestore(context: CommandContext): void {
  if (!readOptions(context)) return;
  const key = writeKey(context, 1);
  if (key.record !== 0 && !options.replaces) {
    context.error(BUSY_KEY);
    return;
  }
  const time = integerAt(context, 2);
  if (Number.isNaN(time)) return;
  if (time < 0) {
    context.error('ERR Invalid TTL value, must be >= 0');
    return;
  }
  const version = payloadVersion(context.bytes, context.start(3), context.end(3));
  if (version < 0 || !takesDump(context.compatibility.name, version)) {
    context.error(WRONG_PAYLOAD);
    return;
  }
  const staged = readStaged(context, key, version);
  if (staged !== undefined) putStaged(context, key, staged, time);
}

function readOptions(context: CommandContext): boolean {
  options.replaces = false;
  options.isAbsolute = false;
  options.idleSeconds = -1;
  options.frequency = -1;
  for (let at = 4; at < context.count; at++) {
    const hasMore = at + 1 < context.count;
    if (isWord(context, at, REPLACE)) options.replaces = true;
    else if (isWord(context, at, ABSTTL)) options.isAbsolute = true;
    else if (hasMore && options.frequency === -1 && isWord(context, at, IDLETIME)) {
      at += 1;
      options.idleSeconds = integerAt(context, at);
      if (Number.isNaN(options.idleSeconds)) return false;
      if (options.idleSeconds < 0) {
        context.error('ERR Invalid IDLETIME value, must be >= 0');
        return false;
      }
    } else if (hasMore && options.idleSeconds === -1 && isWord(context, at, FREQ)) {
      at += 1;
      options.frequency = integerAt(context, at);
      if (Number.isNaN(options.frequency)) return false;
      if (options.frequency < 0 || options.frequency > 255) {
        context.error('ERR Invalid FREQ value, must be >= 0 and <= 255');
        return false;
      }
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

/** Makes the value where nobody sees it, so that a damaged one leaves the key as it is. Undefined after an error. */
function readStaged(context: CommandContext, key: Key, version: number): Key | undefined {
  const { store, bytes } = context;
  const staged = new Key(key.shard, bytes);
  prepareKey(store, staged, store.stagingDatabase, bytes, key.start, key.end);
  // The table of its slot, if there is one already.
  findKey(store, staged, 0);
  const sink = new StoreSink(store, fieldTimesOf(context.compatibility));
  sink.key = staged;
  const source = new RdbSource(bytes, context.start(3), context.end(3) - FOOTER_BYTES);
  try {
    reader.read(source.byte(), source, version, sink);
    return staged;
  } catch (error) {
    if (staged.record !== 0) removeKey(staged);
    if (error instanceof RdbProblem) context.error(BAD_DATA);
    else if (error instanceof RdbFull) context.outOfMemory();
    else throw error;
    return undefined;
  }
}

function putStaged(context: CommandContext, key: Key, staged: Key, time: number): void {
  const { store, nowMs } = context;
  const had = key.record !== 0;
  const expiresAtMs = time === 0 || options.isAbsolute ? time : nowMs + time;
  if (expiresAtMs !== 0 && expiresAtMs <= nowMs) {
    removeKey(staged);
    if (had) {
      removeKey(key);
      context.changed(key, EVENT_GENERIC, 'del');
    }
    context.ok();
    return;
  }
  const isDone = (expiresAtMs === 0 || setExpiry(staged, expiresAtMs)) && moveValue(store, staged, key);
  if (!isDone) {
    removeKey(staged);
    context.outOfMemory();
    return;
  }
  if (had) store.events.created(key);
  setAccess(context, key);
  context.changed(key, EVENT_GENERIC, 'restore');
  context.ok();
}

function setAccess(context: CommandContext, key: Key): void {
  const { access } = context.store;
  const { arena, record } = key;
  if (access.usesFrequency) {
    if (options.frequency >= 0) setRecordAccess(arena, record, access.frequencyAccess(options.frequency));
  } else if (options.idleSeconds >= 0) {
    setRecordAccess(arena, record, access.idleAccess(Math.min(options.idleSeconds, MOST_IDLE)));
  } else access.touch(arena, record);
}
