/**
 * A connection to one node of a cluster that one session has for itself: its commands go there as on a lane, its
 * transactions as on a pinned connection, and what the node says beside replies is the session's. Worker thread. It
 * must not know what the session's connections have in common: see `private-lane.ts`.
 */
import { assert, OUTCOME_UNKNOWN } from '../base/errors.ts';
import { BIT_BLOCKING } from '../commands/table.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import type { PinnedEvents } from './pinned.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import type { WorkerServices } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import { WholeMessages } from './whole-messages.ts';

const PUSH = 0x3e;
const LOST = `ERR lockstep: the connection to the primary was lost, ${OUTCOME_UNKNOWN}`;
const UNREACHABLE = 'ERR lockstep: the primary is unreachable';

export interface PrivateNodeEvents {
  /** A message, whole. */
  pushed(bytes: Uint8Array, start: number, end: number): void;
  /** A command of a transaction, or one that may block, is sent. */
  sent(command: number, bytes: Uint8Array, start: number, end: number): void;
  up(): void;
  /** It was up, and is not. */
  lost(): void;
  /** Messages are to come on a connection beside this one, or `isAsked`: makes it. Undefined: they come here. */
  listen(events: PinnedEvents, isAsked: boolean): SessionConnection | undefined;
}

export class PrivateNodeLane extends Lane {
  readonly #services: WorkerServices;
  readonly #events: PrivateNodeEvents;
  readonly #messages: WholeMessages;
  /** In the middle of a message. */
  #isInside = false;
  /** Commands that may block, on their way. */
  parked = 0;
  #listener: SessionConnection | undefined = undefined;
  /** Who waits for that. */
  #onListening: (() => void) | undefined = undefined;
  readonly #connections = new Set<LaneConnection>();
  #wasReady = false;

  constructor(services: WorkerServices, options: LaneOptions, events: PrivateNodeEvents) {
    super(services, options);
    this.#services = services;
    this.#events = events;
    this.#messages = new WholeMessages((bytes, start, end) => events.pushed(bytes, start, end));
  }

  override get isParked(): boolean {
    return this.parked > 0;
  }

  /** The node's id of the connection that messages come on, -1 while there is none. */
  get listenerId(): number {
    return this.#listener?.ready === true ? this.#listener.serverId : -1;
  }

  /** The node's id of this connection, -1 while it is not up. */
  get serverId(): number {
    return this.up ? this.ends[0]!.serverId : -1;
  }

