/**
 * Which node of a cluster has which slots: asks the nodes, one after the other, keeps the last answer that can be
 * believed, and is corrected by redirects in between. One per worker and cluster. Worker thread. It must not know
 * commands or who uses the map. Cold: once per refresh and per slot that moves.
 */
import { SLOT_COUNT } from '../base/slot.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply } from '../resp/reply.ts';
import { hostAndPort, resolveHost } from '../transport/names.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { Lane } from './lane.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import { type NodeAddress, readView, reasonToRefuse, type TopologyView } from './topology-view.ts';

export interface ClusterNode {
  /** Small integer, the node's own while it is used. */
  readonly index: number;
  readonly address: NodeAddress;
  readonly endpoint: Endpoint;
}

/** Never changed: a change makes a new one. */
export interface TopologyMap {
  /** By slot: index of the node that has it, or NOBODY. */
  readonly owners: Int16Array;
  /** Indexes of the nodes with slots, in the order of their first slot. */
  readonly primaries: readonly number[];
  /** By index of a primary: indexes of its replicas. */
  readonly replicas: ReadonlyMap<number, readonly number[]>;
}

export interface TopologyOptions {
  /** What all nodes have in common; its address is not used. */
  readonly endpoint: Endpoint;
  readonly seeds: readonly NodeAddress[];
  readonly context: LinkContext;
  readonly refreshMs: number;
}

export const NOBODY = -1;
/** Refreshes are at least so far apart, whatever happens. */
const PAUSE_MS = 100;
/** The same when nobody has had a good answer lately. */
const LONG_PAUSE_MS = 500;
/** So many nodes in a row must tell of an older epoch before it is believed: the cluster was made anew. */
const OLD_VIEWS = 3;
/** A slot that was on its way so long ago may still be. */
const RESTLESS_MS = 10_000;
const MAX_NODES = 1024;
const INFO = Buffer.from('*2\r\n$7\r\nCLUSTER\r\n$4\r\nINFO\r\n');
const SLOTS = Buffer.from('*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n');

export class ClusterTopology {
  readonly nodes: ClusterNode[] = [];
  map: TopologyMap | undefined = undefined;
  /** By slot: 1 once keys of it have gone from one node to another, as far as is known. */
  readonly #moved = new Uint8Array(SLOT_COUNT);
  /** By slot: when it was last seen on its way, monotonic milliseconds. */
  readonly #restless = new Map<number, number>();
  /** Why there is no map, or the last view was refused; ''. */
  reason = 'not asked yet';
  readonly #services: WorkerServices;
  readonly #options: TopologyOptions;
  readonly #listeners: ((map: TopologyMap) => void)[] = [];
  #epoch = -1;
  #oldViews = 0;
  /** Place of the next node to ask among the seeds and the known nodes. */
  #turn = 0;
  /** The refresh under way. */
  #asking: Lane | undefined = undefined;
  #isWanted = false;
  #askedAtMs = -Infinity;
  /** Refusals and failures in a row. */
  #refusals = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #logged = '';
  #closed = false;

  constructor(services: WorkerServices, options: TopologyOptions) {
    this.#services = services;
    this.#options = options;
    // Workers begin with different nodes.
    this.#turn = services.workerIndex;
  }

  get role(): 'primary' | 'shadow' {
    return this.#options.endpoint.role;
  }

  /** One node has all there is: what concerns all nodes, or one connection, is its business alone. */
  get isOnePrimary(): boolean {
    return this.map?.primaries.length === 1;
  }

  /** `listener` is called after each change of the map. */
  onChange(listener: (map: TopologyMap) => void): void {
    this.#listeners.push(listener);
    if (this.map !== undefined) listener(this.map);
  }

