/**
 * What commands ask of the engine around them. The engine implements these; a family that needs something of its own
 * adds an interface here and a field to `EnginePorts`. No implementation here, and no knowledge of sockets or threads.
 */
import type { FrameWriter } from '../resp/encode.ts';
import type { Key } from '../store/key.ts';
import type { AccessPort, AclPort } from './access-ports.ts';
import type { ClientState, Tracking } from './client-state.ts';
import type { ClientLine } from './connection/client-line.ts';
import type { CommandContext } from './context.ts';
import type { CommandView, KeyFlag, ServerName } from './definition.ts';
import type { TargetPort } from './target-ports.ts';

/** Keyspace notifications, and whoever else wants to know what happened to keys. The key's shard is locked. */
export interface KeyEventPort {
  /** Classes somebody listens to: `notify` need not be called for others. */
  readonly mask: number;
  notify(eventClass: number, event: string, key: Key): void;
  /** The key has changed: clients that track it are told. `context` is whose command it was. */
  changed(key: Key, context: CommandContext): void;
  /** As `changed` for all keys of a database, or of all databases (-1). */
  allChanged(database: number, context: CommandContext): void;
}

/** Commands that wait for keys. */
export interface BlockingPort {
  /**
   * Parks the client until one of the keys holds a value of the type, or for `timeoutMs` (0: for ever). Then the
   * command runs again from its beginning (`context.isRetry`), perhaps on another worker, so all it needs are its
   * arguments; if there is still nothing for it, it calls `block` once more and returns without a reply. When the time
   * is up, its definition's `timedOut` writes the reply, without arguments. Only when `context.mayBlock`.
   */
  block(context: CommandContext, wait: WaitFor, timeoutMs: number): void;
  /** The key has changed: who waits for that is served after the command. `context.changed` and `touched` tell. */
  changed(key: Key): void;
  /** The key holds another value than before, or its group has gone: who waits for it is served after the command. */
  ready(key: Key): void;
  /** All keys of a database may have changed (FLUSHDB, SWAPDB). All shards are locked. */
  allReady(database: number): void;
  /**
   * CLIENT UNBLOCK: ends a client's wait as if its time were up, or with an error. False where the client, of whichever
   * worker, does not wait. All shards are locked.
   */
  unblock(clientId: number, asError: boolean): boolean;
}

/** What a command waits for. */
export interface WaitFor {
  /** `TYPE_…`. */
  readonly type: number;
  /** Its keys: arguments `[firstKey, firstKey + keyCount)`. */
  readonly firstKey: number;
  readonly keyCount: number;
  /** The command runs again as well when a key has gone or has got another type: XREADGROUP. */
  readonly noKey?: boolean;
}

/** Transactions of the client whose command runs. */
export interface TransactionPort {
  begin(context: CommandContext): void;
  execute(context: CommandContext): void;
  discard(context: CommandContext): void;
  watch(context: CommandContext): void;
  unwatch(context: CommandContext): void;
  /** RESET: as if there had been none. */
  reset(context: CommandContext): void;
}

export const LISTEN_CHANNEL = 0;
export const LISTEN_PATTERN = 1;
export const LISTEN_SHARD = 2;
export type ListenKind = typeof LISTEN_CHANNEL | typeof LISTEN_PATTERN | typeof LISTEN_SHARD;

/** Channels, and who listens to them. Bytes are copied. */
export interface PubSubPort {
  /** False: there is no memory for it. */
  subscribe(client: ClientState, kind: ListenKind, bytes: Uint8Array, start: number, end: number): boolean;
  unsubscribe(client: ClientState, kind: ListenKind, bytes: Uint8Array, start: number, end: number): void;
  /** From everything, without a word to the client. */
  leave(client: ClientState): void;
  /** What the client is subscribed to. */
  names(client: ClientState, kind: ListenKind): readonly Uint8Array[];
  /** As confirmations count: channels and patterns together, shard channels by themselves. */
  subscriptions(client: ClientState, kind: ListenKind): number;
  isSubscribed(client: ClientState): boolean;
  /** To a channel or a shard channel. Returns how many clients get the message. */
  publish(
    kind: ListenKind,
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    message: Uint8Array,
    messageStart: number,
    messageEnd: number,
  ): number;
  /** Names that somebody listens to. `visit` must not call the port. */
  eachName(kind: ListenKind, visit: (bytes: Uint8Array, start: number, end: number) => void): void;
  subscribers(kind: ListenKind, bytes: Uint8Array, start: number, end: number): number;
  patternCount(): number;
}

/** Clients of all workers, for commands that are in `ASKING` (`engine/command-plan.ts`). */
export interface ClientsPort {
  line(client: ClientState): ClientLine;
  /** Of all that there are, by id. */
  lines(): ClientLine[];
  /** Disconnects them; whoever sent the command, when it has its reply. */
  kill(ids: readonly number[]): void;
}