  override open(): void {
    if (this.#listener === undefined) this.#listener = this.#events.listen(this.#listening(), false);
    if (this.#listener === undefined || this.#listener.ready) super.open();
  }

  /** The connection that listens: when it is there, this one is made; when it ends, so does this one. */
  #listening(): PinnedEvents {
    const messages = new WholeMessages((bytes, start, end) => this.#events.pushed(bytes, start, end));
    return {
      pinnedStream: (bytes, start, end) => messages.feed(bytes, start, end),
      pinnedReady: () => {
        super.open();
        this.#listens();
      },
      pinnedDrained: () => {},
      pinnedLost: () => {
        if (this.up) this.reset();
        // It will find out why.
        else super.open();
      },
    };
  }

  /** While it is up: makes the connection that listens, if there is none. `done`: that is there, or this is lost. */
  listen(done: () => void): void {
    this.#listener ??= this.#events.listen(this.#listening(), true);
    if (this.listenerId >= 0) done();
    else this.#onListening = done;
  }

  #listens(): void {
    const done = this.#onListening;
    this.#onListening = undefined;
    done?.();
  }

  sent(command: number, bytes: Uint8Array, start: number, end: number): void {
    this.#events.sent(command, bytes, start, end);
  }

  /** A view of it for transactions and what blocks. */
  connection(events: PinnedEvents): SessionConnection {
    const connection = new LaneConnection(this.#services, this, events, (left) =>
      this.#connections.delete(left),
    );
    this.#connections.add(connection);
    return connection;
  }

  override linkPiece(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    type: number,
  ): void {
    if (first) this.#isInside = type === PUSH;
    if (this.#isInside) this.#messages.feed(bytes, start, end);
    else super.linkPiece(bytes, start, end, first, last, type);
  }

  override linkReady(): void {
    this.#messages.reset();
    this.#wasReady = true;
    super.linkReady();
    this.#events.up();
    for (const connection of this.#connections) connection.nodeReady();
  }

  override linkLost(reason: string, refusal: string): void {
    const wasReady = this.#wasReady;
    this.#wasReady = false;
    this.#listener?.close();
    this.#listener = undefined;
    super.linkLost(reason, refusal);
    for (const connection of this.#connections) connection.nodeLost(wasReady ? LOST : UNREACHABLE, wasReady);
    if (wasReady) this.#events.lost();
    this.#listens();
  }
}

/** Connections that are up, but for those of lanes: the node, and what that calls it. */
export function endsOf(
  nodes: readonly { readonly index: number; readonly connection: SessionConnection | undefined }[],
): { readonly node: number; readonly serverId: number }[] {
  return nodes.flatMap(({ index: node, connection }) => {
    if (connection?.ready !== true || connection instanceof LaneConnection) return [];
    return connection.serverId < 0 ? [] : [{ node, serverId: connection.serverId }];
  });
}

/** As a pinned connection, for one command at a time or a transaction. Cold: few commands. */
export class LaneConnection implements SessionConnection {
  readonly usable = true;
  inFlight = 0;
  readonly #services: WorkerServices;
  readonly #lane: PrivateNodeLane;
  #events: PinnedEvents | undefined;
  readonly #onEnd: (connection: LaneConnection) => void;

  constructor(
    services: WorkerServices,
    lane: PrivateNodeLane,
    events: PinnedEvents,
    onEnd: (connection: LaneConnection) => void,
  ) {
    this.#services = services;
    this.#lane = lane;
    this.#events = events;
    this.#onEnd = onEnd;
  }

  get ready(): boolean {
    return this.#lane.up;
  }

  get serverId(): number {
    return this.#lane.serverId;
  }

  adopt(events: PinnedEvents | undefined): void {
    this.#events = events;
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
  ): void {
    const mayBlock = command >= 0 && (this.#services.table.bits[command] & BIT_BLOCKING) !== 0;
    this.inFlight += 1;
    if (mayBlock) this.#lane.parked += 1;
    const over = (): void => {
      this.inFlight -= 1;
      if (mayBlock) this.#lane.parked -= 1;
    };
    const counted: ReplyTarget = {
      reply: (from, place, piece, pieceStart, pieceEnd, last) => {
        if (last) over();
        target.reply(from, place, piece, pieceStart, pieceEnd, last);
      },
      failed: (from, place, text) => {
        over();
        target.failed(from, place, text);
        // Refused at once, perhaps: then nothing else tells it.
        if (!this.#lane.up) this.#services.after(0, () => this.nodeLost(text, false));
      },
    };
    this.#lane.sent(command, bytes, start, end);
    this.#lane.send(bytes, start, end, counted, session, sequence, command, mirrored, true);
  }

  nodeReady(): void {
    this.#events?.pinnedReady();
  }

  nodeLost(text: string, wasReady: boolean): void {
    const events = this.#events;
    this.leave();
    events?.pinnedLost(text, wasReady);
  }

  /** The lane goes on without it. */
  leave(): void {
    this.#events = undefined;
    this.#onEnd(this);
  }

  closeWhenMirrored(): void {
    this.leave();
  }

  cut(): void {
    this.#lane.reset();
  }

  close(): void {
    this.leave();
    this.#lane.reset();
  }

  holdBack(): void {
    // Commands of the lane come on it as well.
  }

  hasRoom(): boolean {
    return true;
  }

  forgetSubscriptions(): void {
    // There are none here.
  }

  startStreaming(): void {
    assert(false, 'who listens has another connection');
  }

  sendSubscription(): void {
    assert(false, 'who listens has another connection');
  }

  write(): void {
    assert(false, 'who listens has another connection');
  }
}
