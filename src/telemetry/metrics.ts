/**
 * The counters, histograms and gauges of one worker in one SharedArrayBuffer of float64.
 * Written by the worker that owns it, read by the main thread at scrape time; nobody else writes. It must not know
 * prom-client, names of commands or names of nodes: those are the exporter's.
 *
 * There is one writer and aligned 64-bit stores do not tear on the machines V8 runs on, so plain loads and stores
 * are enough; a scrape may see two counters a few nanoseconds apart.
 */

export const TARGETS = ['primary', 'shadow'] as const;
export const TARGET_PRIMARY = 0;
export const TARGET_SHADOW = 1;

export const RESULTS = ['ok', 'error', 'failed'] as const;
export const RESULT_OK = 0;
export const RESULT_ERROR = 1;
/** No reply came. */
export const RESULT_FAILED = 2;

export const VERDICTS = ['match', 'divergent', 'expected', 'unconfirmed', 'skipped'] as const;
export const VERDICT_MATCH = 0;
export const VERDICT_DIVERGENT = 1;
export const VERDICT_EXPECTED = 2;
export const VERDICT_UNCONFIRMED = 3;
export const VERDICT_SKIPPED = 4;

export const DIVERGENCE_KINDS = ['type', 'value', 'order', 'length', 'error', 'missing', 'ttl'] as const;

export const DROP_REASONS = [
  'queue_commands',
  'queue_bytes',
  'queue_age',
  'breaker_open',
  'connection_lost',
  'sampled_split',
  'not_mirrorable',
  'database',
  'cross_slot',
  'disabled',
  'shutdown',
] as const;

/** Why a slot became dirty. */
export const DIRTY_CAUSES = [
  'dropped',
  'expiry',
  'refused',
  'spread',
  'script',
  'failover',
  'restart',
  'sample',
] as const;
export type DirtyCause = (typeof DIRTY_CAUSES)[number];

/** Why a client was refused, or disconnected. */
export const CLIENT_DROP_REASONS = [
  'max_clients',
  'protected_mode',
  'idle',
  'query_buffer',
  'output_buffer',
  'client_memory',
] as const;
export type ClientDropReason = (typeof CLIENT_DROP_REASONS)[number];

/** Why a user of the gateway itself was denied something, in the order of `acl/denial.ts`; names as in ACL LOG. */
export const ACL_REASONS = ['command', 'database', 'key', 'auth', 'channel'] as const;

/** Upper bounds in seconds; one more bucket holds what is slower. */
export const DURATION_BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Nodes per target that have their own series. Further nodes are not shown. */
export const MAX_NODES = 256;

/** Options of commands that have counters, see `commands/option-table.ts`. */
export const MAX_OPTIONS = 256;

const GAUGE_QUEUE_COMMANDS = 0;
const GAUGE_QUEUE_BYTES = 1;
const GAUGE_LAG = 2;
const GAUGE_DIRTY_SLOTS = 3;
const GAUGE_BREAKER = 4;
const GAUGE_CONNECTIONS = 5;
/** In, then out. */
const GAUGE_BYTES_IN = 6;
const GAUGE_BUSY = 8;
/** One for each of CLIENT_DROP_REASONS. */
const GAUGE_CLIENTS_DROPPED = 9;
const GAUGE_BUSY_RATIO = GAUGE_CLIENTS_DROPPED + CLIENT_DROP_REASONS.length;
/** One for each of ACL_REASONS. */
const GAUGE_ACL_DENIED = GAUGE_BUSY_RATIO + 1;
const GAUGE_COUNT = GAUGE_ACL_DENIED + ACL_REASONS.length;

const DROPS_AT = GAUGE_COUNT;
const HISTOGRAM_AT = DROPS_AT + DROP_REASONS.length;
/** Buckets (not cumulative), the slow bucket, then the sum of seconds. */
const HISTOGRAM_SIZE = DURATION_BUCKETS.length + 2;
const NODES_AT = HISTOGRAM_AT + TARGETS.length * HISTOGRAM_SIZE;
/** Per node: state (0 unused, 1 down, 2 up), connections, and seconds of the last PING (0: there was none). */
const NODE_SIZE = 3;
const OPTIONS_AT = NODES_AT + TARGETS.length * MAX_NODES * NODE_SIZE;
const COMMANDS_AT = OPTIONS_AT + MAX_OPTIONS;
const COMPARISONS_IN_ROW = TARGETS.length * RESULTS.length;
const DIVERGENCES_IN_ROW = COMPARISONS_IN_ROW + VERDICTS.length;
const ROW_SIZE = DIVERGENCES_IN_ROW + DIVERGENCE_KINDS.length;

