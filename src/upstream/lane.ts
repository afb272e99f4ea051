/**
 * A shared, pipelined connection to one server: requests of many sessions leave in the order they came, replies come
 * back in that order. One per (node, database, RESP version, user). Worker thread. Knows neither commands nor clients.
 *
 * Commands given while the link is being made wait in the backlog. When an attempt fails they are answered with an
 * error at once, or after `waitWhenDownMs`. Commands that were sent when the link broke are never sent again: their
 * outcome is unknown, and the error says so.
 */
import { OUTCOME_UNKNOWN } from '../base/errors.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Reply } from '../resp/reply.ts';
import { RESULT_ERROR, RESULT_FAILED, RESULT_OK, type TargetIndex } from '../telemetry/metrics.ts';
import { Backoff } from './backoff.ts';
import type { CommandLane, LinkEnd } from './command-lane.ts';
import type { LaneOptions } from './lane-options.ts';
import { Link, type LinkOwner } from './link.ts';
import { PendingRing } from './pending-ring.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';

/** Replies that are longer hold up what is behind them. */
const LONG_REPLY_BYTES = 1024 * 1024;
const NOBODY = -1;
/** What servers answer strangers. */
const NO_AUTH = 'NOAUTH Authentication required.';
const PUSH = 0x3e;
const ERROR_TYPES = new Uint8Array(256);
for (const type of [0x2d, 0x21]) ERROR_TYPES[type] = 1;

export class Lane implements CommandLane, LinkOwner {
  readonly id: number;
  readonly role: 'primary' | 'shadow';
  readonly #services: WorkerServices;
  readonly #options: LaneOptions;
  readonly #target: TargetIndex;
  readonly #link: Link;
  readonly #pending = new PendingRing();
  /** How many of the pending requests, oldest first, were written to the link. The rest are in the backlog. */
  #sent = 0;
  readonly #backlog = new FrameWriter();
  readonly #backoff: Backoff;
  #timer: NodeJS.Timeout | undefined = undefined;
  #expiry: NodeJS.Timeout | undefined = undefined;
  /** Reason of the last failure while the server is down, '' while it is not known to be down. */
  #downReason = '';
  #dropping = false;
  #closed = false;
  /** Bytes of the reply in progress that have come. */
  #replyBytes = 0;
  #isLong = false;
  /** Once it is retired: how many replies each session is owed. */
  #owed: Map<number, number> | undefined = undefined;
  /** The session for whose sake nothing is read, or NOBODY. */
  #heldFor = NOBODY;
  /** Monotonic milliseconds of the last command. */
  lastUsedMs = 0;

  constructor(services: WorkerServices, options: LaneOptions) {
    this.#services = services;
    this.#options = options;
    this.id = options.id;
    this.role = options.endpoint.role;
    this.#target = this.role === 'primary' ? 0 : 1;
    this.#backoff = new Backoff(options.reconnect.minMs, options.reconnect.maxMs);
    this.#link = new Link(services, options.endpoint, options.context, this);
  }

  get up(): boolean {
    return this.#link.ready;
  }

  get inFlight(): number {
    return this.#pending.count;
  }

  /** Why the server is down, by the latest attempt; '' while it is not known to be. */
  get downReason(): string {
    return this.#downReason;
  }

  get hello(): Reply | undefined {
    return this.#link.hello;
  }

  get isStranger(): boolean {
    return this.#link.isStranger;
  }

  readonly links: readonly CommandLane[] = [this];

