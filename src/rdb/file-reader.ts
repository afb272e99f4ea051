/**
 * Reads a snapshot file: its head, what stands between keys, keys with their values, checksum. Anything that this does
 * not know, or that would be lost, ends the reading with `RdbProblem`. Any thread. As valkey 8.0 `rdbLoadRio`.
 */
import {
  FIRST_VALKEY_9,
  LEAST_VERSION,
  MOST_REDIS,
  MOST_VALKEY,
  OPCODE_AUX,
  OPCODE_DATABASE,
  OPCODE_END,
  OPCODE_EXPIRY_MS,
  OPCODE_EXPIRY_SECONDS,
  OPCODE_FREQUENCY,
  OPCODE_FUNCTION,
  OPCODE_IDLE,
  OPCODE_MODULE_AUX,
  OPCODE_OLD_FUNCTION,
  OPCODE_RESIZE,
  OPCODE_SLOT_IMPORT,
  OPCODE_SLOT_INFO,
  RdbEmpty,
  RdbProblem,
} from './format.ts';
import type { ValueSink } from './sink.ts';
import { type RdbSource, RdbText } from './source.ts';
import { ValueReader } from './value-reader.ts';

const MAGIC_BYTES = 9;
const MODULE_END = 0;
/** The kind of a number that says when a module's part was written. */
const MODULE_UNSIGNED = 2;

/** What is known of a key before its value. */
export interface FileKey {
  readonly database: number;
  readonly key: RdbText;
  /** Unix time in ms; 0: none. */
  readonly expiresAtMs: number;
  /** In seconds; below 0 where the file does not tell. */
  readonly idleSeconds: number;
  /** Of an LFU counter; below 0 where the file does not tell. */
  readonly frequency: number;
}

export interface FileSink {
  /** The text of a library of functions. */
  library(code: RdbText): void;
  /** Where the value of a key goes. */
  key(key: FileKey): ValueSink;
  /** The value of the last key is complete. */
  done(): void;
  /** The last key was an empty collection, and is none. */
  empty(): void;
}

/** Reads all of it. Returns the version of the file. */
export function readFile(source: RdbSource, sink: FileSink): number {
  return new FileReader(source, sink).read();
}

class FileReader {
  readonly #source: RdbSource;
  readonly #sink: FileSink;
  readonly #values = new ValueReader();
  readonly #text = new RdbText();
  readonly #key = new RdbText();
  #version = 0;
  #database = 0;
  #expiresAtMs = 0;
  #idleSeconds = -1;
  #frequency = -1;

  constructor(source: RdbSource, sink: FileSink) {
    this.#source = source;
    this.#sink = sink;
  }

  read(): number {
    const source = this.#source;
    this.#version = this.#readMagic();
    for (;;) {
      const type = source.byte();
      if (type === OPCODE_END) break;
      if (!this.#between(type)) this.#readKey(type);
    }
    const sum = source.sum;
    const stored = source.long();
    // 0: written without checksums.
    if (stored !== 0n && stored !== sum) throw new RdbProblem('its checksum is wrong');
    if (source.left > 0) throw new RdbProblem('there is more behind its end');
    return this.#version;
  }

  #readMagic(): number {
    const source = this.#source;
    if (source.left < MAGIC_BYTES) throw new RdbProblem('it is no snapshot file');
    source.plain(this.#text, MAGIC_BYTES);
    const magic = this.#text.toText();
    const found = /^(?:REDIS(\d{4})|VALKEY(\d{3}))$/.exec(magic);
    if (found === null) throw new RdbProblem('it is no snapshot file');
    const version = Number(found[1] ?? found[2]);
    const isRight =
      found[1] === undefined
        ? version >= FIRST_VALKEY_9 && version <= MOST_VALKEY
        : version >= LEAST_VERSION && version <= MOST_REDIS;
    if (!isRight) throw new RdbProblem(`its version, ${magic}, is not one that this can read`);
    return version;
  }

  /** What is no key. */
  #between(type: number): boolean {
    const source = this.#source;
    if (type < OPCODE_SLOT_IMPORT) return false;
    if (type === OPCODE_EXPIRY_MS) this.#setExpiry(source.time());
    else if (type === OPCODE_EXPIRY_SECONDS) this.#setExpiry(1000 * source.seconds());
    else if (type === OPCODE_IDLE) this.#idleSeconds = source.size();
    else if (type === OPCODE_FREQUENCY) this.#frequency = source.byte();
    else if (type === OPCODE_DATABASE) this.#database = source.size();
    else if (type === OPCODE_RESIZE) this.#skipNumbers(2);
    else if (type === OPCODE_SLOT_INFO && this.#version < FIRST_VALKEY_9) this.#skipNumbers(3);
    else if (type === OPCODE_AUX) {
      source.string(this.#text);
      source.string(this.#text);
    } else if (type === OPCODE_FUNCTION) {
      source.string(this.#text);
      this.#sink.library(this.#text);
    } else if (type === OPCODE_OLD_FUNCTION) {
      throw new RdbProblem("it holds functions in the form of Redis 7.0's candidates");
    } else if (type === OPCODE_MODULE_AUX) this.#moduleAux();
    else throw new RdbProblem(`it holds the unknown part ${type}`);
    return true;
  }

  #setExpiry(timeMs: number): void {
    // A time before 1970 is past as any other.
    this.#expiresAtMs = Math.max(1, timeMs);
  }

  #skipNumbers(count: number): void {
    for (let left = count; left > 0; left--) this.#source.size();
  }

  /** What a module keeps beside keys: nothing is lost where that is empty. */
  #moduleAux(): void {
    const source = this.#source;
    source.wide();
    const hasTime = source.size() === MODULE_UNSIGNED;
    if (hasTime) source.size();
    if (!hasTime || source.size() !== MODULE_END) {
      throw new RdbProblem('it holds data of a module, which this has not');
    }
  }

  #readKey(type: number): void {
    const source = this.#source;
    source.string(this.#key);
    this.#key.keep();
    const values = this.#sink.key({
      database: this.#database,
      key: this.#key,
      expiresAtMs: this.#expiresAtMs,
      idleSeconds: this.#idleSeconds,
      frequency: this.#frequency,
    });
    try {
      this.#values.read(type, source, this.#version, values);
      this.#sink.done();
    } catch (error) {
      if (!(error instanceof RdbEmpty)) throw error;
      this.#sink.empty();
    }
    this.#expiresAtMs = 0;
    this.#idleSeconds = -1;
    this.#frequency = -1;
  }
}
