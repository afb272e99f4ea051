/**
 * The connections to the shadow, one per database and RESP version, and what their state means for the breaker.
 * Worker thread (slot owner).
 */
import { SLOT_COUNT } from '../base/slot.ts';
import type { ServerIdentity } from '../compare/identity.ts';
import { identityFromHello } from '../compare/identity.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { askServerInfo, type ServerInfo } from '../upstream/server-info.ts';
import { INTERNAL_COMMAND, type WorkerServices } from '../upstream/services.ts';
import type { SharedLaneOptions, Upstream } from '../upstream/upstream.ts';
import type { Breaker } from './breaker.ts';
import type { MirrorItem } from './mirror-item.ts';
import type { SlotGate } from './slot-gate.ts';

/** Commands of a slot that may wait for one before them; with more, they go at once. */
const MOST_BEHIND = 64;

export type ShadowLaneOptions = Omit<SharedLaneOptions, 'id' | 'context' | 'onState' | 'persistent'> & {
  readonly upstream: Upstream;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Database of the URL: what database 0 of a client is on the shadow. */
  readonly database: number;
  /** `auto`: as the primary's connections, or RESP2 where the shadow has no HELLO. */
  readonly protocol: 'auto' | 'resp2' | 'resp3';
};

export class ShadowLanes {
  readonly #services: WorkerServices;
  readonly #options: ShadowLaneOptions;
  readonly #lanes = new Map<number, CommandLane>();
  /** By id, with the versions of RESP that are spoken on them. */
  readonly #all: CommandLane[] = [];
  readonly #versions: (2 | 3)[] = [];
  #breaker: Breaker | undefined = undefined;
  #now: () => number = Date.now;
  #identity: ServerIdentity | undefined = undefined;
  /** By index of the node; one server is 0. */
  readonly #runIds = new Map<number, string>();
  #restarted: (slots: Int32Array) => void = () => {};
  downReason = '';

  constructor(services: WorkerServices, options: ShadowLaneOptions) {
    this.#services = services;
    this.#options = options;
  }

  /** Called once by the stream: the breaker hears of lost connections, `restarted` of a server's new process. */
  attach(breaker: Breaker, now: () => number, restarted: (slots: Int32Array) => void): void {
    this.#breaker = breaker;
    this.#restarted = restarted;
    this.#now = now;
    this.baseLane.open();
  }

  get identity(): ServerIdentity | undefined {
    return this.#identity;
  }

  get upstream(): Upstream {
    return this.#options.upstream;
  }

  get up(): boolean {
    return this.baseLane.up;
  }

  /** The lane for the gateway's own questions. */
  get baseLane(): CommandLane {
    return this.#laneIn(0, this.#baseVersion);
  }

