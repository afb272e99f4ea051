/** Where the parts of a value go that is being read. What it throws ends the reading. Types only; any thread. */
import type { RdbText } from './source.ts';

/** Id of a stream's entry: two unsigned numbers of 64 bits in halves. */
export interface RdbId {
  msHigh: number;
  msLow: number;
  seqHigh: number;
  seqLow: number;
}

/** An entry of a stream: names and values in turn, at `spans` of `bytes`. */
export interface RdbEntry {
  readonly id: RdbId;
  readonly bytes: Uint8Array;
  readonly spans: Int32Array;
  readonly fields: number;
  /** It is the first of a node. */
  readonly beginsNode: boolean;
}

export interface StreamFacts {
  readonly lastId: RdbId;
  readonly maxDeletedId: RdbId;
  /** NaN: as many as there are. */
  readonly added: number;
}

/** Strings are lent until the function returns. Elements come after the `begin…` of their value. */
export interface ValueSink {
  string(text: RdbText): void;
  beginList(): void;
  element(text: RdbText): void;
  /** `type` is that of the format, `count` how many elements there will be, or more. */
  beginSet(type: number, count: number): void;
  member(text: RdbText): void;
  beginSortedSet(count: number): void;
  scored(text: RdbText, score: number): void;
  /** `hasTimes`: in the small form for fields that expire, whether one does or not. */
  beginHash(count: number, hasTimes: boolean): void;
  /** `expiresAtMs` is 0 where the field does not expire. */
  field(field: RdbText, value: RdbText, expiresAtMs: number): void;
  beginStream(): void;
  entry(entry: RdbEntry): void;
  streamFacts(facts: StreamFacts): void;
  /** `entriesRead` is -1 where it is not known, NaN where the format does not tell. */
  group(name: RdbText, lastId: RdbId, entriesRead: number): void;
  /** Of the last group. */
  consumer(name: RdbText, seenMs: number, activeMs: number): void;
  /** Of the last consumer. */
  pending(id: RdbId, deliveredMs: number, deliveries: number): void;
}
