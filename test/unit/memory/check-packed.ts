/** Walks a packed blob in both directions and throws where it does not fit together. */
import { decodeLatin1 } from '../../../src/base/bytes.ts';
import { usableSize } from '../../../src/memory/allocator.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { packedFirst, packedLast, packedNext, packedPrevious } from '../../../src/memory/packed.ts';
import {
  entryAfter,
  entryBefore,
  PACKED_BYTES,
  PACKED_DOUBLE,
  PackedCursor,
  stageBytes,
  staged,
  stageNumber,
  writeIntegerText,
} from '../../../src/memory/packed-entry.ts';
import {
  endPlace,
  firstPlace,
  PACKED_HEADER_BYTES,
  packedBytes,
  packedCount,
} from '../../../src/memory/packed-room.ts';

/** A text with one character per byte, or a number that is stored as a double. */
export type PackedValue = string | number;

const digits = new Uint8Array(32);

/** What the cursor shows. */
export function valueAt(arena: Arena, cursor: PackedCursor): PackedValue {
  if (cursor.kind === PACKED_BYTES) return decodeLatin1(arena.bytes, cursor.start, cursor.end);
  if (cursor.kind === PACKED_DOUBLE) return cursor.value;
  return decodeLatin1(digits, 0, writeIntegerText(digits, 0, cursor.value));
}

function fail(what: string): never {
  throw new Error(`packed: ${what}`);
}

/** The entries, first to last. */
export function checkPacked(arena: Arena, packed: number): PackedValue[] {
  const end = endPlace(arena, packed);
  const values: PackedValue[] = [];
  const places: number[] = [];
  const cursor = new PackedCursor();
  if (firstPlace(arena, packed) < PACKED_HEADER_BYTES) fail('begins within its header');
  if (end > usableSize(arena, packed)) fail(`ends at ${end}, behind its block`);
  if (packedBytes(arena, packed) !== PACKED_HEADER_BYTES + end - firstPlace(arena, packed)) fail('bytes');
  let at = firstPlace(arena, packed);
  for (let more = packedFirst(arena, packed, cursor); more; more = packedNext(arena, packed, cursor)) {
    if (cursor.place !== at) fail(`stands at ${cursor.place}, not at ${at}`);
    const after = entryAfter(arena, packed + at) - packed;
    if (cursor.next !== after) fail('next is not what follows');
    if (entryBefore(arena, packed + after) !== packed + at) fail(`trailer of ${at} leads elsewhere`);
    const value = valueAt(arena, cursor);
    if (typeof value === 'number') stageNumber(value);
    else stageBytes(Uint8Array.from(Buffer.from(value, 'latin1')), 0, value.length);
    if (staged.size !== after - at || staged.tag !== arena.bytes[packed + at])
      fail(`another form of ${value}`);
    values.push(value);
    places.push(at);
    at = after;
  }
  if (at !== end) fail(`entries end at ${at}, not at ${end}`);
  if (cursor.place !== 0) fail('stands somewhere behind the end');
  if (values.length !== packedCount(arena, packed)) fail('count');
  let index = values.length;
  for (let more = packedLast(arena, packed, cursor); more; more = packedPrevious(arena, packed, cursor)) {
    index -= 1;
    if (cursor.place !== places[index]) fail(`backwards at ${cursor.place}, not at ${places[index]}`);
  }
  if (index !== 0) fail('backwards does not reach the beginning');
  return values;
}
