/** Walks all of a stream's memory; fails where it does not fit together. */
import { expect } from 'vitest';
import type { Arena } from '../../../src/memory/arena.ts';
import { seekFirst, TreeCursor, treeCount, treeNext } from '../../../src/memory/ordered-tree-cursor.ts';
import { packedCount } from '../../../src/memory/packed-room.ts';
import { streamGroups, streamLength, streamTree } from '../../../src/store/stream.ts';
import {
  consumersOf,
  nameEnd,
  nameStart,
  pendingConsumer,
  pendingTree,
} from '../../../src/store/stream-group.ts';
import { ID_TEXT_BYTES, idOfEntry, StreamId, writeIdText } from '../../../src/store/stream-id.ts';
import {
  enterNode,
  entryPieces,
  NODE_COUNT,
  NODE_FIELDS,
  nextOfNode,
  StreamCursor,
} from '../../../src/store/stream-node.ts';
import { checkPacked } from '../memory/check-packed.ts';

export function idText(id: StreamId): string {
  const bytes = new Uint8Array(ID_TEXT_BYTES);
  return Buffer.from(bytes.subarray(0, writeIdText(bytes, 0, id))).toString('latin1');
}

/** Ids of all entries in the order of the nodes. */
export function checkStream(arena: Arena, record: number): readonly string[] {
  const ids: string[] = [];
  const nodes = new TreeCursor();
  const tree = streamTree(arena, record);
  const cursor = new StreamCursor();
  for (let any = seekFirst(arena, tree, cursor.tree); any; any = treeNext(arena, cursor.tree)) {
    enterNode(arena, cursor);
    checkPacked(arena, cursor.blob);
    const at = cursor.node >> 2;
    let pieces = arena.words[at + NODE_FIELDS];
    let count = 0;
    do {
      count += 1;
      pieces += entryPieces(cursor);
      ids.push(idText(cursor.id));
    } while (nextOfNode(arena, cursor));
    expect(count).toBe(arena.words[at + NODE_COUNT]);
    expect(pieces).toBe(packedCount(arena, cursor.blob));
  }
  expect(ids.length).toBe(streamLength(arena, record));
  const groups = streamGroups(arena, record);
  if (groups === 0) return ids;
  for (let any = seekFirst(arena, groups, nodes); any; any = treeNext(arena, nodes)) {
    checkGroup(arena, nodes.reference);
  }
  return ids;
}

/** What is pending in the group is pending for one consumer, under the same id. */
function checkGroup(arena: Arena, group: number): void {
  const id = new StreamId();
  const members = new TreeCursor();
  const pending = new TreeCursor();
  const own = new Map<string, number>();
  const consumers = consumersOf(arena, group);
  for (let any = seekFirst(arena, consumers, members); any; any = treeNext(arena, members)) {
    const consumer = members.reference;
    expect(nameEnd(arena, consumer)).toBeGreaterThan(nameStart(consumer) - 1);
    const tree = pendingTree(arena, consumer);
    for (let one = seekFirst(arena, tree, pending); one; one = treeNext(arena, pending)) {
      idOfEntry(arena, pending, id);
      expect(pendingConsumer(arena, pending.reference)).toBe(consumer);
      own.set(idText(id), pending.reference);
    }
  }
  const all = pendingTree(arena, group);
  expect(own.size).toBe(treeCount(arena, all));
  for (let one = seekFirst(arena, all, pending); one; one = treeNext(arena, pending)) {
    idOfEntry(arena, pending, id);
    expect(own.get(idText(id))).toBe(pending.reference);
  }
}
