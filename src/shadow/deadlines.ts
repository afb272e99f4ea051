/**
 * When keys expire, as far as the mirror stream has seen: key hash to deadline, in fixed memory. Worker thread.
 * A cache, not a truth: a deadline may be forgotten (see `set`), and two keys with equal 64-bit hashes share one.
 *
 * The table is eight-way associative: a hash belongs to one group of eight places, whose hashes fill one cache line.
 * So a look-up is bounded, deletion leaves no tombstones, and choosing what to forget looks at eight deadlines.
 */

const WAYS = 8;
const DEFAULT_CAPACITY = 65536;

export class DeadlineTable {
  readonly capacity: number;
  readonly #groupMask: number;
  /** Pairs of high and low hash; meaningful where the deadline is not 0. */
  readonly #hashes: Int32Array;
  readonly #deadlines: Float64Array;
  #size = 0;
  #evicted = 0;

  /** `capacity` in entries, rounded up to a power of two; 24 bytes each. */
  constructor(capacity: number = DEFAULT_CAPACITY) {
    let places = WAYS;
    while (places < capacity) places *= 2;
    this.capacity = places;
    this.#groupMask = places / WAYS - 1;
    this.#hashes = new Int32Array(places * 2);
    this.#deadlines = new Float64Array(places);
  }

  get size(): number {
    return this.#size;
  }

  /** Deadlines forgotten because their group was full. Grows only; for status and tests. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Remembers a deadline (unix ms, above 0), replacing the key's former one. In a full group the latest deadline is
   * forgotten, which may be this one: a deadline is asked for when it is near, so the near ones are worth keeping.
   */
  set(hashHigh: number, hashLow: number, deadlineMs: number): void {
    const first = this.#groupStart(hashHigh, hashLow);
    let latest = first;
    let free = -1;
    for (let place = first; place < first + WAYS; place += 1) {
      if (this.#deadlines[place] === 0) {
        if (free === -1) free = place;
      } else if (this.#holds(place, hashHigh, hashLow)) {
        this.#deadlines[place] = deadlineMs;
        return;
      } else if (this.#deadlines[place] > this.#deadlines[latest]) {
        latest = place;
      }
    }
    if (free === -1) {
      this.#evicted += 1;
      if (deadlineMs >= this.#deadlines[latest]) return;
      free = latest;
    } else {
      this.#size += 1;
    }
    this.#hashes[free * 2] = hashHigh;
    this.#hashes[free * 2 + 1] = hashLow;
    this.#deadlines[free] = deadlineMs;
  }

  /** The deadline in unix ms, 0 when none is known. */
  get(hashHigh: number, hashLow: number): number {
    const place = this.#find(hashHigh, hashLow);
    return place === -1 ? 0 : this.#deadlines[place];
  }

  delete(hashHigh: number, hashLow: number): void {
    const place = this.#find(hashHigh, hashLow);
    if (place === -1) return;
    this.#deadlines[place] = 0;
    this.#size -= 1;
  }

  /** Forgets every deadline before `timeMs`. Looks at the whole table: for timers, not for commands. */
  expireOlderThan(timeMs: number): void {
    for (let place = 0; place < this.capacity; place += 1) {
      const deadlineMs = this.#deadlines[place];
      if (deadlineMs !== 0 && deadlineMs < timeMs) {
        this.#deadlines[place] = 0;
        this.#size -= 1;
      }
    }
  }

  /** Whether there is a deadline before `timeMs`. Looks at the whole table. */
  hasBefore(timeMs: number): boolean {
    return this.#size > 0 && this.#deadlines.some((deadlineMs) => deadlineMs !== 0 && deadlineMs < timeMs);
  }

  clear(): void {
    this.#deadlines.fill(0);
    this.#size = 0;
  }

  #groupStart(hashHigh: number, hashLow: number): number {
    return ((hashLow ^ (hashHigh >>> 7)) & this.#groupMask) * WAYS;
  }

  #holds(place: number, hashHigh: number, hashLow: number): boolean {
    return this.#hashes[place * 2 + 1] === (hashLow | 0) && this.#hashes[place * 2] === (hashHigh | 0);
  }

  #find(hashHigh: number, hashLow: number): number {
    const first = this.#groupStart(hashHigh, hashLow);
    for (let place = first; place < first + WAYS; place += 1) {
      if (this.#deadlines[place] !== 0 && this.#holds(place, hashHigh, hashLow)) return place;
    }
    return -1;
  }
}
