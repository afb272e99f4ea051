/**
 * Client-side caching of one session before a cluster. Worker thread. Cold: messages are fewer than commands.
 *
 * Every node tells the session's own connection to it of keys that it has served, so messages come beside replies of
 * other nodes. A reply that has come and waits for its turn may be what a message is about: the message leaves behind
 * it, or the client would keep what is no longer true. Redirected messages come on connections beside those, and it is
 * the gateway that takes them to the other client; what the nodes call their connections means nothing to anybody.
 */

import { asciiBytes, copyOf, equalBytes } from '../base/bytes.ts';
import { type CommandDefinition, endsMessages } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Reply } from '../resp/reply.ts';
import { confirmationKind, SubscriptionCounts, subscriptionKind } from '../upstream/subscriptions.ts';
import { WholeMessages } from '../upstream/whole-messages.ts';
import { INVALIDATION, INVALIDATION_MESSAGE } from './invalidations.ts';
import type { Session } from './session.ts';
import type { Edit } from './tracking.ts';

const UNDERSCORE = 0x5f;
const MINUS = 0x2d;
/** More messages than this wait for no confirmation: forgetting all says the same. */
const MOST_WAITING = 64;
const FLUSHED = asciiBytes('>2\r\n$10\r\ninvalidate\r\n_\r\n');
const WAS_RESET = asciiBytes('+RESET\r\n');
const NO_KEYS = asciiBytes('*-1\r\n');
const BROKEN_FLAG = 'broken_redirect';

export class ClusterTracking {
  readonly #session: Session;
  /** The client that messages go to, or 0. */
  #client = 0;
  /** It is gone, and the client has been told. */
  #isBroken = false;
  /** A stream of RESP2, message by message: those of others come between them. */
  readonly #messages = new WholeMessages((bytes, start, end) => this.#streamed(bytes, start, end));
  /** How much it listens to in RESP2; undefined: it has not begun with a command of its own. */
  #counts: SubscriptionCounts | undefined = undefined;
  /** Its output is no RESP. */
  #isReplica = false;
  /** A subscription has been sent, and none has been confirmed since. */
  #isAsked = false;
  /** Messages of others that wait for that. */
  #waiting: Uint8Array[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** CLIENT TRACKING is on; `client`: the one that messages go to, or 0. */
  turnedOn(client: number): void {
    this.#client = client;
    this.#isBroken = false;
  }

  get client(): number {
    return this.#client;
  }

  turnedOff(): void {
    this.turnedOn(0);
  }

  /** The client to show for any id of a connection that a node names. */
  clientOf(serverId: number): number | undefined {
    return this.#client > 0 && serverId > 0 ? this.#client : undefined;
  }

  /** What CLIENT TRACKINGINFO is to say beside the id, of the field `flags`. */
  flagEdits(flags: Reply | undefined): readonly Edit[] {
    if (!this.#isBroken || flags === undefined) return [];
    const [first] = flags.items;
    if (first === undefined) return [];
    const kind = String.fromCharCode(flags.bytes[flags.start]);
    const head = `${kind}${flags.items.length + 1}\r\n`;
    const flag = `$${BROKEN_FLAG.length}\r\n${BROKEN_FLAG}\r\n`;
    return [
      { start: flags.start, end: first.start, value: head },
      { start: flags.end, end: flags.end, value: flag },
    ];
  }

  /** Output that is no reply: of RESP2 in pieces, of RESP3 whole messages. */
  stream(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (this.#isReplica) session.emit(bytes, start, end);
    else if (session.own.isStreaming) this.#messages.feed(bytes, start, end);
    else if (this.#client > 0 && isInvalidation(bytes, start, end)) this.#forward(copyOf(bytes, start, end));
    else session.replies.addBehind(bytes, start, end);
  }

  /** A message for this client, that another one has redirected. */
  deliver(message: Uint8Array): void {
    const session = this.#session;
    const { bridge, own } = session;
    if (bridge !== undefined && session.protocol === 3) bridge.push(message, 0, message.length);
    else if (session.protocol === 3) session.replies.addBehind(message, 0, message.length);
    else if (bridge !== undefined) bridge.stream(message, 0, message.length);
    else if (own.isStreaming) this.#deliverInResp2(message);
    // Others hear nothing of it in RESP2.
  }

  /** The session's output begins to be what its connection says. */
  streams(): void {
    this.#counts = new SubscriptionCounts();
    this.#isAsked = false;
  }

  /** A command is sent there; undefined: one that the catalogue does not have. */
  asked(definition: CommandDefinition | undefined): void {
    if (definition === undefined) return;
    this.#isReplica ||= endsMessages(definition);
    if (this.#counts !== undefined && subscriptionKind(definition.name) % 2 === 0) this.#isAsked = true;
  }

  /** As a server does: to those who listen, to anything; and not before they know that they do. */
  #deliverInResp2(message: Uint8Array): void {
    const counts = this.#counts;
    if (counts === undefined || counts.total > 0) this.#emit(message);
    else if (this.#isAsked) {
      if (this.#waiting.length === MOST_WAITING) this.#waiting = [FLUSHED];
      this.#waiting.push(message);
    }
  }

  #emit(message: Uint8Array): void {
    const text = inResp2(message);
    this.#session.emit(text, 0, text.length);
  }

  /** A whole message, or a reply. */
  #streamed(bytes: Uint8Array, start: number, end: number): void {
    this.#session.emit(bytes, start, end);
    const counts = this.#counts;
    if (counts === undefined) return;
    const kind = confirmationKind(bytes, start, end);
    if (kind >= 0) counts.note(kind, bytes, start, end);
    else if (equalBytes(bytes, start, end, WAS_RESET, 0, WAS_RESET.length))
      this.#counts = new SubscriptionCounts();
    // Refused, perhaps.
    const isOver = (kind >= 0 && kind % 2 === 0) || bytes[start] === MINUS;
    if (!isOver || !this.#isAsked) return;
    this.#isAsked = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (counts.total > 0) for (const message of waiting) this.#emit(message);
  }

  #forward(message: Uint8Array): void {
    const session = this.#session;
    const client = this.#client;
    session.host.redirects.deliver(client, message, () => {
      if (session.isClosed || this.#client !== client) return;
      this.#isBroken = true;
      if (session.protocol === 2) return;
      const push = asciiBytes(`>2\r\n$21\r\ntracking-redir-broken\r\n:${client}\r\n`);
      session.replies.addBehind(push, 0, push.length);
    });
  }
}

function isInvalidation(bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = INVALIDATION;
  return end - start > length && equalBytes(bytes, start, start + length, INVALIDATION, 0, length);
}

/** A push of an invalidation as the message of a channel. */
function inResp2(message: Uint8Array): Uint8Array {
  const writer = new FrameWriter(message.length + INVALIDATION_MESSAGE.length);
  writer.constant(INVALIDATION_MESSAGE);
  if (message[INVALIDATION.length] === UNDERSCORE) writer.constant(NO_KEYS);
  else writer.raw(message, INVALIDATION.length, message.length);
  return writer.bytes.slice(0, writer.length);
}