  offChange(listener: (map: TopologyMap) => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  /** Begins to ask. */
  open(): void {
    this.refresh();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#asking?.close();
  }

  /** Index of the node that has the slot, NOBODY while that is not known. */
  ownerOf(slot: number): number {
    return this.map === undefined ? NOBODY : this.map.owners[slot];
  }

  /**
   * Keys of the slot have gone from one node to another. MIGRATE hands over how long a key still lives, not until when:
   * each move makes it live longer by as long as it took to hand it over.
   */
  hasMoved(slot: number): boolean {
    return slot >= 0 && this.#moved[slot] === 1;
  }

  /** A node has passed a command of the slot on by ASK: the slot is moving. */
  asked(slot: number): void {
    this.#moved[slot] = 1;
    this.delayed(slot);
  }

  /** A node could not run a command of the slot yet. */
  delayed(slot: number): void {
    this.#restless.set(slot, this.#services.clock.monotonicMs);
  }

  /** A moment ago commands of the slot were delayed, or sent elsewhere because it is moving. */
  isRestless(slot: number): boolean {
    if (this.#restless.size === 0) return false;
    const atMs = this.#restless.get(slot);
    return atMs !== undefined && this.#services.clock.monotonicMs - atMs < RESTLESS_MS;
  }

  /** The node with this address, which may be new. `asked`: the host that an empty one stands for. */
  nodeAt(host: string, port: number, asked: string): ClusterNode {
    const address = { host: host === '' ? asked : host, port };
    const known = this.nodes.find((node) => isSame(node.address, address));
    if (known !== undefined) return known;
    const index = this.nodes.length < MAX_NODES ? this.nodes.length : this.#unusedIndex();
    const name = hostAndPort(address.host, port);
    const { watch } = this.#options.endpoint;
    const endpoint = {
      ...this.#options.endpoint,
      ...(watch === undefined ? {} : { watch: watch.another() }),
      address: { kind: 'tcp', host: address.host, port } as const,
      node: name,
    };
    const node = { index, address, endpoint };
    this.nodes[index] = node;
    return node;
  }

  /** A redirect said that the slot belongs to the node. */
  moved(slot: number, node: ClusterNode): void {
    const { map } = this;
    this.refresh();
    if (map === undefined || map.owners[slot] === node.index) return;
    const owners = map.owners.slice();
    owners[slot] = node.index;
    const primaries = map.primaries.includes(node.index) ? map.primaries : map.primaries.concat(node.index);
    this.#change({ owners, primaries, replicas: map.replicas });
  }

  /** Something is not as it was: asks soon, once for all who want it. */
  refresh(): void {
    if (this.#closed || this.#isWanted) return;
    this.#isWanted = true;
    if (this.#asking === undefined) this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const { monotonicMs } = this.#services.clock;
    const isHopeless = this.#refusals > this.nodes.length;
    const pauseMs = this.#isWanted ? (isHopeless ? LONG_PAUSE_MS : PAUSE_MS) : this.#options.refreshMs;
    const delayMs = Math.max(0, this.#askedAtMs + pauseMs - monotonicMs);
    this.#timer = this.#services.after(delayMs, () => this.#ask());
  }

  #ask(): void {
    this.#isWanted = false;
    this.#askedAtMs = this.#services.clock.monotonicMs;
    const node = this.#next();
    const lane = new Lane(this.#services, {
      id: -1,
      endpoint: node.endpoint,
      context: this.#options.context,
      reconnect: { minMs: 1, maxMs: 1 },
      waitWhenDownMs: 0,
      maxInFlight: 2,
      maxBacklogBytes: 1024,
      persistent: false,
      onState: () => {},
    });
    this.#asking = lane;
    const patience = this.#services.after(this.#options.endpoint.connectTimeoutMs, () => lane.close());
    const answers = new Answers((info, slots, failure) => {
      if (this.#asking !== lane) return;
      clearTimeout(patience);
      const view = failure === '' ? readView(info!, slots!, node.address.host) : failure;
      if (typeof view === 'string') this.#refuse(node, view);
      else this.#look(node, view);
    });
    for (const question of [INFO, SLOTS])
      lane.send(question, 0, question.length, answers, 0, 0, INTERNAL_COMMAND, undefined);
  }

  /** Nodes in turn: those of the map, and the seeds. */
  #next(): ClusterNode {
    const { seeds } = this.#options;
    const { map } = this;
    const known = map === undefined ? [] : [...map.primaries, ...[...map.replicas.values()].flat()];
    const at = this.#turn++ % (known.length + seeds.length);
    const index = known[at];
    if (index !== undefined) return this.nodes[index]!;
    const seed = seeds[at - known.length]!;
    return this.nodeAt(seed.host, seed.port, seed.host);
  }

  #look(node: ClusterNode, view: TopologyView): void {
    const refusal = reasonToRefuse(view, this.#epoch);
    const isOld = view.isOk && view.covered > 0 && view.epoch < this.#epoch;
    this.#oldViews = isOld ? this.#oldViews + 1 : 0;
    if (refusal !== '' && this.#oldViews < OLD_VIEWS) {
      this.#refuse(node, refusal);
      return;
    }
    this.#resolveNew(view, (unresolved) => {
      if (unresolved !== '') this.#refuse(node, unresolved);
      else this.#adopt(node, view);
    });
  }

  /** Names that are new must mean something before traffic is sent there. */
  #resolveNew(view: TopologyView, done: (unresolved: string) => void): void {
    const isKnown = (host: string): boolean => this.nodes.some(({ address }) => address.host === host);
    const hosts = new Set(view.ranges.map(({ primary }) => primary.host).filter((host) => !isKnown(host)));
    let left = hosts.size;
    if (left === 0) done('');
    const failures: string[] = [];
    for (const host of hosts) {
      resolveHost(host, (error) => {
        if (error !== '') failures.push(`it names ${host}, which does not resolve (${error})`);
        left -= 1;
        if (left === 0) this.#services.after(0, () => done(failures[0] ?? ''));
      });
    }
  }

