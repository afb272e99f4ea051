/**
 * Compiles the catalogue: dense command ids, properties by id in typed arrays, and look-up of a command by the bytes
 * a client sent. Every thread builds its own table; ids of catalogue commands are the same in all of them. Knows
 * definitions, not servers or sessions.
 */
import { allCommands } from './catalogue.ts';
import type { CommandDefinition, SessionEffect } from './definition.ts';
import { findSimpleRange, isWriteFlag } from './key-range.ts';
import { type LearntCommand, learntDefinition } from './learnt.ts';
import { OptionTable } from './option-table.ts';

export const UNKNOWN_COMMAND = -1;

/** Metric label of every command that is not in the catalogue. */
export const OTHER_LABEL = 'other';

/** Changes data: the `write` flag, scripts and functions that may write, and commands with a `scope`. */
export const BIT_WRITE = 1 << 0;
/** The `readonly` flag. */
export const BIT_READONLY = 1 << 1;
/** Names keys, or shard channels that are routed like keys. */
export const BIT_KEYED = 1 << 2;
/** Exactly one key, always at argument `firstKey`. */
export const BIT_SINGLE_KEY = 1 << 3;
export const BIT_LOCAL = 1 << 4;
export const BIT_TRANSACTION = 1 << 5;
/** May park the connection; ask `definition.blocks` where there is one. */
export const BIT_BLOCKING = 1 << 6;
export const BIT_SUBSCRIBE = 1 << 7;
export const BIT_PIN = 1 << 8;
/** All output of the connection is the client's from then on. */
export const BIT_STREAM = 1 << 9;
/** Mirrored, verbatim or as an effect. */
export const BIT_MIRRORED = 1 << 10;
/** Mirrored as an effect for at least some arguments. */
export const BIT_EFFECT = 1 << 11;
/** Has subcommands; this id is the container, not one of them. */
export const BIT_CONTAINER = 1 << 12;
/** Not allowed inside MULTI, on some server. */
export const BIT_NO_MULTI = 1 << 13;
/** Changes keys it does not name: FLUSHALL, FLUSHDB, SWAPDB. */
export const BIT_ALL_KEYS = 1 << 14;
/** Changes which scripts or functions exist. */
export const BIT_SCRIPTS = 1 << 15;
/** Allowed before AUTH. */
export const BIT_NO_AUTH = 1 << 16;
/** Key positions cannot be read off one plain range. */
export const BIT_MOVABLE_KEYS = 1 << 17;
/** Its compare rule is `ignore`, whatever the arguments. */
export const BIT_NOT_COMPARED = 1 << 18;
/** Runs a script or function, and may be sent without any key (EVAL … 0). */
export const BIT_KEYS_OPTIONAL = 1 << 19;
export const BIT_ADMIN = 1 << 20;
/** Has to do with Lua scripts, see `definition.script`. */
export const BIT_SCRIPT = 1 << 21;
/** May need memory. */
export const BIT_DENY_OOM = 1 << 22;
/** Has options that some releases lack, see `option-table.ts`. */
export const BIT_OPTIONS = 1 << 23;

/** Ids are below this; commands learnt beyond it stay unknown. */
export const MAX_COMMANDS = 4096;
const INDEX_SLOTS = 4 * MAX_COMMANDS;
const INDEX_MASK = INDEX_SLOTS - 1;
const EMPTY = -1;
const NO_PARENT = -1;

const SESSION_BITS: Readonly<Record<SessionEffect, number>> = {
  none: 0,
  local: BIT_LOCAL,
  transaction: BIT_TRANSACTION,
  blocking: BIT_BLOCKING,
  subscribe: BIT_SUBSCRIBE,
  pin: BIT_PIN,
  stream: BIT_STREAM,
};

export class CommandTable {
  /** By id; containers and their subcommands have ids of their own. Grows by `learn`. */
  readonly definitions: readonly CommandDefinition[];
  /** By id: the catalogue name, or `other` for what was learnt. */
  readonly labels: readonly string[];
  readonly arity = new Int16Array(MAX_COMMANDS);
  /** `BIT_…` by id. */
  readonly bits = new Uint32Array(MAX_COMMANDS);
  /** Keys that stand in one plain range, by id: first and last argument (negative: from the end) and step, or 0. */
  readonly firstKey = new Int16Array(MAX_COMMANDS);
  readonly lastKey = new Int16Array(MAX_COMMANDS);
  readonly keyStep = new Int16Array(MAX_COMMANDS);
  /** Number of commands of the catalogue: ids from here on were learnt and share the label `other`. */
  readonly catalogueCount: number;
  /** Of the commands of the catalogue. */
  readonly options: OptionTable;