const bucketBounds = Float64Array.from(DURATION_BUCKETS);

export type TargetIndex = 0 | 1;
export type ResultIndex = 0 | 1 | 2;
export type VerdictIndex = 0 | 1 | 2 | 3 | 4;

export class WorkerMetrics {
  readonly #cells: Float64Array;
  /** Command ids below this have counters of their own. */
  readonly commandCount: number;

  /** Size in bytes of the buffer for a catalogue of `commandCount` commands. */
  static bytes(commandCount: number): number {
    return (COMMANDS_AT + (commandCount + 1) * ROW_SIZE) * Float64Array.BYTES_PER_ELEMENT;
  }

  /** `buffer` must be zeroed and of the size `bytes` gives; ids outside [0, commandCount) count as "other". */
  constructor(buffer: SharedArrayBuffer, commandCount: number) {
    this.#cells = new Float64Array(buffer, 0, COMMANDS_AT + (commandCount + 1) * ROW_SIZE);
    this.commandCount = commandCount;
  }

  /** A reply (or the lack of one) of a command on one target. */
  countCommand(id: number, target: TargetIndex, result: ResultIndex): void {
    this.#cells[this.#row(id) + target * RESULTS.length + result]++;
  }

  /** A client has used an option that not every release has; `option` is its number, below MAX_OPTIONS. */
  countOption(option: number): void {
    this.#cells[OPTIONS_AT + option]++;
  }

  /** Time from sending a command to its reply. */
  observeDuration(target: TargetIndex, seconds: number): void {
    const base = HISTOGRAM_AT + target * HISTOGRAM_SIZE;
    let bucket = 0;
    while (bucket < bucketBounds.length && seconds > bucketBounds[bucket]!) bucket++;
    this.#cells[base + bucket]++;
    this.#cells[base + HISTOGRAM_SIZE - 1]! += seconds;
  }

  countComparison(id: number, verdict: VerdictIndex): void {
    this.#cells[this.#row(id) + COMPARISONS_IN_ROW + verdict]++;
  }

  /** `kind` is an index into DIVERGENCE_KINDS. */
  countDivergence(id: number, kind: number): void {
    this.#cells[this.#row(id) + DIVERGENCES_IN_ROW + kind]++;
  }

  /** `reason` is an index into DROP_REASONS. */
  addShadowDropped(reason: number, count: number): void {
    this.#cells[DROPS_AT + reason]! += count;
  }

  setShadowQueue(commands: number, bytes: number): void {
    this.#cells[GAUGE_QUEUE_COMMANDS] = commands;
    this.#cells[GAUGE_QUEUE_BYTES] = bytes;
  }

  setShadowLag(seconds: number): void {
    this.#cells[GAUGE_LAG] = seconds;
  }

  /** All workers share the dirty slots: the number is that of the whole gateway, not this worker's part of it. */
  setShadowDirtySlots(count: number): void {
    this.#cells[GAUGE_DIRTY_SLOTS] = count;
  }

  setBreakerOpen(open: 0 | 1): void {
    this.#cells[GAUGE_BREAKER] = open;
  }

  setClientConnections(count: number): void {
    this.#cells[GAUGE_CONNECTIONS] = count;
  }

  /** `direction` 0: from clients, 1: to clients. */
  addClientBytes(direction: 0 | 1, count: number): void {
    this.#cells[GAUGE_BYTES_IN + direction]! += count;
  }

  countDroppedClient(reason: ClientDropReason): void {
    this.#cells[GAUGE_CLIENTS_DROPPED + CLIENT_DROP_REASONS.indexOf(reason)]!++;
  }

  /** `reason` is an index into ACL_REASONS. */
  countAclDenial(reason: number): void {
    this.#cells[GAUGE_ACL_DENIED + reason]!++;
  }

  /** Time this worker spent working rather than waiting for events. */
  addBusy(seconds: number): void {
    this.#cells[GAUGE_BUSY]! += seconds;
  }

