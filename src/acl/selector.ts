/**
 * One set of rules of a user: which commands, keys, channels and databases. A user has one of its own and may have
 * more. Texts have one character per byte. Cold, but for what `engine/permissions.ts` reads. As valkey 8.0 `acl.c`.
 */
import { asciiBytes } from '../base/bytes.ts';
import type { RuleCommands } from './rule-commands.ts';
import type { RuleError } from './rule-errors.ts';

export const ACCESS_READ = 1;
export const ACCESS_WRITE = 2;
const ACCESS_ALL = 3;
/** Databases that may be named: more than there are. */
const MOST_DATABASE = 2 ** 31 - 1;

export interface Pattern {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface KeyPattern extends Pattern {
  /** ACCESS_… bits. */
  readonly access: number;
}

/** What makes a selector, for copies and for other workers. */
export interface SelectorData {
  readonly allKeys: boolean;
  readonly keys: readonly (readonly [string, number])[];
  readonly allChannels: boolean;
  readonly channels: readonly string[];
  readonly allDatabases: boolean;
  readonly databases: readonly number[];
  readonly startsWithAll: boolean;
  readonly rules: readonly string[];
}

/** What differs between products, and what is configured. */
export interface RuleSettings {
  readonly commands: RuleCommands;
  /** There are rules about databases. */
  readonly hasDatabases: boolean;
  /** `sanitize-payload` is a flag that is shown. */
  readonly showsSanitizing: boolean;
  /** New selectors may use all channels (acl-pubsub-default). */
  readonly allowsChannels: () => boolean;
}

export class Selector {
  readonly #settings: RuleSettings;
  /** Every command, also those that are not known. */
  allCommands = false;
  /** It began with all commands: others are taken away from these. */
  #startsWithAll = false;
  /** 1 for what is allowed, by command id. */
  readonly allowed: Uint8Array;
  /** Of commands that are not allowed: with these first arguments, in lower case, they are. */
  readonly firstArguments = new Map<number, string[]>();
  allKeys = false;
  keys: KeyPattern[] = [];
  allChannels = false;
  channels: Pattern[] = [];
  allDatabases = true;
  databases: number[] = [];
  /** About commands, in their order: `+get`, `-@string`. */
  #rules: string[] = [];

  constructor(settings: RuleSettings) {
    this.#settings = settings;
    this.allowed = new Uint8Array(settings.commands.count);
    this.allChannels = settings.allowsChannels();
  }

  static from(settings: RuleSettings, data: SelectorData): Selector {
    const selector = new Selector(settings);
    selector.#setAll(data.startsWithAll);
    for (const rule of data.rules) selector.#applyCommand(rule);
    selector.allKeys = data.allKeys;
    selector.keys = data.keys.map(([text, access]) => ({ text, bytes: asciiBytes(text), access }));
    selector.allChannels = data.allChannels;
    selector.channels = data.channels.map((text) => ({ text, bytes: asciiBytes(text) }));
    selector.allDatabases = data.allDatabases;
    selector.databases = [...data.databases];
    return selector;
  }

  get data(): SelectorData {
    return {
      allKeys: this.allKeys,
      keys: this.keys.map(({ text, access }) => [text, access] as const),
      allChannels: this.allChannels,
      channels: this.channels.map(({ text }) => text),
      allDatabases: this.allDatabases,
      databases: this.databases,
      startsWithAll: this.#startsWithAll,
      rules: this.#rules,
    };
  }

  /** It forbids nothing. */
  get allowsAll(): boolean {
    return this.allCommands && this.allKeys && this.allChannels && this.allDatabases;
  }

  /** Undefined: done. */
  apply(rule: string): RuleError | undefined {
    switch (wordOf(rule)) {
      case 'allkeys':
      case '~*':
        return this.#resetKeys(true);
      case 'resetkeys':
        return this.#resetKeys(false);
      case 'allchannels':
      case '&*':
        return this.#resetChannels(true);
      case 'resetchannels':
        return this.#resetChannels(false);
      case 'allcommands':
      case '+@all':
        return this.#setAll(true);
      case 'nocommands':
      case '-@all':
        return this.#setAll(false);
    }
    if (rule.startsWith('~') || rule.startsWith('%')) return this.#addKeys(rule);
    if (rule.startsWith('&')) return this.#addChannels(rule.slice(1));
    if (rule.startsWith('+') || rule.startsWith('-')) return this.#applyCommand(rule);
    return this.#settings.hasDatabases ? this.#applyDatabases(rule) : 'syntax';
  }

  // In words.

  describeCommands(): string {
    return [this.#startsWithAll ? '+@all' : '-@all', ...this.#rules].join(' ');
  }

  describeKeys(): string {
    if (this.allKeys) return '~*';
    return this.keys.map(({ text, access }) => `${KEY_SIGNS[access]}${text}`).join(' ');
  }

  describeChannels(): string {
    if (this.allChannels) return '&*';
    return this.channels.map(({ text }) => `&${text}`).join(' ');
  }

  /** As ACL GETUSER shows it. */
  describeDatabases(): string {
    if (this.allDatabases) return 'alldbs';
    return this.databases.length === 0 ? '' : `db=${this.databases.join(',')}`;
  }

  /** As rules that make the same selector again. */
  describe(): string {
    const parts: string[] = [];
    if (this.allKeys || this.keys.length > 0) parts.push(this.describeKeys());
    if (!this.allChannels) parts.push('resetchannels');
    if (this.allChannels || this.channels.length > 0) parts.push(this.describeChannels());
    if (!this.allDatabases) parts.push(this.databases.length === 0 ? 'resetdbs' : this.describeDatabases());
    parts.push(this.describeCommands());
    return parts.join(' ');
  }

  // Rules.

  #resetKeys(all: boolean): undefined {
    this.allKeys = all;
    this.keys = [];
  }

