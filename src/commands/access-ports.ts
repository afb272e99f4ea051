/**
 * What commands about users and rights need of the engine. Interfaces, and names that both sides use. Any thread.
 */
import type { ClientState } from './client-state.ts';
import type { CommandContext } from './context.ts';
import type { CommandView } from './definition.ts';

/** Who the client is. */
export interface AccessPort {
  /**
   * AUTH, and HELLO's option: logs the client in. Undefined when it is, else the error. Texts have one character
   * per byte.
   */
  authenticate(context: CommandContext, user: string, password: string): string | undefined;
  /** Whether the user `default` has a password: AUTH with a password alone means that user. */
  hasPassword(): boolean;
  hasUser(name: string): boolean;
  /** RESET: as a client that has just connected. */
  reset(client: ClientState): void;
  /** Whether the user of the context's command may run it and read every key: patterns of SORT name any. */
  mayReadAll(context: CommandContext): boolean;
}

/** One set of rules of a user, as ACL GETUSER shows it. */
export interface ShownSelector {
  readonly commands: string;
  readonly keys: string;
  readonly channels: string;
  /** Where the product has rules about databases. */
  readonly databases?: string;
}

export interface ShownUser {
  readonly flags: readonly string[];
  /** Hashes. */
  readonly passwords: readonly string[];
  /** The first is the user's own. */
  readonly selectors: readonly ShownSelector[];
}

/** Events of one kind that a user was denied. Texts have one character per byte. */
export interface DeniedAccess {
  readonly count: number;
  readonly id: number;
  /** Places in `DENIED_REASONS` and `DENIED_CONTEXTS`. */
  readonly reason: number;
  readonly context: number;
  /** A command, key, channel or database. */
  readonly object: string;
  readonly user: string;
  /** The last client, as a line of CLIENT LIST. */
  readonly line: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export const DENIED_REASONS: readonly string[] = ['', 'command', 'database', 'key', 'auth', 'channel'];
export const DENIED_CONTEXTS = ['toplevel', 'multi', 'lua'] as const;

/** Users. Texts have one character per byte. What can fail returns undefined when done, else why not. */
export interface AclPort {
  setUser(name: string, rules: readonly string[]): string | undefined;
  /** How many there were. */
  deleteUsers(names: readonly string[]): number;
  user(name: string): ShownUser | undefined;
  names(): readonly string[];
  /** As lines of the file. */
  lines(): readonly string[];
  load(): string | undefined;
  save(): string | undefined;
  /** What the user would be told who ran the command: undefined, nothing. */
  whyDenied(name: string, command: CommandView, id: number, database: number): string | undefined;
  /** The newest events. */
  log(most: number): readonly DeniedAccess[];
  clearLog(): void;
}
