/**
 * The types of values, and what the keyspace has to know of each. A type's own file registers its hooks when it is
 * loaded, so nothing lists the types. Numbers and names are the servers' (`OBJ_STRING` and so on). Any thread.
 */
import { assert } from '../base/errors.ts';
import type { Arena } from '../memory/arena.ts';

export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
export const TYPE_STREAM = 6;
const TYPE_LIMIT = 16;

/**
 * What a type gives the keyspace. `record` is the key's record; its value begins at `valueOffset(arena, record)` and
 * its form is the type's own affair (see `record.ts`).
 */
export interface TypeHooks {
  /** As TYPE says it: `string`, `zset`. */
  readonly name: string;
  /** Bytes of the value within the record. */
  valueBytes(arena: Arena, record: number): number;
  /** Gives back all memory that the value has beside the record itself. */
  free(arena: Arena, record: number): void;
  /** Bytes in such memory, for MEMORY USAGE. May estimate from a few elements when there are many. */
  sizeBytes(arena: Arena, record: number): number;
  /** As OBJECT ENCODING says it. */
  encodingName(arena: Arena, record: number): string;
  /** How much work freeing is, in blocks: large values are freed in the background. */
  freeEffort(arena: Arena, record: number): number;
  /** The key is gone, and the value is freed later: what tells others of it goes at once. Absent: nothing does. */
  detached?(arena: Arena, record: number): void;
  /**
   * Makes a deep copy of the value at `from` into the record at `to`, whose value has the size of the other's and
   * arbitrary contents, possibly in another arena. False without memory: `to` holds nothing then.
   */
  copy(arena: Arena, from: number, target: Arena, to: number): boolean;
  /**
   * The value's bytes within the record, `valueBytes` of them, have been moved: to another block, or to another place
   * in it. Absent: that makes no difference to it.
   */
  moved?(arena: Arena, record: number, valueBytes: number): void;
  /**
   * The value has been taken over as it is by a record with another key (RENAME within a shard). Absent: that makes no
   * difference to it.
   */
  adopted?(arena: Arena, record: number): void;
}

const hooks: (TypeHooks | undefined)[] = new Array(TYPE_LIMIT).fill(undefined);

/** Cold: once per thread, when a type's file is loaded. */
export function registerType(type: number, own: TypeHooks): void {
  assert(hooks[type] === undefined, `type ${type} is registered once`);
  hooks[type] = own;
}

export function typeHooks(type: number): TypeHooks {
  const found = hooks[type];
  assert(found !== undefined, `type ${type} is registered`);
  return found;
}