/** Clients that hear of changes of keys. */
export interface TrackingPort {
  /** Begins, or changes what is wanted. Prefixes are those of broadcasts. False: there is no memory for them. */
  start(client: ClientState, tracking: Tracking, prefixes: readonly Uint8Array[]): boolean;
  stop(client: ClientState): void;
  prefixes(client: ClientState): readonly Uint8Array[];
}

/** Clients that see all commands. */
export interface MonitorPort {
  start(client: ClientState): void;
  stop(client: ClientState): void;
}

/** CLIENT PAUSE, for all clients of all workers. */
export interface PausePort {
  pause(untilMs: number, isAll: boolean): void;
  unpause(): void;
}

/** Not a value of the setting. */
export interface RefusedSetting {
  /** As CONFIG SET gives the reason. */
  readonly refusal: string;
}

/** Settings that CONFIG shows and changes, by their place in `names`. */
export interface SettingsPort {
  readonly names: readonly string[];
  /** No pattern finds it, only its very name. */
  isHidden(setting: number): boolean;
  /** As CONFIG GET shows the value. */
  show(setting: number): string;
  /** Of a setting that is a number, and of one that is not. */
  number(name: string): number;
  word(name: string): string;
  parse(setting: number, text: string): number | string | RefusedSetting;
  set(setting: number, value: number | string): void;
}

/** `other`: a script is to be killed and a function runs, or the other way round. */
export type KillAnswer = 'killed' | 'nothing' | 'wrote' | 'other';

/** Scripts. */
export interface ScriptPort {
  /** EVAL and its relatives: runs the script that argument 1 is or names, and writes its reply. */
  evaluate(context: CommandContext, byDigest: boolean, isReadOnly: boolean): void;
  /** Keeps the script in an argument; its digest, or undefined when the error has been written. */
  load(context: CommandContext, argument: number): string | undefined;
  /** Of the script with a digest in lower case. */
  text(digest: string): Uint8Array | undefined;
  flush(): void;
  /** Ends what runs on whichever worker. */
  kill(isEval: boolean): KillAnswer;
  /** What others are told while it runs for too long. */
  busyText(): string;
}

export interface ShownFunction {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: readonly string[];
}

export interface ShownLibrary {
  readonly name: string;
  readonly code: Uint8Array;
  readonly functions: readonly ShownFunction[];
}

/** What has been running for more than a moment. */
export interface RunningFunction {
  readonly isEval: boolean;
  readonly name: string;
  /** Its arguments as a reply. */
  readonly command: Uint8Array;
  readonly durationMs: number;
}

/** What FUNCTION RESTORE does with libraries that are there. */
export type RestorePolicy = 'append' | 'replace' | 'flush';

/** Libraries of functions. */
export interface FunctionPort {
  /** FCALL: the function that argument 1 names. Writes the reply. */
  call(context: CommandContext, isReadOnly: boolean): void;
  /** The library in an argument; its name, or undefined when the error has been written. */
  load(context: CommandContext, argument: number, replaces: boolean): string | undefined;
  /** These write the reply. */
  remove(context: CommandContext, name: string): void;
  flush(context: CommandContext): void;
  libraries(): ShownLibrary[];
  running(): RunningFunction | undefined;
  dump(): Uint8Array;
  /** What `dump` has given, in an argument. All of it or nothing. Writes the reply. */
  restore(context: CommandContext, argument: number, policy: RestorePolicy): void;
}

/** Of MEMORY STATS: a number, or several of one database. */
export interface MemoryFigure {
  readonly name: string;
  readonly value: number | readonly MemoryFigure[];
  /** Not a whole number. */
  readonly isRatio?: boolean;
}

/** What INFO tells. */
export interface InformationPort {
  /** Titles of its sections, in order. */
  readonly titles: readonly string[];
  /** Fields of a section, as `name:value`. */
  lines(title: string, context: CommandContext): readonly string[];
  /** Asks for the section about the gateway; false where there is none. Then the client's continuation is woken. */
  describe(client: ClientState, done: (section: string) => void): boolean;
  readonly startedAtMs: number;
  /** Of a command's times in microseconds: ends of buckets, and how many calls took no longer. */
  histogram(command: number): readonly (readonly [number, number])[];
  /** Where the memory is. */
  memory(context: CommandContext): readonly MemoryFigure[];
  /** CONFIG RESETSTAT. */
  reset(): void;
}

/** What DEBUG switches, for all workers. */
export interface SwitchesPort {
  /** Keys do not expire unless somebody looks them up. */
  noExpiry: boolean;
  /** Scripts may call every command. */
  anyScript: boolean;
  /** Nothing is done ten times a second. */
  noTick: boolean;
}