  #resetChannels(all: boolean): undefined {
    this.allChannels = all;
    this.channels = [];
  }

  #setAll(isAllowed: boolean): undefined {
    this.allowed.fill(isAllowed ? 1 : 0);
    this.allCommands = isAllowed;
    this.#startsWithAll = isAllowed;
    this.#rules = [];
    this.firstArguments.clear();
  }

  #addKeys(rule: string): RuleError | undefined {
    if (this.allKeys) return 'after-all-keys';
    // Without its ~ it is about the key without a name, as in the servers.
    const found = /^(?:~|%([RW]+)(?:~|$))/i.exec(rule);
    if (found === null) return 'syntax';
    const letters = (found[1] ?? 'RW').toUpperCase();
    if (!/^(R|W|RW|WR)$/.test(letters)) return 'syntax';
    const text = rule.slice(found[0].length);
    if (hasSpaces(text)) return 'syntax';
    const access = letters.length === 2 ? ACCESS_ALL : letters === 'R' ? ACCESS_READ : ACCESS_WRITE;
    const known = this.keys.findIndex((key) => key.text === text);
    if (known < 0) this.keys.push({ text, bytes: asciiBytes(text), access });
    else this.keys[known] = { ...this.keys[known], access: this.keys[known].access | access };
    return undefined;
  }

  #addChannels(text: string): RuleError | undefined {
    if (this.allChannels) return 'after-all-channels';
    if (hasSpaces(text)) return 'syntax';
    if (this.channels.every((channel) => channel.text !== text))
      this.channels.push({ text, bytes: asciiBytes(text) });
    return undefined;
  }

  #applyDatabases(rule: string): RuleError | undefined {
    const word = wordOf(rule);
    if (word === 'alldbs' || word === 'resetdbs') {
      this.allDatabases = word === 'alldbs';
      this.databases = [];
      return undefined;
    }
    if (!word.startsWith('db=')) return 'syntax';
    const databases: number[] = [];
    for (const part of word.slice('db='.length).split(',')) {
      if (!/^[+-]?\d+$/.test(part)) return 'syntax';
      const database = Number(part);
      if (database < 0 || database > MOST_DATABASE) return 'bad-database';
      if (!databases.includes(database)) databases.push(database);
    }
    this.allDatabases = false;
    this.databases = databases.sort((one, other) => one - other);
    return undefined;
  }

  #applyCommand(rule: string): RuleError | undefined {
    const isAllowed = rule.startsWith('+');
    const name = textOf(rule.slice(1));
    if (name.startsWith('@')) return this.#applyCategory(name, isAllowed);
    const { commands } = this.#settings;
    const bar = isAllowed ? name.lastIndexOf('|') : -1;
    if (bar >= 0) return this.#allowPart(name, name.slice(0, bar), name.slice(bar + 1));
    const id = commands.find(name);
    if (id < 0) return 'unknown';
    this.#set(id, isAllowed);
    this.#note(commands.name(id), isAllowed);
    return undefined;
  }

  #applyCategory(name: string, isAllowed: boolean): RuleError | undefined {
    const ids = this.#settings.commands.category(name.slice(1));
    if (ids === undefined) return 'unknown';
    this.#note(name, isAllowed);
    for (const id of ids) this.#set(id, isAllowed);
    return undefined;
  }

  /** `+config|get`, a subcommand, or `+select|0`, a first argument. */
  #allowPart(name: string, command: string, part: string): RuleError | undefined {
    const { commands } = this.#settings;
    const id = commands.find(command);
    if (id < 0) return 'unknown';
    if (commands.isSubcommand(id)) return 'first-argument';
    // What has spaces could not be written down as a rule.
    if (part === '' || hasSpaces(part)) return 'syntax';
    if (commands.subcommands(id).length > 0) {
      const subcommand = commands.find(name);
      if (subcommand < 0) return 'unknown';
      this.#set(subcommand, true);
    } else {
      const known = this.firstArguments.get(id) ?? [];
      const argument = part.toLowerCase();
      if (!known.includes(argument)) this.firstArguments.set(id, [...known, argument]);
    }
    this.#note(name, true);
    return undefined;
  }

  /** Of a command with subcommands all of these as well. */
  #set(id: number, isAllowed: boolean): void {
    this.allowed[id] = isAllowed ? 1 : 0;
    if (!isAllowed) this.allCommands = false;
    this.firstArguments.delete(id);
    for (const subcommand of this.#settings.commands.subcommands(id))
      this.allowed[subcommand] = isAllowed ? 1 : 0;
  }

  /** The rule takes the place of earlier ones about the same command or category. */
  #note(name: string, isAllowed: boolean): void {
    const lower = name.toLowerCase();
    this.#rules = this.#rules.filter((rule) => {
      const known = rule.slice(1);
      return known !== lower && !known.startsWith(`${lower}|`);
    });
    this.#rules.push(`${isAllowed ? '+' : '-'}${lower}`);
  }
}

const KEY_SIGNS: Readonly<Record<number, string>> = {
  [ACCESS_READ]: '%R~',
  [ACCESS_WRITE]: '%W~',
  [ACCESS_ALL]: '~',
};

/** Up to its first zero byte, as C reads it. */
export function textOf(rule: string): string {
  const zero = rule.indexOf('\0');
  return zero < 0 ? rule : rule.slice(0, zero);
}

export function wordOf(rule: string): string {
  return textOf(rule).toLowerCase();
}

/** C's `isspace`, or a zero byte. */
export function hasSpaces(text: string): boolean {
  return /[ \t-\r\0]/.test(text);
}
