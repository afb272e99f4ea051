/**
 * Turns a reply of one protocol version into what a server would have said in the other. Worker thread. It must not
 * know commands: what a RESP2 reply does not say of itself comes from a shape. Replies are whole; they may be long, but
 * nothing is made per element.
 *
 * A value that has the wanted form already stays as it is, so converting twice does no harm.
 */
import { decodeText } from '../base/bytes.ts';
import {
  CR,
  NIL_ARRAY2,
  NIL2,
  NIL3,
  STREAMED,
  TYPE_ARRAY,
  TYPE_ATTRIBUTE,
  TYPE_BIG_NUMBER,
  TYPE_BLOB_ERROR,
  TYPE_BOOLEAN,
  TYPE_BULK,
  TYPE_CHUNK,
  TYPE_DOUBLE,
  TYPE_END,
  TYPE_ERROR,
  TYPE_INTEGER,
  TYPE_MAP,
  TYPE_NULL,
  TYPE_PUSH,
  TYPE_SET,
  TYPE_VERBATIM,
} from './constants.ts';
import type { FrameWriter, RespVersion } from './encode.ts';
import type { AggregateShape, MapShape, ReplyShape } from './reply-shape.ts';
import { CONFIRMATION_ELEMENTS, CONFIRMATION_LENGTH, ReplyScanner } from './scan-reply.ts';

const MINUS = 0x2d;
const TRUE = 0x74;
const ONE = 0x31;
/** `txt:` */
const FORMAT = new Uint8Array([0x74, 0x78, 0x74, 0x3a]);
/** Keys of maps with fields are not longer. */
const MAX_FIELD_BYTES = 64;
const KEY_AND_VALUE = 2;

export class ReplyConverter {
  readonly #scanner = new ReplyScanner();
  readonly #out: FrameWriter;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #to: RespVersion = 3;

  constructor(out: FrameWriter) {
    this.#out = out;
  }

