/**
 * Both directions between this thread and one other: records that always get through, in order. What finds the ring
 * full waits here; payloads longer than a record may be are cut and put together again. Worker thread.
 */

import { copyOf } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import { type RecordHandler, RingReader, RingWriter } from './ring.ts';

interface Waiting {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly bytes: Uint8Array;
}

/** Wakes the other thread, which then receives. */
export interface Wakes {
  wake(): void;
}

/** Added to the kind of a record whose payload goes on in the next one. */
const CONTINUES = 0x100;

export class RingLink implements RecordHandler {
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #waker: Wakes;
  readonly #handler: RecordHandler;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #wrote = false;
  #part: FrameWriter | undefined = undefined;

  constructor(out: SharedArrayBuffer, inward: SharedArrayBuffer, waker: Wakes, handler: RecordHandler) {
    this.#writer = new RingWriter(out);
    this.#reader = new RingReader(inward);
    this.#waker = waker;
    this.#handler = handler;
  }

  /** Bytes that have not found room in the ring. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  send(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const most = this.#writer.maxPayloadBytes;
    let from = start;
    while (end - from > most) {
      this.#put(kind | CONTINUES, a, b, c, d, bytes, from, from + most);
      from += most;
    }
    this.#put(kind, a, b, c, d, bytes, from, end);
  }

  /** Something has come. */
  get hasRecords(): boolean {
    return this.#reader.hasRecords;
  }

  /** Hands over everything that has come. */
  receive(): number {
    const count = this.#reader.drain(this);
    if (count > 0 && this.#reader.takeRoomWish()) this.#wrote = true;
    return count;
  }

  /** At the end of a batch: moves what waited into the ring, and wakes the other side if there is news for it. */
  flush(): void {
    let moved = 0;
    for (; moved < this.#waiting.length; moved++) {
      const { kind, a, b, c, d, bytes } = this.#waiting[moved];
      if (!this.#write(kind, a, b, c, d, bytes, 0, bytes.length)) break;
      this.#waitingBytes -= bytes.length;
      this.#wrote = true;
    }
    if (moved > 0) this.#waiting.splice(0, moved);
    if (!this.#wrote) return;
    this.#wrote = false;
    this.#waker.wake();
  }

  record(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if ((kind & CONTINUES) !== 0) {
      this.#part ??= new FrameWriter(end - start);
      this.#part.raw(bytes, start, end);
      return;
    }
    const part = this.#part;
    if (part === undefined) {
      this.#handler.record(kind, a, b, c, d, bytes, start, end);
      return;
    }
    this.#part = undefined;
    part.raw(bytes, start, end);
    this.#handler.record(kind, a, b, c, d, part.bytes, 0, part.length);
  }

  /** False: there is no room, and the other side will wake this one when there is. */
  #write(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.#writer.write(kind, a, b, c, d, bytes, start, end)) return true;
    this.#writer.askForRoom();
    return this.#writer.write(kind, a, b, c, d, bytes, start, end);
  }

  #put(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (this.#waiting.length === 0 && this.#write(kind, a, b, c, d, bytes, start, end)) {
      this.#wrote = true;
      return;
    }
    this.#waiting.push({ kind, a, b, c, d, bytes: copyOf(bytes, start, end) });
    this.#waitingBytes += end - start;
    this.#wrote = true;
  }
}