  #refuse(node: ClusterNode, reason: string): void {
    this.reason = reason;
    this.#refusals += 1;
    const text = `${node.endpoint.node} ${reason}`;
    if (this.#logged !== text) {
      const keeps = this.map === undefined ? 'there is none yet' : 'the last one stays';
      const fields = { node: node.endpoint.node, reason };
      this.#services.log('warn', `a topology of the ${this.role} is refused, ${keeps}`, fields);
    }
    this.#logged = text;
    // Another node may know better.
    this.#isWanted = true;
    this.#over();
  }

  #adopt(node: ClusterNode, view: TopologyView): void {
    this.#epoch = view.epoch;
    this.#oldViews = 0;
    this.#refusals = 0;
    this.#logged = '';
    this.reason = '';
    const next = this.#mapOf(view, node.address.host);
    const before = this.map;
    this.#over();
    if (before !== undefined && isSameMap(before, next)) return;
    this.#services.log('info', `the topology of the ${this.role}`, {
      from: node.endpoint.node,
      primaries: next.primaries.map((index) => this.nodes[index]!.endpoint.node),
      replicas: [...next.replicas.values()].flat().length,
      slots: view.covered,
      epoch: view.epoch,
    });
    this.#change(next);
  }

  #over(): void {
    const lane = this.#asking;
    this.#asking = undefined;
    // It may be telling why it has no answer just now.
    this.#services.after(0, () => lane?.close());
    if (!this.#closed) this.#schedule();
  }

  #mapOf(view: TopologyView, asked: string): TopologyMap {
    const owners = new Int16Array(SLOT_COUNT).fill(NOBODY);
    const primaries: number[] = [];
    const replicas = new Map<number, readonly number[]>();
    const indexOf = ({ host, port }: NodeAddress): number => this.nodeAt(host, port, asked).index;
    for (const range of view.ranges) {
      const owner = indexOf(range.primary);
      owners.fill(owner, range.start, range.last + 1);
      if (!primaries.includes(owner)) primaries.push(owner);
      replicas.set(owner, range.replicas.map(indexOf));
    }
    return { owners, primaries, replicas };
  }

  #change(map: TopologyMap): void {
    this.#noteMoves(map);
    this.map = map;
    for (const listener of this.#listeners.slice()) listener(map);
  }

  /** A replica that takes over has the keys already. */
  #noteMoves({ owners }: TopologyMap): void {
    const before = this.map;
    if (before === undefined) return;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const from = before.owners[slot];
      if (from === owners[slot] || from === NOBODY || owners[slot] === NOBODY) continue;
      if (before.replicas.get(from)?.includes(owners[slot]) !== true) this.#moved[slot] = 1;
    }
  }

  /** There are as many nodes as may be: one that has no part in the map gives its place. */
  #unusedIndex(): number {
    const used = new Set(this.map === undefined ? [] : this.map.primaries);
    for (const indexes of this.map?.replicas.values() ?? []) for (const index of indexes) used.add(index);
    const free = this.nodes.findIndex(({ index }) => !used.has(index));
    return Math.max(free, 0);
  }
}

function isSame(a: NodeAddress, b: NodeAddress): boolean {
  return a.host === b.host && a.port === b.port;
}

function isSameMap(a: TopologyMap, b: TopologyMap): boolean {
  const { owners } = a;
  if (!owners.every((owner, slot) => b.owners[slot] === owner)) return false;
  return JSON.stringify([...a.replicas]) === JSON.stringify([...b.replicas]);
}

/** Collects the answers to both questions. */
class Answers implements ReplyTarget {
  readonly #done: (info: Reply | undefined, slots: Reply | undefined, failure: string) => void;
  readonly #replies: Reply[] = [];
  #bytes = new FrameWriter(4096);
  #over = false;

  constructor(done: (info: Reply | undefined, slots: Reply | undefined, failure: string) => void) {
    this.#done = done;
  }

  reply(
    _session: number,
    _sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#bytes.raw(bytes, start, end);
    if (!last) return;
    this.#replies.push(decodeReply(this.#bytes.bytes, 0, this.#bytes.length));
    this.#bytes = new FrameWriter(4096);
    if (this.#replies.length === 2) this.#end('');
  }

  failed(_session: number, _sequence: number, text: string): void {
    this.#end(text.replace(/^ERR lockstep: /, ''));
  }

  #end(failure: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(this.#replies[0], this.#replies[1], failure);
  }
}
