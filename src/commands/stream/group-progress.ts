/** How far consumer groups are, as valkey 8.0 `t_stream.c` counts it. Worker thread. */
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../store/key.ts';
import { STAT_DIRTY } from '../../store/statistics.ts';
import { entriesAdded, readFirstId, readLastId, readMaxDeletedId, streamLength } from '../../store/stream.ts';
import { entriesRead, READ_UNKNOWN, readGroupId } from '../../store/stream-group.ts';
import { compareIds, isZeroId, StreamId } from '../../store/stream-id.ts';
import type { Compatibility } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_STREAM } from '../key-events.ts';

export const LAG_UNKNOWN = -1;

const last = new StreamId();
const first = new StreamId();
const maxDeleted = new StreamId();
const delivered = new StreamId();

/** Valkey 9: deleted entries count even where all before them have been trimmed away. */
function remembersDeleted({ isValkey, level }: Compatibility): boolean {
  return isValkey && level >= 900;
}

/** Whether entries may have been deleted from an id on. The id is not above the last one. */
function hasGapsFrom(compatibility: Compatibility, arena: Arena, record: number, id: StreamId): boolean {
  readMaxDeletedId(arena, record, maxDeleted);
  if (streamLength(arena, record) === 0 || isZeroId(maxDeleted)) return false;
  readFirstId(arena, record, first);
  if (!remembersDeleted(compatibility) && compareIds(first, maxDeleted) > 0) return false;
  return compareIds(id, maxDeleted) <= 0;
}

/** How many entries up to this id there have ever been; `READ_UNKNOWN` where it cannot be told. */
function countUpTo(compatibility: Compatibility, arena: Arena, record: number, id: StreamId): number {
  const added = entriesAdded(arena, record);
  if (added === 0) return 0;
  const length = streamLength(arena, record);
  readLastId(arena, record, last);
  const order = compareIds(id, last);
  if (order === 0 || (length === 0 && order < 0)) return added;
  if (order > 0) return READ_UNKNOWN;
  readFirstId(arena, record, first);
  readMaxDeletedId(arena, record, maxDeleted);
  if (!isZeroId(maxDeleted)) {
    const isKnown = remembersDeleted(compatibility)
      ? compareIds(id, maxDeleted) >= 0
      : compareIds(maxDeleted, first) < 0;
    if (!isKnown) return READ_UNKNOWN;
  }
  const fromFirst = compareIds(id, first);
  if (fromFirst > 0) return READ_UNKNOWN;
  return added - length + (fromFirst === 0 ? 1 : 0);
}

/**
 * How many entries the group has read when it reads the one with this id. Redis 8 and Valkey 9 count on only where
 * nothing can be missing since the last one.
 */
export function readUpTo(
  compatibility: Compatibility,
  arena: Arena,
  record: number,
  group: number,
  id: StreamId,
): number {
  const read = entriesRead(arena, group);
  const isStrict = compatibility.level >= (compatibility.isValkey ? 900 : 800);
  readGroupId(arena, group, delivered);
  const from = isStrict ? delivered : id;
  let isExact = read !== READ_UNKNOWN && !hasGapsFrom(compatibility, arena, record, from);
  if (isExact && isStrict) {
    readFirstId(arena, record, first);
    isExact = compareIds(delivered, first) >= 0;
  }
  if (isExact) return read + 1;
  return entriesAdded(arena, record) > 0 ? countUpTo(compatibility, arena, record, id) : read;
}

/** Entries that the group has not got yet; `LAG_UNKNOWN` where it cannot be told. */
export function groupLag(compatibility: Compatibility, arena: Arena, record: number, group: number): number {
  const added = entriesAdded(arena, record);
  if (added === 0) return 0;
  readGroupId(arena, group, delivered);
  const read = entriesRead(arena, group);
  if (!compatibility.isValkey && compatibility.level >= 800) {
    const length = streamLength(arena, record);
    readFirstId(arena, record, first);
    readMaxDeletedId(arena, record, maxDeleted);
    if (length === 0) return 0;
    if (compareIds(delivered, first) < 0 && compareIds(maxDeleted, first) < 0) return length;
  }
  if (read !== READ_UNKNOWN && !hasGapsFrom(compatibility, arena, record, delivered)) return added - read;
  const estimate = countUpTo(compatibility, arena, record, delivered);
  return estimate === READ_UNKNOWN ? LAG_UNKNOWN : added - estimate;
}

/** Tells of a change that the servers do not tell WATCH and tracking of: groups, and XSETID. */
export function changedQuietly(context: CommandContext, key: Key, event: string): void {
  context.store.statistics.cells[STAT_DIRTY] += 1;
  if (event !== '') context.notify(key, EVENT_STREAM, event);
}

/** The error of commands for which key and group have to exist; both are arguments. */
export function noSuchGroup(context: CommandContext, group: number, key: number): string {
  return `NOGROUP No such consumer group '${context.shown(group)}' for key name '${context.shown(key)}'`;
}

/** As `noSuchGroup` of commands that look for both at once. */
export function noSuchKeyOrGroup(context: CommandContext, key: number, group: number): string {
  return `NOGROUP No such key '${context.shown(key)}' or consumer group '${context.shown(group)}'`;
}