  /** How this connection is called. */
  get ends(): readonly LinkEnd[] {
    return [this.#link.end];
  }

  get connections(): number {
    return this.#link.ready ? 1 : 0;
  }

  /** Nothing on a lane waits for other clients. */
  get isParked(): boolean {
    return false;
  }

  get oldestSentAtMs(): number {
    return this.#pending.oldestSentAtMs;
  }

  open(): void {
    if (this.#link.down && this.#timer === undefined && !this.#closed) this.#link.open();
  }

  send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
    isOwned = false,
  ): void {
    const now = this.#services.clock.monotonicMs;
    this.lastUsedMs = now;
    if (this.#owed !== undefined) this.#owe(session);
    if (this.#link.ready) {
      if (this.#pending.count < this.#options.maxInFlight) {
        this.#pending.push(target, session, sequence, command, now, mirrored);
        this.#sent += 1;
        if (isOwned) this.#link.writeOwned(bytes, start, end);
        else this.#link.write(bytes, start, end);
        return;
      }
      const text = `ERR lockstep: too many commands wait for the ${this.role}`;
      this.#refuse(target, session, sequence, command, mirrored, text);
      return;
    }
    const refusal = this.#reasonToRefuse(end - start);
    if (refusal !== '') {
      this.#refuse(target, session, sequence, command, mirrored, refusal);
      return;
    }
    this.#pending.push(target, session, sequence, command, now, mirrored);
    this.#backlog.raw(bytes, start, end);
    this.open();
    this.#watchBacklog();
  }

  /** Nobody new uses it: it ends when what is in flight is answered. Sessions it `serves` must go on using it. */
  retire(): void {
    const pending = this.#pending;
    this.#owed = new Map();
    for (let index = 0; index < pending.count; index++) this.#owe(pending.sessionAt(index));
    if (pending.count === 0) this.close();
  }

  /** Retired, and owes the session replies: what it sends must not overtake what it has sent. */
  serves(session: number): boolean {
    return this.#owed?.has(session) === true;
  }

  /** Cold. Whether the session waits for a reply of this connection. */
  owes(session: number): boolean {
    const pending = this.#pending;
    for (let place = 0; place < pending.count; place++) if (pending.sessionAt(place) === session) return true;
    return false;
  }

  /** The client of a session is slow. Nothing is read until it has caught up, if nobody else waits for anything. */
  holdBack(session: number, isHeldBack: boolean): void {
    if (!isHeldBack) {
      if (this.#heldFor === session) this.#readOn();
      return;
    }
    if (this.#owed?.size !== 1 || !this.#owed.has(session)) return;
    this.#heldFor = session;
    this.#link.pauseReading();
  }

  /** Stops for good. What is in flight fails. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    if (this.#link.down) this.#failBacklog('');
    else this.#link.close();
  }

  tick(): void {}

  /** Cuts the connection; the lane comes back by its usual rules. */
  reset(): void {
    this.#link.close();
  }

  moved(): void {
    this.#backoff.succeeded();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#link.down) this.#link.moved();
    else if (this.#options.persistent || this.#pending.count > 0) this.open();
  }

  linkReady(): void {
    this.#backoff.succeeded();
    this.#downReason = '';
    const { isStranger } = this.#link;
    if (this.#backlog.length > 0 && !isStranger) {
      this.#link.write(this.#backlog.bytes, 0, this.#backlog.length);
      this.#backlog.reset();
      this.#sent = this.#pending.count;
    }
    clearTimeout(this.#expiry);
    this.#expiry = undefined;
    this.#options.onState(this, true, '');
    // Longer commands than strangers may send would end the connection for all; nobody knew that when they came.
    if (isStranger) this.#failBacklog(NO_AUTH);
  }

  linkPiece(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    type: number,
  ): void {
    if (this.#dropping || (first && type === PUSH)) {
      // Nobody on a lane subscribes or tracks: a push here is news of the server's own.
      this.#dropping = !last;
      return;
    }
    if (this.#sent === 0) {
      // A reply to nothing: from here on nobody can say which reply belongs to what.
      this.#link.close();
      return;
    }
    const pending = this.#pending;
    const at = pending.head;
    const mirrored = pending.mirrored[at];
    const target = pending.targets[at]!;
    const session = pending.sessions[at];
    const sequence = pending.sequences[at];
    if (last) {
      if (pending.commands[at] !== INTERNAL_COMMAND) this.#measure(at, type);
      pending.shift();
      this.#sent -= 1;
      if (this.#replyBytes > 0) this.#longReplyOver();
    } else this.#lookAtLength(end - start);
    target.reply(session, sequence, bytes, start, end, last);
    if (mirrored !== undefined) mirrored.primaryPiece(bytes, start, end, last);
    if (last && this.#owed !== undefined) this.#paid(session);
  }

  linkDrained(): void {
    // Back-pressure is by the sessions' limits on commands in flight; nothing waits for this.
  }

  linkLost(reason: string, refusal: string): void {
    this.#dropping = false;
    this.#heldFor = NOBODY;
    this.#owed?.clear();
    if (this.#replyBytes > 0) this.#longReplyOver();
    const wasUp = this.#downReason === '';
    // A server that is busy with a script for now is not down: the next command finds out.
    const isBusy = refusal.startsWith('BUSY ');
    this.#downReason = isBusy ? '' : refusal !== '' ? refusal : reason;
    if (isBusy) this.#backoff.succeeded();
    const unsent = this.#pending.count - this.#sent;
    const unknown = `ERR lockstep: the connection to the ${this.role} was lost, ${OUTCOME_UNKNOWN}`;
    for (let sent = this.#sent; sent > 0 && this.#pending.count > 0; sent--) this.#failOldest(unknown, true);
    this.#sent = 0;
    const delayMs = this.#backoff.failed();
    if (unsent > 0 && (refusal !== '' || this.#closed || this.#options.waitWhenDownMs === 0)) {
      this.#failBacklog(refusal);
    }
    if (wasUp) this.#options.onState(this, false, reason);
    const isWanted = this.#options.persistent && this.#owed === undefined;
    if (this.#closed || (!isWanted && this.#pending.count === 0)) return;
    // A command given while the others failed may have tried again already.
    clearTimeout(this.#timer);
    this.#timer = this.#services.after(delayMs, () => {
      this.#timer = undefined;
      this.open();
    });
  }

  /** A piece of a reply that goes on. */
  #lookAtLength(pieceBytes: number): void {
    this.#replyBytes += pieceBytes;
    if (this.#isLong || this.#replyBytes + this.#link.remainingBytes <= LONG_REPLY_BYTES) return;
    this.#isLong = true;
    this.#options.onLongReply?.(this);
  }

  #longReplyOver(): void {
    this.#replyBytes = 0;
    this.#isLong = false;
  }

  #owe(session: number): void {
    this.#owed!.set(session, (this.#owed!.get(session) ?? 0) + 1);
  }

  /** A retired lane has answered one command. */
  #paid(session: number): void {
    const owed = this.#owed!;
    const left = (owed.get(session) ?? 0) - 1;
    if (left > 0) owed.set(session, left);
    else owed.delete(session);
    if (this.#heldFor !== NOBODY) this.#readOn();
    if (this.#pending.count === 0) this.close();
  }

  #readOn(): void {
    this.#heldFor = NOBODY;
    this.#link.resumeReading();
  }

  #measure(at: number, type: number): void {
    const { metrics, clock } = this.#services;
    const pending = this.#pending;
    metrics.countCommand(
      pending.commands[at],
      this.#target,
      ERROR_TYPES[type] === 1 ? RESULT_ERROR : RESULT_OK,
    );
    metrics.observeDuration(this.#target, (clock.monotonicMs - pending.sentAt[at]) / 1000);
  }

  #countFailure(command: number): void {
    if (command !== INTERNAL_COMMAND)
      this.#services.metrics.countCommand(command, this.#target, RESULT_FAILED);
  }

  #reasonToRefuse(sizeBytes: number): string {
    if (this.#closed) return `ERR lockstep: the connection to the ${this.role} is closed`;
    if (this.#downReason !== '' && this.#options.waitWhenDownMs === 0 && this.#backoff.failures > 1) {
      if (!this.#options.persistent) this.open();
      return this.#unreachable();
    }
    if (this.#pending.count >= this.#options.maxInFlight)
      return `ERR lockstep: too many commands wait for the ${this.role}`;
    if (this.#backlog.length + sizeBytes > this.#options.maxBacklogBytes) {
      return `ERR lockstep: too many bytes wait for the ${this.role}`;
    }
    return '';
  }

  #unreachable(): string {
    return `ERR lockstep: the ${this.role} is unreachable (${this.#downReason}), the command was not sent`;
  }

  #refuse(
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
    text: string,
  ): void {
    this.#countFailure(command);
    target.failed(session, sequence, text);
    if (mirrored !== undefined) mirrored.primaryFailed(false);
  }

  #failOldest(text: string, sent: boolean): void {
    const pending = this.#pending;
    const at = pending.head;
    const target = pending.targets[at]!;
    const mirrored = pending.mirrored[at];
    const session = pending.sessions[at];
    const sequence = pending.sequences[at];
    this.#countFailure(pending.commands[at]);
    pending.shift();
    target.failed(session, sequence, text);
    if (mirrored !== undefined) mirrored.primaryFailed(sent);
  }

  #failBacklog(refusal: string): void {
    const text = refusal !== '' ? refusal : this.#unreachable();
    this.#backlog.reset();
    for (let left = this.#pending.count - this.#sent; left > 0 && this.inFlight > 0; left--)
      this.#failOldest(text, false);
  }

  /** Fails the backlog when its oldest command has waited for `waitWhenDownMs` (or a connect timeout). */
  #watchBacklog(): void {
    if (this.#expiry !== undefined || this.#options.waitWhenDownMs === 0) return;
    this.#expiry = this.#services.after(this.#options.waitWhenDownMs, () => {
      this.#expiry = undefined;
      if (this.#link.ready || this.#pending.count === 0) return;
      if (this.#downReason === '') this.#downReason = 'timed out';
      this.#failBacklog('');
    });
  }
}
