/**
 * Which arguments of a command are keys. Worker threads, per command: reads the arguments in place, allocates nothing
 * once a list is large enough. Knows key specs, not slots, servers or particular commands.
 *
 * The rules are those of the servers (valkey 8.0 `getKeysFromCommandWithSpecs`, `getKeysUsingKeySpecs` and the
 * functions behind SORT, MIGRATE and GEORADIUS). Shard channels (spec flag `not_key`) are found like keys, because they
 * are routed like keys; `keyFlagsAt` tells them apart.
 */
import { asciiBytes, equalsIgnoreCase, parseInteger } from '../base/bytes.ts';
import type { CommandDefinition, CommandView, KeyFlag, KeySearch, KeySpec } from '../commands/definition.ts';
import { BIT_KEYS_OPTIONAL, type CommandTable } from '../commands/table.ts';

const NO_FLAGS: readonly KeyFlag[] = [];
const BY_POSITION = -1;

/** Argument indexes of keys; reused from command to command. */
export class KeyList {
  indexes = new Int32Array(64);
  /** Which of the definition's `keys` found the key, or BY_POSITION. For `keyFlagsAt`. */
  specs = new Int16Array(64);
  count = 0;

  add(argument: number, spec: number): void {
    if (this.count === this.indexes.length) this.#grow();
    this.indexes[this.count] = argument;
    this.specs[this.count] = spec;
    this.count += 1;
  }

  #grow(): void {
    const indexes = new Int32Array(4 * this.indexes.length);
    indexes.set(this.indexes);
    this.indexes = indexes;
    const specs = new Int16Array(indexes.length);
    specs.set(this.specs);
    this.specs = specs;
  }
}

/**
 * Fills `out` with the arguments of `command` that are keys, in the order of the key specs. False with an empty list
 * when they cannot be known: an unknown spec, or arguments that the server will refuse. True with an empty list means
 * the command has no keys.
 */
export function findKeys(table: CommandTable, id: number, command: CommandView, out: KeyList): boolean {
  out.count = 0;
  const first = table.firstKey[id];
  if (first !== 0) return addRange(command, first, table.lastKey[id], table.keyStep[id], BY_POSITION, out);
  const definition = table.definitions[id];
  if (definition.keys.length === 0) return true;
  const found =
    definition.keySearch === undefined
      ? findBySpecs(definition, command, out)
      : findBySearch(definition.keySearch, command, out);
  const complete = found && (out.count > 0 || (table.bits[id] & BIT_KEYS_OPTIONAL) !== 0);
  if (!complete) out.count = 0;
  return complete;
}

/**
 * What the command does with the key at `keys.indexes[position]`: RO, RW, OW or RM, and access, update, insert, delete.
 * `keys` must come from `findKeys` for the same command.
 */
export function keyFlagsAt(
  table: CommandTable,
  id: number,
  command: CommandView,
  keys: KeyList,
  position: number,
): readonly KeyFlag[] {
  const definition = table.definitions[id];
  const recorded = keys.specs[position];
  const spec =
    recorded === BY_POSITION ? specAt(definition.keys, keys.indexes[position]) : definition.keys[recorded];
  if (spec === undefined) return NO_FLAGS;
  if (definition.variableFlags !== undefined && spec.flags.includes('variable_flags')) {
    return definition.variableFlags(command);
  }
  return spec.flags;
}

/** Of ranges that follow each other, the one that holds the argument: the last that begins at or before it. */
function specAt(specs: readonly KeySpec[], argument: number): KeySpec | undefined {
  for (let index = specs.length - 1; index >= 0; index -= 1) {
    const begin = specs[index].begin;
    if (begin.type === 'index' && begin.index <= argument) return specs[index];
  }
  return undefined;
}

function findBySpecs(definition: CommandDefinition, command: CommandView, out: KeyList): boolean {
  for (let index = 0; index < definition.keys.length; index += 1) {
    const spec = definition.keys[index];
    const begin = beginOf(spec, command);
    if (begin === 0) continue;
    if (begin < 0 || !addFrom(spec, index, begin, command, out)) return false;
  }
  return true;
}

/** Argument where a spec begins; 0 when its keyword is absent, -1 when it cannot be known. */
function beginOf(spec: KeySpec, command: CommandView): number {
  const begin = spec.begin;
  if (begin.type === 'index') return begin.index;
  if (begin.type === 'unknown') return -1;
  return keywordEnd(begin.keyword, begin.startFrom, command);
}

/** Lower-case bytes of each keyword, made at first use. */
const KEYWORDS = new Map<string, Uint8Array>();

