/**
 * What the engine needs to know of each command at its compatibility level, by id in arrays: its function, whether the
 * product has it, what to lock. Made once per worker.
 */
import { type Compatibility, type CompatibilityName, hasSince } from '../commands/compatibility.ts';
import type {
  CommandDefinition,
  CommandFlag,
  CommandRun,
  CommandView,
  LockRule,
  ServerName,
} from '../commands/definition.ts';
import { BIT_KEYED, BIT_SINGLE_KEY, type CommandTable } from '../commands/table.ts';

export const LOCK_NONE = 0;
/** The one key at the table's `firstKey`. */
export const LOCK_ONE = 1;
export const LOCK_KEYS = 2;
export const LOCK_ALL = 3;
export const LOCK_SELF = 4;
/** Its keys, and that no other script runs. */
export const LOCK_SCRIPT = 6;
/** The definition's function decides. */
export const LOCK_ASK = 5;
/** Every shard, and that no script runs. */
export const LOCK_EVERYTHING = 7;

/** Whose variants of a definition count, by level. */
const SERVERS: Readonly<Record<CompatibilityName, ServerName>> = {
  'redis-7.0': 'redis-7.0',
  'redis-7.2': 'redis-7.0',
  'redis-8': 'redis-8.0',
  'valkey-8': 'valkey-8.0',
  'valkey-9': 'valkey-9.1',
};
/** Beside subscribing and unsubscribing. */
const LISTENERS_MAY: ReadonlySet<string> = new Set(['ping', 'quit', 'reset']);
/** No writes, but they may be told to replicas. */
const MAY_REPLICATE: ReadonlySet<string> = new Set([
  ...['publish', 'spublish', 'pfcount'],
  ...['eval', 'evalsha', 'fcall'],
]);
const ASKING: ReadonlySet<string> = new Set(['client|list', 'client|kill', 'client|tracking']);
const BY_RULE: Readonly<Record<LockRule, number>> = {
  keys: LOCK_KEYS,
  all: LOCK_ALL,
  everything: LOCK_EVERYTHING,
  self: LOCK_SELF,
  script: LOCK_SCRIPT,
};

export class CommandPlan {
  readonly table: CommandTable;
  readonly compatibility: Compatibility;
  /** Whose variants of the definitions count. */
  readonly server: ServerName;
  readonly runs: readonly (CommandRun | undefined)[];
  /** LOCK_…, by id. */
  readonly locks: Uint8Array;
  /** 1 where the product and version have the command. */
  readonly known: Uint8Array;
  readonly arity: Int16Array;
  /** 1 for what a transaction must not contain. */
  readonly noMulti: Uint8Array;
  /** 1 where messages stand for the reply: SUBSCRIBE and its like. */
  readonly isMessage: Uint8Array;
  /** 1 for what reads keys that clients may cache then. */
  readonly isTracked: Uint8Array;
  /** 1 for what CLIENT PAUSE WRITE holds up. */
  readonly isWrite: Uint8Array;
  /** 1 for what changes data: a script that has done so cannot be killed. */
  readonly writes: Uint8Array;
  /** 1 for what is refused when there is more than `maxmemory`. */
  readonly deniesOom: Uint8Array;
  /** 1 for what memory is made available for, if need be. */
  readonly needsRoom: Uint8Array;
  /** 1 for what is executed while a script is busy. */
  readonly allowsBusy: Uint8Array;
  /** 1 for what a monitor may not do. */
  readonly touchesKeys: Uint8Array;
  /** 1 for what MONITOR does not show. */
  readonly isAdmin: Uint8Array;
  /** 1 for CLIENT. */
  readonly isClient: Uint8Array;
  /** 1 for what needs to know the clients of all workers. */
  readonly asks: Uint8Array;
  /** As `asks`, and for EXEC, whose queue decides. */
  readonly mayAsk: Uint8Array;
  /** 1 for what a client subscribed in RESP2 may do. */
  readonly whileSubscribed: Uint8Array;
  /** 1 for what only reads: it makes nothing ready that clients wait for. */
  readonly reads: Uint8Array;
  readonly #exec: number;

