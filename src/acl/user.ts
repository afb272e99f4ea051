/**
 * A user: how it logs in, and what it may do by its rules. Cold: users change rarely. As valkey 8.0 `acl.c`. What is in
 * use is not changed any more: changes are made to a copy.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RuleError } from './rule-errors.ts';
import { splitQuoted } from './rule-texts.ts';
import { hasSpaces, type RuleSettings, Selector, type SelectorData, wordOf } from './selector.ts';

export const DEFAULT_USER = 'default';

export interface UserData {
  readonly name: string;
  readonly number: number;
  readonly isOn: boolean;
  readonly noPassword: boolean;
  readonly skipsSanitizing: boolean;
  readonly passwords: readonly string[];
  readonly selectors: readonly SelectorData[];
}

export class User {
  readonly name: string;
  /** Tells users apart that had the same name one after the other. */
  readonly number: number;
  readonly #settings: RuleSettings;
  isOn = false;
  /** Any password will do. */
  noPassword = false;
  skipsSanitizing = false;
  /** SHA-256 in hexadecimal digits. */
  passwords: string[] = [];
  /** The first is the user's own. */
  selectors: Selector[];
  /** It forbids nothing. Known when the user is in use. */
  isUnrestricted = false;

  /** May do nothing, and nobody can log in. */
  constructor(settings: RuleSettings, name: string, number: number) {
    this.#settings = settings;
    this.name = name;
    this.number = number;
    this.selectors = [new Selector(settings)];
  }

  static from(settings: RuleSettings, data: UserData): User {
    const user = new User(settings, data.name, data.number);
    user.isOn = data.isOn;
    user.noPassword = data.noPassword;
    user.skipsSanitizing = data.skipsSanitizing;
    user.passwords = [...data.passwords];
    user.selectors = data.selectors.map((selector) => Selector.from(settings, selector));
    user.isUnrestricted = user.selectors.some((selector) => selector.allowsAll);
    return user;
  }

  get data(): UserData {
    return {
      name: this.name,
      number: this.number,
      isOn: this.isOn,
      noPassword: this.noPassword,
      skipsSanitizing: this.skipsSanitizing,
      passwords: this.passwords,
      selectors: this.selectors.map((selector) => selector.data),
    };
  }

  get root(): Selector {
    return this.selectors[0];
  }

  /** Whether one can log in with the password. */
  accepts(password: string): boolean {
    if (!this.isOn) return false;
    if (this.noPassword) return true;
    const given = Buffer.from(hashOf(password));
    // All are looked at, so that the time tells nothing.
    return this.passwords.filter((known) => timingSafeEqual(Buffer.from(known), given)).length > 0;
  }

  get flags(): string[] {
    const flags = [this.isOn ? 'on' : 'off'];
    if (this.noPassword) flags.push('nopass');
    if (this.#settings.showsSanitizing)
      flags.push(this.skipsSanitizing ? 'skip-sanitize-payload' : 'sanitize-payload');
    return flags;
  }

  /** As rules that make the same user again. */
  describe(): string {
    const [root, ...more] = this.selectors.map((selector) => selector.describe());
    const passwords = this.passwords.map((password) => `#${password}`);
    return [...this.flags, ...passwords, root, ...more.map((rules) => `(${rules})`)].join(' ');
  }

  /** Undefined: done. */
  apply(rule: string): RuleError | undefined {
    if (rule === '') return undefined;
    if (this.#applyWord(wordOf(rule))) return undefined;
    const rest = rule.slice(1);
    switch (rule[0]) {
      case '>':
        return this.#addPassword(hashOf(rest));
      case '#':
        return isHash(rest) ? this.#addPassword(rest) : 'bad-hash';
      case '<':
        return this.#removePassword(hashOf(rest));
      case '!':
        return isHash(rest) ? this.#removePassword(rest) : 'bad-hash';
    }
    if (rule.startsWith('(') && rule.endsWith(')')) return this.#addSelector(rule.slice(1, -1));
    return this.root.apply(rule);
  }

  #applyWord(word: string): boolean {
    switch (word) {
      case 'on':
      case 'off':
        this.isOn = word === 'on';
        return true;
      case 'skip-sanitize-payload':
      case 'sanitize-payload':
        this.skipsSanitizing = word === 'skip-sanitize-payload';
        return true;
      case 'nopass':
      case 'resetpass':
        this.noPassword = word === 'nopass';
        this.passwords = [];
        return true;
      case 'clearselectors':
        this.selectors = [this.root];
        return true;
      case 'reset':
        this.#reset();
        return true;
      default:
        return false;
    }
  }

  /** As a user that has just been made. */
  #reset(): void {
    this.isOn = false;
    this.noPassword = false;
    this.skipsSanitizing = false;
    this.passwords = [];
    this.selectors = [new Selector(this.#settings)];
  }

  #addPassword(hash: string): undefined {
    if (!this.passwords.includes(hash)) this.passwords.push(hash);
    this.noPassword = false;
  }

  #removePassword(hash: string): RuleError | undefined {
    if (!this.passwords.includes(hash)) return 'no-such-password';
    this.passwords = this.passwords.filter((known) => known !== hash);
    return undefined;
  }

  #addSelector(rules: string): RuleError | undefined {
    const selector = new Selector(this.#settings);
    for (const rule of splitQuoted(rules)) {
      const error = selector.apply(rule);
      if (error !== undefined) return error;
    }
    this.selectors.push(selector);
    return undefined;
  }
}

/** Whether a user may be called so. */
export function isUserName(name: string): boolean {
  return !hasSpaces(name);
}

function hashOf(password: string): string {
  return createHash('sha256').update(Buffer.from(password, 'latin1')).digest('hex');
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
