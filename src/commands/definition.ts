/**
 * What a command is: the one shape every part of Lockstep reads. Definitions live in `<family>/<subject>.ts`,
 * `table.ts` compiles them. Knows bytes and replies, not sockets, sessions or servers.
 */
import type { FrameWriter } from '../resp/encode.ts';
import type { Reply } from '../resp/reply.ts';
import type { ReplyShape } from '../resp/reply-shape.ts';
import type { CommandContext } from './context.ts';

export type Product = 'redis' | 'valkey';

/** First release that has the command, per product; null where no release we know has it. */
export interface Since {
  readonly redis: string | null;
  readonly valkey: string | null;
}

export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'skip_commandlog'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'no_mandatory_keys'
  | 'no_async_loading'
  | 'no_multi'
  | 'allow_busy'
  | 'movablekeys'
  | 'sentinel'
  | 'module';

export type KeyFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'incomplete'
  | 'variable_flags';

/** Where keys stand in a command, as in COMMAND INFO: find a beginning, then find keys from there. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin:
    | { readonly type: 'index'; readonly index: number }
    | { readonly type: 'keyword'; readonly keyword: string; readonly startFrom: number }
    | { readonly type: 'unknown' };
  readonly find:
    | { readonly type: 'range'; readonly lastKey: number; readonly step: number; readonly limit: number }
    | {
        readonly type: 'keynum';
        readonly keyCountIndex: number;
        readonly firstKey: number;
        readonly step: number;
      }
    | { readonly type: 'unknown' };
}

/**
 * What a command does to the connection it is sent on.
 * - `none`: runs on a shared lane.
 * - `local`: the gateway answers it from its own state or acts on the session (HELLO, AUTH, SELECT, CLIENT TRACKING …).
 * - `transaction`: MULTI, EXEC, DISCARD, WATCH, UNWATCH.
 * - `blocking`: may park the connection (decided with the arguments for XREAD and XREADGROUP, see `blocks`).
 * - `subscribe`: changes the set of subscriptions.
 * - `pin`: leaves state on the connection, which then belongs to the session until RESET or close
 *   (CLIENT NO-TOUCH, CLIENT NO-EVICT, READONLY …).
 * - `stream`: what follows on the connection is not one reply for each command, so all of its output is passed on
 *   unread (MONITOR, SCRIPT DEBUG, and what replicas send: SYNC, PSYNC, REPLCONF, which may get no reply).
 */
export type SessionEffect = 'none' | 'local' | 'transaction' | 'blocking' | 'subscribe' | 'pin' | 'stream';

/** Whether what follows on the connection is no RESP: it is about one server, and can only be passed on as it comes. */
export function endsMessages({ session, name }: Pick<CommandDefinition, 'session' | 'name'>): boolean {
  return session === 'stream' && name !== 'monitor';
}

export type CompareRuleName =
  | 'exact'
  | 'unordered'
  | 'pairs-unordered'
  | 'float'
  | 'ttl'
  | 'cursor'
  | 'error-class'
  | 'shape'
  | 'ignore';

export interface CompareRule {
  readonly rule: CompareRuleName;
  /** pairs-unordered: fields that are left out of the comparison on both sides. */
  readonly ignoreKeys?: readonly string[];
  /** pairs-unordered: fields that only one product or version has. */
  readonly optionalKeys?: readonly string[];
  /** The rule applies to each element of the outer array (XINFO GROUPS, MGET of …) rather than to the array itself. */
  readonly each?: boolean;
  /** exact: the rule for replies with a zero byte in them. */
  readonly withZeros?: CompareRule;
  /** ttl: allowed difference, in the reply's own unit. float: allowed relative difference, 0 when absent. */
  readonly tolerance?: number;
}

/** A command as it was sent. Argument 0 is the command's name. Spans are offsets into `bytes`, end excluded. */
export interface CommandView {
  readonly bytes: Uint8Array;
  /** `spans[2 * i]` and `spans[2 * i + 1]` are start and end of argument i. */
  readonly spans: Int32Array;
  readonly count: number;
}

/** What an effect builder may use. */
export interface EffectInput extends CommandView {
  /** The primary's reply, decoded. Never an error: failed commands are not given to builders. */
  readonly reply: Reply;
  /** Unix time read by the gateway before the command was sent to the primary; a relative expiry starts here. */
  readonly sentAtMs: number;
}

/** Which reply the shadow should give to one command of an effect. */
export type Expectation =
  /** The same as the primary gave to the original command, under the command's rule. */
  | { readonly kind: 'primary' }
  /** One part of the primary's reply (an element of it), under the command's rule. */
  | { readonly kind: 'part'; readonly part: Reply }
  /** An array (or map) of exactly these parts of the primary's reply, under the command's rule. */
  | { readonly kind: 'parts'; readonly parts: readonly Reply[] }
  | { readonly kind: 'integer'; readonly value: number }
  /** Not compared: the effect's reply says nothing about the original's. */
  | { readonly kind: 'any' };

