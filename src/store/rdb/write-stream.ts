/**
 * Writes a stream as the servers do: a listpack for each node, then its groups, their consumers and what is pending.
 * Entries that were deleted are left out of a node, not marked. Any thread that holds the shard's lock.
 */
import type { Arena } from '../../memory/arena.ts';
import { seekFirst, TreeCursor, treeCount, treeNext } from '../../memory/ordered-tree-cursor.ts';
import { PACKED_BYTES, PackedCursor, readEntry } from '../../memory/packed-entry.ts';
import { firstPlace } from '../../memory/packed-room.ts';
import type { RdbProduct } from '../../rdb/format.ts';
import { ListpackWriter } from '../../rdb/listpack-writer.ts';
import type { RdbWriter } from '../../rdb/writer.ts';
import {
  entriesAdded,
  readFirstId,
  readLastId,
  readMaxDeletedId,
  streamGroups,
  streamLength,
  streamTree,
} from '../stream.ts';
import {
  activeTime,
  consumersOf,
  deliveryCount,
  deliveryTime,
  entriesRead,
  nameEnd,
  nameStart,
  pendingTree,
  readGroupId,
  seenTime,
} from '../stream-group.ts';
import { idOfEntry, msAbove, StreamId, seqAbove } from '../stream-id.ts';
import { enterNode, HEAD_PIECES, NODE_COUNT, NODE_FIELDS, nextOfNode, StreamCursor } from '../stream-node.ts';

const FLAG_SAME_FIELDS = 2;
const ID_BYTES = 16;
/** The number of its own pieces stands behind an entry with other names, and the number of fields before it. */
const OTHER_HEAD = HEAD_PIECES + 1;

const listpack = new ListpackWriter();
const cursor = new StreamCursor();
const piece = new PackedCursor();
const groups = new TreeCursor();
const consumers = new TreeCursor();
const pending = new TreeCursor();
const id = new StreamId();

export function writeStream(out: RdbWriter, arena: Arena, record: number, product: RdbProduct): void {
  const tree = streamTree(arena, record);
  out.size(treeCount(arena, tree));
  for (let more = seekFirst(arena, tree, cursor.tree); more; more = treeNext(arena, cursor.tree)) {
    enterNode(arena, cursor);
    writeNode(out, arena);
  }
  out.size(streamLength(arena, record));
  readLastId(arena, record, id);
  writeId(out);
  readFirstId(arena, record, id);
  writeId(out);
  readMaxDeletedId(arena, record, id);
  writeId(out);
  out.size(entriesAdded(arena, record));
  const groupTree = streamGroups(arena, record);
  out.size(groupTree === 0 ? 0 : treeCount(arena, groupTree));
  if (groupTree === 0) return;
  for (let more = seekFirst(arena, groupTree, groups); more; more = treeNext(arena, groups)) {
    writeGroup(out, arena, groups.reference, product);
  }
}

/** Two numbers. */
function writeId(out: RdbWriter): void {
  out.halves(id.msHigh, id.msLow);
  out.halves(id.seqHigh, id.seqLow);
}

/** Sixteen bytes. */
function writeRawId(out: RdbWriter, raw: StreamId): void {
  out.pair(raw.msHigh, raw.msLow);
  out.pair(raw.seqHigh, raw.seqLow);
}

/** The cursor stands on the first entry of a node. */
function writeNode(out: RdbWriter, arena: Arena): void {
  out.size(ID_BYTES);
  writeRawId(out, cursor.base);
  const node = cursor.node >> 2;
  listpack.begin();
  listpack.integer(arena.words[node + NODE_COUNT]);
  listpack.integer(0);
  const names = arena.words[node + NODE_FIELDS];
  listpack.integer(names);
  appendPieces(arena, firstPlace(arena, cursor.blob), names);
  listpack.integer(0);
  do appendEntry(arena);
  while (nextOfNode(arena, cursor));
  listpack.finish(out);
}

function appendEntry(arena: Arena): void {
  const { isPlain, fieldCount } = cursor;
  listpack.integer(isPlain ? FLAG_SAME_FIELDS : 0);
  listpack.integer(msAbove(cursor.id, cursor.base));
  listpack.integer(seqAbove(cursor.id, cursor.base));
  if (!isPlain) listpack.integer(fieldCount);
  const pieces = isPlain ? fieldCount : 2 * fieldCount;
  appendPieces(arena, cursor.body, pieces);
  listpack.integer(pieces + (isPlain ? HEAD_PIECES : OTHER_HEAD));
}

/** So many entries of the node's blob from a place on. */
function appendPieces(arena: Arena, place: number, count: number): void {
  let at = place;
  for (let left = count; left > 0; left--) {
    readEntry(arena, cursor.blob, at, piece);
    if (piece.kind === PACKED_BYTES) listpack.string(arena.bytes, piece.start, piece.end);
    else listpack.integer(piece.value);
    at = piece.next;
  }
}

function writeGroup(out: RdbWriter, arena: Arena, group: number, product: RdbProduct): void {
  out.string(arena.bytes, nameStart(group), nameEnd(arena, group));
  readGroupId(arena, group, id);
  writeId(out);
  const read = entriesRead(arena, group);
  if (read < 0) out.halves(-1, -1);
  else out.size(read);
  writePending(out, arena, pendingTree(arena, group), true);
  const tree = consumersOf(arena, group);
  out.size(treeCount(arena, tree));
  for (let more = seekFirst(arena, tree, consumers); more; more = treeNext(arena, consumers)) {
    const consumer = consumers.reference;
    out.string(arena.bytes, nameStart(consumer), nameEnd(arena, consumer));
    out.time(seenTime(arena, consumer));
    if (product !== 'redis-7.0') out.time(activeTime(arena, consumer));
    writePending(out, arena, pendingTree(arena, consumer), false);
  }
}

function writePending(out: RdbWriter, arena: Arena, tree: number, withDelivery: boolean): void {
  out.size(treeCount(arena, tree));
  for (let more = seekFirst(arena, tree, pending); more; more = treeNext(arena, pending)) {
    idOfEntry(arena, pending, id);
    writeRawId(out, id);
    if (!withDelivery) continue;
    out.time(deliveryTime(arena, pending.reference));
    out.size(deliveryCount(arena, pending.reference));
  }
}
