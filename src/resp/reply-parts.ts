/**
 * Small pieces of replies that code which goes through them by hand reads and writes: lines, numbers, streamed values.
 * Pure; must not know commands or connections.
 */
import { copyBytes } from '../base/bytes.ts';
import { CR, LF, TYPE_ARRAY, TYPE_BULK, TYPE_END, TYPE_MAP, TYPE_PUSH, TYPE_SET } from './constants.ts';
import type { FrameWriter } from './encode.ts';
import { CONFIRMATION_ELEMENTS, CONFIRMATION_LENGTH, type ReplyScanner } from './scan-reply.ts';

const MINUS = 0x2d;

export function isAggregate(type: number): boolean {
  return type === TYPE_ARRAY || type === TYPE_MAP || type === TYPE_SET || type === TYPE_PUSH;
}

/** Where the line that begins at `start` ends (its CR), or -1. */
export function findLineEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end - 1; at++) if (bytes[at] === CR && bytes[at + 1] === LF) return at;
  return -1;
}

/** The number of a header; all that are negative are -1. */
export function readNumber(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] === MINUS) return -1;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] as number) - 0x30;
  return value;
}

/** What was kept, and what follows it. */
export function joinBytes(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): Uint8Array {
  const joined = new Uint8Array(kept.length + end - start);
  joined.set(kept);
  copyBytes(bytes, start, end, joined, kept.length);
  return joined;
}

/** A line of this type with the given text; line ends in it become spaces. */
export function writeLine(
  out: FrameWriter,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  out.reserve(end - start + 3);
  out.bytes[out.length++] = type;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    out.bytes[out.length++] = byte === CR || byte === LF ? 0x20 : byte;
  }
  out.newline();
}

/**
 * Whether the push whose first line ends at `lineEnd` counts as no element of the reply it stands in, as for the
 * scanner; undefined when more of it has to be known. `elements`: how many it has.
 */
export function isAsidePush(
  bytes: Uint8Array,
  lineEnd: number,
  end: number,
  elements: number,
): boolean | undefined {
  if (elements !== CONFIRMATION_ELEMENTS) return true;
  const first = lineEnd + 2;
  if (first >= end) return undefined;
  if (bytes[first] !== TYPE_BULK) return true;
  const firstEnd = findLineEnd(bytes, first, end);
  return firstEnd < 0 ? undefined : readNumber(bytes, first + 1, firstEnd) < CONFIRMATION_LENGTH;
}

/** Elements of a whole streamed aggregate, keys and values counted alike; `first` is where they begin. */
export function countStreamed(scanner: ReplyScanner, bytes: Uint8Array, first: number, end: number): number {
  let count = 0;
  for (let at = first; bytes[at] !== TYPE_END; count++) {
    scanner.reset();
    at = scanner.scan(bytes, at, end);
  }
  return count;
}

/** Writes a whole streamed string, whose first chunk begins at `first`, as a string like any other. */
export function writeStreamedString(out: FrameWriter, bytes: Uint8Array, first: number, end: number): void {
  for (let pass = 0; pass < 2; pass++) {
    let total = 0;
    for (let at = first; ; ) {
      const lineEnd = findLineEnd(bytes, at, end);
      const length = readNumber(bytes, at + 1, lineEnd);
      if (length === 0) break;
      if (pass === 1) out.raw(bytes, lineEnd + 2, lineEnd + 2 + length);
      total += length;
      at = lineEnd + 2 + length + 2;
    }
    if (pass === 0) out.header(TYPE_BULK, total);
  }
  out.newline();
}
