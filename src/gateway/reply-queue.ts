/**
 * The replies a client is owed, in the order of its requests, although they come from several places. Worker thread.
 * A ring of small integers: nothing is allocated while replies come in order; pieces that come early are parked. What
 * a long pipeline needed is given back when it is answered, so that idle clients are small.
 */
import { copyOf } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import type { RequestNote } from './request-notes.ts';

const RUNNING = 1;
const COMPLETE = 2;
/** Added when the client asked not to hear of it (CLIENT REPLY). */
const SILENT = 4;

/** In place of a command: a request of the gateway's own. */
const UNSEEN = -32768;

const SMALLEST = 16;
/** A ring without open requests keeps no more places than this. */
const KEPT = 1024;

export interface ReplyOutput {
  /** Takes bytes that may leave now. */
  emit(bytes: Uint8Array, start: number, end: number): void;
  /** The reply to a client's request has been let out. */
  answered(request: AnsweredRequest): void;
}

/** What is remembered of a client's request; one object serves all. */
export interface AnsweredRequest {
  command: number;
  /** In microseconds, the lowest 32 bits. */
  startedUs: number;
  bytes: number;
  /** Where any was given. */
  note: RequestNote | undefined;
}

export class ReplyQueue {
  #states = new Uint8Array(SMALLEST);
  /** By place in the ring, as in `AnsweredRequest`. */
  #commands = new Int16Array(SMALLEST);
  #started = new Uint32Array(SMALLEST);
  #bytes = new Uint32Array(SMALLEST);
  /** Made when there is one. */
  #notes: (RequestNote | undefined)[] | undefined = undefined;
  /** Messages that wait for the end of a reply. */
  #aside: Uint8Array[] | undefined = undefined;
  /** Messages that wait for the end of the reply to a request. */
  #behind: { readonly sequence: number; readonly bytes: Uint8Array }[] | undefined = undefined;
  readonly #answered: AnsweredRequest = { command: 0, startedUs: 0, bytes: 0, note: undefined };
  /** By place in the ring; made when a piece comes early. */
  #parked: (Uint8Array[] | undefined)[] | undefined = undefined;
  #mask = SMALLEST - 1;
  /** Sequence of the oldest open request. */
  #head = 0;
  #next = 0;
  readonly #output: ReplyOutput;
  /** A part of the head's reply has left already. */
  #headStarted = false;
  parkedBytes = 0;
  /** CLIENT REPLY: 'skip' silences one more request. */
  mode: 'on' | 'off' | 'skip' = 'on';

  constructor(output: ReplyOutput) {
    this.#output = output;
  }

  /** Requests without a whole reply. */
  get count(): number {
    return this.#next - this.#head;
  }

  /** Of the request that is opened next. */
  get nextSequence(): number {
    return this.#next;
  }

  /** Its whole reply is here. */
  isAnswered(sequence: number): boolean {
    return sequence < this.#head || (this.#states[sequence & this.#mask] & COMPLETE) !== 0;
  }

  /** A part of a reply has left, and the rest has not. */
  get isInside(): boolean {
    return this.#headStarted;
  }

  /** Opens a client's next request: silent or not by the mode. For the others see `AnsweredRequest`. */
  openNext(command: number, startedUs: number, bytes: number, note: RequestNote | undefined): number {
    const silent = this.mode !== 'on';
    if (this.mode === 'skip') this.mode = 'on';
    const sequence = this.open(silent);
    const at = sequence & this.#mask;
    this.#commands[at] = command;
    this.#started[at] = startedUs;
    this.#bytes[at] = bytes;
    if (note !== undefined) {
      this.#notes ??= [];
      this.#notes[at] = note;
    }
    return sequence;
  }

  /** Opens a request of the gateway's own and returns its sequence number. */
  open(silent: boolean): number {
    if (this.count > this.#mask) this.#grow();
    const sequence = this.#next;
    this.#next += 1;
    this.#states[sequence & this.#mask] = silent ? RUNNING | SILENT : RUNNING;
    this.#commands[sequence & this.#mask] = UNSEEN;
    return sequence;
  }

  /** Forgets the pieces that have come of an unfinished reply. False: some have left already. */
  takeBack(sequence: number): boolean {
    if (sequence === this.#head) return !this.#headStarted;
    const at = sequence & this.#mask;
    const parked = this.#parked?.[at];
    if (parked === undefined) return true;
    for (const piece of parked) this.parkedBytes -= piece.length;
    this.#parked![at] = undefined;
    return true;
  }

  /** A message, whole, that is no reply: it leaves at once, or behind the reply that has begun to leave. */
  addAside(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#headStarted) {
      this.#output.emit(bytes, start, end);
      return;
    }
    this.#aside ??= [];
    this.#aside.push(copyOf(bytes, start, end));
    this.parkedBytes += end - start;
  }

  /** As `addAside`, behind every reply that has begun to come: it may be about what they say. */
  addBehind(bytes: Uint8Array, start: number, end: number): void {
    const sequence = this.#lastBegun();
    if (sequence < this.#head) {
      this.#output.emit(bytes, start, end);
      return;
    }
    this.#behind ??= [];
    this.#behind.push({ sequence, bytes: copyOf(bytes, start, end) });
    this.parkedBytes += end - start;
  }

  /** The latest request of whose reply there is a part here; one before the head where there is none. */
  #lastBegun(): number {
    for (let sequence = this.#next - 1; sequence > this.#head; sequence--) {
      const at = sequence & this.#mask;
      if ((this.#states[at] & COMPLETE) !== 0 || this.#parked?.[at] !== undefined) return sequence;
    }
    return this.#headStarted ? this.#head : this.#head - 1;
  }

  /** The head is another one, and nothing of it has left. */
  #releaseBehind(): void {
    const waiting = this.#behind!;
    while (waiting.length > 0 && waiting[0]!.sequence < this.#head) {
      const { bytes } = waiting.shift()!;
      this.parkedBytes -= bytes.length;
      this.#output.emit(bytes, 0, bytes.length);
    }
    if (waiting.length === 0) this.#behind = undefined;
  }

  /** A reply has left, and none has begun to. */
  #releaseAside(): void {
    const waiting = this.#aside!;
    this.#aside = undefined;
    for (const message of waiting) {
      this.parkedBytes -= message.length;
      this.#output.emit(message, 0, message.length);
    }
  }

