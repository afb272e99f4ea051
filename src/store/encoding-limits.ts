/**
 * How large a collection may be in its compact form, and how long a string: the servers' settings of these names. A
 * collection is changed to its large form when it grows beyond a limit; only lists change back.
 */
import { SPARSE_BYTES } from './hyperloglog.ts';

export const LIMIT_INTSET_ENTRIES = 0;
export const LIMIT_SET_ENTRIES = 1;
export const LIMIT_SET_VALUE = 2;
export const LIMIT_HASH_ENTRIES = 3;
export const LIMIT_HASH_VALUE = 4;
/** Below 0 a size, see `setLimits` in `chunk-list-node.ts`. */
export const LIMIT_LIST_PACKED = 5;
export const LIMIT_ZSET_ENTRIES = 6;
export const LIMIT_ZSET_VALUE = 7;
/** 0 is without a limit, for both. */
export const LIMIT_STREAM_BYTES = 8;
export const LIMIT_STREAM_ENTRIES = 9;
/** Of a string, and of an argument of a client's. */
export const LIMIT_STRING_BYTES = 10;
/** Of a HyperLogLog in its sparse form. */
export const LIMIT_SPARSE_BYTES = 11;

/** Name of the setting, and what the servers have where nobody sets it, by number. */
export const ENCODING_LIMITS: readonly {
  readonly name: string;
  readonly usual: number;
  /** Where it is not 0. */
  readonly least?: number;
  readonly most?: number;
  /** It is written as sizes are: `512mb`. */
  readonly isSize?: boolean;
}[] = [
  { name: 'set-max-intset-entries', usual: 512 },
  { name: 'set-max-listpack-entries', usual: 128 },
  { name: 'set-max-listpack-value', usual: 64 },
  { name: 'hash-max-listpack-entries', usual: 512 },
  { name: 'hash-max-listpack-value', usual: 64, isSize: true },
  { name: 'list-max-listpack-size', usual: -2, least: -(2 ** 31), most: 2 ** 31 - 1 },
  { name: 'zset-max-listpack-entries', usual: 128 },
  { name: 'zset-max-listpack-value', usual: 64, isSize: true },
  { name: 'stream-node-max-bytes', usual: 4096, isSize: true },
  { name: 'stream-node-max-entries', usual: 100 },
  { name: 'proto-max-bulk-len', usual: 512 * 1024 * 1024, least: 1024 * 1024, isSize: true },
  { name: 'hll-sparse-max-bytes', usual: SPARSE_BYTES, isSize: true },
];

/** Cold: for a store of its own. An engine has these numbers among its settings instead, which all threads share. */
export function usualLimits(): Float64Array {
  return Float64Array.from(ENCODING_LIMITS, ({ usual }) => usual);
}