  constructor(table: CommandTable, compatibility: Compatibility) {
    const server = SERVERS[compatibility.name];
    this.table = table;
    this.compatibility = compatibility;
    this.server = server;
    const { definitions, count } = table;
    this.runs = definitions.map(({ run }) => run);
    this.locks = new Uint8Array(count);
    this.known = new Uint8Array(count);
    this.arity = new Int16Array(count);
    this.noMulti = new Uint8Array(count);
    this.isMessage = new Uint8Array(count);
    this.isTracked = new Uint8Array(count);
    this.isClient = new Uint8Array(count);
    this.isWrite = new Uint8Array(count);
    this.writes = new Uint8Array(count);
    this.deniesOom = new Uint8Array(count);
    this.needsRoom = new Uint8Array(count);
    this.allowsBusy = new Uint8Array(count);
    this.touchesKeys = new Uint8Array(count);
    this.isAdmin = new Uint8Array(count);
    this.asks = new Uint8Array(count);
    this.mayAsk = new Uint8Array(count);
    this.#exec = table.byName('exec');
    this.whileSubscribed = new Uint8Array(count);
    this.reads = new Uint8Array(count);
    definitions.forEach((definition, id) => {
      this.known[id] = hasSince(compatibility, definition.since) ? 1 : 0;
      this.locks[id] = lockOf(definition.locks, table.bits[id]);
      this.arity[id] = definition.variants?.[server]?.arity ?? definition.arity;
      this.asks[id] = ASKING.has(definition.name) ? 1 : 0;
      this.mayAsk[id] = id === this.#exec ? 1 : this.asks[id];
      this.isTracked[id] = isTracked(definition) ? 1 : 0;
      const { flags } = definition;
      this.isWrite[id] = flags.includes('write') || MAY_REPLICATE.has(definition.name) ? 1 : 0;
      this.touchesKeys[id] = this.isWrite[id] === 1 || flags.includes('readonly') ? 1 : 0;
      this.writes[id] = flags.includes('write') ? 1 : 0;
      this.deniesOom[id] = flags.includes('denyoom') ? 1 : 0;
      this.needsRoom[id] = this.deniesOom[id] | this.isWrite[id] | (id === this.#exec ? 1 : 0);
      this.allowsBusy[id] = hasFlag(definition, server, 'allow_busy') ? 1 : 0;
      this.isAdmin[id] = flags.includes('admin') || flags.includes('skip_monitor') ? 1 : 0;
      this.isClient[id] = definition.name.startsWith('client|') ? 1 : 0;
      this.isMessage[id] = definition.session === 'subscribe' ? 1 : 0;
      this.whileSubscribed[id] = this.isMessage[id] === 1 || LISTENERS_MAY.has(definition.name) ? 1 : 0;
      this.noMulti[id] = hasFlag(definition, server, 'no_multi') ? 1 : 0;
      this.reads[id] = definition.flags.includes('readonly') ? 1 : 0;
    });
  }

  isRightArity(id: number, count: number): boolean {
    const arity = this.arity[id];
    return arity >= 0 ? count === arity : count >= -arity;
  }

  isExec(id: number): boolean {
    return id === this.#exec;
  }

  /** As `locks`; where the arguments decide, what they say. */
  lockRule(id: number, command: CommandView): number {
    const rule = this.locks[id];
    if (rule !== LOCK_ASK) return rule;
    const { locks } = this.table.definitions[id];
    return typeof locks === 'function' ? BY_RULE[locks(command)] : rule;
  }

  /** Inside another command it needs every shard. */
  needsAll(id: number, command: CommandView): boolean {
    const rule = this.lockRule(id, command);
    if (rule >= LOCK_ALL) return true;
    return this.table.definitions[id].scope === 'keyspace';
  }
}

function lockOf(rule: LockRule | ((command: CommandView) => LockRule) | undefined, bits: number): number {
  if (typeof rule === 'function') return LOCK_ASK;
  if (rule !== undefined && rule !== 'keys') return BY_RULE[rule];
  if ((bits & BIT_KEYED) === 0) return LOCK_NONE;
  return (bits & BIT_SINGLE_KEY) !== 0 ? LOCK_ONE : LOCK_KEYS;
}

/** Scripts do not count themselves: what they call does. */
function isTracked({ flags, group }: CommandDefinition): boolean {
  return flags.includes('readonly') && !flags.includes('pubsub') && group !== 'scripting';
}

/** Whether the release has the flag. */
function hasFlag(definition: CommandDefinition, server: ServerName, flag: CommandFlag): boolean {
  const variant = definition.variants?.[server];
  if (variant?.removeFlags?.includes(flag)) return false;
  return definition.flags.includes(flag) || variant?.addFlags?.includes(flag) === true;
}