  /** A piece of a reply, `last` with the end of it. */
  add(sequence: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const at = sequence & this.#mask;
    const silent = (this.#states[at] & SILENT) !== 0;
    if (this.#notes !== undefined) this.#notes[at]?.trace?.piece(bytes, start, end);
    if (sequence === this.#head) {
      if (!silent) this.#output.emit(bytes, start, end);
      this.#headStarted = !last && !silent;
      if (!last) return;
      this.#over(at);
      this.#head += 1;
      if (this.#aside !== undefined) this.#releaseAside();
      if (this.#behind !== undefined) this.#releaseBehind();
      if (this.#head !== this.#next) this.#release();
      if (this.#head === this.#next) this.#empty();
      return;
    }
    assert(sequence > this.#head && sequence < this.#next, 'a reply belongs to an open request');
    if (!silent) {
      this.#parked ??= new Array(this.#mask + 1).fill(undefined);
      let parked = this.#parked[at];
      if (parked === undefined) {
        parked = [];
        this.#parked[at] = parked;
      }
      parked.push(copyOf(bytes, start, end));
      this.parkedBytes += end - start;
    }
    if (last) this.#states[at] |= COMPLETE;
  }

  /** Lets out what was parked behind the request that has just been completed. */
  #release(): void {
    while (this.#head !== this.#next) {
      const at = this.#head & this.#mask;
      const parked = this.#parked?.[at];
      if (parked !== undefined) {
        this.#parked![at] = undefined;
        for (const piece of parked) {
          this.parkedBytes -= piece.length;
          this.#output.emit(piece, 0, piece.length);
        }
      }
      const complete = (this.#states[at] & COMPLETE) !== 0;
      this.#headStarted = !complete && parked !== undefined;
      if (!complete) return;
      this.#over(at);
      this.#head += 1;
      if (this.#behind !== undefined) this.#releaseBehind();
    }
  }

  /** The oldest request, with this place, is answered. */
  #over(at: number): void {
    const command = this.#commands[at];
    if (command === UNSEEN) return;
    const answered = this.#answered;
    answered.command = command;
    answered.startedUs = this.#started[at];
    answered.bytes = this.#bytes[at];
    answered.note = undefined;
    if (this.#notes !== undefined) {
      answered.note = this.#notes[at];
      this.#notes[at] = undefined;
    }
    this.#output.answered(answered);
  }

  #empty(): void {
    this.#parked = undefined;
    if (this.#mask < KEPT) return;
    this.#states = new Uint8Array(SMALLEST);
    this.#commands = new Int16Array(SMALLEST);
    this.#started = new Uint32Array(SMALLEST);
    this.#bytes = new Uint32Array(SMALLEST);
    this.#notes = undefined;
    this.#mask = SMALLEST - 1;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const states = new Uint8Array(capacity);
    const commands = new Int16Array(capacity);
    const started = new Uint32Array(capacity);
    const bytes = new Uint32Array(capacity);
    const notes: (RequestNote | undefined)[] | undefined = this.#notes === undefined ? undefined : [];
    const old = this.#parked;
    const parked: typeof old = old === undefined ? undefined : new Array(capacity).fill(undefined);
    for (let sequence = this.#head; sequence < this.#next; sequence++) {
      const from = sequence & this.#mask;
      const to = sequence & (capacity - 1);
      states[to] = this.#states[from];
      commands[to] = this.#commands[from];
      started[to] = this.#started[from];
      bytes[to] = this.#bytes[from];
      if (notes !== undefined) notes[to] = this.#notes![from];
      if (old !== undefined) parked![to] = old[from];
    }
    this.#states = states;
    this.#commands = commands;
    this.#started = started;
    this.#bytes = bytes;
    this.#notes = notes;
    this.#parked = parked;
    this.#mask = capacity - 1;
  }
}
