/**
 * Finds where replies end in what a server sends: RESP2 and RESP3, with attributes, pushes and streamed values.
 * Runs on the worker that owns the upstream connection. Keeps counters, never bytes: replies pass through as they are.
 * Must not know commands or connections.
 */
import { asciiBytes } from '../base/bytes.ts';
import {
  CR,
  LF,
  MAX_DEPTH,
  STREAMED,
  TYPE_ARRAY,
  TYPE_ATTRIBUTE,
  TYPE_BULK,
  TYPE_CHUNK,
  TYPE_END,
  TYPE_MAP,
  TYPE_NULL,
  TYPE_PUSH,
  TYPE_SET,
} from './constants.ts';

/** Results of `scan` that are not offsets. */
export const REPLY_CONTINUES = -1;
export const REPLY_INVALID = -2;

/** No string and no number of elements may be longer. `proto-max-bulk-len` cannot be set so high in practice. */
const MAX_LENGTH = 0xffffffff;

/** What the next byte belongs to. */
const PHASE_TYPE = 0;
const PHASE_LINE = 1;
const PHASE_LENGTH = 2;
const PHASE_LENGTH_LF = 3;
const PHASE_PAYLOAD = 4;

/** What an open aggregate is. Streamed ones count elements up, the others down. */
const KIND_PLAIN = 0;
/** A push inside of something, not known yet whether it counts as an element, see below. */
const KIND_PUSH = 1;
/** No element of what it stands in. */
const KIND_ATTRIBUTE = 2;
const KIND_STREAMED = 3;
const KIND_STREAMED_PAIRS = 4;
const KIND_STREAMED_TEXT = 5;

/**
 * Pushes inside of replies: the confirmation of a SUBSCRIBE between MULTI and EXEC is an element of EXEC's reply, and
 * messages that the transaction sends to its own client stand between the elements (Redis 7.0; later servers send them
 * behind the reply). Confirmations have three elements and begin with `subscribe` or a longer word.
 */
export const CONFIRMATION_ELEMENTS = 3;
export const CONFIRMATION_LENGTH = 9;

/** How the scanner treats a type byte. */
const CLASS_NONE = 0;
const CLASS_LINE = 1;
const CLASS_TEXT = 2;
const CLASS_AGGREGATE = 3;

const CLASSES = new Uint8Array(256);
for (const type of asciiBytes('+-:,#(_.')) CLASSES[type] = CLASS_LINE;
for (const type of asciiBytes('$!=;')) CLASSES[type] = CLASS_TEXT;
for (const type of asciiBytes('*%~>|')) CLASSES[type] = CLASS_AGGREGATE;

/** One per upstream connection. */
export class ReplyScanner {
  /**
   * Type byte of the reply being scanned or just completed, attributes passed over; 0 while it is not known.
   * Set by the scanner alone.
   */
  type = 0;
  /** After REPLY_INVALID: what was wrong. For logs. */
  error = '';
  /** True between the first byte of a reply and its end. Set by the scanner alone. */
  isInside = false;

  #phase = PHASE_TYPE;
  /** Type byte of the value whose line or payload is being read. */
  #current = 0;
  /** PHASE_LENGTH: the value so far. PHASE_PAYLOAD: bytes left, CRLF included. */
  #number = 0;
  /** Characters of the line so far. */
  #characters = 0;
  #isNegative = false;
  #isStreamed = false;
  /** The last byte of the line so far was CR. */
  #sawReturn = false;
  /** The step just made completed a value, rather than opened an aggregate or passed over a part. */
  #isValue = false;
  #depth = 0;
  /** By depth: elements left, or for streamed aggregates elements seen. */
  readonly #counts: number[] = [0];
  readonly #kinds: number[] = [KIND_PLAIN];

  /** Of a reply in progress: bytes that its string in progress lacks. */
  get remainingBytes(): number {
    return this.isInside && this.#phase === PHASE_PAYLOAD ? this.#number : 0;
  }

  /** As new: for another connection. */
  reset(): void {
    this.type = 0;
    this.error = '';
    this.isInside = false;
    this.#phase = PHASE_TYPE;
    this.#depth = 0;
  }

