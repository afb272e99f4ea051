/**
 * One fixed piece of shared memory and where things stand in its header. Every thread makes its own `Arena` over the
 * same buffer and keeps it: access through fixed-length typed arrays is as fast as memory gets here, access to a
 * growable buffer is five to seven times slower. Knows bytes, not what they mean, and takes no locks: whoever uses an
 * arena that others see holds its lock (`lock.ts`).
 */
import { assert } from '../base/errors.ts';

/** Spans of memory are counted in pages; a small block lies in a run of pages of its size class. */
export const PAGE_BYTES = 4096;
export const PAGE_SHIFT = 12;

/** Nothing touches the memory before it is used, so reserving costs nothing. */
export const DEFAULT_ARENA_BYTES = 2 ** 31 - 65536;

// The header, in words of 32 bits.
export const WORD_MAGIC = 0;
export const WORD_PAGE_COUNT = 1;
/** Pages from this one on have never been in use, or are free again. */
export const WORD_TOP_PAGE = 2;
/** Pages in runs and large blocks. */
export const WORD_PAGES_IN_USE = 3;
/** For tests: when not 0, counts down with each allocation, and the one that reaches 0 fails. */
export const WORD_FAIL_COUNTDOWN = 4;
/** Blocks in use. */
export const WORD_BLOCK_COUNT = 5;
/** Index into `doubles`: bytes in blocks that are in use. */
export const DOUBLE_USED_BYTES = 4;
/** The lock of everything in the arena, on a cache line of its own. */
export const WORD_LOCK = 32;
/** For the owner of the arena: offsets of the heads of its structures, and what else it keeps. All 0 at first. */
export const WORD_ROOTS = 64;
export const ROOT_COUNT = 64;
/** First run with room, by size class. */
export const WORD_CLASS_RUNS = 128;
/** First free span, by bin. */
export const WORD_SPAN_BINS = 224;
/** A word per page, see `spans.ts`. */
export const WORD_PAGE_MAP = 384;

const MAGIC = 0x4c53_4131;

export class Arena {
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** For what is not aligned: reads and writes of 4 and 8 bytes at any offset, as fast as the arrays. */
  readonly view: DataView;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.view = new DataView(buffer);
  }

  /** A new, empty arena. `sizeBytes` is a multiple of 8, at least 64 KiB, at most `DEFAULT_ARENA_BYTES`. */
  static create(sizeBytes: number = DEFAULT_ARENA_BYTES): Arena {
    assert(sizeBytes % 8 === 0 && sizeBytes >= 65536 && sizeBytes <= DEFAULT_ARENA_BYTES, 'size of an arena');
    const arena = new Arena(new SharedArrayBuffer(sizeBytes));
    const pageCount = Math.floor(sizeBytes / PAGE_BYTES);
    const { words } = arena;
    words[WORD_MAGIC] = MAGIC;
    words[WORD_PAGE_COUNT] = pageCount;
    words[WORD_TOP_PAGE] = Math.ceil(((WORD_PAGE_MAP + pageCount) * 4) / PAGE_BYTES);
    return arena;
  }

  /** Another thread's view of an arena that `create` made. */
  static attach(buffer: SharedArrayBuffer): Arena {
    const arena = new Arena(buffer);
    assert(arena.words[WORD_MAGIC] === MAGIC, 'the buffer holds an arena');
    return arena;
  }
}

/** For tests: the n-th allocation from now on fails; 0 lets all succeed again. */
export function failAllocation(arena: Arena, nth: number): void {
  arena.words[WORD_FAIL_COUNTDOWN] = nth;
}
