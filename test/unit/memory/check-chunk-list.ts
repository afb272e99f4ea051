/** Walks a chunk list in both directions and throws where it does not fit together. */
import { usableSize } from '../../../src/memory/allocator.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { listFirst, listLast, listNext, listPrevious } from '../../../src/memory/chunk-list.ts';
import {
  LIST_COUNT,
  LIST_FIRST,
  LIST_HEAD_BYTES,
  LIST_LAST,
  LIST_MAX_BYTES,
  LIST_MAX_COUNT,
  LIST_NODES,
  ListCursor,
  NODE_COUNT,
  NODE_NEXT,
  NODE_PACKED,
  NODE_PREVIOUS,
} from '../../../src/memory/chunk-list-node.ts';
import { packedBytes, packedCount } from '../../../src/memory/packed-room.ts';
import { checkPacked, type PackedValue, valueAt } from './check-packed.ts';

export interface ListFigures {
  readonly values: PackedValue[];
  readonly chunks: number;
  /** Bytes of all blocks. */
  readonly bytes: number;
}

function fail(what: string): never {
  throw new Error(`chunk list: ${what}`);
}

function checkNode(arena: Arena, list: number, node: number, slackBytes: number): PackedValue[] {
  const { words } = arena;
  const head = list >> 2;
  const packed = words[(node >> 2) + NODE_PACKED];
  const count = packedCount(arena, packed);
  if (count === 0) fail('an empty chunk');
  if (count !== words[(node >> 2) + NODE_COUNT]) fail('count of a node');
  if (count > words[head + LIST_MAX_COUNT]) fail(`${count} elements in a chunk`);
  if (count > 1 && packedBytes(arena, packed) > words[head + LIST_MAX_BYTES] + slackBytes)
    fail('a chunk is too large');
  return checkPacked(arena, packed);
}

function checkCursors(arena: Arena, list: number, values: readonly PackedValue[]): void {
  const cursor = new ListCursor();
  let index = 0;
  for (let more = listFirst(arena, list, cursor); more; more = listNext(arena, cursor)) {
    if (valueAt(arena, cursor.entry) !== values[index]) fail(`forwards at ${index}`);
    index += 1;
  }
  if (index !== values.length || cursor.node !== 0) fail(`forwards ends at ${index}`);
  for (let more = listLast(arena, list, cursor); more; more = listPrevious(arena, cursor)) {
    index -= 1;
    if (valueAt(arena, cursor.entry) !== values[index]) fail(`backwards at ${index}`);
  }
  if (index !== 0 || cursor.node !== 0) fail(`backwards ends at ${index}`);
}

/** `slackBytes`: by so much may a chunk be larger that was a blob before. */
export function checkChunkList(arena: Arena, list: number, slackBytes = 0): ListFigures {
  const { words } = arena;
  const head = list >> 2;
  const values: PackedValue[] = [];
  let chunks = 0;
  let bytes = LIST_HEAD_BYTES;
  let previous = 0;
  for (let node = words[head + LIST_FIRST]; node !== 0; node = words[(node >> 2) + NODE_NEXT]) {
    if (words[(node >> 2) + NODE_PREVIOUS] !== previous) fail('previous node');
    for (const value of checkNode(arena, list, node, slackBytes)) values.push(value);
    bytes += usableSize(arena, node) + usableSize(arena, words[(node >> 2) + NODE_PACKED]);
    chunks += 1;
    previous = node;
  }
  if (words[head + LIST_LAST] !== previous) fail('last node');
  if (words[head + LIST_NODES] !== chunks) fail('number of nodes');
  if (words[head + LIST_COUNT] !== values.length) fail('number of elements');
  checkCursors(arena, list, values);
  return { values, chunks, bytes };
}
