/**
 * The users of all workers: one text in shared memory, with a number that grows with each change, and each worker's
 * users made from it. Changes are made under a lock. Worker thread. Cold, but for `isCurrent`.
 */
import { makeDefaultUser } from '../acl/change-user.ts';
import type { RuleSettings } from '../acl/selector.ts';
import { DEFAULT_USER, User, type UserData } from '../acl/user.ts';
import { allocate, release } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import type { LockOwner } from '../memory/lock.ts';

// Roots of the arena of users and of the log of what they were denied.
const ROOT_TEXT = WORD_ROOTS;
const ROOT_TEXT_BYTES = WORD_ROOTS + 1;
/** How many changes there were. */
const ROOT_VERSION = WORD_ROOTS + 2;
const ROOT_LAST_NUMBER = WORD_ROOTS + 3;
/** The first that others may use. */
export const ROOT_LOG: number = WORD_ROOTS + 8;
/** What is left for the log. */
const MOST_TEXT_BYTES = 4 * 1024 * 1024;
const DEFAULT_NUMBER = 0;

interface KnownUser {
  readonly line: string;
  readonly user: User;
}

export class SharedUsers {
  readonly settings: RuleSettings;
  readonly #arena: Arena;
  /** Undefined while there is nobody else yet. */
  readonly #owner: LockOwner | undefined;
  /** In the order of their names. */
  #byName = new Map<string, KnownUser>();
  #byNumber = new Map<number, User>();
  #version = 0;
  /** The user `default`, which is always there. */
  standard: User;

  constructor(arena: Arena, settings: RuleSettings, owner?: LockOwner) {
    this.#arena = arena;
    this.#owner = owner;
    this.settings = settings;
    this.standard = this.#adopt([lineOf(makeDefaultUser(settings, DEFAULT_NUMBER))]);
    this.refresh();
  }

  /** No other worker has changed users. */
  get isCurrent(): boolean {
    return Atomics.load(this.#arena.words, ROOT_VERSION) === this.#version;
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  get all(): User[] {
    return Array.from(this.#byName.values(), ({ user }) => user);
  }

  find(name: string): User | undefined {
    return this.#byName.get(name)?.user;
  }

  byNumber(number: number): User | undefined {
    return this.#byNumber.get(number);
  }

  /** A user that is not among the others yet. `replaces`: or one in place of whom has the name. The lock is held. */
  make(name: string, replaces = false): User {
    const { words } = this.#arena;
    const known = replaces || name === DEFAULT_USER ? this.find(name)?.number : undefined;
    if (known === undefined) words[ROOT_LAST_NUMBER] += 1;
    return new User(this.settings, name, known ?? words[ROOT_LAST_NUMBER]);
  }

  /** A user to be changed. */
  copy(user: User): User {
    return User.from(this.settings, user.data);
  }

  /** Learns what others have changed. */
  refresh(): void {
    if (!this.isCurrent) this.during(() => {});
  }

  /** Holds the lock, with users as they are now. */
  during<Result>(work: () => Result): Result {
    this.#owner?.lock(this.#arena);
    try {
      if (!this.isCurrent) this.#read();
      return work();
    } finally {
      this.#owner?.unlock(this.#arena);
    }
  }

  #read(): void {
    const { words, bytes } = this.#arena;
    const start = words[ROOT_TEXT];
    const text = Buffer.from(bytes.slice(start, start + words[ROOT_TEXT_BYTES])).toString();
    this.#version = words[ROOT_VERSION];
    this.standard = this.#adopt(text.split('\n'));
  }

  /** These are the users from now on, `default` among them. False: there are too many. The lock is held. */
  replace(users: readonly User[]): boolean {
    const lines = [...users].sort(byName).map(lineOf);
    const text = Buffer.from(lines.join('\n'));
    const arena = this.#arena;
    const { words } = arena;
    const block = text.length > MOST_TEXT_BYTES ? 0 : allocate(arena, text.length);
    if (block === 0) return false;
    arena.bytes.set(text, block);
    if (words[ROOT_TEXT] !== 0) release(arena, words[ROOT_TEXT]);
    words[ROOT_TEXT] = block;
    words[ROOT_TEXT_BYTES] = text.length;
    this.#version = Atomics.add(words, ROOT_VERSION, 1) + 1;
    this.standard = this.#adopt(lines);
    return true;
  }

  /** Makes users from their lines; those that are as before stay. Returns `default`. */
  #adopt(lines: readonly string[]): User {
    const known = this.#byName;
    this.#byName = new Map();
    this.#byNumber = new Map();
    for (const line of lines) {
      const data = JSON.parse(line) as UserData;
      const before = known.get(data.name);
      const user = before?.line === line ? before.user : User.from(this.settings, data);
      this.#byName.set(user.name, { line, user });
      this.#byNumber.set(user.number, user);
    }
    return this.#byNumber.get(DEFAULT_NUMBER) as User;
  }
}

function lineOf(user: User): string {
  return JSON.stringify(user.data);
}

function byName(one: User, other: User): number {
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}
