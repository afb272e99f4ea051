/**
 * Moving bytes within an arena, and into it. Shared memory has no fast `copyWithin`: it goes byte by byte unless both
 * ends are equally aligned, and `set` needs a view. Loops over a `DataView` beat both (`node bench/run.mjs
 * micro/packed`).
 * Any thread that holds the arena's lock. Knows nothing of what the bytes mean.
 */
import { copyBytes, copyView, SET_COPY_BYTES, viewOver } from '../base/bytes.ts';
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

/** Larger arrays are not kept for the sake of their view. */
const KEPT_BYTES = 1024 * 1024;

/** What was copied from last, and its view, which is made when it is copied from again. */
let last: Uint8Array | undefined;
let lastView: DataView | undefined;

/**
 * Copies `source[start, end)` into the arena at `to`. The source may be the arena's own memory where the ranges are
 * apart. Most come from the transport's one buffer.
 */
export function copyIn(arena: Arena, source: Uint8Array, start: number, end: number, to: number): void {
  if (source === arena.bytes) moveBytes(arena, start, to, end - start);
  else if (source === last && end - start < SET_COPY_BYTES) {
    lastView ??= viewOver(source);
    copyView(lastView, start, end, arena.view, to);
  } else {
    if (source.length <= KEPT_BYTES) {
      last = source;
      lastView = undefined;
    }
    copyBytes(source, start, end, arena.bytes, to);
  }
}
