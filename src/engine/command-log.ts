/**
 * A log of commands that were slow or large, on whichever worker: entries in order of time, in shared memory. Each is
 * kept as the bytes of its reply, which are the same in both protocols. The oldest give way when there are more than
 * the setting says, or when the memory is full. Any worker thread; everything takes the log's lock.
 */
import { copyBytes } from '../base/bytes.ts';
import type { LockOwner } from '../memory/lock.ts';
import { FrameWriter } from '../resp/encode.ts';

// The header, in words; the number of the last entry is the double behind them.
const LOCK = 0;
const COUNT = 1;
const FIRST = 2;
const END = 3;
const WORDS = 4;
const HEADER_BYTES = WORDS * 4 + 8;
/** An entry takes 6 KiB at most and a tenth of that usually. Memory that nobody has written is not there. */
const DATA_BYTES = 4 * 1024 * 1024;
/** Stands in place of a length where the entries go on at the beginning. */
const WRAPPED = 0xffff_ffff;
const LENGTH_BYTES = 4;
const NO_ALARM = new Int32Array(0);

export const COMMAND_LOG_BYTES: number = HEADER_BYTES + DATA_BYTES;

export class CommandLog {
  readonly #words: Int32Array;
  readonly #lastId: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #owner: LockOwner;
  readonly #head = new FrameWriter(128);

  constructor(memory: SharedArrayBuffer, owner: LockOwner) {
    this.#words = new Int32Array(memory, 0, WORDS);
    this.#lastId = new Float64Array(memory, WORDS * 4, 1);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
    this.#view = new DataView(memory, HEADER_BYTES);
    this.#owner = owner;
  }

  /** Adds an entry. `rest` is what stands behind its number, time and value: three elements. */
  push(seconds: number, value: number, rest: FrameWriter, most: number): void {
    this.#enter();
    const head = this.#head;
    head.reset();
    head.array(6);
    head.integer(this.#lastId[0]);
    head.integer(seconds);
    head.integer(value);
    this.#lastId[0] += 1;
    const length = head.length + rest.length;
    const at = this.#makeRoom(LENGTH_BYTES + length);
    this.#view.setUint32(at, length, true);
    copyBytes(head.bytes, 0, head.length, this.#bytes, at + LENGTH_BYTES);
    copyBytes(rest.bytes, 0, rest.length, this.#bytes, at + LENGTH_BYTES + head.length);
    this.#words[END] = at + LENGTH_BYTES + length;
    this.#words[COUNT] += 1;
    this.#trim(most);
    this.#leave();
  }

  /** Drops what is more than that. */
  trim(most: number): void {
    if (this.length <= most) return;
    this.#enter();
    this.#trim(most);
    this.#leave();
  }

  get length(): number {
    return Atomics.load(this.#words, COUNT);
  }

  clear(): void {
    this.#enter();
    this.#trim(0);
    this.#leave();
  }

  /** Cold: for administration. Writes an array of the newest `count` entries, the newest first. */
  write(writer: FrameWriter, count: number): void {
    this.#enter();
    const starts: number[] = [];
    let at = this.#words[FIRST];
    for (let left = this.#words[COUNT]; left > 0; left--) {
      at = this.#entryAt(at);
      starts.push(at);
      at += LENGTH_BYTES + this.#view.getUint32(at, true);
    }
    const wanted = count < starts.length ? count : starts.length;
    writer.array(wanted);
    for (let index = starts.length - 1; index >= starts.length - wanted; index--) {
      const start = starts[index] + LENGTH_BYTES;
      writer.raw(this.#bytes, start, start + this.#view.getUint32(starts[index], true));
    }
    this.#leave();
  }

  #trim(most: number): void {
    while (this.#words[COUNT] > most) this.#dropOldest();
  }

  #dropOldest(): void {
    const words = this.#words;
    const at = this.#entryAt(words[FIRST]);
    words[COUNT] -= 1;
    const isEmpty = words[COUNT] === 0;
    words[FIRST] = isEmpty ? 0 : at + LENGTH_BYTES + this.#view.getUint32(at, true);
    if (isEmpty) words[END] = 0;
  }

  /** Where the entry that begins at or behind `at` really is. */
  #entryAt(at: number): number {
    const isBehind = at + LENGTH_BYTES > DATA_BYTES || this.#view.getUint32(at, true) === WRAPPED;
    return isBehind ? 0 : at;
  }

  /** Where an entry of so many bytes may stand: behind the newest, or at the beginning. */
  #makeRoom(bytes: number): number {
    const words = this.#words;
    for (;;) {
      const [first, end] = [words[FIRST], words[END]];
      const isEmpty = words[COUNT] === 0;
      const isWhole = isEmpty || end > first;
      if (isWhole && DATA_BYTES - end >= bytes) return end;
      if (isWhole && first > bytes) {
        if (end + LENGTH_BYTES <= DATA_BYTES) this.#view.setUint32(end, WRAPPED, true);
        return 0;
      }
      if (!isWhole && first - end > bytes) return end;
      this.#dropOldest();
    }
  }

  #enter(): void {
    this.#owner.lockUnless(this.#words, LOCK, NO_ALARM, 0);
  }

  #leave(): void {
    this.#owner.unlockWord(this.#words, LOCK);
  }
}
