/**
 * Finds commands in what a client sends: RESP arrays of bulk strings, and inline commands. Runs on the worker that
 * owns the connection; a batch of commands is scanned where it lies, without copies, strings or objects per command.
 * Limits and error texts are the servers' (Redis 7.0 `networking.c`). Must not know commands, sessions or sockets.
 *
 * The one deliberate difference from Redis: CR must be followed by LF, as Valkey 8.0.11 and 9.0.6 demand. Older servers
 * skip two bytes without looking, and then a gateway and a server could see different commands in the same bytes.
 */
import { isInteger64, parseInteger } from '../base/bytes.ts';
import { type CommandScanner, grownSpans, INITIAL_SPANS, scanWhole } from './command-scanner.ts';
import { CommandStream } from './command-stream.ts';
import { CR, LF, TYPE_ARRAY, TYPE_BULK } from './constants.ts';
import { KeptBytes } from './kept-bytes.ts';
import type { RequestLimits } from './limits.ts';
import * as limit from './limits.ts';

export { CommandScanner } from './command-scanner.ts';
export type { RequestLimits } from './limits.ts';

export const SCAN_COMPLETE = 0;
export const SCAN_INCOMPLETE = 1;
export const SCAN_ERROR = 2;
/** Internal: an empty command was passed over. */
const SCAN_EMPTY = 3;

/** Spans that are kept after an extraordinary command. */
const KEPT_SPANS = 65536;
const NO_SPANS = new Int32Array(0);

/** `$0 CRLF CRLF`: no argument is shorter. */
const SHORTEST_ARGUMENT = 6;

/** Spans are 32-bit offsets, so no buffer may become longer than this. */
const MAX_KEPT_BYTES = 0x7fff0000;

/** How far an incomplete command has been read. */
const PHASE_NEW = 0;
const PHASE_COUNT = 1;
const PHASE_LENGTH = 2;
const PHASE_BULK = 3;
const PHASE_INLINE = 4;

/**
 * The input of one client connection. Use: `feed` a chunk, call `next` until it is not SCAN_COMPLETE or the session
 * cannot take more commands, then `release` before the chunk's memory is reused.
 */
export class CommandReader {
  /** May be replaced, or its fields changed, at any time; applies to what is scanned from then on. */
  limits: RequestLimits;
  readonly #kept = new KeptBytes();
  #lent: Uint8Array | undefined;
  #lentStart = 0;
  #lentEnd = 0;
  #error: string | undefined;
  /** Set by every scan: where the first byte not consumed is. */
  #next = 0;

  // The incomplete command. Offsets count from its first byte, because the bytes may move.
  #phase = PHASE_NEW;
  /** Start of the line or payload that is being read. */
  #cursor = 0;
  /** In a line: up to where its end has been looked for. */
  #searched = 0;
  #argumentCount = 0;
  #argumentsRead = 0;
  #bulkLength = 0;
  #spans: Int32Array = NO_SPANS;

  constructor(limits: RequestLimits) {
    this.limits = limits;
  }

  /** Bytes received and not yet returned as commands: `qbuf` of CLIENT INFO, and the query-buffer limit. */
  get bufferedBytes(): number {
    return this.#kept.end - this.#kept.start + this.#lentEnd - this.#lentStart;
  }

  /** Length of the argument that the incomplete command stops in; 0 when it does not stop inside of one. */
  get pendingBulkBytes(): number {
    return this.#phase === PHASE_BULK ? this.#bulkLength : 0;
  }