  readonly #definitions: CommandDefinition[] = [];
  readonly #labels: string[] = [];
  readonly #byName = new Map<string, number>();
  /** Open addressing with linear probing: command id by hash of (container id, lower-case name). */
  readonly #index = new Int32Array(INDEX_SLOTS).fill(EMPTY);
  /** Lower-case names without their container, one after the other. */
  #names = new Uint8Array(16 * 1024);
  #namesLength = 0;
  readonly #nameStart = new Int32Array(MAX_COMMANDS);
  readonly #nameLength = new Uint8Array(MAX_COMMANDS);
  readonly #parent = new Int32Array(MAX_COMMANDS);
  readonly #isContainer = new Uint8Array(MAX_COMMANDS);

  constructor(commands: readonly CommandDefinition[]) {
    this.definitions = this.#definitions;
    this.labels = this.#labels;
    for (const definition of commands) this.#addTree(definition, true);
    this.catalogueCount = this.#definitions.length;
    this.options = new OptionTable(this.#definitions);
    for (let id = 0; id < this.catalogueCount; id += 1)
      if (this.options.concerns(id)) this.bits[id] |= BIT_OPTIONS;
  }

  get count(): number {
    return this.#definitions.length;
  }

  /**
   * Id of the command whose arguments the spans delimit. Subcommands are resolved; a container without a subcommand,
   * or with an unknown one, is the container itself.
   */
  lookup(bytes: Uint8Array, spans: Int32Array, count: number): number {
    if (count === 0) return UNKNOWN_COMMAND;
    const id = this.#find(NO_PARENT, bytes, spans[0], spans[1]);
    if (id === UNKNOWN_COMMAND || count === 1 || this.#isContainer[id] === 0) return id;
    const subcommand = this.#find(id, bytes, spans[2], spans[3]);
    return subcommand === UNKNOWN_COMMAND ? id : subcommand;
  }

  /** Id by full name in any case (`get`, `CLIENT|SETNAME`). For set-up, not for hot code. */
  byName(name: string): number {
    return this.#byName.get(name.toLowerCase()) ?? UNKNOWN_COMMAND;
  }

  /** Ids of a command that has this name and of its subcommands, for set-up. */
  subcommandIds(id: number): readonly number[] {
    const ids: number[] = [];
    for (let other = 0; other < this.count; other += 1) if (this.#parent[other] === id) ids.push(other);
    return ids;
  }

  /**
   * Adds a command (and its subcommands) that an upstream's COMMAND lists and the catalogue lacks. Returns its id, the
   * id it has already, or UNKNOWN_COMMAND when the table is full.
   */
  learn(command: LearntCommand): number {
    const definition = learntDefinition(command);
    const known = this.byName(definition.name);
    if (known === UNKNOWN_COMMAND) return this.#addTree(definition, false);
    for (const subcommand of definition.subcommands ?? []) {
      if (this.byName(subcommand.name) === UNKNOWN_COMMAND) this.#add(subcommand, known, false);
    }
    return known;
  }

  /** Those commands, and subcommands under their containers, that the table does not have. Cold: set-up. */
  unknownOf(commands: readonly LearntCommand[]): LearntCommand[] {
    return commands.flatMap((command) => {
      if (this.byName(command.name) === UNKNOWN_COMMAND) return [command];
      const subcommands = this.unknownOf(command.subcommands ?? []);
      return subcommands.length === 0 ? [] : [{ ...command, subcommands }];
    });
  }

  #addTree(definition: CommandDefinition, fromCatalogue: boolean): number {
    const id = this.#add(definition, NO_PARENT, fromCatalogue);
    if (id === UNKNOWN_COMMAND) return id;
    for (const subcommand of definition.subcommands ?? []) this.#add(subcommand, id, fromCatalogue);
    return id;
  }

  #add(definition: CommandDefinition, parent: number, fromCatalogue: boolean): number {
    const id = this.#definitions.length;
    const name = definition.name.slice(definition.name.indexOf('|') + 1);
    if (id === MAX_COMMANDS || name.length === 0 || name.length > 255) return UNKNOWN_COMMAND;
    if (this.#byName.has(definition.name))
      throw new Error(`two definitions of the command ${definition.name}`);
    this.#definitions.push(definition);
    this.#labels.push(fromCatalogue ? definition.name : OTHER_LABEL);
    this.#byName.set(definition.name, id);
    this.#parent[id] = parent;
    if (parent !== NO_PARENT) this.#isContainer[parent] = 1;
    this.#fillProperties(id, definition);
    this.#enter(id, name);
    return id;
  }

  #fillProperties(id: number, definition: CommandDefinition): void {
    this.arity[id] = definition.arity;
    this.bits[id] = commandBits(definition);
    const range = findSimpleRange(definition);
    if (range === undefined) return;
    this.firstKey[id] = range.first;
    this.lastKey[id] = range.last;
    this.keyStep[id] = range.step;
  }

  #enter(id: number, name: string): void {
    const bytes = new TextEncoder().encode(name);
    if (this.#namesLength + bytes.length > this.#names.length) {
      const larger = new Uint8Array(2 * this.#names.length);
      larger.set(this.#names);
      this.#names = larger;
    }
    this.#names.set(bytes, this.#namesLength);
    this.#nameStart[id] = this.#namesLength;
    this.#nameLength[id] = bytes.length;
    this.#namesLength += bytes.length;
    let place = hashName(this.#parent[id], bytes, 0, bytes.length) & INDEX_MASK;
    while (this.#index[place] !== EMPTY) place = (place + 1) & INDEX_MASK;
    this.#index[place] = id;
  }

  #find(parent: number, bytes: Uint8Array, start: number, end: number): number {
    if (end - start > 255) return UNKNOWN_COMMAND;
    let place = hashName(parent, bytes, start, end) & INDEX_MASK;
    for (;;) {
      const id = this.#index[place];
      if (id === EMPTY) return UNKNOWN_COMMAND;
      if (this.#parent[id] === parent && this.#hasName(id, bytes, start, end)) return id;
      place = (place + 1) & INDEX_MASK;
    }
  }

  #hasName(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#nameLength[id] !== end - start) return false;
    const names = this.#names;
    let at = this.#nameStart[id];
    for (let index = start; index < end; index += 1) {
      let byte = bytes[index];
      if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
      if (byte !== names[at]) return false;
      at += 1;
    }
    return true;
  }
}

/** The table of all commands of the catalogue. */
export function buildCommandTable(): CommandTable {
  return new CommandTable(allCommands);
}

/** FNV-1a over the name with bit 5 set (so letters of both cases agree), begun with the container. */
function hashName(parent: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (parent + 1);
  for (let index = start; index < end; index += 1) hash = Math.imul(hash ^ (bytes[index] | 0x20), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** All `BIT_…` of a command. */
function commandBits(definition: CommandDefinition): number {
  const flags = definition.flags;
  const mirror = definition.mirror;
  let bits = SESSION_BITS[definition.session] | keyBits(definition);
  if (mayWrite(definition)) bits |= BIT_WRITE;
  if (flags.includes('readonly')) bits |= BIT_READONLY;
  if (flags.includes('no_auth')) bits |= BIT_NO_AUTH;
  if (flags.includes('admin')) bits |= BIT_ADMIN;
  if (flags.includes('denyoom')) bits |= BIT_DENY_OOM;
  if (flags.includes('no_multi') || variantsAdd(definition, 'no_multi')) bits |= BIT_NO_MULTI;
  if (mirror !== 'none') bits |= BIT_MIRRORED;
  if (typeof mirror === 'object') bits |= BIT_EFFECT;
  if (definition.subcommands !== undefined) bits |= BIT_CONTAINER;
  if (definition.scope === 'keyspace' || definition.scope === 'database') bits |= BIT_ALL_KEYS;
  if (definition.scope === 'scripts') bits |= BIT_SCRIPTS;
  if (definition.script !== undefined) bits |= BIT_SCRIPT;
  if (definition.compare.rule === 'ignore' && definition.compareWith === undefined) bits |= BIT_NOT_COMPARED;
  return bits >>> 0;
}

function keyBits(definition: CommandDefinition): number {
  if (definition.keys.length === 0) return 0;
  const range = findSimpleRange(definition);
  let bits = BIT_KEYED;
  if (range === undefined) bits |= BIT_MOVABLE_KEYS;
  else if (range.first === range.last) bits |= BIT_SINGLE_KEY;
  if (definition.flags.includes('no_mandatory_keys')) bits |= BIT_KEYS_OPTIONAL;
  return bits;
}

function mayWrite(definition: CommandDefinition): boolean {
  if (definition.flags.includes('write') || definition.scope !== undefined) return true;
  if (definition.flags.includes('readonly')) return false;
  return definition.keys.some((spec) => spec.flags.some(isWriteFlag) && !spec.flags.includes('not_key'));
}

function variantsAdd(definition: CommandDefinition, flag: 'no_multi'): boolean {
  return Object.values(definition.variants ?? {}).some(
    (variant) => variant.addFlags?.includes(flag) === true,
  );
}
