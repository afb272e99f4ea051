/**
 * Turns a reply of one protocol version into what a server would have said in the other. Worker thread. It must not
 * know commands: what a RESP2 reply does not say of itself comes from a shape.
 *
 * A reply may come in pieces. What is known is written at once, so a long one is never held here: no more than a line,
 * the name of a field, or a value whose form depends on all of it (see `MOST_HELD_BYTES`).
 *
 * A value that has the wanted form already stays as it is, so converting twice does no harm.
 */
import { copyOf, decodeText } from '../base/bytes.ts';
import * as wire from './constants.ts';
import type { FrameWriter, RespVersion } from './encode.ts';
import {
  DROPPED,
  EACH,
  FIELDS,
  GROUPED,
  IN_TURN,
  NESTED,
  OpenValues,
  outerType,
  type Pair,
  UNWRAPPED,
} from './open-values.ts';
import {
  countStreamed,
  findLineEnd,
  isAggregate,
  isAsidePush,
  joinBytes,
  readNumber,
  writeLine,
  writeStreamedString,
} from './reply-parts.ts';
import type { ReplyShape } from './reply-shape.ts';
import { ReplyScanner } from './scan-reply.ts';

const TRUE = 0x74;
const ONE = 0x31;
/** `txt:` */
const FORMAT = new Uint8Array([0x74, 0x78, 0x74, 0x3a]);
/** Keys of maps with fields are not longer. */
const MAX_FIELD_BYTES = 64;
const PAIR = 2;
/**
 * Numbers in strings, what is left out, streamed values on their way to RESP2 (no server sends any): they have to be
 * here as a whole. Longer ones are not converted.
 */
const MOST_HELD_BYTES = 16 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

export class ReplyConverter {
  readonly #scanner = new ReplyScanner();
  readonly #out: FrameWriter;
  readonly #open = new OpenValues();
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  #to: RespVersion = 3;
  /** Bytes of the string under way that are still to be passed on, its line end included. */
  #passing = 0;
  /** The end of what has come, where it could not be understood yet. */
  #held: Uint8Array = NOTHING;
  #isPush = false;

  constructor(out: FrameWriter) {
    this.#out = out;
  }

  /** A reply of this shape follows, in one or more pieces, and is to have the form that it has in version `to`. */
  begin(shape: ReplyShape, to: RespVersion): void {
    this.#to = to;
    this.#isPush = false;
    this.#passing = 0;
    this.#held = NOTHING;
    this.#open.reset(shape);
  }

  /** As `begin`, for a push, or for the array that stands for one in RESP2. */
  beginPush(to: RespVersion): void {
    this.begin('plain', to);
    this.#isPush = true;
  }

