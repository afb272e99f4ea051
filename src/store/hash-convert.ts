/**
 * Changing the form of a hash: a blob to a blob with times, either of them to a table. The old form is freed when the
 * new one is complete; without memory nothing has changed. Any thread that holds the shard's lock.
 */
import { release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { createTable, destroyTable } from '../memory/hash-table.ts';
import { createTree, destroyTree } from '../memory/ordered-tree.ts';
import { TREE_BY_TIME } from '../memory/ordered-tree-key.ts';
import { createPacked, packedBytes, packedCount } from '../memory/packed-room.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { DISCARDED_ENTRIES, discard } from './discarded.ts';
import { dueOf, setDueTree } from './hash-due.ts';
import { insertField } from './hash-entry.ts';
import { appendField } from './hash-packed.ts';
import { addToTree } from './hash-track.ts';
import { beginFields, HASH_TABLE, HASH_TIMED, HashWalk, nextField } from './hash-walk.ts';
import { setRecordEncoding, valueOffset } from './record.ts';

const walk = new HashWalk();
const found = new EntryList();

function setForm(arena: Arena, record: number, encoding: number, body: number): void {
  const at = valueOffset(arena, record) >> 2;
  release(arena, arena.words[at]);
  arena.words[at] = body;
  setRecordEncoding(arena, record, encoding);
}

/** A blob without times gets room for them. */
export function toTimed(arena: Arena, record: number): boolean {
  beginFields(walk, arena, record);
  let blob = createPacked(arena, packedBytes(arena, walk.body) + packedCount(arena, walk.body));
  if (blob === 0) return false;
  while (nextField(walk)) {
    const { field, fieldStart, fieldEnd, value, valueStart, valueEnd } = walk;
    const grown = appendField(arena, blob, field, fieldStart, fieldEnd, value, valueStart, valueEnd, true);
    if (grown === 0) {
      release(arena, blob);
      return false;
    }
    blob = grown;
  }
  setForm(arena, record, HASH_TIMED, blob);
  return true;
}

/** Either blob becomes a table. */
export function toTable(arena: Arena, record: number): boolean {
  const table = createTable(arena);
  if (table === 0) return false;
  const due = dueOf(arena, record);
  const tree = due === 0 ? 0 : createTree(arena, TREE_BY_TIME);
  if ((due !== 0 && tree === 0) || !fillTable(arena, record, table, tree)) {
    freeEntries(arena, table);
    if (tree !== 0) destroyTree(arena, tree);
    return false;
  }
  setForm(arena, record, HASH_TABLE, table);
  if (due !== 0) setDueTree(arena, due, tree);
  return true;
}

function fillTable(arena: Arena, record: number, table: number, tree: number): boolean {
  beginFields(walk, arena, record);
  while (nextField(walk)) {
    const { field, fieldStart, fieldEnd, value, valueStart, valueEnd, expiresAtMs } = walk;
    const entry = insertField(
      arena,
      table,
      field,
      fieldStart,
      fieldEnd,
      value,
      valueStart,
      valueEnd,
      expiresAtMs,
    );
    if (entry === 0) return false;
    if (expiresAtMs > 0 && !addToTree(arena, tree, entry, expiresAtMs)) return false;
  }
  return true;
}

/** Gives back a table with all its fields. */
export function freeEntries(arena: Arena, table: number): void {
  if (discard(arena, DISCARDED_ENTRIES, table)) return;
  let place = 0;
  do {
    found.count = 0;
    place = scanBucket(arena, table, place, found);
    for (let at = 0; at < found.count; at++) release(arena, found.entries[at]);
  } while (place !== 0);
  destroyTable(arena, table);
}
