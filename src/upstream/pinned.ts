/**
 * An upstream connection that belongs to one session while it has state of its own: MULTI, WATCH, a blocking command,
 * subscriptions. Worker thread. It must not know what the state is. A lost pinned connection does not come back:
 * the state is lost with it.
 */

import { OUTCOME_UNKNOWN } from '../base/errors.ts';
import { BIT_BLOCKING } from '../commands/table.ts';
import { FrameWriter } from '../resp/encode.ts';
import { RESULT_ERROR, RESULT_FAILED, RESULT_OK } from '../telemetry/metrics.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { Link, type LinkOwner } from './link.ts';
import { PendingRing } from './pending-ring.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import { Subscriptions } from './subscriptions.ts';

const PUSH = 0x3e;
const MINUS = 0x2d;
const NOTHING = new Uint8Array(0);

export interface PinnedEvents {
  /** Output that is no reply to a command: pushes, and everything once `streaming` is on. */
  pinnedStream(bytes: Uint8Array, start: number, end: number): void;
  /** The connection is gone or could not be made. Commands in flight fail around this call. */
  pinnedLost(text: string, wasReady: boolean): void;
  pinnedReady(): void;
  /** What had to wait for the server has left. */
  pinnedDrained(): void;
}

export class PinnedConnection implements LinkOwner {
  readonly #services: WorkerServices;
  readonly #link: Link;
  readonly #pending = new PendingRing(8);
  readonly #backlog = new FrameWriter(256);
  #events: PinnedEvents | undefined = undefined;
  #streaming = false;
  #passing = false;
  /** It has been set up, so what was given to it has been sent. */
  #wasReady = false;
  #gone = false;
  /** Commands answered so far: the place of the oldest that is not. */
  #answered = 0;
  /** Once there was a subscription in RESP3. */
  #subscriptions: Subscriptions | undefined = undefined;
  /** Commands in flight whose replies the mirror needs. */
  #mirrored = 0;
  #closesWhenMirrored = false;
  /** The client is slow: nothing more is read, unless the mirror waits for it. */
  #isHeldBack = false;
  #isPaused = false;

  constructor(services: WorkerServices, endpoint: Endpoint, context: LinkContext, events: PinnedEvents) {
    this.#services = services;
    this.#events = events;
    this.#link = new Link(services, endpoint, context, this);
    this.#link.open();
  }

  get inFlight(): number {
    return this.#pending.count;
  }

  get oldestSentAtMs(): number {
    return this.#pending.oldestSentAtMs;
  }

  /** A blocking command, or one that changes subscriptions: more confirmations may be expected than will come. */
  get isParked(): boolean {
    const { count, head, commands } = this.#pending;
    const command = count === 0 ? INTERNAL_COMMAND : commands[head];
    const isBlocking = command >= 0 && (this.#services.table.bits[command] & BIT_BLOCKING) !== 0;
    return isBlocking || this.#subscriptions !== undefined;
  }

  get usable(): boolean {
    return !this.#gone;
  }

  get ready(): boolean {
    return this.#link.ready;
  }

  /** The server's id of this connection, -1 when it did not tell. */
  get serverId(): number {
    return this.#link.serverId;
  }

  /** Hands an idle connection to another session. */
  adopt(events: PinnedEvents | undefined): void {
    this.#events = events;
    this.holdBack(false);
  }

  /**
   * Reads no further until it is told to: its client is slow, and the server's own limits are to see that. Where the
   * mirror waits for replies, other clients may wait for the mirror: then reading goes on.
   */
  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    this.#readOrWait();
  }

  /** See `Link.hasRoom`. */
  hasRoom(mostBytes: number): boolean {
    return this.#link.hasRoom(mostBytes);
  }

  /** From now on nothing is matched to commands: all output is passed on. Cannot be undone. */
  startStreaming(): void {
    this.#streaming = true;
    this.#link.readNoMore();
  }

