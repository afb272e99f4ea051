/**
 * One command on its way to a cluster: what is needed to send it again elsewhere, until a node has answered it. Worker
 * thread. The objects are used again. It must not decide where a command goes: it passes events to its lane.
 */
import { decodeText } from '../base/bytes.ts';
import type { Chunk } from '../base/copies.ts';
import { FrameWriter } from '../resp/encode.ts';
import { LONGEST_REDIRECT, mayRedirect, parseRedirect, type Redirect } from './redirect.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';

/** What a command tells the lane it was given to. */
export interface ClusterCommandEvents {
  /** A node has not run it. `text`: its error, without '-' and CRLF. */
  redirected(command: ClusterCommand, redirect: Redirect, text: string): void;
  /** A node has begun to answer: nothing will be sent again. */
  answered(command: ClusterCommand): void;
  /** The whole reply has been passed on. `type`: its type byte. */
  over(command: ClusterCommand, type: number): void;
  /** A node's lane gave no reply. */
  lost(command: ClusterCommand, text: string, sent: boolean): void;
}

const NOTHING = new Uint8Array(0);
const NOBODY: ReplyTarget = { reply: () => {}, failed: () => {} };

export class ClusterCommand implements ReplyTarget, MirroredCommand {
  readonly #events: ClusterCommandEvents;
  /** It holds a reference to this memory, or the giver keeps the bytes. */
  chunk: Chunk | undefined = undefined;
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  target: ReplyTarget = NOBODY;
  session = 0;
  sequence = 0;
  command = 0;
  mirrored: MirroredCommand | undefined = undefined;
  slot = 0;
  /** Place among all commands of its lane. */
  order = 0;
  /** Monotonic milliseconds. */
  givenAtMs = 0;
  /** Index of the node it was sent to last, or -1 while it waits. */
  node = -1;
  redirects = 0;
  /** Index of the node that it must go to next, whoever has its slot, or -1. */
  goesTo = -1;
  /** Sent right before it. */
  prefix: Uint8Array | undefined = undefined;
  /** There, behind ASKING. */
  asks = false;
  /** Set with the first redirect or failure: until then it is tried again. Monotonic milliseconds. */
  giveUpAtMs = 0;
  /** The error to give up with. */
  error = '';
  /** The node said that it cannot run it now, so those behind it may have run. */
  isDelayed = false;
  previous: ClusterCommand | undefined = undefined;
  next: ClusterCommand | undefined = undefined;
  #isAnswered = false;
  #type = 0;
  #text = '';
  /** The beginning of a reply that may be a redirect, until it is whole. */
  #partial: FrameWriter | undefined = undefined;

  constructor(events: ClusterCommandEvents) {
    this.#events = events;
  }

  /** For the pool. */
  clear(): void {
    this.chunk = undefined;
    this.bytes = NOTHING;
    this.target = NOBODY;
    this.mirrored = undefined;
    this.node = -1;
    this.redirects = 0;
    this.goesTo = -1;
    this.prefix = undefined;
    this.asks = false;
    this.giveUpAtMs = 0;
    this.error = '';
    this.isDelayed = false;
    this.previous = undefined;
    this.next = undefined;
    this.#isAnswered = false;
    this.#partial = undefined;
    this.#text = '';
  }

  /** Before it is sent once more. */
  renew(): void {
    this.#isAnswered = false;
    this.#partial = undefined;
  }

  /** A node has begun to answer. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** As `MirroredCommand`, towards the node's lane. */
  get isPrimaryOver(): boolean {
    return false;
  }

  reply(
    _session: number,
    _sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (this.#isAnswered) {
      this.#pass(bytes, start, end, last);
      return;
    }
    if (this.#partial === undefined && !mayRedirect(bytes, start, end)) {
      this.#begin(bytes, start, end, last);
      return;
    }
    if (last && this.#partial === undefined) this.#look(bytes, start, end, last);
    else {
      this.#partial ??= new FrameWriter(LONGEST_REDIRECT);
      this.#partial.raw(bytes, start, end);
      if (!last && this.#partial.length <= LONGEST_REDIRECT) return;
      const { bytes: whole, length } = this.#partial;
      this.#partial = undefined;
      this.#look(whole, 0, length, last);
    }
  }

  failed(_session: number, _sequence: number, text: string): void {
    // `primaryFailed` follows, and knows more.
    this.#text = text;
  }

  primaryPiece(): void {
    // Passed on with the reply.
  }

  primaryFailed(sent: boolean): void {
    this.#partial = undefined;
    this.#events.lost(this, this.#text, sent);
  }

  #look(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const redirect = last ? parseRedirect(bytes, start, end) : undefined;
    if (redirect === undefined) this.#begin(bytes, start, end, last);
    else this.#events.redirected(this, redirect, decodeText(bytes, start + 1, end - 2));
  }

  #begin(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#isAnswered = true;
    this.#type = bytes[start];
    this.#events.answered(this);
    this.#pass(bytes, start, end, last);
  }

  #pass(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const { mirrored } = this;
    this.target.reply(this.session, this.sequence, bytes, start, end, last);
    if (mirrored !== undefined) mirrored.primaryPiece(bytes, start, end, last);
    if (last) this.#events.over(this, this.#type);
  }
}
