/**
 * Records from one worker's engine to another's: rings in shared memory, both directions between each two workers, and
 * one wake-up for all records of a turn. Worker thread. How to wake a worker is told from the outside.
 *
 * Records between two workers keep their order and are never lost. What finds a ring full waits at the sender, and
 * `isFull` says when that is much: then the worker executes no commands of clients until the others have caught up, so
 * what waits is bounded by what one command sends beyond the limit. Receiving goes on all the time, so workers cannot
 * wait for each other in a circle.
 *
 * A record is in the ring before the reply of the command that sent it leaves, and workers look into their rings before
 * they execute what a client sent. So whoever has seen that reply finds its effects on all workers.
 */
import { copyOf } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { type RecordHandler, ringBytes } from '../memory/ring.ts';
import { RingLink, type Wakes } from '../memory/ring-link.ts';

const RING_BYTES = 1024 * 1024;
/** No further command is executed while more than this waits for room. */
const FULL_BYTES = 8 * 1024 * 1024;
const KINDS = 256;

/** Structured-clonable. */
export interface MailMemory {
  readonly workers: number;
  /** By sender, then receiver; a worker's ring to itself is empty. */
  readonly rings: readonly SharedArrayBuffer[];
}

/** Cold: once. */
export function createMailMemory(workers: number): MailMemory {
  const rings: SharedArrayBuffer[] = [];
  for (let from = 0; from < workers; from++) {
    for (let to = 0; to < workers; to++) {
      rings.push(new SharedArrayBuffer(from === to ? 0 : ringBytes(RING_BYTES)));
    }
  }
  return { workers, rings };
}

export interface MailHandler {
  /**
   * From worker `from`. `bytes[start, end)` is lent for the length of the call. Must not execute commands: what has to
   * is noted and done in `Engine.runLater`.
   */
  mail(
    from: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

interface KeptRecord {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly bytes: Uint8Array;
}

/** This worker's end of the way to and from one other. */
class MailLink implements RecordHandler, Wakes {
  readonly #mailbox: Mailbox;
  readonly #from: number;
  readonly #link: RingLink;
  /** Came while only urgent records were wanted. */
  #kept: KeptRecord[] = [];
  #waker: Wakes | undefined = undefined;

  constructor(mailbox: Mailbox, from: number, out: SharedArrayBuffer, inward: SharedArrayBuffer) {
    this.#mailbox = mailbox;
    this.#from = from;
    this.#link = new RingLink(out, inward, this, this);
  }

  get link(): RingLink {
    return this.#link;
  }

  set waker(waker: Wakes) {
    this.#waker = waker;
    waker.wake();
  }

  wake(): void {
    this.#waker?.wake();
  }

  receive(): void {
    if (this.#kept.length > 0) {
      const kept = this.#kept;
      this.#kept = [];
      for (const { kind, a, b, c, d, bytes } of kept) {
        this.#mailbox.deliver(this.#from, kind, a, b, c, d, bytes, 0, bytes.length);
      }
    }
    if (this.#link.hasRecords) this.#link.receive();
  }

  get hasMail(): boolean {
    return this.#kept.length > 0 || this.#link.hasRecords;
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
    if (this.#mailbox.admits(kind)) this.#mailbox.deliver(this.#from, kind, a, b, c, d, bytes, start, end);
    else this.#kept.push({ kind, a, b, c, d, bytes: copyOf(bytes, start, end) });
  }
}

export class Mailbox {
  /** Its number among the workers. */
  readonly worker: number;
  readonly workers: number;
  /** So much waits for room that no further command should be executed now. */
  isFull = false;
  /** A command is in its midst: nothing is handed over now. */
  isHeld = false;
  /** By worker; none to itself. */
  readonly #links: (MailLink | undefined)[] = [];
  /** The same without gaps. */
  readonly #all: MailLink[] = [];
  readonly #handlers: (MailHandler | undefined)[] = Array.from({ length: KINDS }, () => undefined);
  readonly #urgent = new Uint8Array(KINDS);
  #onlyUrgent = false;
  #isReceiving = false;

  constructor(memory: MailMemory, worker: number, workers: number) {
    assert(workers <= memory.workers, 'there are rings for every worker');
    this.worker = worker;
    this.workers = workers;
    for (let other = 0; other < workers; other++) {
      if (other === worker) {
        this.#links.push(undefined);
        continue;
      }
      const out = memory.rings[worker * memory.workers + other];
      const inward = memory.rings[other * memory.workers + worker];
      const link = new MailLink(this, other, out, inward);
      this.#links.push(link);
      this.#all.push(link);
    }
  }

  /** Cold: once per worker. What was sent before arrives now. */
  connect(worker: number, waker: Wakes): void {
    this.#link(worker).waker = waker;
  }

  /**
   * Cold: once. Who gets records of a kind (1 to 255). Urgent ones may come in the middle of a command, so their
   * handler may write to clients and nothing else.
   */
  handle(kind: number, handler: MailHandler, isUrgent = false): void {
    assert(this.#handlers[kind] === undefined, `one handler for mail of kind ${kind}`);
    this.#handlers[kind] = handler;
    this.#urgent[kind] = isUrgent ? 1 : 0;
  }

  /** To another worker. Copies the bytes; it arrives for certain, behind what was sent there before. */
  send(
    to: number,
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { link } = this.#link(to);
    link.send(kind, a, b, c, d, bytes, start, end);
    if (link.waitingBytes > FULL_BYTES) this.isFull = true;
  }

  /** Hands over all that has come. Not in the middle of a command. */
  receive(): void {
    if (this.#isReceiving || this.isHeld) return;
    this.#isReceiving = true;
    for (let at = 0; at < this.#all.length; at++) {
      if (this.#all[at].hasMail) this.#all[at].receive();
    }
    this.#isReceiving = false;
  }

  /** Hands over what is urgent, and keeps the rest for `receive`. */
  receiveUrgent(): void {
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    this.#onlyUrgent = true;
    for (let at = 0; at < this.#all.length; at++) {
      if (this.#all[at].link.hasRecords) this.#all[at].link.receive();
    }
    this.#onlyUrgent = false;
    this.#isReceiving = false;
  }

  /** At the end of a turn: what waited finds room, and others are woken. */
  flush(): void {
    let isFull = false;
    for (let at = 0; at < this.#all.length; at++) {
      const { link } = this.#all[at];
      link.flush();
      if (link.waitingBytes > FULL_BYTES) isFull = true;
    }
    this.isFull = isFull;
  }

  admits(kind: number): boolean {
    return !this.#onlyUrgent || this.#urgent[kind] === 1;
  }

  deliver(
    from: number,
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const handler = this.#handlers[kind];
    assert(handler !== undefined, `mail of kind ${kind} has a handler`);
    handler.mail(from, a, b, c, d, bytes, start, end);
  }

  #link(worker: number): MailLink {
    const link = this.#links[worker];
    assert(link !== undefined, `worker ${worker} is another one`);
    return link;
  }
}