  /**
   * Reads `bytes[start, end)`, which begins a reply or continues the one in progress. Returns the offset after the
   * reply's end; REPLY_CONTINUES when all bytes belong to a reply that goes on; REPLY_INVALID on a protocol error,
   * which is final until `reset`.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    if (this.error !== '') return REPLY_INVALID;
    if (start >= end) return REPLY_CONTINUES;
    if (!this.isInside) {
      this.isInside = true;
      this.type = 0;
    }
    let at = start;
    for (;;) {
      at = this.#phase === PHASE_TYPE ? this.#beginValue(bytes, at, end) : this.#resumeValue(bytes, at, end);
      if (at < 0) return at;
      if (this.#isValue && this.#closeValue()) {
        this.isInside = false;
        return at;
      }
    }
  }

  #fail(error: string): number {
    this.error = error;
    return REPLY_INVALID;
  }

  /** Counts a completed value in what encloses it. True when nothing does: the reply is complete. */
  #closeValue(): boolean {
    for (;;) {
      const depth = this.#depth;
      if (depth === 0) return true;
      const kind = this.#kinds[depth] as number;
      if (kind > KIND_ATTRIBUTE) {
        this.#counts[depth] = (this.#counts[depth] as number) + 1;
        return false;
      }
      const left = (this.#counts[depth] as number) - 1;
      this.#counts[depth] = left;
      if (left > 0) return false;
      this.#depth = depth - 1;
      // An attribute is no value itself: the value it belongs to follows. Nor is a message to a client in EXEC.
      if (kind !== KIND_PLAIN) return false;
    }
  }

