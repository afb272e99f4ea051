/**
 * Numbers of the RDB format: types of values, opcodes, versions. Facts from the sources of Valkey 8 (`rdb.h`) and, for
 * Redis 8, from what its servers write. Data; any thread.
 */

// Types of values.
export const RDB_STRING = 0;
export const RDB_LIST = 1;
export const RDB_SET = 2;
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
/** Scores as doubles. */
export const RDB_ZSET_2 = 5;
export const RDB_MODULE = 6;
export const RDB_MODULE_2 = 7;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
export const RDB_LIST_QUICKLIST = 14;
export const RDB_STREAM = 15;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_STREAM_2 = 19;
export const RDB_SET_LISTPACK = 20;
export const RDB_STREAM_3 = 21;
/** Valkey 9: fields, values and times. In files of Redis 7.4's candidates: fields with times from 1970 on. */
export const RDB_HASH_2 = 22;
/** Redis 7.4's candidates only. */
export const RDB_HASH_LISTPACK_TIMED_OLD = 23;
/** Redis: fields whose times are counted from the soonest one. */
export const RDB_HASH_TIMED = 24;
export const RDB_HASH_LISTPACK_TIMED = 25;

// What stands between keys.
export const OPCODE_SLOT_IMPORT = 243;
export const OPCODE_SLOT_INFO = 244;
export const OPCODE_FUNCTION = 245;
export const OPCODE_OLD_FUNCTION = 246;
export const OPCODE_MODULE_AUX = 247;
export const OPCODE_IDLE = 248;
export const OPCODE_FREQUENCY = 249;
export const OPCODE_AUX = 250;
export const OPCODE_RESIZE = 251;
export const OPCODE_EXPIRY_MS = 252;
export const OPCODE_EXPIRY_SECONDS = 253;
export const OPCODE_DATABASE = 254;
export const OPCODE_END = 255;

// Encodings of strings: the first byte.
export const ENCODED_INT8 = 0xc0;
export const ENCODED_INT16 = 0xc1;
export const ENCODED_INT32 = 0xc2;
export const ENCODED_LZF = 0xc3;

/** Files of Valkey 9; those between are Redis'. */
export const FIRST_VALKEY_9 = 80;
export const FIRST_FOREIGN = 12;
/** What files of other products and versions there are that this reads. */
export const MOST_REDIS = 12;
export const MOST_VALKEY = 80;
/** Of files that Redis 5 and later wrote. */
export const LEAST_VERSION = 9;

/** In whose form values are written. Redis 7.0 has no packed sets, and no times of activity of consumers. */
export type RdbProduct = 'redis-7.0' | 'redis' | 'valkey';

/** Something is wrong with what is being read. Its message is for people. */
export class RdbProblem extends Error {}

/** A collection without elements, which no server keeps. */
export class RdbEmpty extends RdbProblem {
  constructor() {
    super('a collection is empty');
  }
}

/** There is no memory for what is being read. */
export class RdbFull extends Error {}
