/**
 * Which hash slots of the shadow may differ from the primary because something was not mirrored. One bitmap in
 * shared memory for all workers: slot owners mark, the main thread reads, clears and exports.
 */
import { DIRTY_CAUSES, type DirtyCause } from '../telemetry/metrics.ts';

export const SLOT_COUNT = 16384;

const WORD_BITS = 32;
const WORD_COUNT = SLOT_COUNT / WORD_BITS;
const COUNT_INDEX = WORD_COUNT;
/** By cause: how often a clean slot became dirty. */
const CAUSES_AT = COUNT_INDEX + 1;

/** Slots that this thread has marked since something began that makes all others clean. */
export interface Sweep {
  readonly words: Int32Array;
}

export class DirtySlots {
  /** Size of the shared buffer the constructor takes. */
  static readonly BYTES: number = (CAUSES_AT + DIRTY_CAUSES.length) * Int32Array.BYTES_PER_ELEMENT;

  readonly #words: Int32Array;
  readonly #sweeps = new Set<Sweep>();

  /** `buffer` is zero-filled and at least `BYTES` long; every thread wraps the same one. */
  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, CAUSES_AT + DIRTY_CAUSES.length);
  }

  /** Number of dirty slots. While other threads mark, it may run behind by what they are just doing. */
  get count(): number {
    return Atomics.load(this.#words, COUNT_INDEX);
  }

  /** How often a clean slot became dirty for this cause: what came first counts. */
  countOf(cause: DirtyCause): number {
    return Atomics.load(this.#words, CAUSES_AT + DIRTY_CAUSES.indexOf(cause));
  }

  has(slot: number): boolean {
    return (Atomics.load(this.#words, slot >>> 5) & (1 << (slot & 31))) !== 0;
  }

  mark(slot: number, cause: DirtyCause): void {
    const bit = 1 << (slot & 31);
    const word = slot >>> 5;
    for (const sweep of this.#sweeps) sweep.words[word] |= bit;
    // A plain look first: a slot that is dropped a million times is marked once.
    if ((Atomics.load(this.#words, word) & bit) !== 0) return;
    if ((Atomics.or(this.#words, word, bit) & bit) === 0) this.#became(1, cause);
  }

  clear(slot: number): void {
    const bit = 1 << (slot & 31);
    if ((Atomics.and(this.#words, slot >>> 5, ~bit) & bit) !== 0) Atomics.sub(this.#words, COUNT_INDEX, 1);
  }

  /** For commands that touch every key, and for a shadow whose content is not known at all. */
  markAll(cause: DirtyCause): void {
    for (const sweep of this.#sweeps) sweep.words.fill(-1);
    for (let word = 0; word < WORD_COUNT; word += 1) {
      const before = Atomics.exchange(this.#words, word, -1);
      if (before !== -1) this.#became(WORD_BITS - bitCount(before), cause);
    }
  }

  #became(count: number, cause: DirtyCause): void {
    Atomics.add(this.#words, COUNT_INDEX, count);
    Atomics.add(this.#words, CAUSES_AT + DIRTY_CAUSES.indexOf(cause), count);
  }

  /** From now on what is marked on this thread is noted; end it with `endSweep`. */
  startSweep(): Sweep {
    const sweep = { words: new Int32Array(WORD_COUNT) };
    this.#sweeps.add(sweep);
    return sweep;
  }

  /** Every slot is clean that this thread has not marked since the sweep began. */
  keepSince(sweep: Sweep): void {
    for (let word = 0; word < WORD_COUNT; word += 1) {
      const kept = sweep.words[word];
      const change = bitCount(kept) - bitCount(Atomics.exchange(this.#words, word, kept));
      if (change !== 0) Atomics.add(this.#words, COUNT_INDEX, change);
    }
  }

  endSweep(sweep: Sweep): void {
    this.#sweeps.delete(sweep);
  }

  /** The first `limit` runs of dirty slots in ascending order, both ends included as in CLUSTER SHARDS. */
  ranges(limit: number): Array<[start: number, end: number]> {
    const found: Array<[start: number, end: number]> = [];
    let slot = 0;
    while (slot < SLOT_COUNT && found.length < limit) {
      if (!this.has(slot)) {
        const wordIsClean = (slot & 31) === 0 && Atomics.load(this.#words, slot >>> 5) === 0;
        slot += wordIsClean ? WORD_BITS : 1;
        continue;
      }
      const start = slot;
      while (slot < SLOT_COUNT && this.has(slot)) slot += 1;
      found.push([start, slot - 1]);
    }
    return found;
  }
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
