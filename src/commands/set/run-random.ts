/** What SPOP, SRANDMEMBER and SSCAN do on the engine. Worker thread. As valkey 8.0 `t_set.c`. */
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { recordEncoding } from '../../store/record.ts';
import { removeMember, SET_TABLE, setBody, setCount } from '../../store/set.ts';
import { beginMembers, nextMember, randomMember, SetWalk, showEntry } from '../../store/set-walk.ts';
import { TYPE_SET } from '../../store/types.ts';
import { integerWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { type Elements, runRandomElements, runScanElements } from '../elements.ts';
import { EVENT_GENERIC, EVENT_SET } from '../key-events.ts';
import { readTyped, writeTyped } from '../lookup.ts';
import { tellRemoval } from './run-members.ts';

const MAX_COUNT = 2 ** 63;
const NOT_POSITIVE = 'ERR value is out of range, must be positive';

const walk = new SetWalk();

export function runSpop(context: CommandContext): void {
  if (context.count > 3) {
    context.syntaxError();
    return;
  }
  if (context.count === 3) {
    popSeveral(context);
    return;
  }
  const key = writeTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  if (key.record === 0) {
    context.nil();
    return;
  }
  popOne(context, key);
  tellRemoval(context, key, 'spop', 1);
}

function showRandomMember({ arena, record }: Key, walk: SetWalk): void {
  randomMember(walk, arena, recordEncoding(arena, record), setBody(arena, record), Math.random);
}

/** Takes out a random member and writes it. The key stays, even with an empty set. */
function popOne(context: CommandContext, key: Key): void {
  const { arena, record } = key;
  showRandomMember(key, walk);
  context.bulk(walk.bytes, walk.start, walk.end);
  const { writer } = context;
  // The member's own bytes go with it, so what was just written says which one to take out.
  const end = writer.length - 2;
  removeMember(arena, record, writer.bytes, end - (walk.end - walk.start), end);
}

function popSeveral(context: CommandContext): void {
  const wanted = integerWithin(context, 2, 0, MAX_COUNT, NOT_POSITIVE);
  if (Number.isNaN(wanted)) return;
  const key = writeTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  if (key.record === 0 || wanted === 0) {
    context.set(0);
    return;
  }
  const { arena, record } = key;
  const size = setCount(arena, record);
  if (wanted >= size) {
    context.set(size);
    writeAll(context, key);
    removeKey(key);
    context.changed(key, EVENT_SET, 'spop', size);
    context.notify(key, EVENT_GENERIC, 'del');
    return;
  }
  context.set(wanted);
  for (let left = wanted; left > 0; left--) popOne(context, key);
  context.changed(key, EVENT_SET, 'spop', wanted);
}

function beginKey(key: Key, walk: SetWalk): void {
  const { arena, record } = key;
  beginMembers(walk, arena, recordEncoding(arena, record), setBody(arena, record));
}

function writeAll(context: CommandContext, key: Key): void {
  beginKey(key, walk);
  while (nextMember(walk)) context.bulk(walk.bytes, walk.start, walk.end);
}

class Members implements Elements {
  readonly #walk = new SetWalk();
  readonly takesNoValues = false;
  readonly takesNoScores = false;

  get bytes(): Uint8Array {
    return this.#walk.bytes;
  }

  get start(): number {
    return this.#walk.start;
  }

  get end(): number {
    return this.#walk.end;
  }

  read(context: CommandContext): Key | undefined {
    return readTyped(context, 1, TYPE_SET);
  }

  size({ arena, record }: Key): number {
    return setCount(arena, record);
  }

  table({ arena, record }: Key): number {
    return recordEncoding(arena, record) === SET_TABLE ? setBody(arena, record) : 0;
  }

  begin(key: Key): void {
    beginKey(key, this.#walk);
  }

  next(): boolean {
    return nextMember(this.#walk);
  }

  showRandom(key: Key): void {
    showRandomMember(key, this.#walk);
  }

  showEntry(entry: number): void {
    showEntry(this.#walk, entry);
  }

  /** Members are all there is. */
  writeValue(): void {}

  another(): Elements {
    return new Members();
  }
}

const members = new Members();

export function runSrandmember(context: CommandContext): void {
  runRandomElements(context, members);
}

export function runSscan(context: CommandContext): void {
  runScanElements(context, members);
}
