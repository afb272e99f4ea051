/**
 * Moving bytes within an arena. Shared memory has no fast `copyWithin`: it goes byte by byte unless both ends are
 * equally aligned, and `set` needs a view. Loops over a `DataView` beat both (`node bench/run.mjs micro/packed`).
 * Any thread that holds the arena's lock. Knows nothing of what the bytes mean.
 */
import type { Arena } from './arena.ts';

/** From here on `copyWithin` is worth its call, where it can go word by word. */
const ALIGNED_COPY_BYTES = 256;

/** Moves `count` bytes from one offset of the arena to another. The ranges may overlap. */
export function moveBytes(arena: Arena, from: number, to: number, count: number): void {
  if (from === to || count <= 0) return;
  if (count >= ALIGNED_COPY_BYTES && ((from ^ to) & 7) === 0) {
    arena.bytes.copyWithin(to, from, from + count);
  } else if (to < from) {
    moveDown(arena.view, from, to, count);
  } else {
    moveUp(arena.view, from, to, count);
  }
}

/** Everything is read before anything behind it is written: from the beginning to the end. */
function moveDown(view: DataView, from: number, to: number, count: number): void {
  let at = 0;
  for (; at <= count - 16; at += 16) {
    const first = view.getInt32(from + at, true);
    const second = view.getInt32(from + at + 4, true);
    const third = view.getInt32(from + at + 8, true);
    const fourth = view.getInt32(from + at + 12, true);
    view.setInt32(to + at, first, true);
    view.setInt32(to + at + 4, second, true);
    view.setInt32(to + at + 8, third, true);
    view.setInt32(to + at + 12, fourth, true);
  }
  for (; at <= count - 4; at += 4) view.setInt32(to + at, view.getInt32(from + at, true), true);
  for (; at < count; at++) view.setUint8(to + at, view.getUint8(from + at));
}

/** From the end to the beginning. */
function moveUp(view: DataView, from: number, to: number, count: number): void {
  let at = count;
  for (; at >= 16; at -= 16) {
    const fourth = view.getInt32(from + at - 4, true);
    const third = view.getInt32(from + at - 8, true);
    const second = view.getInt32(from + at - 12, true);
    const first = view.getInt32(from + at - 16, true);
    view.setInt32(to + at - 4, fourth, true);
    view.setInt32(to + at - 8, third, true);
    view.setInt32(to + at - 12, second, true);
    view.setInt32(to + at - 16, first, true);
  }
  for (; at >= 4; at -= 4) view.setInt32(to + at - 4, view.getInt32(from + at - 4, true), true);
  for (; at > 0; at--) view.setUint8(to + at - 1, view.getUint8(from + at - 1));
}

/**
 * Copies `source[start, end)` into the arena at `to`. The source may be the arena's own memory where the ranges are
 * apart.
 */
export function copyIn(arena: Arena, source: Uint8Array, start: number, end: number, to: number): void {
  if (source === arena.bytes) {
    moveBytes(arena, start, to, end - start);
    return;
  }
  if (end - start < LOOP_COPY_BYTES) {
    const { bytes } = arena;
    let at = to;
    for (let from = start; from < end; from++) bytes[at++] = source[from];
    return;
  }
  copyLong(arena, source, start, end, to);
}

/** Below this length a loop beats `set`, which needs a view. */
const LOOP_COPY_BYTES = 64;

/** Cold for what is short; for long values the view is small beside the copy. */
function copyLong(arena: Arena, source: Uint8Array, start: number, end: number, to: number): void {
  arena.bytes.set(source.subarray(start, end), to);
}
