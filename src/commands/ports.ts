/**
 * What commands ask of the engine around them. The engine implements these; a family that needs something of its own
 * adds an interface here and a field to `EnginePorts`. No implementation here, and no knowledge of sockets or threads.
 */
import type { Key } from '../store/key.ts';
import type { CommandContext } from './context.ts';

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
   * Parks the client until one of the command's keys is made ready, or for `timeoutMs` (0: for ever). Then the command
   * runs again from its beginning (`context.isRetry`), or its definition's `timedOut` writes the reply. Only when
   * `context.mayBlock`.
   */
  block(context: CommandContext, timeoutMs: number): void;
  /** Something that clients may wait for was put into the key, or the key has gone. Its shard is locked. */
  ready(key: Key): void;
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

/** Who the client is. */
export interface AccessPort {
  /**
   * AUTH, and HELLO's option: logs the client in. Undefined when it is, else the error. Texts have one character
   * per byte.
   */
  authenticate(context: CommandContext, user: string, password: string): string | undefined;
  /** Whether the user `default` has a password: AUTH with a password alone means that user. */
  hasPassword(): boolean;
}

export interface EnginePorts {
  readonly events: KeyEventPort;
  readonly blocking: BlockingPort;
  readonly transactions: TransactionPort;
  readonly access: AccessPort;
}

/**
 * The rest of a command that would take too long in one piece. Steps run in later turns, without any lock: each takes
 * what it needs (`store.enter`), works for a millisecond at most, and returns true when the reply is complete. The
 * command's arguments are gone by then: copy what is needed. Replies of the client's later commands wait.
 */
export interface Continuation {
  step(context: CommandContext): boolean;
}