/** The argument after the keyword; a negative `startFrom` counts from the end and searches backwards. */
function keywordEnd(keyword: string, startFrom: number, command: CommandView): number {
  let word = KEYWORDS.get(keyword);
  if (word === undefined) {
    word = asciiBytes(keyword.toLowerCase());
    KEYWORDS.set(keyword, word);
  }
  if (startFrom > 0) {
    for (let index = startFrom; index < command.count - 1; index += 1) {
      if (argumentIs(command, index, word)) return index + 1;
    }
  } else {
    for (let index = command.count + startFrom; index > 1; index -= 1) {
      if (argumentIs(command, index, word)) return index + 1;
    }
  }
  return 0;
}

function addFrom(spec: KeySpec, index: number, begin: number, command: CommandView, out: KeyList): boolean {
  const find = spec.find;
  if (find.type === 'range') {
    if (find.lastKey >= 0) return addRange(command, begin, begin + find.lastKey, find.step, index, out);
    if (find.limit <= 1) return addRange(command, begin, find.lastKey, find.step, index, out);
    const last = begin + Math.trunc((command.count - begin) / find.limit) + find.lastKey;
    return addRange(command, begin, last, find.step, index, out);
  }
  if (find.type === 'unknown') return false;
  const countAt = begin + find.keyCountIndex;
  if (countAt >= command.count) return false;
  const keyCount = parseInteger(command.bytes, command.spans[2 * countAt], command.spans[2 * countAt + 1]);
  if (!(keyCount >= 0)) return false;
  if (keyCount === 0) return true;
  const first = begin + find.firstKey;
  return addRange(command, first, first + (keyCount - 1) * find.step, find.step, index, out);
}

/** Adds `first` to `last` (from the end when negative). False when they are not within the arguments. */
function addRange(
  command: CommandView,
  first: number,
  last: number,
  step: number,
  spec: number,
  out: KeyList,
): boolean {
  const end = last < 0 ? command.count + last : last;
  if (end >= command.count || end < first) return false;
  for (let argument = first; argument <= end; argument += step) out.add(argument, spec);
  return true;
}

const STORE = asciiBytes('store');
const STOREDIST = asciiBytes('storedist');
const BY = asciiBytes('by');
const GET = asciiBytes('get');
const LIMIT = asciiBytes('limit');
const KEYS = asciiBytes('keys');
const AUTH = asciiBytes('auth');
const AUTH2 = asciiBytes('auth2');

function findBySearch(search: KeySearch, command: CommandView, out: KeyList): boolean {
  switch (search) {
    case 'first':
      return addRange(command, 1, 1, 1, 0, out);
    case 'sort-store':
      return addRange(command, 1, 1, 1, 0, out) && addSortStore(command, out);
    case 'geo-store':
      return addRange(command, 1, 1, 1, 0, out) && addGeoStore(command, out);
    case 'migrate':
      return addMigrated(command, out);
  }
}

/** SORT: the last STORE counts; the values of other options are not options. */
function addSortStore(command: CommandView, out: KeyList): boolean {
  let store = 0;
  for (let index = 2; index < command.count; index += 1) {
    if (argumentIs(command, index, LIMIT)) index += 2;
    else if (argumentIs(command, index, GET) || argumentIs(command, index, BY)) index += 1;
    else if (argumentIs(command, index, STORE) && index + 1 < command.count) store = index + 1;
  }
  if (store !== 0) out.add(store, 2);
  return true;
}

/** GEORADIUS and GEORADIUSBYMEMBER: the last STORE or STOREDIST counts. */
function addGeoStore(command: CommandView, out: KeyList): boolean {
  let store = 0;
  for (let index = 5; index < command.count; index += 1) {
    const isStore = argumentIs(command, index, STORE) || argumentIs(command, index, STOREDIST);
    if (!isStore || index + 1 >= command.count) continue;
    index += 1;
    store = index;
  }
  if (store !== 0) out.add(store, 1);
  return true;
}

/** MIGRATE: argument 3, or everything after KEYS when argument 3 is empty; both are an error. */
function addMigrated(command: CommandView, out: KeyList): boolean {
  if (command.count < 4) return false;
  const isEmpty = command.spans[6] === command.spans[7];
  for (let index = 6; index < command.count; index += 1) {
    if (argumentIs(command, index, KEYS)) return isEmpty && addRange(command, index + 1, -1, 1, 1, out);
    if (argumentIs(command, index, AUTH)) index += 1;
    else if (argumentIs(command, index, AUTH2)) index += 2;
  }
  return addRange(command, 3, 3, 1, 0, out);
}

function argumentIs(command: CommandView, index: number, word: Uint8Array): boolean {
  return equalsIgnoreCase(command.bytes, command.spans[2 * index], command.spans[2 * index + 1], word);
}