export interface EffectOutput {
  /** Starts one command; exactly `argumentCount` arguments must be written to the returned writer as bulk strings. */
  command(argumentCount: number, expectation: Expectation): FrameWriter;
}

/** Writes the commands that bring the shadow to where the primary is now. Writing none means nothing changed. */
export type EffectBuilder = (input: EffectInput, output: EffectOutput) => void;

/**
 * How the shadow hears of a command.
 * - `none`: it does not (connection state, administration, PUBLISH).
 * - `verbatim`: the client's own bytes.
 * - an effect builder, chosen by the arguments (`undefined` means verbatim for these arguments).
 */
export type MirrorRule =
  | 'none'
  | 'verbatim'
  | { readonly effect: (command: CommandView) => EffectBuilder | undefined };

/**
 * - `first`: argument 1 only, because patterns among the arguments name the other keys (SORT_RO).
 * - `sort-store`: SORT, the first key and the last STORE option's.
 * - `migrate`: MIGRATE, argument 3, or everything after KEYS when argument 3 is empty.
 * - `geo-store`: GEORADIUS, the first key and the last STORE or STOREDIST option's.
 */
export type KeySearch = 'first' | 'sort-store' | 'migrate' | 'geo-store';

/**
 * - `keyspace`: replaces or drops keys it does not name (FLUSHALL, SWAPDB).
 * - `database`: the same with those of its database (FLUSHDB).
 * - `scripts`: changes which scripts or functions exist (SCRIPT LOAD, FUNCTION LOAD …), on which later commands of
 *   every key may depend.
 */
export type CommandScope = 'keyspace' | 'database' | 'scripts';

/**
 * What a command has to do with Lua scripts, which servers keep by the SHA1 of their text.
 * - `text`: carries a script as argument `argument`; a server that accepted it has the script.
 * - `digest`: names a script by argument 1; the command `withText` takes the text there instead.
 * - `forget`: the server drops all scripts.
 */
export type ScriptUse =
  | { readonly kind: 'text'; readonly argument: number }
  | { readonly kind: 'digest'; readonly withText: string }
  | { readonly kind: 'forget' };

export type RequestPolicy = 'all_nodes' | 'all_shards' | 'multi_shard' | 'special';
export type ResponsePolicy =
  | 'one_succeeded'
  | 'all_succeeded'
  | 'agg_logical_and'
  | 'agg_logical_or'
  | 'agg_min'
  | 'agg_max'
  | 'agg_sum'
  | 'special';

/**
 * How the replies of several nodes, or of a command's parts, become one. Those named like a response policy do what
 * that policy says; integers within an array are joined place by place, other elements are those of the first reply.
 * - `ordered`: arrays with one element for each key, in the order of the keys.
 * - `concatenate`: arrays, one behind the other. `union`: the same without repetitions.
 * - `random`: one of those that are not null. `texts`: one behind the other.
 * - `first`: what one node says is as good as what another says.
 * - `running`: of FUNCTION STATS, where something runs.
 * - `server-info`: INFO; figures that can be added are.
 */
export type MergeRule =
  | Exclude<ResponsePolicy, 'special'>
  | 'ordered'
  | 'concatenate'
  | 'union'
  | 'random'
  | 'texts'
  | 'first'
  | 'running'
  | 'server-info';

/** What a gateway before a cluster needs to know beyond `request` and `response`, which are the servers' own tips. */
export interface ClusterRule {
  /** In place of `request`. `any`: whichever node. `scan`: one node after the other, with a cursor that says where. */
  readonly request?: RequestPolicy | 'any' | 'scan';
  /** In place of `response`. */
  readonly merge?: MergeRule;
  /** The argument that is the number of a slot; its owner is asked. */
  readonly slotArgument?: number;
  /** A read that replicas are not asked for: it is about what the primary does with the key. */
  readonly isForPrimary?: boolean;
  /** Of `all_shards`: where replicas serve reads, it is for them as well. */
  readonly isForReaders?: boolean;
  /** These arguments ask for what only one server can promise: the command is not split. */
  readonly isWhole?: (command: CommandView) => boolean;
}

/**
 * Where one server differs from the definition, as its COMMAND INFO shows it. Data for the catalogue test and COMMAND.
 */
export interface ServerVariant {
  readonly arity?: number;
  readonly addFlags?: readonly CommandFlag[];
  readonly removeFlags?: readonly CommandFlag[];
  readonly categories?: readonly string[];
  readonly keys?: readonly KeySpec[];
}
export type ServerName = 'redis-7.0' | 'redis-8.0' | 'valkey-8.0' | 'valkey-9.1';

