/**
 * The rest of a command whose beginning has been passed on before its end is here, because one of its arguments is very
 * long: finds where the command ends, with the limits and error texts of `scan-command.ts`, and keeps nothing. Worker
 * thread that owns the client. Must not know commands, sessions or where the bytes go.
 */
import { parseInteger } from '../base/bytes.ts';
import { CR, LF, TYPE_BULK } from './constants.ts';
import type { RequestLimits } from './limits.ts';
import * as limit from './limits.ts';

/** What the next byte belongs to. */
const PHASE_PAYLOAD = 0;
const PHASE_PAYLOAD_CR = 1;
const PHASE_PAYLOAD_LF = 2;
const PHASE_LINE = 3;
const PHASE_LINE_LF = 4;
const PHASE_OVER = 5;

/** No length has more characters, with its `$`. */
const LONGEST_LENGTH = 24;

export class CommandStream {
  /** After `read` has answered -1: the error reply without '-' and CRLF. */
  error = '';
  readonly #limits: RequestLimits;
  #phase = PHASE_PAYLOAD;
  /** Arguments behind the one being read. */
  #argumentsLeft: number;
  /** Bytes of the payload still to come. */
  #payloadLeft: number;
  readonly #line = new Uint8Array(LONGEST_LENGTH);
  #lineLength = 0;

  /** Inside the payload of an argument, of which `payloadLeft` bytes are to come, before `argumentsLeft` others. */
  constructor(limits: RequestLimits, payloadLeft: number, argumentsLeft: number) {
    this.#limits = limits;
    this.#payloadLeft = payloadLeft;
    this.#argumentsLeft = argumentsLeft;
  }

  get isOver(): boolean {
    return this.#phase === PHASE_OVER;
  }

  /** How many bytes will surely follow. */
  get expectedBytes(): number {
    return this.#payloadLeft;
  }

  /** Reads on in `bytes[start, end)`. Answers the offset after what belongs to the command, or -1. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#phase !== PHASE_OVER) {
      if (this.#phase === PHASE_PAYLOAD) {
        const taken = Math.min(this.#payloadLeft, end - at);
        this.#payloadLeft -= taken;
        at += taken;
        if (this.#payloadLeft === 0) this.#phase = PHASE_PAYLOAD_CR;
        continue;
      }
      if (!this.#byte(bytes[at] as number)) return -1;
      at += 1;
    }
    return at;
  }

  /** One byte outside of payloads. False: an error. */
  #byte(byte: number): boolean {
    switch (this.#phase) {
      case PHASE_PAYLOAD_CR:
        this.#phase = PHASE_PAYLOAD_LF;
        return byte === CR || this.#fail(limit.ERROR_LINE_END);
      case PHASE_PAYLOAD_LF:
        this.#phase = this.#argumentsLeft === 0 ? PHASE_OVER : PHASE_LINE;
        this.#lineLength = 0;
        return byte === LF || this.#fail(limit.ERROR_LINE_END);
      case PHASE_LINE:
        return this.#lineByte(byte);
      default:
        this.#phase = this.#payloadLeft === 0 ? PHASE_PAYLOAD_CR : PHASE_PAYLOAD;
        this.#argumentsLeft -= 1;
        return byte === LF || this.#fail(limit.ERROR_LINE_END);
    }
  }

  #lineByte(byte: number): boolean {
    if (byte !== CR) {
      if (this.#lineLength < LONGEST_LENGTH) this.#line[this.#lineLength] = byte;
      this.#lineLength += 1;
      return this.#lineLength <= this.#limits.maxInlineBytes || this.#fail(limit.ERROR_BIG_LENGTH);
    }
    const first = this.#lineLength === 0 ? CR : (this.#line[0] as number);
    if (first !== TYPE_BULK) return this.#fail(limit.expectedDollar(first));
    const isShort = this.#lineLength <= LONGEST_LENGTH;
    const length = isShort ? parseInteger(this.#line, 1, this.#lineLength) : Number.NaN;
    if (!(length >= 0 && length <= this.#limits.maxBulkBytes)) return this.#fail(limit.ERROR_LENGTH);
    this.#payloadLeft = length;
    this.#phase = PHASE_LINE_LF;
    return true;
  }

  #fail(error: string): boolean {
    this.error = error;
    return false;
  }
}
