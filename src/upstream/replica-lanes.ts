/**
 * Connections to the replicas of a cluster that reads may be sent to, and which of them serves a slot for a client. One
 * per cluster lane that reads from replicas. Worker thread. It must not know commands.
 *
 * A client always gets the same replica of a shard, as long as that is there: what it reads does not go back in time.
 */
import type { LinkContext } from './handshake.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import type { NodeZones } from './node-zones.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import { type ClusterTopology, NOBODY, type TopologyMap } from './topology.ts';

/** Where reads go. `zone`: the gateway's own availability zone, where that counts. */
export interface ReadPolicy {
  readonly reads: 'prefer-replica' | 'zone-aware';
  readonly zone: string;
}

export interface ReplicaLanesOptions {
  readonly topology: ClusterTopology;
  readonly zones: NodeZones;
  readonly policy: ReadPolicy;
  readonly context: LinkContext;
  readonly reconnect: LaneOptions['reconnect'];
  readonly maxBacklogBytes: number;
  /** A replica that does not answer for so long is left out until it can be reached again. */
  readonly graceMs: number;
  /** By index of the node: connections that are up, of all lanes to the cluster. Counted here. */
  readonly connections: number[];
}

const READONLY = Buffer.from('*1\r\n$8\r\nREADONLY\r\n');
const PLUS = 0x2b;
/** A replica that could not serve a read is not asked again for so long. */
const PAUSE_MS = 1000;

/** A connection to one replica, which serves reads once the replica has agreed to. */
export class ReplicaLane implements ReplyTarget {
  readonly node: number;
  readonly lane: Lane;
  #isReady = false;
  #notBeforeMs = 0;
  #wasUp = false;

  /** Cold: once per connection. */
  constructor(services: WorkerServices, node: number, options: ReplicaLanesOptions) {
    const { topology, context, reconnect, maxBacklogBytes, connections } = options;
    this.node = node;
    this.lane = new Lane(services, {
      id: -1,
      endpoint: topology.nodes[node]!.endpoint,
      context,
      reconnect,
      waitWhenDownMs: 0,
      maxInFlight: Number.MAX_SAFE_INTEGER,
      maxBacklogBytes,
      persistent: true,
      onState: (_lane, up) => {
        if (up !== this.#wasUp) connections[node] = (connections[node] ?? 0) + (up ? 1 : -1);
        this.#wasUp = up;
        this.#isReady = false;
        if (up) this.lane.send(READONLY, 0, READONLY.length, this, 0, 0, INTERNAL_COMMAND, undefined);
      },
    });
    this.lane.open();
  }

  isUsable(nowMs: number): boolean {
    return this.#isReady && nowMs >= this.#notBeforeMs;
  }

  /** It could not serve a read just now. */
  rest(nowMs: number): void {
    this.#notBeforeMs = nowMs + PAUSE_MS;
  }

  /** To READONLY. */
  reply(_session: number, _sequence: number, bytes: Uint8Array, start: number): void {
    this.#isReady = bytes[start] === PLUS;
  }

  failed(): void {
    // The next connection asks again.
  }
}

/** Who may serve reads of one shard, in the order in which they are tried. */
interface Choice {
  readonly near: readonly ReplicaLane[];
  /** The primary comes before those that are far. */
  readonly isPrimaryNear: boolean;
  readonly far: readonly ReplicaLane[];
}

export class ReplicaLanes {
  readonly #services: WorkerServices;
  readonly #options: ReplicaLanesOptions;
  /** By index of the node. */
  readonly #lanes: (ReplicaLane | undefined)[] = [];
  /** By index of the primary. */
  #choices: (Choice | undefined)[] = [];
  readonly #onChange = (map: TopologyMap): void => this.#follow(map);
  readonly #onZone = (): void => this.#choose();

  /** Cold: once per cluster lane. */
  constructor(services: WorkerServices, options: ReplicaLanesOptions) {
    this.#services = services;
    this.#options = options;
    options.zones.onLearnt(this.#onZone);
    options.topology.onChange(this.#onChange);
  }

  /** Cold: for commands about clients. */
  get links(): readonly Lane[] {
    return this.#lanes.flatMap((one) => (one === undefined ? [] : one.lane));
  }

  /** Who serves reads of the slot for the session; undefined: the primary. */
  laneFor(slot: number, session: number): ReplicaLane | undefined {
    const owner = this.#options.topology.ownerOf(slot);
    const choice = owner === NOBODY ? undefined : this.#choices[owner];
    if (choice === undefined) return undefined;
    const now = this.#services.clock.monotonicMs;
    const near = pick(choice.near, session, now);
    return near !== undefined || choice.isPrimaryNear ? near : pick(choice.far, session, now);
  }

  /** Call about once a second: gives up connections that are silent, asks what is not known yet. */
  tick(): void {
    const now = this.#services.clock.monotonicMs;
    if (this.#options.policy.reads === 'zone-aware') this.#askZones();
    for (const one of this.#lanes)
      if (one !== undefined && now - one.lane.oldestSentAtMs > this.#options.graceMs) one.lane.reset();
  }

  reset(): void {
    for (const one of this.#lanes) one?.lane.reset();
  }

  close(): void {
    this.#options.topology.offChange(this.#onChange);
    this.#options.zones.offLearnt(this.#onZone);
    this.#choices = [];
    for (const node of this.#lanes.keys()) this.#drop(node);
  }

  /** Cold: the map is another one. */
  #follow(map: TopologyMap): void {
    const wanted = new Set([...map.replicas.values()].flat());
    for (const node of this.#lanes.keys()) if (!wanted.has(node)) this.#drop(node);
    for (const node of wanted) this.#lanes[node] ??= new ReplicaLane(this.#services, node, this.#options);
    this.#choose();
  }

  /** Cold: until all are known. */
  #askZones(): void {
    const { topology, zones } = this.#options;
    const { primaries = [], replicas } = topology.map ?? {};
    const nodes = [...primaries, ...[...(replicas?.values() ?? [])].flat()];
    zones.find(nodes.filter((node) => zones.of(node) === undefined));
  }

  /** Cold: after a change of the map, or when a zone has become known. */
  #choose(): void {
    const { topology, policy, zones } = this.#options;
    const choices: Choice[] = [];
    for (const [primary, replicas] of topology.map?.replicas ?? []) {
      const lanes = replicas.flatMap((node) => this.#lanes[node] ?? []);
      const isNear = (node: number): boolean =>
        policy.reads === 'prefer-replica' || zones.of(node) === policy.zone;
      choices[primary] = {
        near: lanes.filter(({ node }) => isNear(node)),
        isPrimaryNear: policy.reads === 'zone-aware' && isNear(primary),
        far: lanes.filter(({ node }) => !isNear(node)),
      };
    }
    this.#choices = choices;
  }

  /** What is in flight goes to the primary. */
  #drop(node: number): void {
    const one = this.#lanes[node];
    this.#lanes[node] = undefined;
    one?.lane.close();
  }
}

/** One of those that can serve now, always the same for a session. */
function pick(lanes: readonly ReplicaLane[], session: number, nowMs: number): ReplicaLane | undefined {
  let usable = 0;
  for (let at = 0; at < lanes.length; at++) if (lanes[at].isUsable(nowMs)) usable += 1;
  if (usable === 0) return undefined;
  let place = session % usable;
  for (let at = 0; at < lanes.length; at++) {
    if (!lanes[at].isUsable(nowMs)) continue;
    if (place === 0) return lanes[at];
    place -= 1;
  }
  return undefined;
}