  get #baseVersion(): 2 | 3 {
    return this.#options.protocol === 'resp3' ? 3 : 2;
  }

  /** What is sent goes to several nodes: no transaction can be sent as one. */
  get spreads(): boolean {
    return this.#options.upstream.cluster !== undefined;
  }

  /**
   * Whether a cluster may answer a command with TRYAGAIN and run what is behind it: one on several keys of a slot, of
   * which one has moved and another has not. Nobody knows beforehand which slots begin to move, so what comes behind it
   * waits for its answer, unless so much waits already that the shadow would fall behind for it.
   */
  mayDelay(item: MirrorItem, gate: SlotGate): boolean {
    const { cluster } = this.#options.upstream;
    if (cluster === undefined || !item.sharesSlot) return false;
    for (let i = 0; i < item.slotCount; i++) {
      const slot = item.slotAt(i);
      if (gate.loadOf(slot) <= MOST_BEHIND || cluster.topology.isRestless(slot)) return true;
    }
    return false;
  }

  get connections(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.connections;
    return count;
  }

  /** The lane for commands of a client's connections in this version of RESP. */
  laneFor(database: number, resp: 2 | 3): CommandLane {
    return this.#laneIn(database, this.#versionFor(resp));
  }

  /** The lane with this id: one that a command has been given a place on. */
  byId(id: number): CommandLane {
    return this.#all[id];
  }

  /** The version of RESP that is spoken on it. */
  respOf({ id }: CommandLane): 2 | 3 {
    return this.#versions[id];
  }

  #versionFor(resp: 2 | 3): 2 | 3 {
    const { protocol } = this.#options;
    if (protocol !== 'auto') return protocol === 'resp3' ? 3 : 2;
    // Until it is known whether the shadow has a HELLO, RESP2 will do: replies are compared by what they say.
    return resp === 3 && this.baseLane.hello === undefined ? 2 : resp;
  }

  #laneIn(database: number, resp: 2 | 3): CommandLane {
    const key = database * 4 + resp;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = this.#makeLane(this.#lanes.size, database, resp);
    this.#lanes.set(key, lane);
    this.#all.push(lane);
    this.#versions.push(resp);
    return lane;
  }

  /** Cold: once per database and RESP version. */
  #makeLane(id: number, database: number, resp: 2 | 3): CommandLane {
    const { user, password } = this.#options;
    const shifted = database === 0 ? this.#options.database : database;
    return this.#options.upstream.makeLane(this.#services, {
      ...this.#options,
      id,
      context: { database: shifted, resp, user, password, name: '' },
      persistent: true,
      onState: (which, up, reason) => this.#stateChanged(which, up, reason),
      onNode: (node, nodeLane) => {
        if (database === 0 && resp === this.#baseVersion)
          askServerInfo(nodeLane, (info) => this.#learn(node, info));
      },
    });
  }

  /** When the oldest unanswered command was sent, monotonic milliseconds; `Infinity` when none waits. */
  oldestSentAtMs(): number {
    let oldest = Infinity;
    for (const lane of this.#lanes.values()) oldest = Math.min(oldest, lane.oldestSentAtMs);
    return oldest;
  }

  /** Call about once a second. */
  tick(): void {
    for (const lane of this.#lanes.values()) lane.tick();
  }

  /** The shadow is at another address. */
  moved(): void {
    for (const lane of this.#lanes.values()) lane.moved();
  }

  /** It is another server, or its login another one: what was in flight is lost and counted. */
  renew(login: Pick<ShadowLaneOptions, 'user' | 'password' | 'database'>): void {
    Object.assign(this.#options, login);
    this.#restarted(Int32Array.from({ length: SLOT_COUNT }, (_, slot) => slot));
    for (const [key, lane] of this.#lanes) {
      // Commands that wait in the gate know it by its id.
      this.#all[lane.id] = this.#makeLane(lane.id, key >> 2, this.#versions[lane.id]);
      this.#lanes.set(key, this.#all[lane.id]);
      lane.close();
    }
    this.#identity = undefined;
    this.baseLane.open();
  }

  /** Cuts all connections: what was in flight is lost and counted. */
  reset(): void {
    for (const lane of this.#lanes.values()) lane.reset();
  }

  /** With the breaker open: sends one PING when it is time, whose reply closes the breaker. */
  probe(nowMs: number): void {
    const breaker = this.#breaker!;
    if (breaker.state === 'closed' || !breaker.mayProbe(nowMs)) return;
    const lane = this.baseLane;
    if (!lane.up) {
      lane.open();
      breaker.failure(nowMs);
      return;
    }
    const ping = PING;
    const target = {
      reply: (_session: number, _sequence: number, bytes: Uint8Array, start: number): void => {
        // A server that loads its data, or wants a password, is not there yet.
        if (bytes[start] === MINUS) {
          breaker.failure(this.#now());
          return;
        }
        breaker.success();
        this.#services.log('info', 'the shadow answers again, mirroring goes on');
      },
      failed: (): void => breaker.failure(this.#now()),
    };
    lane.send(ping, 0, ping.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
  }

  #learn(node: number, { identity, runId }: ServerInfo): void {
    if (identity !== undefined) this.#identity = identity;
    const before = this.#runIds.get(node) ?? runId;
    if (runId === '') return;
    this.#runIds.set(node, runId);
    if (runId !== before) this.#restarted(this.#slotsOf(node));
  }

  #slotsOf(node: number): Int32Array {
    const owners = this.#options.upstream.cluster?.topology.map?.owners;
    const all = Int32Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
    return owners === undefined ? all : all.filter((slot) => owners[slot] === node);
  }

  #stateChanged(lane: CommandLane, up: boolean, reason: string): void {
    // Others may have taken its place; what it loses now is counted one by one.
    if (this.#all[lane.id] !== lane) return;
    if (up) {
      const identity = lane.hello === undefined ? undefined : identityFromHello(lane.hello);
      this.#identity ??= identity;
      if (!this.spreads && lane === this.baseLane) askServerInfo(lane, (info) => this.#learn(0, info));
      return;
    }
    this.downReason = reason;
    this.#services.log('warn', 'the connection to the shadow is lost', { reason });
    this.#breaker?.trip(this.#now());
  }
}

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const MINUS = 0x2d;
