/**
 * What users were denied: ACL LOG. In shared memory, the newest entry first, in the arena of users, whose lock is held.
 * Worker thread. As valkey 8.0 `addACLLogEntry`. Entries that the arena has no room for push out the oldest.
 */
import { asciiBytes, decodeLatin1 } from '../base/bytes.ts';
import type { DeniedAccess } from '../commands/access-ports.ts';
import { allocate, release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { ROOT_LOG } from './shared-users.ts';

const ROOT_FIRST = ROOT_LOG;
const ROOT_LAST = ROOT_LOG + 1;
const ROOT_ENTRIES = ROOT_LOG + 2;
const ROOT_NEXT_ID = ROOT_LOG + 3;
/** How often each reason was given, from here on. */
const ROOT_DENIED = ROOT_LOG + 4;

// An entry, in words; two doubles and its texts follow.
const NEXT = 0;
const PREVIOUS = 1;
const COUNT = 2;
const ID = 3;
const REASON = 4;
const CONTEXT = 5;
const OBJECT_LENGTH = 6;
const USER_LENGTH = 7;
const LINE_LENGTH = 8;
const HEAD_WORDS = 10;
const CREATED = HEAD_WORDS / 2;
const UPDATED = CREATED + 1;
const TEXTS = 4 * HEAD_WORDS + 16;

/** Longer names of keys are cut. */
const MOST_OBJECT_BYTES = 16 * 1024;
/** Events of one kind are counted together when they are no further apart. */
const SAME_WITHIN_MS = 60_000;
/** Entries that are looked at for that. */
const LOOK_BACK = 10;

export class AccessLog {
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get length(): number {
    return this.#arena.words[ROOT_ENTRIES];
  }

  /** How often access was denied for a reason. Needs no lock; CONFIG RESETSTAT leaves it. */
  denied(reason: number): number {
    return this.#arena.words[ROOT_DENIED + reason];
  }

  /** Cold: an error. `mostEntries`: the oldest beyond it are forgotten. */
  add(event: Omit<DeniedAccess, 'count' | 'id' | 'createdMs'>, mostEntries: number): void {
    const { words } = this.#arena;
    words[ROOT_DENIED + event.reason] += 1;
    if (mostEntries > 0) {
      const object = event.object.slice(0, MOST_OBJECT_BYTES);
      const like = this.#find({ ...event, object });
      const known = like === 0 ? undefined : this.#read(like);
      if (like !== 0) this.#remove(like);
      const { count = 0, id = words[ROOT_NEXT_ID], createdMs = event.updatedMs } = known ?? {};
      if (known === undefined) words[ROOT_NEXT_ID] += 1;
      this.#insert({ ...event, object, count: count + 1, id, createdMs });
    }
    while (this.length > mostEntries) this.#remove(words[ROOT_LAST]);
  }

  /** The newest. */
  entries(most: number): DeniedAccess[] {
    const found: DeniedAccess[] = [];
    const { words } = this.#arena;
    for (
      let entry = words[ROOT_FIRST];
      entry !== 0 && found.length < most;
      entry = words[(entry >> 2) + NEXT]
    )
      found.push(this.#read(entry));
    return found;
  }

  clear(): void {
    while (this.length > 0) this.#remove(this.#arena.words[ROOT_FIRST]);
  }

  #find(event: Omit<DeniedAccess, 'count' | 'id' | 'createdMs'>): number {
    const { words } = this.#arena;
    let entry = words[ROOT_FIRST];
    for (let looks = 0; entry !== 0 && looks < LOOK_BACK; looks++, entry = words[(entry >> 2) + NEXT]) {
      const known = this.#read(entry);
      const isLike =
        known.reason === event.reason &&
        known.context === event.context &&
        Math.abs(known.updatedMs - event.updatedMs) <= SAME_WITHIN_MS &&
        known.object === event.object &&
        known.user === event.user;
      if (isLike) return entry;
    }
    return 0;
  }

  #read(entry: number): DeniedAccess {
    const { words, doubles, bytes } = this.#arena;
    const at = entry >> 2;
    const object = entry + TEXTS;
    const user = object + words[at + OBJECT_LENGTH];
    const line = user + words[at + USER_LENGTH];
    return {
      count: words[at + COUNT],
      id: words[at + ID],
      reason: words[at + REASON],
      context: words[at + CONTEXT],
      createdMs: doubles[(entry >> 3) + CREATED],
      updatedMs: doubles[(entry >> 3) + UPDATED],
      object: decodeLatin1(bytes, object, user),
      user: decodeLatin1(bytes, user, line),
      line: decodeLatin1(bytes, line, line + words[at + LINE_LENGTH]),
    };
  }

  #insert(event: DeniedAccess): void {
    const arena = this.#arena;
    const { words, doubles } = arena;
    const texts = asciiBytes(event.object + event.user + event.line);
    // A multiple of 8, for the doubles.
    const size = (TEXTS + texts.length + 7) & ~7;
    let entry = allocate(arena, size);
    while (entry === 0 && this.length > 0) {
      this.#remove(words[ROOT_LAST]);
      entry = allocate(arena, size);
    }
    if (entry === 0) return;
    const at = entry >> 2;
    words[at + COUNT] = event.count;
    words[at + ID] = event.id;
    words[at + REASON] = event.reason;
    words[at + CONTEXT] = event.context;
    words[at + OBJECT_LENGTH] = event.object.length;
    words[at + USER_LENGTH] = event.user.length;
    words[at + LINE_LENGTH] = event.line.length;
    doubles[(entry >> 3) + CREATED] = event.createdMs;
    doubles[(entry >> 3) + UPDATED] = event.updatedMs;
    arena.bytes.set(texts, entry + TEXTS);
    const first = words[ROOT_FIRST];
    words[at + NEXT] = first;
    words[at + PREVIOUS] = 0;
    if (first === 0) words[ROOT_LAST] = entry;
    else words[(first >> 2) + PREVIOUS] = entry;
    words[ROOT_FIRST] = entry;
    words[ROOT_ENTRIES] += 1;
  }

  #remove(entry: number): void {
    const { words } = this.#arena;
    const next = words[(entry >> 2) + NEXT];
    const previous = words[(entry >> 2) + PREVIOUS];
    if (previous === 0) words[ROOT_FIRST] = next;
    else words[(previous >> 2) + NEXT] = next;
    if (next === 0) words[ROOT_LAST] = previous;
    else words[(next >> 2) + PREVIOUS] = previous;
    words[ROOT_ENTRIES] -= 1;
    release(this.#arena, entry);
  }
}
