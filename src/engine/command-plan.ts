/**
 * What the engine needs to know of each command at its compatibility level, by id in arrays: its function, whether the
 * product has it, what to lock. Made once per worker.
 */
import { type Compatibility, type CompatibilityName, hasSince } from '../commands/compatibility.ts';
import type {
  CommandDefinition,
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
/** The definition's function decides. */
export const LOCK_ASK = 5;

/** Whose variants of a definition count, by level. */
const SERVERS: Readonly<Record<CompatibilityName, ServerName>> = {
  'redis-7.2': 'redis-7.0',
  'redis-8': 'redis-8.0',
  'valkey-8': 'valkey-8.0',
  'valkey-9': 'valkey-9.1',
};
/** Beside subscribing and unsubscribing. */
const LISTENERS_MAY: ReadonlySet<string> = new Set(['ping', 'quit', 'reset']);
const BY_RULE: Readonly<Record<LockRule, number>> = { keys: LOCK_KEYS, all: LOCK_ALL, self: LOCK_SELF };

export class CommandPlan {
  readonly table: CommandTable;
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
  /** 1 for what a client subscribed in RESP2 may do. */
  readonly whileSubscribed: Uint8Array;
  /** 1 for what only reads: it makes nothing ready that clients wait for. */
  readonly reads: Uint8Array;

  constructor(table: CommandTable, compatibility: Compatibility) {
    const server = SERVERS[compatibility.name];
    this.table = table;
    const { definitions, count } = table;
    this.runs = definitions.map(({ run }) => run);
    this.locks = new Uint8Array(count);
    this.known = new Uint8Array(count);
    this.arity = new Int16Array(count);
    this.noMulti = new Uint8Array(count);
    this.isMessage = new Uint8Array(count);
    this.whileSubscribed = new Uint8Array(count);
    this.reads = new Uint8Array(count);
    definitions.forEach((definition, id) => {
      this.known[id] = hasSince(compatibility, definition.since) ? 1 : 0;
      this.locks[id] = lockOf(definition.locks, table.bits[id]);
      this.arity[id] = definition.variants?.[server]?.arity ?? definition.arity;
      this.isMessage[id] = definition.session === 'subscribe' ? 1 : 0;
      this.whileSubscribed[id] = this.isMessage[id] === 1 || LISTENERS_MAY.has(definition.name) ? 1 : 0;
      this.noMulti[id] = isNoMulti(definition, server) ? 1 : 0;
      this.reads[id] = definition.flags.includes('readonly') ? 1 : 0;
    });
  }

  /** Cold: for commands whose arguments decide. */
  askLock(id: number, command: CommandView): number {
    const { locks } = this.table.definitions[id];
    return typeof locks === 'function' ? BY_RULE[locks(command)] : this.locks[id];
  }
}

function lockOf(rule: LockRule | ((command: CommandView) => LockRule) | undefined, bits: number): number {
  if (typeof rule === 'function') return LOCK_ASK;
  if (rule !== undefined && rule !== 'keys') return BY_RULE[rule];
  if ((bits & BIT_KEYED) === 0) return LOCK_NONE;
  return (bits & BIT_SINGLE_KEY) !== 0 ? LOCK_ONE : LOCK_KEYS;
}

function isNoMulti(definition: CommandDefinition, server: ServerName): boolean {
  const variant = definition.variants?.[server];
  if (variant?.removeFlags?.includes('no_multi')) return false;
  return definition.flags.includes('no_multi') || variant?.addFlags?.includes('no_multi') === true;
}
