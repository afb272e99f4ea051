/**
 * How large a collection may be in its compact form: the servers' settings of these names, in memory that all threads
 * share, so that CONFIG SET on one worker holds for all. A collection is changed to its large form when it grows
 * beyond a limit, and never back.
 */

export const LIMIT_INTSET_ENTRIES = 0;
export const LIMIT_SET_ENTRIES = 1;
export const LIMIT_SET_VALUE = 2;
export const LIMIT_HASH_ENTRIES = 3;
export const LIMIT_HASH_VALUE = 4;
const LIMITS = 16;

/** Name of the setting, and what the servers have where nobody sets it, by number. */
export const ENCODING_LIMITS: readonly { readonly name: string; readonly usual: number }[] = [
  { name: 'set-max-intset-entries', usual: 512 },
  { name: 'set-max-listpack-entries', usual: 128 },
  { name: 'set-max-listpack-value', usual: 64 },
  { name: 'hash-max-listpack-entries', usual: 512 },
  { name: 'hash-max-listpack-value', usual: 64 },
];

/** Cold: once, before any thread attaches. */
export function createEncodingLimits(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(LIMITS * Int32Array.BYTES_PER_ELEMENT);
  const cells = new Int32Array(buffer);
  for (const [number, { usual }] of ENCODING_LIMITS.entries()) cells[number] = usual;
  return buffer;
}