  /** At a type byte. Does the whole value at once where its line and payload are there. */
  #beginValue(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return REPLY_CONTINUES;
    const type = bytes[start] as number;
    const group = CLASSES[type] as number;
    if (this.#depth === 0) {
      if (type !== TYPE_ATTRIBUTE) this.type = type;
      if (group === CLASS_NONE || type === TYPE_END || type === TYPE_CHUNK)
        return this.#fail('unknown reply type');
    } else if (!this.#isAllowedInside(type, group)) {
      return this.#fail('reply type out of place');
    }
    this.#current = type;
    let at = start + 1;
    if (group === CLASS_LINE) {
      while (at < end && bytes[at] !== CR) at++;
      if (at + 1 < end && bytes[at + 1] === LF) return this.#endLine(at + 2, at - start - 1);
      this.#phase = PHASE_LINE;
      this.#characters = 0;
      this.#sawReturn = false;
      return this.#resumeLine(bytes, start + 1, end);
    }
    let number = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    const digits = at - start - 1;
    if (digits > 0 && digits < 10 && at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) {
      return this.#sized(bytes, at + 2, end, number);
    }
    this.#phase = PHASE_LENGTH;
    this.#number = 0;
    this.#characters = 0;
    this.#isNegative = false;
    this.#isStreamed = false;
    return this.#resumeLength(bytes, start + 1, end);
  }

  #isAllowedInside(type: number, group: number): boolean {
    const kind = this.#kinds[this.#depth] as number;
    if (kind === KIND_STREAMED_TEXT) return type === TYPE_CHUNK;
    if (type === TYPE_END) {
      if (kind === KIND_STREAMED_PAIRS) return (this.#counts[this.#depth] as number) % 2 === 0;
      return kind === KIND_STREAMED;
    }
    return group !== CLASS_NONE && type !== TYPE_CHUNK;
  }

  #resumeValue(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return REPLY_CONTINUES;
    switch (this.#phase) {
      case PHASE_LINE:
        return this.#resumeLine(bytes, start, end);
      case PHASE_LENGTH:
        return this.#resumeLength(bytes, start, end);
      case PHASE_LENGTH_LF:
        return this.#endLength(bytes, start, end);
      default:
        return this.#resumePayload(bytes, start, end);
    }
  }

  /** A line ends at the first CRLF; a lone CR belongs to it. */
  #resumeLine(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === LF && this.#sawReturn) return this.#endLine(at + 1, this.#characters - 1);
      this.#sawReturn = byte === CR;
      this.#characters++;
    }
    return REPLY_CONTINUES;
  }

  /** `at` is after the line of `characters` characters, type byte and CRLF not counted. */
  #endLine(at: number, characters: number): number {
    this.#phase = PHASE_TYPE;
    this.#sawReturn = false;
    this.#isValue = true;
    if (this.#current === TYPE_END) {
      if (characters > 0) return this.#fail('malformed end of a streamed aggregate');
      this.#depth--;
    } else if (this.#current === TYPE_NULL && characters > 0) {
      return this.#fail('malformed null');
    }
    return at;
  }

  #resumeLength(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x30 && byte <= 0x39 && !this.#isStreamed) {
        this.#number = this.#number * 10 + byte - 0x30;
        if (this.#number > MAX_LENGTH) return this.#fail('length out of range');
      } else if (byte === 0x2d && this.#characters === 0) {
        this.#isNegative = true;
      } else if (byte === STREAMED && this.#characters === 0) {
        this.#isStreamed = true;
      } else if (byte === CR && this.#characters > (this.#isNegative ? 1 : 0)) {
        this.#phase = PHASE_LENGTH_LF;
        return this.#endLength(bytes, at + 1, end);
      } else {
        return this.#fail('malformed length');
      }
      if (++this.#characters > 12) return this.#fail('malformed length');
    }
    return REPLY_CONTINUES;
  }

  #endLength(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return REPLY_CONTINUES;
    if (bytes[start] !== LF) return this.#fail('malformed length');
    this.#phase = PHASE_TYPE;
    if (this.#isStreamed) return this.#openStreamed(start + 1);
    if (!this.#isNegative) return this.#sized(bytes, start + 1, end, this.#number);
    if (this.#number !== 1 || (this.#current !== TYPE_BULK && this.#current !== TYPE_ARRAY)) {
      return this.#fail('negative length');
    }
    this.#isValue = true;
    return start + 1;
  }

  /** The length of `#current` is known; `at` is after its line. */
  #sized(bytes: Uint8Array, at: number, end: number, length: number): number {
    this.#phase = PHASE_TYPE;
    const type = this.#current;
    if (CLASSES[type] === CLASS_AGGREGATE) {
      this.#isValue = length === 0 && type !== TYPE_ATTRIBUTE;
      if (length === 0) return at;
      const count = type === TYPE_MAP || type === TYPE_ATTRIBUTE ? length * 2 : length;
      return this.#open(at, this.#kindOf(type, count), count);
    }
    if (this.#kinds[this.#depth] === KIND_PUSH) this.#endDoubt(length);
    this.#isValue = type !== TYPE_CHUNK;
    if (type === TYPE_CHUNK && length === 0) {
      this.#depth--;
      this.#isValue = true;
      return at;
    }
    const payloadEnd = at + length;
    if (payloadEnd + 2 <= end) {
      if (bytes[payloadEnd] === CR && bytes[payloadEnd + 1] === LF) return payloadEnd + 2;
      return this.#fail('string not followed by CRLF');
    }
    this.#phase = PHASE_PAYLOAD;
    this.#number = length + 2;
    return this.#resumePayload(bytes, at, end);
  }

  #kindOf(type: number, count: number): number {
    if (type === TYPE_ATTRIBUTE) return KIND_ATTRIBUTE;
    if (type !== TYPE_PUSH || this.#depth === 0) return KIND_PLAIN;
    return count === CONFIRMATION_ELEMENTS ? KIND_PUSH : KIND_ATTRIBUTE;
  }

  /** The first string of a push inside of something has this length. */
  #endDoubt(length: number): void {
    const isFirst = this.#counts[this.#depth] === CONFIRMATION_ELEMENTS;
    this.#kinds[this.#depth] = isFirst && length >= CONFIRMATION_LENGTH ? KIND_PLAIN : KIND_ATTRIBUTE;
  }

  #resumePayload(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#number > 2) {
      const skipped = Math.min(this.#number - 2, end - at);
      at += skipped;
      this.#number -= skipped;
    }
    for (; at < end; at++) {
      if (bytes[at] !== (this.#number === 2 ? CR : LF)) return this.#fail('string not followed by CRLF');
      if (--this.#number > 0) continue;
      this.#phase = PHASE_TYPE;
      this.#isValue = this.#current !== TYPE_CHUNK;
      return at + 1;
    }
    return REPLY_CONTINUES;
  }

  #openStreamed(at: number): number {
    switch (this.#current) {
      case TYPE_BULK:
        return this.#open(at, KIND_STREAMED_TEXT, 0);
      case TYPE_ARRAY:
      case TYPE_SET:
        return this.#open(at, KIND_STREAMED, 0);
      case TYPE_MAP:
        return this.#open(at, KIND_STREAMED_PAIRS, 0);
      default:
        return this.#fail('type cannot be streamed');
    }
  }

  #open(at: number, kind: number, count: number): number {
    if (this.#depth >= MAX_DEPTH) return this.#fail('nested too deeply');
    this.#depth++;
    this.#kinds[this.#depth] = kind;
    this.#counts[this.#depth] = count;
    this.#isValue = false;
    return at;
  }
}
