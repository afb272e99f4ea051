/**
 * Stream values: the words in the record. Nodes of entries are in `stream-node.ts`, groups in `stream-group.ts`. Any
 * worker thread that holds the shard's lock.
 */
import type { Arena } from '../memory/arena.ts';
import { valueOffset } from './record.ts';
import { readId, type StreamId, setSmallestId, writeId } from './stream-id.ts';
import { firstEntry, StreamCursor } from './stream-node.ts';

/** Tree of its nodes by id. */
const STREAM_TREE = 0;
/** Tree of its groups by name; 0 without groups. */
const STREAM_GROUPS = 1;
const STREAM_LENGTH = 2;
const STREAM_LAST_ID = 4;
const STREAM_MAX_DELETED_ID = 8;
/** A double. */
const STREAM_ADDED = 12;
export const STREAM_VALUE_WORDS = 14;
export const STREAM_VALUE_BYTES: number = 4 * STREAM_VALUE_WORDS;

/** One encoding, which has no number of its own. */
export const STREAM_ENCODING = 0;

const cursor = new StreamCursor();

function wordAt(arena: Arena, record: number): number {
  return valueOffset(arena, record) >> 2;
}

export function streamTree(arena: Arena, record: number): number {
  return arena.words[wordAt(arena, record) + STREAM_TREE];
}

export function streamGroups(arena: Arena, record: number): number {
  return arena.words[wordAt(arena, record) + STREAM_GROUPS];
}

export function setStreamGroups(arena: Arena, record: number, tree: number): void {
  arena.words[wordAt(arena, record) + STREAM_GROUPS] = tree;
}

export function setStreamTree(arena: Arena, record: number, tree: number): void {
  arena.words[wordAt(arena, record) + STREAM_TREE] = tree;
}

/** Of a record that has just been made. */
export function initStream(arena: Arena, record: number, tree: number): void {
  const at = wordAt(arena, record);
  arena.words.fill(0, at, at + STREAM_VALUE_WORDS);
  arena.words[at + STREAM_TREE] = tree;
}

export function streamLength(arena: Arena, record: number): number {
  return arena.words[wordAt(arena, record) + STREAM_LENGTH];
}

export function addToLength(arena: Arena, record: number, added: number): void {
  arena.words[wordAt(arena, record) + STREAM_LENGTH] += added;
}

/** How many entries were ever added. */
export function entriesAdded(arena: Arena, record: number): number {
  return arena.view.getFloat64(4 * (wordAt(arena, record) + STREAM_ADDED), true);
}

export function setEntriesAdded(arena: Arena, record: number, count: number): void {
  arena.view.setFloat64(4 * (wordAt(arena, record) + STREAM_ADDED), count, true);
}

export function readLastId(arena: Arena, record: number, id: StreamId): void {
  readId(arena.words, wordAt(arena, record) + STREAM_LAST_ID, id);
}

export function writeLastId(arena: Arena, record: number, id: StreamId): void {
  writeId(arena.words, wordAt(arena, record) + STREAM_LAST_ID, id);
}

/** The largest one that was deleted by itself, not by trimming; 0-0 where there is none. */
export function readMaxDeletedId(arena: Arena, record: number, id: StreamId): void {
  readId(arena.words, wordAt(arena, record) + STREAM_MAX_DELETED_ID, id);
}

export function writeMaxDeletedId(arena: Arena, record: number, id: StreamId): void {
  writeId(arena.words, wordAt(arena, record) + STREAM_MAX_DELETED_ID, id);
}

/** Id of the first entry, 0-0 where there is none. */
export function readFirstId(arena: Arena, record: number, id: StreamId): void {
  if (!firstEntry(arena, streamTree(arena, record), cursor)) {
    setSmallestId(id);
    return;
  }
  id.msHigh = cursor.id.msHigh;
  id.msLow = cursor.id.msLow;
  id.seqHigh = cursor.id.seqHigh;
  id.seqLow = cursor.id.seqLow;
}
