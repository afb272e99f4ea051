/**
 * LZF, which strings in dumps are compressed by: runs of bytes as they are (a count below 32, then the bytes), and
 * copies of what came before (a length and how far back). Any thread.
 */

const HASH_BITS = 14;
const MOST_LITERALS = 32;
const MOST_BACK = 8192;
const MOST_COPIED = 264;
/** Each byte of what is packed makes so many at most. */
export const LZF_MOST_EXPANSION = 88;

/** Where three bytes with a hash were last, counted from `base` on; what is below is of texts before. */
const places = new Int32Array(1 << HASH_BITS);
const LAST_BASE = 2 ** 30;
let base = 1;

/**
 * Packs `bytes[start, end)` into `target` from its beginning. Returns how long that is; 0 when it is not shorter than
 * `limit`.
 */
export function packLzf(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  limit: number,
): number {
  if (base + (end - start) > LAST_BASE) {
    places.fill(0);
    base = 1;
  }
  const packed = pack(bytes, start, end, target, limit);
  base += end - start;
  return packed;
}

function pack(bytes: Uint8Array, start: number, end: number, target: Uint8Array, limit: number): number {
  let to = 1;
  let literals = 0;
  let at = start;
  while (at < end) {
    const length = at + 2 < end ? matchLength(bytes, start, at, end) : 0;
    if (length === 0) {
      if (to >= limit) return 0;
      target[to] = bytes[at];
      to += 1;
      at += 1;
      literals += 1;
      if (literals === MOST_LITERALS) {
        target[to - literals - 1] = literals - 1;
        literals = 0;
        to += 1;
      }
      continue;
    }
    if (to + 3 >= limit) return 0;
    // The byte that was left for the number of literals is of no use where there are none.
    if (literals === 0) to -= 1;
    else target[to - literals - 1] = literals - 1;
    literals = 0;
    to = writeCopy(target, to, length, match.back);
    to += 1;
    for (let inside = at + 1; inside < at + length && inside + 2 < end; inside++)
      notePlace(bytes, start, inside);
    at += length;
  }
  if (literals === 0) to -= 1;
  else target[to - literals - 1] = literals - 1;
  return to < limit ? to : 0;
}

const match = { back: 0 };

function hashAt(bytes: Uint8Array, at: number): number {
  const value = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
  return Math.imul(value, 0x9e3779b1) >>> (32 - HASH_BITS);
}

function notePlace(bytes: Uint8Array, start: number, at: number): void {
  places[hashAt(bytes, at)] = base + at - start;
}

/** How many bytes at `at` are those at an earlier place, `match.back` before it; 0 where that is not worth a copy. */
function matchLength(bytes: Uint8Array, start: number, at: number, end: number): number {
  const hash = hashAt(bytes, at);
  const place = places[hash];
  places[hash] = base + at - start;
  const found = place - base + start;
  const back = at - found;
  if (place < base || back > MOST_BACK) return 0;
  const most = Math.min(MOST_COPIED, end - at);
  let length = 0;
  while (length < most && bytes[found + length] === bytes[at + length]) length += 1;
  match.back = back - 1;
  return length < 3 ? 0 : length;
}

function writeCopy(target: Uint8Array, at: number, length: number, back: number): number {
  const count = length - 2;
  let to = at;
  if (count < 7) target[to++] = (count << 5) | (back >> 8);
  else {
    target[to++] = (7 << 5) | (back >> 8);
    target[to++] = count - 7;
  }
  target[to++] = back & 0xff;
  return to;
}

/** Unpacks `bytes[start, end)` into the first `length` bytes of `target`. False: damaged, or of another length. */
export function unpackLzf(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  length: number,
): boolean {
  let to = 0;
  let at = start;
  while (at < end) {
    const control = bytes[at++];
    if (control < MOST_LITERALS) {
      const count = control + 1;
      if (at + count > end || to + count > length) return false;
      for (let left = count; left > 0; left--) target[to++] = bytes[at++];
      continue;
    }
    let count = control >> 5;
    if (count === 7) {
      if (at >= end) return false;
      count += bytes[at++];
    }
    if (at >= end) return false;
    let from = to - ((control & 0x1f) << 8) - bytes[at++] - 1;
    count += 2;
    if (from < 0 || to + count > length) return false;
    while (count-- > 0) target[to++] = target[from++];
  }
  return to === length;
}
