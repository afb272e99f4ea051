/**
 * Turns the bytes of one reply into a tree of spans. `reply.ts` is the door to it. Any thread. Must not know commands.
 */

import { copyBytes } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import {
  CR,
  LF,
  STREAMED,
  TYPE_ARRAY,
  TYPE_ATTRIBUTE,
  TYPE_BLOB_ERROR,
  TYPE_BULK,
  TYPE_END,
  TYPE_MAP,
  TYPE_NULL,
  TYPE_PUSH,
  TYPE_SET,
  TYPE_VERBATIM,
} from './constants.ts';
import { FrameWriter } from './encode.ts';
import { CONFIRMATION_ELEMENTS, CONFIRMATION_LENGTH, ReplyScanner } from './scan-reply.ts';

export interface Reply {
  /** Type byte, see `constants.ts`. Attributes are passed over; a streamed string is a bulk string. */
  readonly type: number;
  /** `bytes[start, end)` is the value with its framing, without attributes before it. */
  readonly start: number;
  readonly end: number;
  /** Payload of a value that is not an aggregate, without framing and without the `txt:` of a verbatim string. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** `_`, `$-1` or `*-1`. */
  readonly isNull: boolean;
  /** Elements of an array, set or push; keys and values in turn of a map. Empty for everything else. */
  readonly items: readonly Reply[];
  /** What the offsets refer to: the array given to `decodeReply`, or a copy where a streamed string was joined. */
  readonly bytes: Uint8Array;
}

/**
 * Deeper aggregates are not opened: they become a bulk string whose payload is their wire form. So code that walks a
 * reply may recurse. No command of a server nests deeper than a dozen; scripts can.
 */
const MAX_DECODED_DEPTH = 128;

const NO_ITEMS: readonly Reply[] = [];

interface OpenAggregate {
  readonly type: number;
  readonly start: number;
  readonly items: Reply[];
  /** Elements still to come; negative for a streamed aggregate, which ends with '.'. */
  left: number;
}

/** An aggregate or a null. */
function makeReply(
  bytes: Uint8Array,
  type: number,
  start: number,
  end: number,
  isNull: boolean,
  items: readonly Reply[],
): Reply {
  return { type, start, end, valueStart: end, valueEnd: end, isNull, items, bytes };
}

/** A value whose payload is `bytes[valueStart, valueEnd)`. */
function makeScalar(
  bytes: Uint8Array,
  type: number,
  start: number,
  end: number,
  valueStart: number,
  valueEnd: number,
): Reply {
  return { type, start, end, valueStart, valueEnd, isNull: type === TYPE_NULL, items: NO_ITEMS, bytes };
}

/** Offset of the first CRLF at or after `start`. */
function lineEndAt(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at + 1 < end && (bytes[at] !== CR || bytes[at + 1] !== LF)) at++;
  assert(at + 1 < end, 'decoding a reply that is not complete');
  return at;
}

/** Like `parseInteger`, but with leading zeros allowed, as the scanner allows them in lengths. */
function lengthAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  if (bytes[start] === 0x2d) return -1;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] as number) - 0x30;
  return value;
}

/** Joins a streamed string; `start` is after its `$?` line. Returns the bulk string and where the pieces end. */
function joinStreamed(bytes: Uint8Array, start: number, end: number): { reply: Reply; next: number } {
  const pieces: number[] = [];
  let length = 0;
  let at = start;
  for (;;) {
    const lineEnd = lineEndAt(bytes, at, end);
    const pieceLength = lengthAt(bytes, at + 1, lineEnd);
    at = lineEnd + 2;
    if (pieceLength === 0) break;
    assert(at + pieceLength + 2 <= end, 'decoding a streamed string that is not complete');
    pieces.push(at, at + pieceLength);
    length += pieceLength;
    at += pieceLength + 2;
  }
  const joined = new Uint8Array(length);
  let written = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    copyBytes(bytes, pieces[index] as number, pieces[index + 1] as number, joined, written);
    written += (pieces[index + 1] as number) - (pieces[index] as number);
  }
  const writer = new FrameWriter(length + 16);
  writer.bulk(joined, 0, length);
  return { reply: decodeReply(writer.bytes, 0, writer.length), next: at };
}

