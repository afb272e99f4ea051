/**
 * A seeded pseudo-random generator, for tests, jitter and sampling that must be repeatable. Any thread.
 * Not for secrets.
 */

export interface Random {
  /** What the sequence was made from; print it wherever a test uses chance. */
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, limit). `limit` is at least 1. */
  integer(limit: number): number;
  /** One element. The array must not be empty. */
  pick<Item>(items: readonly Item[]): Item;
}

/** The sequence is a function of `seed` (its low 32 bits) alone: mulberry32, 2^32 numbers before it repeats. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  function integer(limit: number): number {
    return Math.floor(next() * limit);
  }
  function pick<Item>(items: readonly Item[]): Item {
    return items[integer(items.length)] as Item;
  }
  return { seed: seed >>> 0, next, integer, pick };
}