  /**
   * Call after SCAN_INCOMPLETE. Describes in `scanner` what there is of the command, with the arguments that are whole;
   * after `release` its frame is everything that is buffered.
   */
  peek(scanner: CommandScanner): void {
    const kept = this.#kept;
    const isKept = kept.start < kept.end;
    const start = isKept ? kept.start : this.#lentStart;
    const numbers = 2 * this.#argumentsRead;
    if (scanner.spans.length < numbers) scanner.spans = new Int32Array(numbers);
    for (let index = 0; index < numbers; index++)
      scanner.spans[index] = (this.#spans[index] as number) + start;
    scanner.bytes = isKept ? kept.bytes : (this.#lent as Uint8Array);
    scanner.count = this.#argumentsRead;
    scanner.frameStart = start;
    scanner.frameEnd = isKept ? kept.end : this.#lentEnd;
    scanner.canonical = true;
  }

  /** After `peek`: hands over the rest of the command and forgets it; what follows it can be fed here again. */
  handOver(): CommandStream {
    const kept = this.#kept;
    const isKept = kept.start < kept.end;
    const here = (isKept ? kept.end - kept.start : this.#lentEnd - this.#lentStart) - this.#cursor;
    const stream = new CommandStream(
      this.limits,
      this.#bulkLength,
      this.#argumentCount - this.#argumentsRead - 1,
    );
    // What is here of the argument, its CR perhaps included.
    const at = isKept ? kept.end - here : this.#lentEnd - here;
    stream.read(isKept ? kept.bytes : (this.#lent as Uint8Array), at, at + here);
    this.#finish();
    this.#lentStart = this.#lentEnd;
    kept.clear();
    return stream;
  }

  /** Lends `bytes[start, end)` until `release`. Releases what was lent before. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    if (this.#lent !== undefined) this.release();
    this.#lent = bytes;
    this.#lentStart = start;
    this.#lentEnd = end;
  }

  /**
   * Finds the next command and describes it in `scanner`, in a time proportional to the command. Empty commands are
   * passed over, as servers do. After SCAN_ERROR the connection must be closed; further calls answer the same.
   */
  next(scanner: CommandScanner): number {
    if (this.#error !== undefined) return this.#fail(scanner, this.#error);
    if (scanner.spans.length > KEPT_SPANS) scanner.spans = new Int32Array(INITIAL_SPANS);
    const kept = this.#kept;
    while (kept.start < kept.end) {
      const result = this.#scan(scanner, kept.bytes, kept.start, kept.end);
      kept.start = this.#next;
      if (result !== SCAN_INCOMPLETE) return result;
      if (kept.start === kept.end) break;
      if (this.#lentStart === this.#lentEnd) return SCAN_INCOMPLETE;
      this.#pull(kept);
      if (this.#error !== undefined) return this.#fail(scanner, this.#error);
    }
    kept.recycle();
    if (this.#lent === undefined || this.#lentStart === this.#lentEnd) return SCAN_INCOMPLETE;
    const result = this.#scan(scanner, this.#lent, this.#lentStart, this.#lentEnd);
    this.#lentStart = this.#next;
    return result;
  }

  /**
   * Copies what was not returned as commands, complete or not, and forgets the lent chunk. When that is more than the
   * limits allow, the next call of `next` is SCAN_ERROR with an empty text: servers close without an error reply.
   */
  release(): void {
    const kept = this.#kept;
    const lent = this.#lent;
    if (kept.start === kept.end) kept.recycle();
    if (lent !== undefined && this.#lentStart < this.#lentEnd) {
      // A command that began in kept bytes has taken all it could, so what is in progress began in the lent ones.
      const isPartial = kept.start === kept.end && this.#phase === PHASE_BULK;
      const frameBytes = this.#cursor + this.#bulkLength + 2;
      this.#keep(lent, this.#lentEnd, isPartial ? frameBytes - (this.#lentEnd - this.#lentStart) : 0);
    }
    this.#lent = undefined;
    this.#lentStart = 0;
    this.#lentEnd = 0;
    if (this.#phase !== PHASE_BULK) kept.shrink();
    const allowed = this.limits.authenticated ? Number.POSITIVE_INFINITY : limit.UNAUTHENTICATED_QUERY_BYTES;
    if (this.bufferedBytes > Math.min(allowed, this.limits.maxQueryBytes)) this.#error ??= '';
  }

  /** As new: for a connection that is closed, or gets another owner. */
  reset(): void {
    this.#lent = undefined;
    this.#lentStart = 0;
    this.#lentEnd = 0;
    this.#error = undefined;
    this.#finish();
    this.#kept.clear();
  }

  /** Moves `lent` up to `end` behind the kept bytes. `expected` more will follow. */
  #keep(lent: Uint8Array, end: number, expected: number): void {
    const kept = this.#kept;
    const size = kept.end - kept.start + end - this.#lentStart;
    const most = Math.min(this.limits.maxQueryBytes, MAX_KEPT_BYTES) - size;
    if (size > MAX_KEPT_BYTES) {
      this.#error = '';
    } else {
      try {
        kept.append(lent, this.#lentStart, end, Math.max(0, Math.min(expected, most)));
      } catch {
        // No memory for it. Servers abort here; one connection is a smaller loss.
        this.#error = '';
      }
    }
    this.#lentStart = end;
  }

  /** Takes from the lent chunk what the command at the start of the kept bytes needs, as far as that is known. */
  #pull(kept: KeptBytes): void {
    const lent = this.#lent as Uint8Array;
    const argumentsLeft = this.#argumentCount - this.#argumentsRead;
    const frameEnd = kept.start + this.#cursor;
    let missing = 0;
    if (this.#phase === PHASE_BULK) {
      missing = frameEnd + this.#bulkLength + 2 - kept.end;
      const end = Math.min(
        this.#lentEnd,
        this.#lentStart + missing + (argumentsLeft - 1) * SHORTEST_ARGUMENT,
      );
      this.#keep(lent, end, Math.max(0, missing - (end - this.#lentStart)));
      return;
    }
    if (this.#phase === PHASE_LENGTH) missing = (argumentsLeft - 1) * SHORTEST_ARGUMENT;
    const terminator = this.#phase === PHASE_INLINE ? LF : CR;
    let at = this.#lentStart;
    // A line whose CR has come already lacks the LF only.
    if (kept.start + this.#searched === kept.end) {
      while (at < this.#lentEnd && lent[at] !== terminator) at++;
    }
    const lineEnd = terminator === CR && kept.start + this.#searched === kept.end ? at + 2 : at + 1;
    this.#keep(lent, Math.min(this.#lentEnd, Math.max(lineEnd, this.#lentStart + missing)), 0);
  }

  #fail(scanner: CommandScanner, error: string): number {
    this.#error = error;
    scanner.error = error;
    scanner.count = 0;
    return SCAN_ERROR;
  }

  #scan(scanner: CommandScanner, bytes: Uint8Array, start: number, end: number): number {
    const { limits } = this;
    let at = start;
    while (at < end) {
      if (this.#phase === PHASE_NEW) {
        if (bytes[at] === TYPE_ARRAY) {
          const most = limits.authenticated ? limits.maxArguments : limit.UNAUTHENTICATED_ARGUMENTS;
          const longest = limits.authenticated ? limits.maxBulkBytes : limit.UNAUTHENTICATED_BULK_BYTES;
          this.#next = scanWhole(scanner, bytes, at, end, most, Math.min(longest, limits.maxBulkBytes));
          if (this.#next >= 0) return SCAN_COMPLETE;
          this.#begin(scanner, at);
        } else {
          this.#phase = PHASE_INLINE;
        }
      }
      this.#next = at;
      const isInline = this.#phase === PHASE_INLINE;
      const result = isInline
        ? this.#resumeInline(scanner, bytes, at, end)
        : this.#resumeArray(scanner, bytes, at, end);
      if (result !== SCAN_EMPTY) return result;
      at = this.#next;
    }
    this.#next = at;
    return SCAN_INCOMPLETE;
  }

  /** Takes over the command at `start` from where `scanWhole` gave up. */
  #begin(scanner: CommandScanner, start: number): void {
    this.#phase = scanner.announced === 0 ? PHASE_COUNT : PHASE_LENGTH;
    this.#cursor = scanner.frameEnd - start;
    this.#searched = this.#cursor;
    this.#argumentCount = scanner.announced;
    this.#argumentsRead = scanner.count;
    const numbers = 2 * scanner.count;
    if (this.#spans.length < numbers) this.#spans = new Int32Array(numbers);
    for (let index = 0; index < numbers; index++)
      this.#spans[index] = (scanner.spans[index] as number) - start;
  }

  #finish(): void {
    this.#phase = PHASE_NEW;
    this.#cursor = 0;
    this.#searched = 0;
    this.#argumentCount = 0;
    this.#argumentsRead = 0;
    if (this.#spans.length > INITIAL_SPANS) this.#spans = NO_SPANS;
  }

  #resumeArray(scanner: CommandScanner, bytes: Uint8Array, start: number, end: number): number {
    for (;;) {
      if (this.#phase !== PHASE_BULK) {
        const result = this.#readLine(scanner, bytes, start, end);
        if (result !== SCAN_COMPLETE) return result;
        continue;
      }
      const payloadEnd = start + this.#cursor + this.#bulkLength;
      if (payloadEnd + 2 > end) return SCAN_INCOMPLETE;
      if (bytes[payloadEnd] !== CR || bytes[payloadEnd + 1] !== LF)
        return this.#fail(scanner, limit.ERROR_LINE_END);
      const number = 2 * this.#argumentsRead;
      if (this.#spans.length < number + 2) this.#spans = grownSpans(this.#spans, Math.max(16, number + 2));
      this.#spans[number] = this.#cursor;
      this.#spans[number + 1] = payloadEnd - start;
      this.#cursor = payloadEnd + 2 - start;
      this.#searched = this.#cursor;
      this.#phase = PHASE_LENGTH;
      if (++this.#argumentsRead === this.#argumentCount) return this.#complete(scanner, bytes, start);
    }
  }

  /** Hands the command over to `scanner`, with spans made absolute. */
  #complete(scanner: CommandScanner, bytes: Uint8Array, start: number): number {
    const numbers = 2 * this.#argumentCount;
    if (scanner.spans.length < numbers) scanner.spans = new Int32Array(numbers);
    for (let index = 0; index < numbers; index++)
      scanner.spans[index] = (this.#spans[index] as number) + start;
    scanner.bytes = bytes;
    scanner.count = this.#argumentCount;
    scanner.frameStart = start;
    scanner.frameEnd = start + this.#cursor;
    scanner.canonical = true;
    this.#next = scanner.frameEnd;
    this.#finish();
    return SCAN_COMPLETE;
  }

  /** Reads one length line. SCAN_COMPLETE means that the phase has moved on. */
  #readLine(scanner: CommandScanner, bytes: Uint8Array, start: number, end: number): number {
    const isCount = this.#phase === PHASE_COUNT;
    const lineStart = start + this.#cursor;
    let at = start + this.#searched;
    while (at < end && bytes[at] !== CR) at++;
    this.#searched = at - start;
    if (at === end && end - lineStart > this.limits.maxInlineBytes) {
      return this.#fail(scanner, isCount ? limit.ERROR_BIG_COUNT : limit.ERROR_BIG_LENGTH);
    }
    if (at + 2 > end) return SCAN_INCOMPLETE;
    const error = isCount ? this.#readCount(bytes, lineStart, at) : this.#readLength(bytes, lineStart, at);
    if (error !== '') return this.#fail(scanner, error);
    if (bytes[at + 1] !== LF) return this.#fail(scanner, limit.ERROR_LINE_END);
    this.#cursor = at + 2 - start;
    this.#searched = this.#cursor;
    if (!isCount) {
      this.#phase = PHASE_BULK;
    } else if (this.#argumentCount > 0) {
      this.#phase = PHASE_LENGTH;
    } else {
      this.#finish();
      this.#next = at + 2;
      return SCAN_EMPTY;
    }
    return SCAN_COMPLETE;
  }

  /** Returns an error text or ''. */
  #readCount(bytes: Uint8Array, lineStart: number, lineEnd: number): string {
    let count = parseInteger(bytes, lineStart + 1, lineEnd);
    if (Number.isNaN(count) && bytes[lineStart + 1] === 0x2d && isInteger64(bytes, lineStart + 1, lineEnd))
      count = -1;
    if (Number.isNaN(count) || count > this.limits.maxArguments) return limit.ERROR_COUNT;
    if (count > limit.UNAUTHENTICATED_ARGUMENTS && !this.limits.authenticated)
      return limit.ERROR_UNAUTHENTICATED_COUNT;
    this.#argumentCount = Math.max(0, count);
    return '';
  }

  #readLength(bytes: Uint8Array, lineStart: number, lineEnd: number): string {
    const first = bytes[lineStart] as number;
    if (first !== TYPE_BULK) return limit.expectedDollar(first);
    const length = parseInteger(bytes, lineStart + 1, lineEnd);
    if (!(length >= 0 && length <= this.limits.maxBulkBytes)) return limit.ERROR_LENGTH;
    if (length > limit.UNAUTHENTICATED_BULK_BYTES && !this.limits.authenticated) {
      return limit.ERROR_UNAUTHENTICATED_LENGTH;
    }
    this.#bulkLength = length;
    return '';
  }

  #resumeInline(scanner: CommandScanner, bytes: Uint8Array, start: number, end: number): number {
    let at = start + this.#searched;
    // All four servers search the line's end as in a C string: after a NUL they never find it.
    while (at < end && bytes[at] !== LF && bytes[at] !== 0) at++;
    this.#searched = at - start;
    if (at === end || bytes[at] === 0) {
      if (end - start > this.limits.maxInlineBytes) return this.#fail(scanner, limit.ERROR_BIG_INLINE);
      return SCAN_INCOMPLETE;
    }
    const { inline } = scanner;
    const lineEnd = at > start && bytes[at - 1] === CR ? at - 1 : at;
    if (!inline.rewrite(bytes, start, lineEnd)) return this.#fail(scanner, limit.ERROR_QUOTES);
    this.#finish();
    this.#next = at + 1;
    if (inline.count === 0) return SCAN_EMPTY;
    const numbers = 2 * inline.count;
    if (scanner.spans.length < numbers) scanner.spans = new Int32Array(numbers);
    for (let index = 0; index < numbers; index++) scanner.spans[index] = inline.spans[index] as number;
    scanner.bytes = inline.writer.bytes;
    scanner.count = inline.count;
    scanner.frameStart = 0;
    scanner.frameEnd = inline.writer.length;
    scanner.canonical = false;
    return SCAN_COMPLETE;
  }
}
