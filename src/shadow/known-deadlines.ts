/**
 * When keys of the databases expire, as far as the mirror stream has seen. Worker thread (slot owner).
 * What it does not know it says nothing about: see `deadlines.ts`.
 */
import { hashBytes } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import type { KeyList } from '../routing/keys.ts';
import type { DeadlineTable } from './deadlines.ts';

export class KnownDeadlines {
  readonly #table: DeadlineTable;
  /** By database that SWAPDB has given the keys of another one: the number that their deadlines are kept under. */
  readonly #swapped = new Map<number, number>();

  constructor(table: DeadlineTable) {
    this.#table = table;
  }

  get isEmpty(): boolean {
    return this.#table.size === 0;
  }

  set(database: number, bytes: Uint8Array, start: number, end: number, deadlineMs: number): void {
    this.#table.set(this.#firstHash(database, bytes, start, end), secondHash(bytes, start, end), deadlineMs);
  }

  /** Unix milliseconds; infinity when none is known. */
  get(database: number, bytes: Uint8Array, start: number, end: number): number {
    const high = this.#firstHash(database, bytes, start, end);
    const deadlineMs = this.#table.get(high, secondHash(bytes, start, end));
    return deadlineMs === 0 ? Number.POSITIVE_INFINITY : deadlineMs;
  }

  /** Cold: looks at all of them. Those of the last second are still known. */
  hasBefore(timeMs: number): boolean {
    return this.#table.hasBefore(timeMs);
  }

  /** Of the keys of a command. */
  soonest(database: number, { bytes, spans }: CommandView, keys: KeyList): number {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < keys.count; i++) {
      const at = keys.indexes[i] * 2;
      soonestMs = Math.min(soonestMs, this.get(database, bytes, spans[at], spans[at + 1]));
    }
    return soonestMs;
  }

  /** The last key of a command has the expiry of the first now, in database `to`. */
  copy(from: number, { bytes, spans }: CommandView, keys: KeyList, to: number): void {
    const first = keys.indexes[0] * 2;
    const last = keys.indexes[keys.count - 1] * 2;
    const deadlineMs = this.get(from, bytes, spans[first], spans[first + 1]);
    if (deadlineMs !== Number.POSITIVE_INFINITY)
      this.set(to, bytes, spans[last], spans[last + 1], deadlineMs);
  }

  /** Two databases have each other's keys now. */
  swap(one: number, other: number): void {
    const before = this.#swapped.get(one) ?? one;
    this.#swapped.set(one, this.#swapped.get(other) ?? other);
    this.#swapped.set(other, before);
  }

  #firstHash(database: number, bytes: Uint8Array, start: number, end: number): number {
    return hashBytes(bytes, start, end) ^ (this.#swapped.get(database) ?? database);
  }
}

/** Independent of `hashBytes`, so that both together name a key for all practical purposes. */
function secondHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
  return hash;
}