  /** The same as a share of the last second. */
  setBusyRatio(ratio: number): void {
    this.#cells[GAUGE_BUSY_RATIO] = ratio;
  }

  /** `node` is this target's node number, given out by the main thread; numbers from MAX_NODES on are ignored. */
  setUpstream(target: TargetIndex, node: number, connections: number, up: boolean, pingSeconds = 0): void {
    if (node < 0 || node >= MAX_NODES) return;
    const at = NODES_AT + (target * MAX_NODES + node) * NODE_SIZE;
    this.#cells[at] = up ? 2 : 1;
    this.#cells[at + 1] = connections;
    this.#cells[at + 2] = pingSeconds;
  }

  /** A node that is no longer part of the topology loses its series. */
  forgetUpstream(target: TargetIndex, node: number): void {
    if (node < 0 || node >= MAX_NODES) return;
    const at = NODES_AT + (target * MAX_NODES + node) * NODE_SIZE;
    this.#cells[at] = 0;
    this.#cells[at + 1] = 0;
    this.#cells[at + 2] = 0;
  }

  // What the main thread reads.

  commands(id: number, target: TargetIndex, result: ResultIndex): number {
    return this.#cells[this.#row(id) + target * RESULTS.length + result]!;
  }

  options(option: number): number {
    return this.#cells[OPTIONS_AT + option]!;
  }

  comparisons(id: number, verdict: VerdictIndex): number {
    return this.#cells[this.#row(id) + COMPARISONS_IN_ROW + verdict]!;
  }

  divergences(id: number, kind: number): number {
    return this.#cells[this.#row(id) + DIVERGENCES_IN_ROW + kind]!;
  }

  shadowDropped(reason: number): number {
    return this.#cells[DROPS_AT + reason]!;
  }

  /** Observations in one bucket alone; bucket DURATION_BUCKETS.length is what was slower than all. */
  durationBucket(target: TargetIndex, bucket: number): number {
    return this.#cells[HISTOGRAM_AT + target * HISTOGRAM_SIZE + bucket]!;
  }

  durationSum(target: TargetIndex): number {
    return this.#cells[HISTOGRAM_AT + target * HISTOGRAM_SIZE + HISTOGRAM_SIZE - 1]!;
  }

  get shadowQueueCommands(): number {
    return this.#cells[GAUGE_QUEUE_COMMANDS]!;
  }

  get shadowQueueBytes(): number {
    return this.#cells[GAUGE_QUEUE_BYTES]!;
  }

  get shadowLagSeconds(): number {
    return this.#cells[GAUGE_LAG]!;
  }

  get shadowDirtySlots(): number {
    return this.#cells[GAUGE_DIRTY_SLOTS]!;
  }

  get breakerOpen(): number {
    return this.#cells[GAUGE_BREAKER]!;
  }

  get clientConnections(): number {
    return this.#cells[GAUGE_CONNECTIONS]!;
  }

  clientBytes(direction: 0 | 1): number {
    return this.#cells[GAUGE_BYTES_IN + direction]!;
  }

  droppedClients(reason: ClientDropReason): number {
    return this.#cells[GAUGE_CLIENTS_DROPPED + CLIENT_DROP_REASONS.indexOf(reason)]!;
  }

  aclDenials(reason: number): number {
    return this.#cells[GAUGE_ACL_DENIED + reason]!;
  }

  get busySeconds(): number {
    return this.#cells[GAUGE_BUSY]!;
  }

  get busyRatio(): number {
    return this.#cells[GAUGE_BUSY_RATIO]!;
  }

  /** 0: this worker has nothing to say about the node, 1: down, 2: up. */
  upstreamState(target: TargetIndex, node: number): number {
    return this.#cells[NODES_AT + (target * MAX_NODES + node) * NODE_SIZE]!;
  }

  upstreamConnections(target: TargetIndex, node: number): number {
    return this.#cells[NODES_AT + (target * MAX_NODES + node) * NODE_SIZE + 1]!;
  }

  /** 0: it has not answered a PING of this worker yet. */
  upstreamPingSeconds(target: TargetIndex, node: number): number {
    return this.#cells[NODES_AT + (target * MAX_NODES + node) * NODE_SIZE + 2]!;
  }

  #row(id: number): number {
    return COMMANDS_AT + (id >= 0 && id < this.commandCount ? id + 1 : 0) * ROW_SIZE;
  }
}
