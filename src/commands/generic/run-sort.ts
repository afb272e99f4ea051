/**
 * What SORT and SORT_RO do on the engine: in slices, but in one piece with patterns, which may name any key. What is
 * stored is made a list at once. Worker thread. As valkey 8.0 `sort.c`.
 */
import { asciiBytes, decodeLatin1 } from '../../base/bytes.ts';
import { ListCursor } from '../../memory/chunk-list-node.ts';
import { PACKED_BYTES } from '../../memory/packed-entry.ts';
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { listLength, seekElement, stepElement } from '../../store/list.ts';
import { putList } from '../../store/list-change.ts';
import { recordEncoding, recordType } from '../../store/record.ts';
import { setBody, setCount } from '../../store/set.ts';
import '../../store/set-hooks.ts';
import { beginMembers, nextMember, SetWalk } from '../../store/set-walk.ts';
import {
  closeSet,
  openSet,
  SortedBody,
  scoredCount,
  sortedSetBody,
  toTree,
  ZSET_PACKED,
} from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_LIST, TYPE_SET, TYPE_ZSET } from '../../store/types.ts';
import { watchedChanges } from '../../store/watch.ts';
import { parseDouble } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { WRONG_TYPE } from '../errors.ts';
import { EVENT_GENERIC, EVENT_LIST } from '../key-events.ts';
import { readKey, writeKey } from '../lookup.ts';
import { MANY_ELEMENTS, runBody, type Slices, type Turns } from '../slices.ts';
import { mergeSorted, type Sliced } from './merge-sort.ts';
import { parseSort, type SortOptions, sortLocks } from './sort-options.ts';

interface Weighed {
  readonly element: string;
  readonly weight: number;
  /** What it is sorted by as text; undefined where there is none. */
  readonly text: string | undefined;
}

const scored = new SortedBody();

export function runSort(context: CommandContext): void {
  sort(context, true);
}

export function runSortRo(context: CommandContext): void {
  sort(context, false);
}

function sort(context: CommandContext, mayStore: boolean): void {
  const options = parseSort(context, mayStore);
  if (options === undefined) return;
  const key = readKey(context, 1);
  if (key.record !== 0 && recordType(key.arena, key.record) === TYPE_ZSET) enlarge(context, key);
  const isLarge = elementCount(key) > MANY_ELEMENTS && sortLocks(context) === 'keys';
  runBody(context, (own, slices) => sortSliced(own, slices, options), isLarge, options.store);
}

/**
 * A small sorted set gets the form of a large one, as in the servers: what follows depends on it, -0 for one. One that
 * is watched stays as it is, for a long command may be in the midst of it.
 */
function enlarge(context: CommandContext, key: Key): void {
  if (recordEncoding(key.arena, key.record) !== ZSET_PACKED || watchedChanges(key) >= 0) return;
  context.ports.snapshots.keep(key);
  openSet(scored, key);
  // Without memory it is as good as it is.
  if (toTree(key.arena, scored)) closeSet(scored, key);
}

function elementCount({ arena, record }: Key): number {
  if (record === 0) return 0;
  const type = recordType(arena, record);
  if (type === TYPE_LIST) return listLength(arena, record);
  if (type === TYPE_SET) return setCount(arena, record);
  return type === TYPE_ZSET ? scoredCount(arena, record) : 0;
}

function* sortSliced(context: CommandContext, slices: Turns, options: SortOptions): Slices {
  const key = context.key(1);
  const elements = yield* elementsOf(key, slices);
  if (elements === undefined) {
    context.error(WRONG_TYPE);
    return;
  }
  const isSet = key.record !== 0 && recordType(key.arena, key.record) === TYPE_SET;
  const sorted = yield* inOrder(context, slices, options, elements, isSet);
  if (sorted === undefined) {
    context.error("ERR One or more scores can't be converted into double");
    return;
  }
  const result = results(context, options, limited(options, sorted));
  if (options.store !== 0) {
    keep(context, options.store, result);
    return;
  }
  context.array(result.length);
  for (const text of result) {
    if (text === undefined) context.nil();
    else {
      const bytes = asciiBytes(text);
      context.bulk(bytes, 0, bytes.length);
    }
    if (slices.isOver()) yield;
  }
}

/** One character per byte. Undefined where it is a value that cannot be sorted. */
function* elementsOf({ arena, record }: Key, slices: Turns): Sliced<string[] | undefined> {
  const elements: string[] = [];
  if (record === 0) return elements;
  const type = recordType(arena, record);
  if (type === TYPE_LIST) {
    const cursor = new ListCursor();
    seekElement(arena, record, 0, cursor);
    for (let left = listLength(arena, record); left > 0; left--) {
      const { entry } = cursor;
      const isText = entry.kind === PACKED_BYTES;
      elements.push(isText ? decodeLatin1(arena.bytes, entry.start, entry.end) : String(entry.value));
      stepElement(arena, record, true, cursor);
      if (slices.isOver()) yield;
    }
    return elements;
  }
  const encoding = recordEncoding(arena, record);
  if (type === TYPE_ZSET) {
    // In the order of their scores.
    const walk = new SortedSetWalk();
    beginRanks(walk, arena, encoding, sortedSetBody(arena, record), 0, scoredCount(arena, record), false);
    while (nextScored(walk)) {
      elements.push(decodeLatin1(walk.bytes, walk.start, walk.end));
      if (slices.isOver()) yield;
    }
    return elements;
  }
  if (type !== TYPE_SET) return undefined;
  const members = new SetWalk();
  beginMembers(members, arena, encoding, setBody(arena, record));
  while (nextMember(members)) {
    elements.push(decodeLatin1(members.bytes, members.start, members.end));
    if (slices.isOver()) yield;
  }
  return elements;
}

