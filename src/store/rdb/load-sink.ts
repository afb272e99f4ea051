/**
 * Puts the keys of a snapshot file into a store. At start, on the main thread, nobody else uses the store yet; later on
 * (DEBUG RELOAD) all shards are locked. What has expired already is read and left out.
 */
import { copyOf } from '../../base/bytes.ts';
import type { FileKey, FileSink } from '../../rdb/file-reader.ts';
import { RdbFull, RdbProblem } from '../../rdb/format.ts';
import type { ValueSink } from '../../rdb/sink.ts';
import type { RdbText } from '../../rdb/source.ts';
import { Key, prepareKey } from '../key.ts';
import { findKey, removeKey, setExpiry } from '../keyspace.ts';
import { setRecordAccess } from '../record.ts';
import type { Store } from '../store.ts';
import { type FieldTimes, StoreSink } from './store-sink.ts';

const NO_BYTES = new Uint8Array(0);
const MOST_IDLE = 0x7f_ffff;

/** Takes a value that is not wanted. */
class NoSink implements ValueSink {
  string(): void {}
  beginList(): void {}
  element(): void {}
  beginSet(): void {}
  member(): void {}
  beginSortedSet(): void {}
  scored(): void {}
  beginHash(): void {}
  field(): void {}
  beginStream(): void {}
  entry(): void {}
  streamFacts(): void {}
  group(): void {}
  consumer(): void {}
  pending(): void {}
}

export class LoadSink implements FileSink {
  readonly libraries: Uint8Array[] = [];
  loaded = 0;
  expired = 0;
  readonly #store: Store;
  readonly #nowMs: number;
  readonly #replaces: boolean;
  readonly #values: StoreSink;
  readonly #nowhere = new NoSink();
  readonly #key: Key;
  #bytes = new Uint8Array(256);
  #isWanted = false;
  #facts: FileKey | undefined = undefined;

  /** `replaces`: a key that is there already goes. */
  constructor(store: Store, nowMs: number, fieldTimes: FieldTimes, replaces: boolean) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#replaces = replaces;
    this.#values = new StoreSink(store, fieldTimes);
    this.#key = new Key(store.shards[0], NO_BYTES);
    this.#values.key = this.#key;
  }

  library({ bytes, start, end }: RdbText): void {
    this.libraries.push(copyOf(bytes, start, end));
  }

  key(facts: FileKey): ValueSink {
    this.#isWanted = facts.expiresAtMs === 0 || facts.expiresAtMs > this.#nowMs;
    this.#facts = facts;
    if (!this.#isWanted) {
      this.expired += 1;
      return this.#nowhere;
    }
    const store = this.#store;
    if (facts.database >= store.databases) {
      throw new RdbProblem(`it has a database ${facts.database}, and engine.databases is ${store.databases}`);
    }
    const { length, bytes, start } = facts.key;
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(2 * length);
    for (let at = 0; at < length; at++) this.#bytes[at] = bytes[start + at];
    prepareKey(store, this.#key, facts.database, this.#bytes, 0, length);
    if (findKey(store, this.#key, 0) !== 0) {
      if (!this.#replaces) throw new RdbProblem('it has a key twice');
      removeKey(this.#key);
    }
    return this.#values;
  }

  done(): void {
    if (!this.#isWanted || this.#facts === undefined) return;
    const key = this.#key;
    const { expiresAtMs, idleSeconds, frequency } = this.#facts;
    if (expiresAtMs > 0 && !setExpiry(key, expiresAtMs)) throw new RdbFull('there is no memory for it');
    const { access } = this.#store;
    if (access.usesFrequency && frequency >= 0) {
      setRecordAccess(key.arena, key.record, access.frequencyAccess(frequency));
    } else if (!access.usesFrequency && idleSeconds >= 0) {
      setRecordAccess(key.arena, key.record, access.idleAccess(Math.min(idleSeconds, MOST_IDLE)));
    }
    this.loaded += 1;
  }

  empty(): void {
    if (!this.#isWanted) this.expired -= 1;
  }
}
