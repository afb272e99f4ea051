/**
 * The hash of keys, members and fields: 32 bits with full avalanche, seeded once per process so that nobody outside can
 * choose keys that collide. All threads over the same arenas must have the same seed. Pure but for the seed.
 */

let seed = 0x3c6e_f372;

/** Before the first table is made. Cold: once per thread. */
export function setHashSeed(value: number): void {
  seed = value | 0;
}

/** A signed 32-bit integer: a small one for V8, which it keeps in a register. Four bytes at a time, as MurmurHash3. */
export function hashKey(bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  let at = start;
  for (const whole = end - 3; at < whole; at += 4) {
    let piece = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    piece = Math.imul(piece, 0xcc9e2d51);
    piece = Math.imul((piece << 15) | (piece >>> 17), 0x1b873593);
    hash ^= piece;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at] << shift;
  rest = Math.imul(rest, 0xcc9e2d51);
  hash ^= Math.imul((rest << 15) | (rest >>> 17), 0x1b873593) ^ (end - start);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
