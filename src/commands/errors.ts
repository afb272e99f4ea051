/** Error replies that several commands share, word for word those of the servers. No '-' and no CRLF. */
import type { Compatibility } from './compatibility.ts';

export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const SYNTAX = 'ERR syntax error';
export const NOT_INTEGER = 'ERR value is not an integer or out of range';
export const NOT_FLOAT = 'ERR value is not a valid float';
/** Of INCRBYFLOAT and its like. */
export const NO_SUM = 'ERR increment would produce NaN or Infinity';
export const OUT_OF_RANGE = 'ERR value is out of range';
export const NOT_POSITIVE = 'ERR value is out of range, must be positive';
export const NO_SUCH_KEY = 'ERR no such key';
export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
export const SAME_OBJECT = 'ERR source and destination objects are the same';
export const DB_INDEX = 'ERR DB index is out of range';
export const TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';
export const OVERFLOW = 'ERR increment or decrement would overflow';

/** Only Redis names EVAL. */
export function noScript({ isValkey }: Compatibility): string {
  return `NOSCRIPT No matching script.${isValkey ? '' : ' Please use EVAL.'}`;
}

/** `name` as the catalogue has it: `get`, `client|id`. */
export function wrongArity(name: string): string {
  return `ERR wrong number of arguments for '${name}' command`;
}

/** Of EXPIRE and its like, of SET and its like. */
export function invalidExpireTime(name: string): string {
  return `ERR invalid expire time in '${name}' command`;
}
