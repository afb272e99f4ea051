/**
 * A connection to one sentinel: asks it where the primary of a group is, and hears of failovers. Worker thread. It must
 * not know other sentinels. Cold: a question per second.
 */
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply } from '../resp/reply.ts';
import { Backoff } from './backoff.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { Link, type LinkOwner } from './link.ts';
import { readSentinelView, type SentinelView } from './sentinel-view.ts';
import type { WorkerServices } from './services.ts';

export interface SentinelEvents {
  /** The sentinel has answered; a text says why that is of no use. */
  sentinelSays(sentinel: SentinelConnection, view: SentinelView | string): void;
  /** Something has happened: it is time to ask. */
  sentinelCalls(): void;
}

const PUSH = 0x3e;
const SUBSCRIBE = command('SUBSCRIBE', '+switch-master', '+promoted-slave');
/** Answers to a question: the address, and what else is known of the group. */
const ANSWERS = 2;

export class SentinelConnection implements LinkOwner {
  /** What it said last, and when (monotonic milliseconds). */
  view: SentinelView | undefined = undefined;
  seenAtMs = -Infinity;
  /** It has a time of its own for its questions. */
  readonly oldestSentAtMs = Infinity;
  readonly isParked = true;
  readonly name: string;
  readonly #services: WorkerServices;
  readonly #link: Link;
  readonly #events: SentinelEvents;
  readonly #question: Uint8Array;
  readonly #timeoutMs: number;
  readonly #backoff: Backoff;
  readonly #partial = new FrameWriter();
  #isPush = false;
  #isAsking = false;
  #answers: Reply[] = [];
  #timer: NodeJS.Timeout | undefined = undefined;
  #closed = false;

  constructor(
    services: WorkerServices,
    endpoint: Endpoint,
    context: LinkContext,
    group: string,
    reconnect: { readonly minMs: number; readonly maxMs: number },
    events: SentinelEvents,
  ) {
    this.#services = services;
    this.name = endpoint.node;
    this.#timeoutMs = endpoint.connectTimeoutMs;
    this.#events = events;
    this.#backoff = new Backoff(reconnect.minMs, reconnect.maxMs);
    this.#link = new Link(services, endpoint, context, this);
    this.#question = join(
      command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', group),
      command('SENTINEL', 'MASTER', group),
    );
    this.#link.open();
  }

  /** Asks, unless it is being asked; `sentinelSays` follows where there is an answer. */
  ask(): void {
    if (!this.#link.ready || this.#isAsking) return;
    this.#isAsking = true;
    this.#answers = [];
    this.#link.write(this.#question, 0, this.#question.length);
    clearTimeout(this.#timer);
    // A sentinel that is stopped keeps its connections.
    this.#timer = this.#services.after(this.#timeoutMs, () => this.#link.close());
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#link.close();
  }

  linkReady(): void {
    this.#backoff.succeeded();
    this.#link.write(SUBSCRIBE, 0, SUBSCRIBE.length);
    this.ask();
  }

  linkPiece(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    type: number,
  ): void {
    if (first) this.#isPush = type === PUSH;
    this.#partial.raw(bytes, start, end);
    if (!last) return;
    const whole = this.#partial.bytes.slice(0, this.#partial.length);
    this.#partial.reset();
    if (this.#isPush) this.#events.sentinelCalls();
    else this.#answered(decodeReply(whole, 0, whole.length));
  }

  linkDrained(): void {
    // It says little.
  }

  linkLost(reason: string, refusal: string): void {
    this.#isAsking = false;
    this.#partial.reset();
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = this.#services.after(this.#backoff.failed(), () => this.#link.open());
    this.#events.sentinelSays(this, refusal === '' ? reason : refusal);
  }

  #answered(reply: Reply): void {
    // An error instead of a subscription: it is asked regularly all the same.
    if (!this.#isAsking) return;
    this.#answers.push(reply);
    const [address, master] = this.#answers;
    if (this.#answers.length < ANSWERS || address === undefined || master === undefined) return;
    this.#isAsking = false;
    clearTimeout(this.#timer);
    const view = readSentinelView(address, master);
    if (typeof view !== 'string') {
      this.view = view;
      this.seenAtMs = this.#services.clock.monotonicMs;
    }
    this.#events.sentinelSays(this, view);
  }
}

function command(...words: readonly string[]): Uint8Array {
  const writer = new FrameWriter();
  writer.array(words.length);
  for (const text of words) writer.text(text);
  return writer.bytes.slice(0, writer.length);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