  /** Appends the whole reply `bytes[start, end)`, in the form that it has in version `to`, to the writer. */
  convert(bytes: Uint8Array, start: number, end: number, shape: ReplyShape, to: RespVersion): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#to = to;
    this.#value(shape);
    // What is left is none of a reply: it was cut wrongly, and must not get lost.
    this.#out.raw(bytes, this.#at, end);
    this.#bytes = FORMAT;
  }

  /** As `convert`, for a push, or for the array that stands for one in RESP2. */
  convertPush(bytes: Uint8Array, start: number, end: number, to: RespVersion): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#to = to;
    const length = this.#line();
    this.#out.header(to === 3 ? TYPE_PUSH : TYPE_ARRAY, length);
    for (let at = 0; at < length; at++) this.#value('plain');
    this.#out.raw(bytes, this.#at, end);
    this.#bytes = FORMAT;
  }

  #value(shape: ReplyShape): void {
    this.#skipAsides();
    const type = this.#bytes[this.#at];
    const isOpen = this.#bytes[this.#at + 1] === STREAMED;
    if (typeof shape === 'string' || isOpen) this.#plain(shape);
    else if (type === TYPE_ARRAY || type === TYPE_MAP || type === TYPE_SET || type === TYPE_PUSH) {
      this.#aggregate(shape, type);
    } else if (type === TYPE_NULL && this.#to === 2) {
      this.#line();
      this.#out.constant(shape.nullIsString === true ? NIL2 : NIL_ARRAY2);
    } else this.#plain('plain');
  }

  /** A value none of whose parts has a shape of its own. */
  #plain(shape: ReplyShape): void {
    const stop = this.#endOfValue();
    const isSingle = this.#isSingle();
    while (this.#at < stop) this.#token(isSingle ? shape : 'plain');
  }

  #isSingle(): boolean {
    const type = this.#bytes[this.#at];
    return type !== TYPE_ARRAY && type !== TYPE_MAP && type !== TYPE_SET && type !== TYPE_PUSH;
  }

  #aggregate(shape: AggregateShape, type: number): void {
    const start = this.#at;
    const length = this.#line();
    if (length < 0) {
      if (this.#to === 3) this.#out.constant(NIL3);
      else this.#out.raw(this.#bytes, start, this.#at);
      return;
    }
    const count = type === TYPE_MAP ? length * KEY_AND_VALUE : length;
    if ('pairs' in shape) this.#pairs(shape.pairs, length);
    else if ('entries' in shape) this.#entries(shape.entries, type, length);
    else if ('map' in shape) this.#map(shape, type, count);
    else {
      this.#header(outerType(shape, type), length);
      for (let place = 0; place < count; place++) this.#value(shapeAt(shape, place));
    }
  }

  /** An array or map of `length` elements or pairs that begins here in the form of the other version. */
  #header(type: number, length: number): void {
    if (this.#to === 3) this.#out.header(type, length);
    else this.#out.header(TYPE_ARRAY, type === TYPE_MAP ? length * KEY_AND_VALUE : length);
  }

  #map(shape: MapShape, type: number, count: number): void {
    // An odd number of elements is no map.
    const isMap = type === TYPE_MAP || count % KEY_AND_VALUE === 0;
    this.#header(isMap ? TYPE_MAP : type, isMap ? count / KEY_AND_VALUE : count);
    for (let place = 0; place < count; place += KEY_AND_VALUE) {
      const value = shape.fields === undefined ? shape.map : this.#fieldShape(shape.fields, shape.map);
      this.#value('plain');
      if (place + 1 < count) this.#value(value);
    }
  }

  /** The shape of the value whose key comes next. */
  #fieldShape(fields: Readonly<Record<string, ReplyShape>>, other: ReplyShape): ReplyShape {
    this.#skipAsides();
    const bytes = this.#bytes;
    const lineEnd = this.#lineEnd(this.#at);
    const isBulk = bytes[this.#at] === TYPE_BULK;
    const start = isBulk ? lineEnd + 2 : this.#at + 1;
    const end = isBulk ? start + this.#number(this.#at + 1, lineEnd) : lineEnd;
    if (end - start > MAX_FIELD_BYTES) return other;
    return fields[decodeText(bytes, start, end)] ?? other;
  }

  #pairs(shapes: readonly [ReplyShape, ReplyShape], length: number): void {
    if (this.#to === 2) {
      this.#skipAsides();
      const isNested = length > 0 && this.#bytes[this.#at] === TYPE_ARRAY;
      this.#out.array(isNested ? length * 2 : length);
      for (let pair = 0; pair < length; pair++) {
        if (!isNested) this.#value(shapes[pair % 2]);
        else this.#pair(shapes);
      }
      return;
    }
    const isNested = this.#bytes[this.#at] === TYPE_ARRAY;
    const isFlat = !isNested && length % 2 === 0;
    this.#out.array(isFlat ? length / 2 : length);
    for (let at = 0; at < length; at++) {
      if (isFlat && at % 2 === 0) this.#out.array(2);
      this.#value(isNested ? { tuple: shapes } : shapes[at % 2]);
    }
  }

  /** The elements of a pair, without what holds them together. */
  #pair(shapes: readonly [ReplyShape, ReplyShape]): void {
    this.#skipAsides();
    const length = this.#line();
    for (let at = 0; at < length; at++) this.#value(shapes[at % 2]);
  }

  #entries(shapes: readonly [ReplyShape, ReplyShape], type: number, length: number): void {
    if (type === TYPE_MAP) {
      this.#out.header(this.#to === 3 ? TYPE_MAP : TYPE_ARRAY, length);
      for (let entry = 0; entry < length; entry++) {
        if (this.#to === 2) this.#out.array(2);
        this.#value(shapes[0]);
        this.#value(shapes[1]);
      }
      return;
    }
    this.#out.header(this.#to === 3 ? TYPE_MAP : TYPE_ARRAY, length);
    for (let entry = 0; entry < length; entry++) {
      if (this.#to === 3) this.#pair(shapes);
      else this.#value({ tuple: shapes });
    }
  }

  /** One header, one line or one string. */
  #token(shape: ReplyShape): void {
    this.#skipAsides();
    if (this.#to === 3) this.#token3(shape);
    else this.#token2();
  }

  #token3(shape: ReplyShape): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const type = bytes[start];
    const length = this.#line();
    if (type === TYPE_BULK && length >= 0 && bytes[start + 1] !== STREAMED)
      this.#string3(shape, start, length);
    else if ((type === TYPE_BULK || type === TYPE_ARRAY) && bytes[start + 1] === MINUS)
      this.#out.constant(NIL3);
    else if (type === TYPE_INTEGER && shape === 'boolean') this.#out.boolean(bytes[start + 1] === ONE, 3);
    else if (type === TYPE_VERBATIM || type === TYPE_BLOB_ERROR || type === TYPE_CHUNK) {
      this.#at += length === 0 && type === TYPE_CHUNK ? 0 : length + 2;
      this.#out.raw(bytes, start, this.#at);
    } else this.#out.raw(bytes, start, this.#at);
  }

  #string3(shape: ReplyShape, start: number, length: number): void {
    const bytes = this.#bytes;
    const from = this.#at;
    this.#at = from + length + 2;
    if (shape === 'double' || shape === 'big-number') {
      this.#typed(shape === 'double' ? TYPE_DOUBLE : TYPE_BIG_NUMBER, from, from + length);
    } else if (shape === 'verbatim') {
      this.#out.header(TYPE_VERBATIM, length + FORMAT.length);
      this.#out.constant(FORMAT);
      this.#out.raw(bytes, from, this.#at);
    } else this.#out.raw(bytes, start, this.#at);
  }

  #token2(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const type = bytes[start];
    const isStreamed = bytes[start + 1] === STREAMED;
    if (isStreamed && type === TYPE_BULK) {
      this.#streamedString();
      return;
    }
    const length = isStreamed ? this.#streamedLength() : this.#line();
    switch (type) {
      case TYPE_MAP:
        this.#out.array(isStreamed ? length : length * KEY_AND_VALUE);
        return;
      case TYPE_ARRAY:
        if (length < 0) this.#out.constant(NIL_ARRAY2);
        else this.#out.array(length);
        return;
      case TYPE_SET:
      case TYPE_PUSH:
        this.#out.array(length);
        return;
      case TYPE_END:
        return;
      case TYPE_NULL:
        this.#out.constant(NIL2);
        return;
      case TYPE_BOOLEAN:
        this.#out.boolean(bytes[start + 1] === TRUE, 2);
        return;
      case TYPE_DOUBLE:
      case TYPE_BIG_NUMBER:
        this.#out.bulk(bytes, start + 1, this.#at - 2);
        return;
      default:
        this.#string2(type, start, length);
    }
  }

  #string2(type: number | undefined, start: number, length: number): void {
    const bytes = this.#bytes;
    const from = this.#at;
    const isString = type === TYPE_BULK || type === TYPE_VERBATIM || type === TYPE_BLOB_ERROR;
    if (isString && length >= 0) this.#at = from + length + 2;
    const end = from + length;
    if (type === TYPE_VERBATIM) {
      const hasFormat = length >= FORMAT.length && bytes[from + FORMAT.length - 1] === FORMAT[3];
      this.#out.bulk(bytes, hasFormat ? from + FORMAT.length : from, end);
    } else if (type === TYPE_BLOB_ERROR) this.#typed(TYPE_ERROR, from, end);
    else this.#out.raw(bytes, start, this.#at);
  }

  /** A line of this type with the given text; line ends in it become spaces. */
  #typed(type: number, start: number, end: number): void {
    const out = this.#out;
    out.reserve(end - start + 3);
    out.bytes[out.length++] = type;
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] as number;
      out.bytes[out.length++] = byte === CR || byte === 0x0a ? 0x20 : byte;
    }
    out.newline();
  }

  /** Elements of the streamed aggregate that begins here, keys and values counted alike. Goes behind its header. */
  #streamedLength(): number {
    this.#line();
    const first = this.#at;
    let count = 0;
    for (;;) {
      this.#skipAsides();
      if (this.#bytes[this.#at] === TYPE_END) break;
      this.#at = this.#endOfValue();
      count += 1;
    }
    this.#at = first;
    return count;
  }

  #streamedString(): void {
    this.#line();
    const first = this.#at;
    let total = 0;
    for (let length = this.#line(); length > 0; length = this.#line()) {
      total += length;
      this.#at += length + 2;
    }
    this.#out.header(TYPE_BULK, total);
    this.#at = first;
    for (let length = this.#line(); length > 0; length = this.#line()) {
      this.#out.raw(this.#bytes, this.#at, this.#at + length);
      this.#at += length + 2;
    }
    this.#out.newline();
  }

  /** RESP2 has neither attributes nor messages between the elements of a reply. */
  #skipAsides(): void {
    if (this.#to === 3) return;
    for (;;) {
      const type = this.#bytes[this.#at];
      if (type === TYPE_ATTRIBUTE) {
        for (let left = this.#line() * KEY_AND_VALUE; left > 0; left--) this.#at = this.#endOfValue();
      } else if (type === TYPE_PUSH && this.#isAside()) this.#at = this.#endOfValue();
      else return;
    }
  }

  /** A push that counts as no element of the reply it stands in, as for the scanner. */
  #isAside(): boolean {
    const lineEnd = this.#lineEnd(this.#at);
    if (this.#number(this.#at + 1, lineEnd) !== CONFIRMATION_ELEMENTS) return true;
    const first = lineEnd + 2;
    if (this.#bytes[first] !== TYPE_BULK) return true;
    return this.#number(first + 1, this.#lineEnd(first)) < CONFIRMATION_LENGTH;
  }

  /** Passes over a line and returns the number in it, if there is one. */
  #line(): number {
    const lineEnd = this.#lineEnd(this.#at);
    const value = this.#number(this.#at + 1, lineEnd);
    this.#at = lineEnd + 2;
    return value;
  }

  #lineEnd(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while (bytes[at] !== CR || bytes[at + 1] !== 0x0a) at += 1;
    return at;
  }

  #number(start: number, end: number): number {
    if (this.#bytes[start] === MINUS) return -1;
    let value = 0;
    for (let at = start; at < end; at++) value = value * 10 + (this.#bytes[at] as number) - 0x30;
    return value;
  }

  #endOfValue(): number {
    this.#scanner.reset();
    return this.#scanner.scan(this.#bytes, this.#at, this.#bytes.length);
  }
}

/** The type of an aggregate that keeps its elements. */
function outerType(shape: AggregateShape, type: number): number {
  if (type !== TYPE_ARRAY) return type;
  if ('set' in shape) return TYPE_SET;
  return 'push' in shape ? TYPE_PUSH : type;
}

function shapeAt(shape: AggregateShape, place: number): ReplyShape {
  if ('array' in shape) return shape.array;
  if ('set' in shape) return shape.set;
  if ('push' in shape) return shape.push;
  if ('tuple' in shape) return shape.tuple[Math.min(place, shape.tuple.length - 1)] ?? 'plain';
  return 'plain';
}