/** A value that is no aggregate. `lineEnd` is the end of its first line. */
function decodeScalar(bytes: Uint8Array, start: number, lineEnd: number, end: number): Reply {
  const type = bytes[start] as number;
  const hasLength = type === TYPE_BULK || type === TYPE_BLOB_ERROR || type === TYPE_VERBATIM;
  if (!hasLength) return makeScalar(bytes, type, start, lineEnd + 2, start + 1, lineEnd);
  const length = lengthAt(bytes, start + 1, lineEnd);
  if (length < 0) return makeReply(bytes, type, start, lineEnd + 2, true, NO_ITEMS);
  let valueStart = lineEnd + 2;
  const valueEnd = valueStart + length;
  assert(valueEnd + 2 <= end, 'decoding a string that is not complete');
  if (type === TYPE_VERBATIM && length >= 4 && bytes[valueStart + 3] === 0x3a) valueStart += 4;
  return makeScalar(bytes, type, start, valueEnd + 2, valueStart, valueEnd);
}

function isAggregate(type: number): boolean {
  return (
    type === TYPE_ARRAY ||
    type === TYPE_MAP ||
    type === TYPE_SET ||
    type === TYPE_PUSH ||
    type === TYPE_ATTRIBUTE
  );
}

/** Whether a push counts as an element of what it stands in, as for the scanner. */
function isConfirmation(items: readonly Reply[]): boolean {
  if (items.length !== CONFIRMATION_ELEMENTS) return false;
  return items[0].type === TYPE_BULK && items[0].valueEnd - items[0].valueStart >= CONFIRMATION_LENGTH;
}

/** Decoder with its own stack, so that depth costs no call frames. */
class Decoder {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #open: OpenAggregate[] = [];
  #at: number;
  #result: Reply | undefined;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  run(): Reply {
    while (this.#result === undefined) this.#step();
    return this.#result;
  }

  #step(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    assert(start < this.#end, 'decoding a reply that is not complete');
    const type = bytes[start] as number;
    const lineEnd = lineEndAt(bytes, start + 1, this.#end);
    if (type === TYPE_END) {
      this.#at = lineEnd + 2;
      this.#close();
    } else if (isAggregate(type)) {
      this.#aggregate(type, start, lineEnd);
    } else if (bytes[start + 1] === STREAMED && type === TYPE_BULK) {
      const joined = joinStreamed(bytes, lineEnd + 2, this.#end);
      this.#at = joined.next;
      this.#add(joined.reply);
    } else {
      const reply = decodeScalar(bytes, start, lineEnd, this.#end);
      this.#at = reply.end;
      this.#add(reply);
    }
  }

  #aggregate(type: number, start: number, lineEnd: number): void {
    const bytes = this.#bytes;
    this.#at = lineEnd + 2;
    const isStreamed = bytes[start + 1] === STREAMED;
    const length = isStreamed ? -1 : lengthAt(bytes, start + 1, lineEnd);
    if (!isStreamed && length <= 0) {
      if (type === TYPE_ATTRIBUTE) return;
      this.#add(makeReply(bytes, type, start, this.#at, length < 0, NO_ITEMS));
      return;
    }
    if (this.#open.length >= MAX_DECODED_DEPTH) {
      this.#at = new ReplyScanner().scan(bytes, start, this.#end);
      assert(this.#at > start, 'decoding a reply that is not complete');
      this.#add(makeScalar(bytes, TYPE_BULK, start, this.#at, start, this.#at));
      return;
    }
    const left = type === TYPE_MAP || type === TYPE_ATTRIBUTE ? length * 2 : length;
    this.#open.push({ type, start, items: [], left });
  }

  /** Puts a value where it belongs, and closes what it completes. */
  #add(reply: Reply): void {
    const parent = this.#open[this.#open.length - 1];
    if (parent === undefined) {
      this.#result = reply;
      return;
    }
    if (parent.type !== TYPE_ATTRIBUTE) parent.items.push(reply);
    if (--parent.left === 0) this.#close();
  }

  #close(): void {
    const closed = this.#open.pop();
    assert(closed !== undefined, 'decoding the end of an aggregate that did not begin');
    if (closed.type === TYPE_ATTRIBUTE) return;
    if (closed.type === TYPE_PUSH && this.#open.length > 0 && !isConfirmation(closed.items)) return;
    this.#add(makeReply(this.#bytes, closed.type, closed.start, this.#at, false, closed.items));
  }
}

/**
 * Decodes the reply that `ReplyScanner` found in `bytes[start, end)`. The result refers to `bytes`: it is valid as long
 * as they are. Throws (an assert) where the bytes are not exactly a reply, so give it scanned frames only.
 */
export function decodeReply(bytes: Uint8Array, start: number, end: number): Reply {
  return new Decoder(bytes, start, end).run();
}
