/** How far consumer groups are, as valkey 8.0 `t_stream.c` counts it. Worker thread. */
import type { Arena } from '../../memory/arena.ts';
import { entriesAdded, readFirstId, readLastId, readMaxDeletedId, streamLength } from '../../store/stream.ts';
import { entriesRead, READ_UNKNOWN, readGroupId } from '../../store/stream-group.ts';
import { compareIds, isZeroId, StreamId } from '../../store/stream-id.ts';
import type { Compatibility } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';

export const LAG_UNKNOWN = -1;

const last = new StreamId();
const first = new StreamId();
const maxDeleted = new StreamId();
const delivered = new StreamId();

/** Whether entries may have been deleted from an id on. The id is not above the last one. */
export function hasGapsFrom(arena: Arena, record: number, id: StreamId): boolean {
  readMaxDeletedId(arena, record, maxDeleted);
  if (streamLength(arena, record) === 0 || isZeroId(maxDeleted)) return false;
  readFirstId(arena, record, first);
  return compareIds(first, maxDeleted) <= 0 && compareIds(id, maxDeleted) <= 0;
}

/** How many entries up to this id there have ever been; `READ_UNKNOWN` where it cannot be told. */
export function countUpTo(arena: Arena, record: number, id: StreamId): number {
  const added = entriesAdded(arena, record);
  if (added === 0) return 0;
  const length = streamLength(arena, record);
  readLastId(arena, record, last);
  const order = compareIds(id, last);
  if (order === 0 || (length === 0 && order < 0)) return added;
  if (order > 0) return READ_UNKNOWN;
  readFirstId(arena, record, first);
  readMaxDeletedId(arena, record, maxDeleted);
  if (!isZeroId(maxDeleted) && compareIds(maxDeleted, first) >= 0) return READ_UNKNOWN;
  const fromFirst = compareIds(id, first);
  if (fromFirst > 0) return READ_UNKNOWN;
  return added - length + (fromFirst === 0 ? 1 : 0);
}

/** Entries that the group has not got yet; `LAG_UNKNOWN` where it cannot be told. */
export function groupLag(compatibility: Compatibility, arena: Arena, record: number, group: number): number {
  const added = entriesAdded(arena, record);
  if (added === 0) return 0;
  readGroupId(arena, group, delivered);
  const read = entriesRead(arena, group);
  if (!compatibility.isValkey && compatibility.level >= 800) {
    readLastId(arena, record, last);
    if (streamLength(arena, record) === 0 || compareIds(delivered, last) >= 0) return 0;
  }
  if (read !== READ_UNKNOWN && !hasGapsFrom(arena, record, delivered)) return added - read;
  const estimate = countUpTo(arena, record, delivered);
  return estimate === READ_UNKNOWN ? LAG_UNKNOWN : added - estimate;
}

/** The error of commands for which key and group have to exist; both are arguments. */
export function noSuchGroup(context: CommandContext, group: number, key: number): string {
  return `NOGROUP No such consumer group '${shown(context, group)}' for key name '${shown(context, key)}'`;
}

/** As `noSuchGroup` of commands that look for both at once. */
export function noSuchKeyOrGroup(context: CommandContext, key: number, group: number): string {
  return `NOGROUP No such key '${shown(context, key)}' or consumer group '${shown(context, group)}'`;
}

/** An argument in an error, which ends where a text of C does. */
export function shown(context: CommandContext, argument: number): string {
  return context.text(argument).split('\0', 1)[0];
}
