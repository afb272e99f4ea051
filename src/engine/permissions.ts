/**
 * Whether a user may run a command with its arguments. Worker thread, per command of users who may not do everything:
 * allocates nothing. As valkey 8.0 `ACLSelectorCheckCmd`.
 */

import { ALLOWED, DENIED_CHANNEL, DENIED_COMMAND, DENIED_DATABASE, DENIED_KEY } from '../acl/denial.ts';
import type { RuleCommands } from '../acl/rule-commands.ts';
import { ACCESS_READ, ACCESS_WRITE, type Selector } from '../acl/selector.ts';
import type { User } from '../acl/user.ts';
import { equalBytes, parseInteger } from '../base/bytes.ts';
import { globMatches } from '../base/glob.ts';
import type { CommandView, KeyFlag } from '../commands/definition.ts';
import { BIT_KEYED, BIT_NO_AUTH, type CommandTable } from '../commands/table.ts';
import { findKeys, KeyList, keyFlagsAt } from '../routing/keys.ts';

export class Permissions {
  /** Of the last check that was not passed: the key, channel or database, or 0. */
  argument = 0;
  readonly #table: CommandTable;
  readonly #usesDatabase: Uint8Array;
  readonly #databases: number;
  readonly #keys = new KeyList();
  #hasKeys = false;
  /** In which the command is sent. */
  #database = 0;

  /** `databases`: how many there are. */
  constructor({ table, usesDatabase }: RuleCommands, databases: number) {
    this.#table = table;
    this.#usesDatabase = usesDatabase;
    this.#databases = databases;
  }

  /** ALLOWED or DENIED_…: of all selectors, what the one says that comes closest. */
  check(user: User, id: number, command: CommandView, database: number): number {
    this.#hasKeys = false;
    this.#database = database;
    let denied = DENIED_COMMAND;
    let last = 0;
    for (let at = 0; at < user.selectors.length; at++) {
      const answer = this.#checkSelector(user.selectors[at], id, command);
      if (answer === ALLOWED) return ALLOWED;
      if (answer < denied || (answer === denied && this.argument <= last)) continue;
      denied = answer;
      last = this.argument;
    }
    this.argument = last;
    return denied;
  }

  /** Whether a selector allows the command and reading every key. */
  mayReadAll(user: User, id: number, command: CommandView, database: number): boolean {
    this.#hasKeys = false;
    this.#database = database;
    for (let at = 0; at < user.selectors.length; at++) {
      const selector = user.selectors[at];
      if (readsAll(selector) && this.#checkSelector(selector, id, command) === ALLOWED) return true;
    }
    return false;
  }

  #checkSelector(selector: Selector, id: number, command: CommandView): number {
    this.argument = 0;
    const { bits } = this.#table;
    const needsRight = !selector.allCommands && (bits[id] & BIT_NO_AUTH) === 0;
    if (needsRight && selector.allowed[id] !== 1 && !hasFirstArgument(selector, id, command))
      return DENIED_COMMAND;
    if (!selector.allDatabases && !this.#mayDatabases(selector, id, command)) return DENIED_DATABASE;
    if (!selector.allKeys && (bits[id] & BIT_KEYED) !== 0 && !this.#mayKeys(selector, id, command))
      return DENIED_KEY;
    return selector.allChannels || this.#mayChannels(selector, id, command) ? ALLOWED : DENIED_CHANNEL;
  }

  #mayDatabases(selector: Selector, id: number, command: CommandView): boolean {
    const { databases } = this.#table.definitions[id];
    if (databases === 'all') return false;
    if (databases !== undefined && !this.#mayNamed(selector, databases(command), command)) return false;
    return this.#usesDatabase[id] === 0 || selector.databases.includes(this.#database);
  }

  #mayNamed(selector: Selector, named: readonly number[], command: CommandView): boolean {
    const { bytes, spans } = command;
    for (let at = 0; at < named.length; at++) {
      const database = parseInteger(bytes, spans[2 * named[at]], spans[2 * named[at] + 1]);
      // The command itself says what is wrong.
      if (!(database >= 0 && database < this.#databases)) return true;
    }
    for (let at = 0; at < named.length; at++) {
      const database = parseInteger(bytes, spans[2 * named[at]], spans[2 * named[at] + 1]);
      if (selector.databases.includes(database)) continue;
      this.argument = named[at];
      return false;
    }
    return true;
  }

  #mayKeys(selector: Selector, id: number, command: CommandView): boolean {
    const keys = this.#keys;
    if (!this.#hasKeys) findKeys(this.#table, id, command, keys);
    this.#hasKeys = true;
    for (let at = 0; at < keys.count; at++) {
      const flags = keyFlagsAt(this.#table, id, command, keys, at);
      if (flags.includes('not_key') || mayKey(selector, command, keys.indexes[at], accessOf(flags))) continue;
      this.argument = keys.indexes[at];
      return false;
    }
    return true;
  }

  #mayChannels(selector: Selector, id: number, command: CommandView): boolean {
    const { channels } = this.#table.definitions[id];
    if (channels === undefined) return true;
    const last = channels === 'first' ? 1 : command.count - 1;
    for (let at = 1; at <= last; at++) {
      const { bytes, spans } = command;
      if (mayChannel(selector, bytes, spans[2 * at], spans[2 * at + 1], channels === 'patterns')) continue;
      this.argument = at;
      return false;
    }
    return true;
  }
}

/** What a command needs of a key; 0 for what only asks whether it is there. */
function accessOf(flags: readonly KeyFlag[]): number {
  const reads = flags.includes('access');
  const writes = flags.includes('insert') || flags.includes('delete') || flags.includes('update');
  return (reads ? ACCESS_READ : 0) | (writes ? ACCESS_WRITE : 0);
}

function mayKey(selector: Selector, command: CommandView, argument: number, access: number): boolean {
  const { keys } = selector;
  const { bytes: text, spans } = command;
  for (let at = 0; at < keys.length; at++) {
    if ((keys[at].access & access) !== access) continue;
    const { bytes } = keys[at];
    if (globMatches(bytes, 0, bytes.length, text, spans[2 * argument], spans[2 * argument + 1])) return true;
  }
  return false;
}

function readsAll(selector: Selector): boolean {
  if (selector.allKeys) return true;
  return selector.keys.some(({ text, access }) => text === '*' && (access & ACCESS_READ) !== 0);
}

/** A channel matches a pattern of the selector; a pattern has to be one of them. */
export function mayChannel(
  selector: Pick<Selector, 'channels'>,
  text: Uint8Array,
  start: number,
  end: number,
  isPattern: boolean,
): boolean {
  const { channels } = selector;
  for (let at = 0; at < channels.length; at++) {
    const { bytes } = channels[at];
    const fits = isPattern
      ? equalBytes(bytes, 0, bytes.length, text, start, end)
      : globMatches(bytes, 0, bytes.length, text, start, end);
    if (fits) return true;
  }
  return false;
}

function hasFirstArgument(selector: Selector, id: number, command: CommandView): boolean {
  const allowed = selector.firstArguments.get(id);
  if (allowed === undefined || command.count < 2) return false;
  const { bytes, spans } = command;
  for (let at = 0; at < allowed.length; at++)
    if (equalsText(allowed[at], bytes, spans[2], spans[3])) return true;
  return false;
}

function equalsText(lowerCase: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== lowerCase.length) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== lowerCase.charCodeAt(at - start)) return false;
  }
  return true;
}