/** One argument of the grammar, as in COMMAND DOCS. */
export interface ArgumentGrammar {
  readonly name: string;
  /** What people are shown in place of the name, where that is something else. */
  readonly display?: string;
  readonly type:
    | 'string'
    | 'integer'
    | 'double'
    | 'key'
    | 'pattern'
    | 'unix-time'
    | 'pure-token'
    | 'oneof'
    | 'block';
  readonly token?: string;
  readonly since?: Since;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly multipleToken?: boolean;
  readonly keySpecIndex?: number;
  readonly arguments?: readonly ArgumentGrammar[];
}

/** Does what the command does on the engine and writes its reply. See `docs/engine.md`. */
export type CommandRun = (context: CommandContext) => void;

/**
 * Which shards the engine locks before `run`.
 * - `keys`: those of its keys. Of a command without keys: none.
 * - `all`: every shard.
 * - `script`: those of its keys, and no script of any worker runs meanwhile. In transactions every shard.
 * - `everything`: all shards, and the lock of scripts.
 * - `self`: the command locks shards by itself, one at a time (`store.enter`). In transactions it has all of them.
 */
export type LockRule = 'keys' | 'all' | 'everything' | 'self' | 'script';

export interface CommandDefinition {
  /** Lower case; `container|subcommand` for a subcommand. */
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly since: Since;
  /** As in COMMAND INFO: negative for "at least". */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** Without '@'. */
  readonly categories: readonly string[];
  readonly keys: readonly KeySpec[];
  /** Where `keys` cannot tell which arguments are keys: how `routing/keys.ts` finds them. */
  readonly keySearch?: KeySearch;
  /** The flags of keys whose spec has `variable_flags`, by the arguments (SET without GET does not read). */
  readonly variableFlags?: (command: CommandView) => readonly KeyFlag[];
  /** Arguments that are channels, to which users need a right: the first, or all of them, as names or as patterns. */
  readonly channels?: 'first' | 'all' | 'patterns';
  /** Databases that the command names, by argument, beside the one it is sent in; or it is about all of them. */
  readonly databases?: 'all' | ((command: CommandView) => readonly number[]);
  /** What the command changes without naming it; absent: nothing. */
  readonly scope?: CommandScope;
  readonly script?: ScriptUse;
  /** Leaves no key at all: servers that both ran it agree. */
  readonly emptiesServer?: boolean;
  readonly request?: RequestPolicy;
  readonly response?: ResponsePolicy;
  readonly cluster?: ClusterRule;
  /** Other command tips of COMMAND INFO (nondeterministic_output …). */
  readonly tips?: readonly string[];
  readonly session: SessionEffect;
  /** For `blocking` commands that block only with some arguments. Absent: always blocks. */
  readonly blocks?: (command: CommandView) => boolean;
  /** What it waits for is what the same connection has written before. */
  readonly awaitsWrites?: true;
  readonly compare: CompareRule;
  /** Chooses another rule by the arguments (SORT … BY nosort); `undefined` keeps `compare`. */
  readonly compareWith?: (command: CommandView) => CompareRule | undefined;
  readonly mirror: MirrorRule;
  /**
   * The unix time in ms at which what this command wrote to its first key expires, if it put an expiry on it
   * (on the key, or on fields of it: the soonest); `undefined` if it did not. Given successful replies only.
   */
  readonly deadline?: (input: EffectInput) => number | undefined;
  /** When it succeeds, the last key that it names has the expiry of the first, in the database that this returns. */
  readonly expiryGoesTo?: (command: CommandView, database: number) => number;
  /** The databases that have each other's keys when it has succeeded. */
  readonly swapsDatabases?: (command: CommandView) => readonly [number, number];
  readonly variants?: Partial<Record<ServerName, ServerVariant>>;
  /** How the reply differs between RESP2 and RESP3; absent: by its nulls only. */
  readonly resp3?: ReplyShape | ((command: CommandView) => ReplyShape);
  /** The same in a transaction, where that is another one. */
  readonly resp3InTransaction?: ReplyShape;
  readonly arguments: readonly ArgumentGrammar[];
  /** What the engine does; absent where it does not have the command yet. */
  readonly run?: CommandRun;
  /** `keys` when absent. A function where the arguments decide (patterns in SORT). */
  readonly locks?: LockRule | ((command: CommandView) => LockRule);
  /** Writes the reply of a command that was parked and whose time is up; absent: a null array. */
  readonly timedOut?: CommandRun;
  /** Present on containers only (CLIENT, CONFIG …). */
  readonly subcommands?: readonly CommandDefinition[];
}

/** Identity function that gives a definition its type where it is written. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition;
}
