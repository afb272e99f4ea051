/**
 * The connections of one session before a cluster, where they must be its own and all alike: it tracks keys, has
 * CLIENT NO-EVICT or the like, or sends what a pause of the nodes may hold back. Worker thread. Cold, but for the
 * commands of such sessions.
 *
 * Commands go as on a shared lane, over one connection to each node. What makes the connections what they are is said
 * on each when it is made (`SessionSetup`), and told to those that there are when it changes.
 *
 * Keys are tracked by the nodes that served them. A client that may have missed something is told to forget all it
 * knows, as a server does on FLUSHALL: when a connection is lost, when a slot that it has read has another owner, and
 * while it broadcasts, when there is a connection to a node again.
 */
import { equalBytes } from '../base/bytes.ts';
import { SLOT_COUNT } from '../base/slot.ts';
import { isError, type Reply } from '../resp/reply.ts';
import { ROUTE_SLOT } from '../routing/router.ts';
import { ClusterLane } from './cluster-lane.ts';
import { CountedTarget } from './counted-target.ts';
import type { LinkContext } from './handshake.ts';
import type { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import type { PinnedEvents } from './pinned.ts';
import type { PinnedNodeOptions } from './pinned-node.ts';
import { LaneConnection, PrivateNodeLane } from './private-node.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import { SessionSetup } from './session-setup.ts';
import type { ClusterParts, SlotSenderOptions } from './slot-sender.ts';
import { NOBODY, type TopologyMap } from './topology.ts';
import { WholeReply } from './whole-reply.ts';

/** What connections of the session are set up as now. `id` names it. */
export interface PrivateContext {
  readonly id: number;
  readonly resp: 2 | 3;
  readonly lane: Pick<SlotSenderOptions, 'context' | 'reconnect' | 'maxInFlight' | 'maxBacklogBytes'>;
}

export interface PrivateLaneOptions {
  readonly services: WorkerServices;
  readonly cluster: ClusterParts;
  /** Those with connections, for their upkeep. */
  readonly privateLanes: Set<PrivateLane>;
  readonly private: () => PrivateContext;
  /** A connection to a node for messages, which speaks RESP3. */
  listen(node: number, events: PinnedEvents): SessionConnection;
  /** Some node holds commands back for now. */
  isPaused(): boolean;
}

export interface PrivateLaneEvents {
  /** A message, whole. */
  pushed(bytes: Uint8Array, start: number, end: number): void;
  /** Everything is answered. */
  idle(): void;
}

/** Forget all keys. */
const FLUSHED = Buffer.from('>2\r\n$10\r\ninvalidate\r\n_\r\n');
const IGNORE: ReplyTarget = { reply: () => {}, failed: () => {} };
const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');

export class PrivateLane {
  readonly setup = new SessionSetup();
  readonly #options: PrivateLaneOptions;
  readonly #events: PrivateLaneEvents;
  #lane: ClusterLane | undefined = undefined;
  /** What the lane was made with. */
  #context: PrivateContext | undefined = undefined;
  /** What its connections are set up as, for all of them. */
  #link: LinkContext | undefined = undefined;
  /** All connections were told of the context that comes; none was made since `#ups` was this. */
  #toldAt = NOBODY;
  /** Counts connections as they come up. */
  #ups = 0;
  #map: TopologyMap | undefined = undefined;
  readonly #onChange = (map: TopologyMap): void => this.#follow(map);
  /** By slot, one bit each: the session has read keys of it since it was told to forget them. */
  readonly #read = new Uint8Array(SLOT_COUNT / 8);
  #counted: CountedTarget | undefined = undefined;
  /** Commands without a reply. */
  inFlight = 0;
  /** Some of them, answered perhaps, that the mirror needs. */
  #mirrored = 0;
  #isClosing = false;
  #isUnprefixed = false;
  /** Counts the lanes: what an old one still says of itself is of no matter. */
  #generation = 0;
  /** The connections to all nodes have been there. */
  #isSettled = false;

  constructor(options: PrivateLaneOptions, events: PrivateLaneEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** The session's commands go here, not to a shared lane. */
  get isUsed(): boolean {
    return !this.setup.isEmpty || this.inFlight > 0 || this.#options.isPaused();
  }

  /** Its connections that are up. */
  get ends(): { readonly node: number; readonly serverId: number }[] {
    const all = this.#lane?.nodes.all ?? [];
    return all.flatMap(({ node, lane }) =>
      lane instanceof PrivateNodeLane && lane.serverId >= 0 ? [{ node, serverId: lane.serverId }] : [],
    );
  }

  /** `prefix`: sent right before it; `isAside`: and meant for another command, behind this one. */
  send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
    prefix: Uint8Array | undefined,
    isAside: boolean,
  ): void {
    if (this.#counted?.target !== target) this.#counted = new CountedTarget(target, this);
    this.inFlight += 1;
    if (mirrored !== undefined) this.#mirrored += 1;
    const lane = this.#current();
    lane.prefix = prefix;
    lane.sendToPrimary(bytes, start, end, this.#counted, session, sequence, command, mirrored);
    lane.prefix = undefined;
    if (isAside && prefix !== undefined)
      lane.sendToPrimary(PING, 0, PING.length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
  }

  /** The connection to a node, for a transaction or what blocks. */
  connection(node: number, events: PinnedEvents): SessionConnection {
    return (this.#current().nodes.laneOf(node) as PrivateNodeLane).connection(events);
  }

  /** A node's id of the connection that its messages come on, where that is another one and both are up; else -1. */
  listenerOf(node: number): number {
    const lane = this.#current().nodes.at(node);
    return lane instanceof PrivateNodeLane && lane.up ? lane.listenerId : -1;
  }

  /** Makes the connection that messages of the node may come on, beside one that is there. */
  listenAt(node: number, done: () => void): void {
    const lane = this.#current().nodes.at(node);
    if (lane instanceof PrivateNodeLane && lane.up) lane.listen(done);
    else done();
  }

  /** Asks a node, behind all that it was sent; undefined: there was no answer, but `error`. */
  ask(node: number, bytes: Uint8Array, done: (reply: Reply | undefined, error: string) => void): void {
    const target = new WholeReply(
      (reply) => done(reply, ''),
      (text) => done(undefined, text),
    );
    this.#current()
      .nodes.laneOf(node)
      .send(bytes, 0, bytes.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }

  /** Tells all nodes but one; with a connection to each, which is made first, when `everywhere`. */
  tell(bytes: Uint8Array, but: number, everywhere: boolean, done: () => void): void {
    const { nodes } = this.#current();
    const primaries = this.#options.cluster.topology.map?.primaries ?? [];
    const told = everywhere ? primaries : nodes.all.filter(({ lane }) => lane.up).map(({ node }) => node);
    let left = 1;
    const ready = (): void => {
      left -= 1;
      if (left === 0) done();
    };
    for (const node of told) {
      left += 1;
      // One that is made now says it by itself.
      const isNew = nodes.at(node)?.up !== true;
      const say = (): void => this.ask(node, this.setup.said(bytes, this.listenerOf(node)), ready);
      if (isNew || node === but) this.ask(node, PING, ready);
      else if (this.setup.redirects) this.listenAt(node, say);
      else say();
    }
    ready();
  }

  /** One node has agreed to another login, protocol or database: tells the others. What was read is tracked still. */
  tellContext(bytes: Uint8Array, but: number, done: () => void): void {
    const ups = this.#ups;
    let left = 1;
    const ready = (): void => {
      left -= 1;
      if (left > 0) return;
      this.#toldAt = ups;
      done();
    };
    for (const { node, lane } of this.#current().nodes.all) {
      if (node === but) continue;
      left += 1;
      const told = (reply: Reply | undefined): void => {
        // It must not go on as what it was.
        if (reply === undefined || isError(reply)) lane.reset();
        ready();
      };
      if (lane.up) this.ask(node, bytes, told);
      else told(undefined);
    }
    ready();
  }

  /** The connections are to be made anew. */
  restart(): void {
    this.#end();
  }

  /** Call about once a second. */
  tick(): void {
    this.#lane?.tick();
  }

  /** All that the setup asked for is there: from now on what is missing may have been missed. */
  settled(): void {
    this.#isSettled = true;
  }

  /** Nothing is set up any more: when everything is answered, its connections end. */
  release(): void {
    if (!this.isUsed) this.#end();
  }

  close(): void {
    this.setup.clear();
    // Whoever mirrors must hear what came of it.
    if (this.#mirrored > 0) this.#isClosing = true;
    else this.#end();
  }

  /** The client must forget all it knows, if it is told of such things at all. */
  flush(): void {
    const { tracks, redirects, broadcasts } = this.setup;
    if (!tracks || (!broadcasts && !this.#hasRead)) return;
    this.#read.fill(0);
    if (redirects || this.#context?.resp === 3) this.#events.pushed(FLUSHED, 0, FLUSHED.length);
  }

  get #hasRead(): boolean {
    return this.#read.some((bits) => bits !== 0);
  }

  /** A key of the slot is read, or written. */
  noteSlot(slot: number): void {
    this.#read[slot >> 3] |= 1 << (slot & 7);
  }

  /** A command is answered. */
  answered(): void {
    this.inFlight -= 1;
    if (this.inFlight > 0) return;
    this.#mirrored = 0;
    if (this.#isClosing) this.#options.services.after(0, () => this.#end());
    if (this.#isUnprefixed) {
      this.#isUnprefixed = false;
      this.flush();
    }
    this.#events.idle();
  }

  /** The lane, made anew where the session logged in as somebody else or speaks another protocol since. */
  #current(): ClusterLane {
    const context = this.#options.private();
    const isTold = this.#toldAt === this.#ups;
    this.#toldAt = NOBODY;
    if (this.#lane !== undefined && (this.#context?.id === context.id || isTold)) {
      if (isTold) Object.assign(this.#link!, context.lane.context);
      this.#context = context;
      return this.#lane;
    }
    this.#context = context;
    if (this.#lane !== undefined) this.flush();
    this.#end();
    this.#link = { ...context.lane.context };
    const { services, cluster } = this.#options;
    this.#lane = new ClusterLane(services, {
      ...context.lane,
      context: this.#link,
      id: -1,
      cluster,
      persistent: this.setup.broadcasts,
      onState: () => {},
      makeLane: (options, node) => this.#makeNode(options, node),
      onSlot: (slot) => this.noteSlot(slot),
      onUnprefixed: () => {
        this.#isUnprefixed = true;
      },
    });
    this.#map = cluster.topology.map;
    this.#options.privateLanes.add(this);
    cluster.topology.onChange(this.#onChange);
    return this.#lane;
  }

  #end(): void {
    const lane = this.#lane;
    this.#lane = undefined;
    this.#generation += 1;
    this.#isSettled = false;
    this.#read.fill(0);
    if (lane === undefined) return;
    this.#options.privateLanes.delete(this);
    this.#options.cluster.topology.offChange(this.#onChange);
    lane.close();
  }

  #makeNode(options: LaneOptions, node: number): Lane {
    const { services, listen } = this.#options;
    const generation = this.#generation;
    let id = (): number => -1;
    const setup = (): readonly Uint8Array[] => this.setup.commands(id());
    // It follows what all of them are.
    const context: LinkContext = Object.assign(Object.create(options.context), { setup });
    const lane: PrivateNodeLane = new PrivateNodeLane(
      services,
      { ...options, context },
      {
        pushed: (bytes, start, end) => {
          if (this.setup.tracks) this.#pushed(bytes, start, end);
        },
        sent: (command, bytes, start, end) => {
          const { router } = this.#options.cluster;
          if (router.route(command, bytes, start, end) === ROUTE_SLOT) this.noteSlot(router.slot);
        },
        up: () => {
          this.#ups += 1;
          if (this.#isSettled && this.setup.broadcasts) this.flush();
        },
        lost: () => {
          if (generation === this.#generation) this.flush();
        },
        listen: (events, isAsked) => (isAsked || this.setup.redirects ? listen(node, events) : undefined),
      },
    );
    id = () => lane.listenerId;
    return lane;
  }

  /** FLUSHALL comes of every node: who has nothing to forget any more is not told again. */
  #pushed(bytes: Uint8Array, start: number, end: number): void {
    const isFlush = equalBytes(bytes, start, end, FLUSHED, 0, FLUSHED.length);
    if (isFlush && !this.setup.broadcasts) {
      if (this.inFlight === 0 && !this.#hasRead) return;
      this.#read.fill(0);
    }
    this.#events.pushed(bytes, start, end);
  }

  /** What it has read of slots that have another owner now, nobody watches any more. */
  #follow(map: TopologyMap): void {
    const before = this.#map;
    this.#map = map;
    if (before === undefined || this.setup.broadcasts || !this.setup.tracks) return;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const isRead = (this.#read[slot >> 3] & (1 << (slot & 7))) !== 0;
      if (!isRead || before.owners[slot] === map.owners[slot]) continue;
      this.flush();
      return;
    }
  }
}

/** How transactions come by connections: from the lane while that is used. */
export function throughLane(
  own: PrivateLane,
  options: PinnedNodeOptions,
): Pick<PinnedNodeOptions, 'take' | 'give'> {
  return {
    take: (node, events) => (own.isUsed ? own.connection(node, events) : options.take(node, events)),
    give: (node, connection) => {
      if (connection instanceof LaneConnection) connection.leave();
      else options.give(node, connection);
    },
  };
}