export const LOG_SLOW = 0;
export const LOG_LARGE_REQUEST = 1;
export const LOG_LARGE_REPLY = 2;
export type CommandLogKind = typeof LOG_SLOW | typeof LOG_LARGE_REQUEST | typeof LOG_LARGE_REPLY;

/** Commands that were slow or large, on all workers. */
export interface CommandLogPort {
  length(kind: CommandLogKind): number;
  /** An array of the newest `count` entries, or of all that there are. */
  write(kind: CommandLogKind, writer: FrameWriter, count: number): void;
  reset(kind: CommandLogKind): void;
}

/** Events of one kind: the worst of each second, the oldest first. */
export interface LatencySeries {
  readonly name: string;
  readonly worstMs: number;
  /** Of all that there were. */
  readonly sumMs: number;
  readonly count: number;
  readonly samples: readonly { readonly seconds: number; readonly latencyMs: number }[];
}

/** Events that took long, on all workers. */
export interface LatencyPort {
  /** Kinds that there have been since the last reset. */
  all(): readonly LatencySeries[];
  /** Forgets a kind, or all of them, and tells how many. */
  reset(name?: string): number;
}

/** How a snapshot began: `failed` has been logged. */
export type SaveOutcome = 'started' | 'busy' | 'failed' | 'no file';

/** Whether the data are saved when the process ends: `as set`, where there are save points. */
export type SaveWish = 'save' | 'nosave' | 'as set';

/** Saving the data to a file. */
export interface SnapshotPort {
  readonly hasFile: boolean;
  /** There are save points, and a file. */
  readonly hasPoints: boolean;
  readonly isSaving: boolean;
  /** How many snapshots have ended, well or not, and whether the last one went well. */
  readonly finished: number;
  readonly isLastGood: boolean;
  readonly savedAtMs: number;
  /** A snapshot of this moment, which is written later. All shards are locked. */
  begin(): SaveOutcome;
  /** As `begin`, without locks: one that is under way is cancelled, and `busy` until it has ended. */
  beginInstead(): SaveOutcome;
  /** One is to begin as soon as that can be. */
  schedule(): void;
  cancel(): 'cancelled' | 'unscheduled' | 'nothing';
  /** A key is about to be changed that is no key of the command. Its shard is locked. */
  keep(key: Key): void;
  /** All keys of a database have gone. All shards are locked. */
  flushed(): void;
}

/** Saving and loading all data in one piece. All shards and scripts are locked. */
export interface ReloadPort {
  /** To the file, or to memory where there is none. False: it cannot be; that has been logged. */
  save(): boolean;
  /** What `save` has saved, or the file holds. `merges`: keys that are there are replaced. False: as above. */
  load(merges: boolean): boolean;
  /** No libraries are left. */
  dropFunctions(): void;
}

/** The end of the process. */
export interface ShutdownPort {
  /** The configuration lets clients ask for it. */
  readonly isAllowed: boolean;
  /** A script runs for too long. */
  readonly isBusy: boolean;
  begin(wish: SaveWish): void;
}

/** What COMMAND tells beyond the definitions. */
export interface IntrospectionPort {
  /** Whose variants of the definitions are those of the level. */
  readonly server: ServerName;
  /** Undefined where they cannot be known: the command is not right. */
  keys(
    command: CommandView,
  ): readonly { readonly argument: number; readonly flags: readonly KeyFlag[] }[] | undefined;
}

export interface EnginePorts {
  readonly introspection: IntrospectionPort;
  readonly information: InformationPort;
  readonly commandLog: CommandLogPort;
  readonly latency: LatencyPort;
  readonly shutdown: ShutdownPort;
  readonly events: KeyEventPort;
  readonly blocking: BlockingPort;
  readonly transactions: TransactionPort;
  readonly access: AccessPort;
  readonly acl: AclPort;
  readonly pubsub: PubSubPort;
  readonly settings: SettingsPort;
  readonly switches: SwitchesPort;
  readonly clients: ClientsPort;
  readonly tracking: TrackingPort;
  readonly monitors: MonitorPort;
  readonly pause: PausePort;
  readonly scripts: ScriptPort;
  readonly functions: FunctionPort;
  readonly snapshots: SnapshotPort;
  readonly reload: ReloadPort;
  readonly targets: TargetPort;
}

/**
 * The rest of a command that would take too long in one piece. Steps run in later turns: each works for a millisecond
 * at most, and returns true when the reply is complete. No lock is held but those of the keys of `locked`; another one
 * is taken by `store.enter`. The command's arguments are gone by then: copy what is needed. Replies of the client's
 * later commands wait.
 */
export interface Continuation {
  readonly locked?: CommandContext | undefined;
  step(context: CommandContext): boolean;
  /** It waits for something: the next step is due when it has been woken (`TargetPort.wake`). */
  readonly isAsleep?: boolean;
  /** The client is gone: gives back what the steps so far have made. The locks are as for a step. */
  abandon?(): void;
}