  /** The next piece. False: the reply cannot be converted, see `MOST_HELD_BYTES`. */
  feed(bytes: Uint8Array, start: number, end: number): boolean {
    const held = this.#held;
    this.#held = NOTHING;
    if (held.length === 0) this.#take(bytes, start, end);
    else this.#take(joinBytes(held, bytes, start, end), 0, held.length + end - start);
    this.#bytes = NOTHING;
    return this.#held.length <= MOST_HELD_BYTES;
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    while (this.#at < end) {
      if (this.#passing > 0) this.#payload();
      else if (this.#open.isOver) {
        // What is left is none of a reply: it was cut wrongly, and must not get lost.
        this.#out.raw(bytes, this.#at, end);
        return;
      } else if (!this.#value()) {
        this.#held = copyOf(bytes, this.#at, end);
        return;
      }
      this.#open.close();
    }
  }

  #payload(): void {
    const count = Math.min(this.#passing, this.#end - this.#at);
    this.#out.raw(this.#bytes, this.#at, this.#at + count);
    this.#passing -= count;
    this.#at += count;
  }

  /** One header, line or string. False, and nothing, when more of it has to be known. */
  #value(): boolean {
    const open = this.#open;
    const bytes = this.#bytes;
    const lineEnd = findLineEnd(bytes, this.#at, this.#end);
    if (lineEnd < 0) return false;
    const type = bytes[this.#at] as number;
    if (open.mode === DROPPED) return this.#drop();
    if (type === wire.TYPE_ATTRIBUTE) return this.#attribute(lineEnd);
    if (type === wire.TYPE_PUSH && this.#to === 2 && !this.#isPush) {
      const length = readNumber(bytes, this.#at + 1, lineEnd);
      const isAside = isAsidePush(bytes, lineEnd, this.#end, length);
      if (isAside === undefined) return false;
      if (isAside) return this.#dropAll(length, lineEnd);
    }
    if (bytes[this.#at + 1] === wire.STREAMED) return this.#streamed(type, lineEnd);
    if (type === wire.TYPE_END) {
      open.next();
      this.#at = lineEnd + 2;
      return true;
    }
    if (this.#isPush) return this.#push(lineEnd);
    if (open.wantsField && !this.#field(type, lineEnd)) return false;
    const shape = open.shape;
    if (isAggregate(type)) return this.#aggregate(shape, type, lineEnd);
    if (typeof shape !== 'string' && type === wire.TYPE_NULL && this.#to === 2) {
      this.#begin();
      this.#out.constant(shape.nullIsString === true ? wire.NIL2 : wire.NIL_ARRAY2);
      this.#at = lineEnd + 2;
      return true;
    }
    return this.#to === 3 ? this.#single3(shape, type, lineEnd) : this.#single2(type, lineEnd);
  }

  /** A value begins in the output. */
  #begin(): void {
    if (this.#open.next()) this.#out.array(PAIR);
  }

  #push(lineEnd: number): boolean {
    const length = readNumber(this.#bytes, this.#at + 1, lineEnd);
    this.#isPush = false;
    this.#begin();
    this.#out.header(this.#to === 3 ? wire.TYPE_PUSH : wire.TYPE_ARRAY, length);
    this.#open.push(EACH, length, 'plain');
    this.#at = lineEnd + 2;
    return true;
  }

  #aggregate(shape: ReplyShape, type: number, lineEnd: number): boolean {
    const open = this.#open;
    const length = readNumber(this.#bytes, this.#at + 1, lineEnd);
    if (length < 0) {
      this.#begin();
      if (this.#to === 3) this.#out.constant(wire.NIL3);
      else this.#out.raw(this.#bytes, this.#at, lineEnd + 2);
      this.#at = lineEnd + 2;
      return true;
    }
    const isPaired = typeof shape !== 'string' && ('pairs' in shape || 'entries' in shape);
    let isNested = false;
    if (isPaired && length > 0) {
      // Whether pairs are arrays of their own shows in the first.
      if (lineEnd + 2 >= this.#end) return false;
      isNested = this.#bytes[lineEnd + 2] === wire.TYPE_ARRAY;
    }
    this.#at = lineEnd + 2;
    const { mode, pair } = open;
    if (mode === UNWRAPPED && type === wire.TYPE_ARRAY) {
      // A pair without what holds it together.
      open.next();
      open.pushPair(IN_TURN, length, pair);
      return true;
    }
    const isPairOf = mode === NESTED && type === wire.TYPE_ARRAY;
    this.#begin();
    if (isPairOf) {
      this.#out.array(length);
      open.pushPair(IN_TURN, length, pair);
    } else if (typeof shape === 'string') this.#openAs('plain', type, length);
    else if ('pairs' in shape) this.#pairs(shape.pairs, length, isNested);
    else if ('entries' in shape) this.#entries(shape.entries, type, length);
    else this.#openAs(shape, type, length);
    return true;
  }

  /** The header of an aggregate that keeps its elements. */
  #openAs(shape: ReplyShape, type: number, length: number): void {
    const out = this.#out;
    const isMap = type === wire.TYPE_MAP;
    const count = isMap ? length * PAIR : length;
    if (typeof shape !== 'string' && 'map' in shape) {
      // An odd number of elements is no map.
      const becomesMap = this.#to === 3 && count % PAIR === 0;
      if (becomesMap) out.header(wire.TYPE_MAP, count / PAIR);
      else out.header(this.#to === 3 ? type : wire.TYPE_ARRAY, count);
      this.#open.push(FIELDS, count, shape);
      return;
    }
    if (this.#to === 2) out.array(count);
    else out.header(outerType(shape, type), length);
    this.#open.push(EACH, count, shape);
  }

  #pairs(pair: Pair, length: number, isNested: boolean): void {
    const open = this.#open;
    if (this.#to === 2) {
      this.#out.array(isNested ? length * PAIR : length);
      open.pushPair(isNested ? UNWRAPPED : IN_TURN, length, pair);
      return;
    }
    const isFlat = !isNested && length % PAIR === 0;
    this.#out.array(isFlat ? length / PAIR : length);
    open.pushPair(isNested ? NESTED : isFlat ? GROUPED : IN_TURN, length, pair);
  }

  #entries(pair: Pair, type: number, length: number): void {
    const open = this.#open;
    this.#out.header(this.#to === 3 ? wire.TYPE_MAP : wire.TYPE_ARRAY, length);
    if (type === wire.TYPE_MAP) {
      open.pushPair(this.#to === 3 ? IN_TURN : GROUPED, length * PAIR, pair);
    } else open.pushPair(this.#to === 3 ? UNWRAPPED : NESTED, length, pair);
  }

  /** Reads the key that comes next for the sake of its value. False when it is not whole yet. */
  #field(type: number, lineEnd: number): boolean {
    const isBulk = type === wire.TYPE_BULK;
    const start = isBulk ? lineEnd + 2 : this.#at + 1;
    const length = isBulk ? readNumber(this.#bytes, this.#at + 1, lineEnd) : lineEnd - start;
    if (length < 0 || length > MAX_FIELD_BYTES) {
      this.#open.noteField('');
      return true;
    }
    if (start + length > this.#end) return false;
    this.#open.noteField(decodeText(this.#bytes, start, start + length));
    return true;
  }

  #single3(shape: ReplyShape, type: number, lineEnd: number): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const isText = type === wire.TYPE_BULK || type === wire.TYPE_VERBATIM || type === wire.TYPE_BLOB_ERROR;
    const length = isText ? readNumber(this.#bytes, start + 1, lineEnd) : 0;
    const from = lineEnd + 2;
    const isNumber = type === wire.TYPE_BULK && length >= 0 && (shape === 'double' || shape === 'big-number');
    if (isNumber && from + length + 2 > this.#end) return false;
    this.#begin();
    this.#at = from;
    if (isNumber) {
      writeLine(
        this.#out,
        shape === 'double' ? wire.TYPE_DOUBLE : wire.TYPE_BIG_NUMBER,
        bytes,
        from,
        from + length,
      );
      this.#at = from + length + 2;
    } else if (type === wire.TYPE_BULK && length < 0) this.#out.constant(wire.NIL3);
    else if (type === wire.TYPE_BULK && shape === 'verbatim') {
      this.#out.header(wire.TYPE_VERBATIM, length + FORMAT.length);
      this.#out.constant(FORMAT);
      this.#passing = length + 2;
    } else if (type === wire.TYPE_INTEGER && shape === 'boolean') {
      this.#out.boolean(bytes[start + 1] === ONE, 3);
    } else {
      this.#out.raw(bytes, start, from);
      if (isText) this.#passing = length + 2;
    }
    return true;
  }

  #single2(type: number, lineEnd: number): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const out = this.#out;
    const from = lineEnd + 2;
    switch (type) {
      case wire.TYPE_NULL:
        this.#begin();
        out.constant(wire.NIL2);
        break;
      case wire.TYPE_BOOLEAN:
        this.#begin();
        out.boolean(bytes[start + 1] === TRUE, 2);
        break;
      case wire.TYPE_DOUBLE:
      case wire.TYPE_BIG_NUMBER:
        this.#begin();
        out.bulk(bytes, start + 1, lineEnd);
        break;
      case wire.TYPE_BULK:
      case wire.TYPE_VERBATIM:
      case wire.TYPE_BLOB_ERROR:
        return this.#string2(type, lineEnd);
      default:
        this.#begin();
        out.raw(bytes, start, from);
    }
    this.#at = from;
    return true;
  }

  #string2(type: number, lineEnd: number): boolean {
    const bytes = this.#bytes;
    const from = lineEnd + 2;
    const length = readNumber(this.#bytes, this.#at + 1, lineEnd);
    if (type === wire.TYPE_BLOB_ERROR) {
      if (from + length + 2 > this.#end) return false;
      this.#begin();
      writeLine(this.#out, wire.TYPE_ERROR, bytes, from, from + length);
      this.#at = from + length + 2;
      return true;
    }
    let skipped = 0;
    if (type === wire.TYPE_VERBATIM) {
      const last = from + FORMAT.length - 1;
      if (length >= FORMAT.length && last >= this.#end) return false;
      skipped = length >= FORMAT.length && bytes[last] === FORMAT[3] ? FORMAT.length : 0;
    }
    this.#begin();
    if (type === wire.TYPE_VERBATIM) this.#out.header(wire.TYPE_BULK, length - skipped);
    else this.#out.raw(bytes, this.#at, from);
    this.#passing = length < 0 ? 0 : length - skipped + 2;
    this.#at = from + skipped;
    return true;
  }

  /** A streamed value: it stays one in RESP3; in RESP2 its length comes first. False when it is not whole. */
  #streamed(type: number, lineEnd: number): boolean {
    const open = this.#open;
    const stop = this.#endOfValue(this.#at);
    if (stop < 0) return false;
    if (this.#to === 3) {
      this.#begin();
      this.#out.raw(this.#bytes, this.#at, stop);
      this.#at = stop;
    } else if (type === wire.TYPE_BULK) {
      this.#begin();
      writeStreamedString(this.#out, this.#bytes, lineEnd + 2, stop);
      this.#at = stop;
    } else {
      this.#begin();
      const count = countStreamed(this.#scanner, this.#bytes, lineEnd + 2, stop);
      this.#out.array(count);
      // The end counts as one, without a trace in the output.
      open.push(EACH, count + 1, 'plain');
      this.#at = lineEnd + 2;
    }
    return true;
  }

  /** Attributes are about the value behind them, and none themselves. RESP2 has none. */
  #attribute(lineEnd: number): boolean {
    const count = readNumber(this.#bytes, this.#at + 1, lineEnd) * PAIR;
    if (this.#to === 2) return this.#dropAll(count, lineEnd);
    this.#out.raw(this.#bytes, this.#at, lineEnd + 2);
    this.#open.push(EACH, count, 'plain');
    this.#at = lineEnd + 2;
    return true;
  }

  #dropAll(count: number, lineEnd: number): boolean {
    this.#open.push(DROPPED, count, 'plain');
    this.#at = lineEnd + 2;
    return true;
  }

  /** A value that is left out. */
  #drop(): boolean {
    const stop = this.#endOfValue(this.#at);
    if (stop < 0) return false;
    this.#open.next();
    this.#at = stop;
    return true;
  }

  #endOfValue(at: number): number {
    this.#scanner.reset();
    return this.#scanner.scan(this.#bytes, at, this.#end);
  }
}
