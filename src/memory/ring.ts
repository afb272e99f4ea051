/**
 * A one-way queue of records between two threads in shared memory: one writer, one reader, no locks. Any thread. It
 * must not know what records mean. A record is six integers and some bytes; it never wraps around the end, so the
 * reader lends the bytes where they lie.
 *
 * Layout: Int32 words [0] head (read position), [1] tail (write position), [2] whether the writer waits for room, then
 * the data from byte 64 on. Positions grow without bound modulo 2^32 and are masked with the capacity, a power of two.
 */
import { copyBytes } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';

const DATA_AT = 64;
/** length in bytes, kind, a, b, c, d, payload length, unused: kept at 8 words so that payloads are aligned. */
const HEADER_WORDS = 8;
const HEADER_BYTES = HEADER_WORDS * 4;
const KIND_PAD = 0;

/** Bytes of a SharedArrayBuffer for a ring that holds `capacity` bytes, a power of two. */
export function ringBytes(capacity: number): number {
  return DATA_AT + capacity;
}

export interface RecordHandler {
  /** `bytes[start, end)` is lent for the length of the call. Kinds begin at 1. */
  record(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

class RingMemory {
  readonly positions: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly capacity: number;
  readonly mask: number;

  constructor(buffer: SharedArrayBuffer) {
    this.capacity = buffer.byteLength - DATA_AT;
    assert((this.capacity & (this.capacity - 1)) === 0, 'a ring holds a power of two of bytes');
    this.mask = this.capacity - 1;
    this.positions = new Int32Array(buffer, 0, 3);
    this.words = new Int32Array(buffer, DATA_AT);
    this.bytes = new Uint8Array(buffer, DATA_AT);
  }
}

export class RingWriter {
  readonly #memory: RingMemory;
  #tail: number;

  constructor(buffer: SharedArrayBuffer) {
    this.#memory = new RingMemory(buffer);
    this.#tail = Atomics.load(this.#memory.positions, 1);
  }

  /** Longest payload of one record. */
  get maxPayloadBytes(): number {
    return this.#memory.capacity / 4 - HEADER_BYTES;
  }

  /** The reader is to say when it has made room. Call it, and then try once more: the room may be there already. */
  askForRoom(): void {
    Atomics.store(this.#memory.positions, 2, 1);
  }

  /** Copies one record in. False, and nothing written, when there is no room now. */
  write(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const { capacity, mask, words, positions } = this.#memory;
    const payload = end - start;
    const length = (HEADER_BYTES + payload + 31) & ~31;
    const used = (this.#tail - Atomics.load(positions, 0)) | 0;
    let at = this.#tail & mask;
    const toEnd = capacity - at;
    const pad = toEnd < length ? toEnd : 0;
    if (capacity - used < length + pad) return false;
    if (pad > 0) {
      words[at >> 2] = pad;
      words[(at >> 2) + 1] = KIND_PAD;
      at = 0;
    }
    const word = at >> 2;
    words[word] = length;
    words[word + 1] = kind;
    words[word + 2] = a;
    words[word + 3] = b;
    words[word + 4] = c;
    words[word + 5] = d;
    words[word + 6] = payload;
    copyBytes(bytes, start, end, this.#memory.bytes, at + HEADER_BYTES);
    this.#tail = (this.#tail + pad + length) | 0;
    Atomics.store(positions, 1, this.#tail);
    return true;
  }
}

export class RingReader {
  readonly #memory: RingMemory;
  #head: number;

  constructor(buffer: SharedArrayBuffer) {
    this.#memory = new RingMemory(buffer);
    this.#head = Atomics.load(this.#memory.positions, 0);
  }

  /** There is something to be drained. */
  get hasRecords(): boolean {
    return this.#head !== Atomics.load(this.#memory.positions, 1);
  }

  /** Whether the writer has asked for room since the last time. */
  takeRoomWish(): boolean {
    const { positions } = this.#memory;
    return Atomics.load(positions, 2) !== 0 && Atomics.exchange(positions, 2, 0) !== 0;
  }

  /** Hands over every record that is there, and returns how many. Each is free to be overwritten after its call. */
  drain(handler: RecordHandler): number {
    const { mask, words, positions, bytes } = this.#memory;
    let count = 0;
    while (this.#head !== Atomics.load(positions, 1)) {
      const at = this.#head & mask;
      const word = at >> 2;
      const length = words[word];
      const kind = words[word + 1];
      if (kind !== KIND_PAD) {
        const start = at + HEADER_BYTES;
        const end = start + words[word + 6];
        handler.record(
          kind,
          words[word + 2],
          words[word + 3],
          words[word + 4],
          words[word + 5],
          bytes,
          start,
          end,
        );
        count += 1;
      }
      this.#head = (this.#head + length) | 0;
      Atomics.store(positions, 0, this.#head);
    }
    return count;
  }
}