/** All elements; undefined where one should be a number and is none. */
function* inOrder(
  context: CommandContext,
  slices: Turns,
  options: SortOptions,
  elements: string[],
  isSet: boolean,
): Sliced<string[] | undefined> {
  let { by, alphabetic } = options;
  const { descending } = options;
  if (options.isUnsorted) {
    // A set that is stored or given to a script is sorted in any case, so that the result is the same everywhere.
    if (!isSet || (options.store === 0 && !context.inScript))
      return descending && !isSet ? elements.reverse() : elements;
    by = undefined;
    alphabetic = true;
  }
  const weighed: Weighed[] = [];
  for (const element of elements) {
    const text = by === undefined ? element : by.valueFor(context, element);
    const weight = alphabetic || text === undefined ? 0 : weightOf(context, text);
    if (Number.isNaN(weight)) return undefined;
    weighed.push({ element, weight, text });
    if (slices.isOver()) yield;
  }
  let compare = byWeight;
  if (alphabetic) compare = options.store === 0 ? byShownText : byText;
  const inOrder = descending ? (left: Weighed, right: Weighed) => compare(right, left) : compare;
  const sorted = yield* mergeSorted(weighed, inOrder, slices);
  return sorted.map(({ element }) => element);
}

function byText(left: Weighed, right: Weighed): number {
  if (left.text === undefined || right.text === undefined) {
    if (left.text === right.text) return 0;
    return left.text === undefined ? -1 : 1;
  }
  return compareTexts(left.text, right.text);
}

/** As `strcoll`, which ends at the first zero byte: the servers compare so what they do not store. */
function byShownText(left: Weighed, right: Weighed): number {
  if (left.text === undefined || right.text === undefined) return byText(left, right);
  return compareTexts(beforeZero(left.text), beforeZero(right.text));
}

function beforeZero(text: string): string {
  const zero = text.indexOf('\0');
  return zero < 0 ? text : text.slice(0, zero);
}

function byWeight(left: Weighed, right: Weighed): number {
  if (left.weight !== right.weight) return left.weight < right.weight ? -1 : 1;
  return compareTexts(left.element, right.element);
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** NaN: it is no number. */
function weightOf(context: CommandContext, text: string): number {
  const digits = beforeZero(text);
  const { isValkey, level } = context.compatibility;
  if (isValkey ? level <= 800 : level < 800) return strtod(digits);
  if (digits === '') return isValkey ? Number.NaN : 0;
  if (!PLAIN.test(digits)) return Number.NaN;
  const value = Number(digits.replace(/inf(inity)?/i, 'Infinity'));
  return isValkey && isOutOfRange(digits, value) ? Number.NaN : value;
}

/** What later servers take. */
const PLAIN = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?)$/i;

function strtod(text: string): number {
  if (text === '') return 0;
  const bytes = asciiBytes(text.replace(/^[ \t-\r]+/, ''));
  const value = parseDouble(bytes, 0, bytes.length);
  return isOutOfRange(text, value) ? Number.NaN : value;
}

/** Digits of a number that is too large or too small for a double. */
function isOutOfRange(text: string, value: number): boolean {
  if (value === 0) return !/0x/i.test(text) && /[1-9]/.test(text.replace(/e.*$/i, ''));
  return Math.abs(value) === Number.POSITIVE_INFINITY && !/inf/i.test(text);
}

function limited(options: SortOptions, sorted: string[]): string[] {
  const start = Math.min(Math.max(options.offset, 0), sorted.length);
  return options.count < 0 ? sorted.slice(start) : sorted.slice(start, start + options.count);
}

/** What GET asks for of each element. */
function results(context: CommandContext, options: SortOptions, sorted: string[]): (string | undefined)[] {
  if (options.gets.length === 0) return sorted;
  return sorted.flatMap((element) => options.gets.map((get) => get.valueFor(context, element)));
}

/** The result becomes a list; nothing becomes no key. */
function keep(context: CommandContext, argument: number, result: (string | undefined)[]): void {
  const key = writeKey(context, argument);
  const { length } = result;
  if (length > 0) {
    const spans = new Int32Array(2 * length);
    const bytes = asciiBytes(result.join(''));
    let end = 0;
    result.forEach((text = '', at) => {
      spans[2 * at] = end;
      end += text.length;
      spans[2 * at + 1] = end;
    });
    context.ports.snapshots.keep(key);
    if (!putList(context.store, key, bytes, spans)) {
      context.outOfMemory();
      return;
    }
    context.changed(key, EVENT_LIST, 'sortstore', length);
  } else if (key.record !== 0) {
    removeKey(key);
    context.changed(key, EVENT_GENERIC, 'del');
  }
  context.integer(length);
}