  /** As `Lane.send`. Must not be used while streaming. */
  send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
  ): void {
    if (this.#gone) {
      target.failed(session, sequence, 'ERR lockstep: the connection to the primary is closed');
      mirrored?.primaryFailed(false);
      return;
    }
    if (mirrored !== undefined) {
      this.#mirrored += 1;
      if (this.#isPaused) this.#readOrWait();
    }
    this.#pending.push(target, session, sequence, command, this.#services.clock.monotonicMs, mirrored);
    this.write(bytes, start, end);
  }

  /**
   * Sends SUBSCRIBE or one of its relatives on a RESP3 connection: confirmations are pushes, and when `channels` of
   * them have come (0: as many as there are subscriptions) the target gets an empty reply. An error is a reply as
   * usual.
   */
  sendSubscription(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    name: string,
    channels: number,
  ): void {
    this.#subscriptions ??= new Subscriptions();
    if (!this.#gone) this.#subscriptions.sent(this.#answered + this.#pending.count, name, channels);
    this.send(bytes, start, end, target, session, sequence, command, undefined);
  }

  /** A command is about to be sent that ends all subscriptions without a word. Nothing is in flight. */
  forgetSubscriptions(): void {
    this.#subscriptions = undefined;
  }

  /** Sends bytes whose reply nobody waits for by number. */
  write(bytes: Uint8Array, start: number, end: number): void {
    if (this.#link.ready) this.#link.write(bytes, start, end);
    else if (!this.#gone) this.#backlog.raw(bytes, start, end);
  }

  /** Closes once the mirror has the replies it waits for; nobody else is told anything more. */
  closeWhenMirrored(): void {
    this.#events = undefined;
    if (this.#mirrored === 0) this.close();
    else this.#closesWhenMirrored = true;
  }

  /** Cuts the connection; whoever waits for it is told, as when the server had closed it. */
  cut(): void {
    this.#link.close();
  }

  /** Cuts the connection; nothing more is told. */
  close(): void {
    this.#events = undefined;
    this.#gone = true;
    this.#link.close();
  }

  linkReady(): void {
    this.#wasReady = true;
    if (this.#backlog.length > 0) {
      this.#link.write(this.#backlog.bytes, 0, this.#backlog.length);
      this.#backlog.reset();
    }
    this.#events?.pinnedReady();
  }

  linkPiece(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    type: number,
  ): void {
    if (first) {
      if (type !== PUSH && this.#subscriptions !== undefined) this.#endConfirmed();
      this.#passing = this.#streaming || type === PUSH || this.#pending.count === 0;
    }
    if (this.#passing) {
      this.#events?.pinnedStream(bytes, start, end);
      const isConfirmed =
        type === PUSH && this.#subscriptions?.pushed(bytes, start, end, first, last, this.#answered) === true;
      if (isConfirmed) this.#piece(NOTHING, 0, 0, true, type);
      return;
    }
    this.#piece(bytes, start, end, last, type);
  }

  /** A piece of the reply to the oldest command. */
  #piece(bytes: Uint8Array, start: number, end: number, last: boolean, type: number): void {
    const pending = this.#pending;
    const at = pending.head;
    const target = pending.targets[at]!;
    const mirrored = pending.mirrored[at];
    const session = pending.sessions[at];
    const sequence = pending.sequences[at];
    if (last) {
      const { metrics, clock } = this.#services;
      const command = pending.commands[at];
      if (command !== INTERNAL_COMMAND)
        metrics.countCommand(command, 0, type === MINUS ? RESULT_ERROR : RESULT_OK);
      metrics.observeDuration(0, (clock.monotonicMs - pending.sentAt[at]) / 1000);
      pending.shift();
      this.#subscriptions?.over(this.#answered);
      this.#answered += 1;
    }
    target.reply(session, sequence, bytes, start, end, last);
    if (mirrored === undefined) return;
    mirrored.primaryPiece(bytes, start, end, last);
    if (last) this.#mirroredOver();
    if (this.#isHeldBack) this.#readOrWait();
  }

  #readOrWait(): void {
    const { count, head, mirrored } = this.#pending;
    const isHeadOver = count > 0 && mirrored[head]?.isPrimaryOver === true;
    const pauses = this.#isHeldBack && this.#mirrored === (isHeadOver ? 1 : 0);
    if (pauses === this.#isPaused) return;
    this.#isPaused = pauses;
    if (pauses) this.#link.pauseReading();
    else this.#link.resumeReading();
  }

  /** A reply comes, so commands confirmed in part have had all they get: more was expected than there was. */
  #endConfirmed(): void {
    while (this.#subscriptions!.isConfirmed(this.#answered)) this.#piece(NOTHING, 0, 0, true, PUSH);
  }

  #mirroredOver(): void {
    this.#mirrored -= 1;
    if (this.#mirrored === 0 && this.#closesWhenMirrored) this.close();
  }

  linkDrained(): void {
    this.#events?.pinnedDrained();
  }

  linkLost(reason: string, refusal: string): void {
    this.#gone = true;
    const wasSent = this.#wasReady;
    const text =
      refusal !== ''
        ? refusal
        : wasSent
          ? `ERR lockstep: the connection to the primary was lost, ${OUTCOME_UNKNOWN}`
          : `ERR lockstep: the primary is unreachable (${reason}), the command was not sent`;
    const events = this.#events;
    this.#events = undefined;
    // First, for a session whose connection ends with this one has no use for errors.
    if (wasSent) events?.pinnedLost(text, true);
    const pending = this.#pending;
    while (pending.count > 0) {
      const at = pending.head;
      const target = pending.targets[at]!;
      const mirrored = pending.mirrored[at];
      const session = pending.sessions[at];
      const sequence = pending.sequences[at];
      this.#services.metrics.countCommand(pending.commands[at], 0, RESULT_FAILED);
      pending.shift();
      target.failed(session, sequence, text);
      mirrored?.primaryFailed(wasSent);
    }
    if (!wasSent) events?.pinnedLost(text, false);
  }
}
