/**
 * The metrics page: sums what the workers count in shared memory and writes it in the text format of Prometheus,
 * together with prom-client's process metrics. Main thread; the only importer of prom-client. It never talks to
 * workers, so a scrape cannot slow them down.
 */
import * as os from 'node:os';
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { type CounterReport, readCounters } from './counters.ts';
import { type MetricName, metricTable } from './metric-table.ts';
import {
  ACL_REASONS,
  CLIENT_DROP_REASONS,
  DIRTY_CAUSES,
  DIVERGENCE_KINDS,
  type DirtyCause,
  DROP_REASONS,
  DURATION_BUCKETS,
  MAX_NODES,
  RESULTS,
  type ResultIndex,
  TARGETS,
  type TargetIndex,
  VERDICTS,
  type VerdictIndex,
  type WorkerMetrics,
} from './metrics.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface EngineFigures {
  /** Keys by database number. */
  readonly keys: readonly number[];
  readonly memoryBytes: number;
  /** Clients that wait for a key. */
  readonly blockedClients: number;
  /** `maxmemory`; 0: no limit. */
  readonly memoryLimitBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly expiredKeys: number;
  readonly evictedKeys: number;
}

/** Spans of traces by what has become of them. */
export interface SpanFigures {
  readonly exported: number;
  readonly failed: number;
  readonly dropped: number;
}

export interface CertificateExpiry {
  readonly setting: string;
  readonly expiresAtMs: number;
}

/** A thread beside the workers, that nobody's clients are connected to. */
export interface EngineThread {
  readonly name: string;
  readonly metrics: WorkerMetrics;
}

/** Where the exporter reads. Arrays and functions are read again at every scrape. */
export interface MetricSources {
  /** Label of every command id: a catalogue name or `other`. Never client input. */
  readonly labels: readonly string[];
  /** One per worker, in order of worker number. */
  readonly workers: readonly WorkerMetrics[];
  /** Names (`host:port`) of the nodes of a target by node number; their series vanish with `forgetUpstream`. */
  nodes(target: TargetIndex): readonly string[];
  readonly threads?: readonly EngineThread[];
  /** Absent while there is no engine. */
  engine?(): EngineFigures;
  /** When the certificates of a setting expire, in milliseconds of Unix time. */
  certificates?(): readonly CertificateExpiry[];
  /** Absent where no traces are made. */
  readonly spans?: SpanFigures | undefined;
  /** Absent: the greatest number a worker has set. */
  shadowDirtySlots?(): number;
  /** How often a clean slot became dirty for this cause. */
  slotsDirtied?(cause: DirtyCause): number;
}

const OTHER = 'other';

/** Collects the samples of one kind of per-command counter, adding up ids that share a label; zeros are left out. */
class LabelSums {
  readonly #sums = new Map<string, { labels: Labels; value: number }>();

  add(labels: Labels, value: number): void {
    if (value === 0) return;
    const key = Object.values(labels).join('\0');
    const known = this.#sums.get(key);
    if (known === undefined) this.#sums.set(key, { labels, value });
    else known.value += value;
  }

  samples(): Sample[] {
    return [...this.#sums.values()];
  }
}

/** A process without a limit of its own is told a number that no machine has. */
function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory() ?? 0;
  return constrained > 0 ? Math.min(constrained, os.totalmem()) : os.totalmem();
}

export class MetricsExporter {
  readonly #sources: MetricSources;
  readonly #registry = new Registry();

  constructor(sources: MetricSources) {
    this.#sources = sources;
    for (const name of Object.keys(metricTable) as MetricName[]) this.#register(name, this.#collectors[name]);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The metrics page. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The same counters as numbers, of this moment. */
  counters(): CounterReport {
    return readCounters(this.#sources);
  }

  readonly #collectors: Readonly<Record<MetricName, () => Sample[]>> = {
    lockstep_commands_total: () => this.#commands(),
    lockstep_command_duration_seconds: () =>
      TARGETS.flatMap((_, target) => this.#durations(target as TargetIndex)),
    lockstep_comparisons_total: () => this.#comparisons(),
    lockstep_divergent_replies_total: () => this.#divergences(),
    lockstep_shadow_queue_commands: () => this.#total((worker) => worker.shadowQueueCommands),
    lockstep_shadow_queue_bytes: () => this.#total((worker) => worker.shadowQueueBytes),
    lockstep_shadow_lag_seconds: () => this.#greatest((worker) => worker.shadowLagSeconds),
    lockstep_shadow_dropped_total: () =>
      DROP_REASONS.map((reason, index) => ({
        labels: { reason },
        value: this.#sum((worker) => worker.shadowDropped(index)),
      })),
    lockstep_shadow_dirty_slots: () => this.#dirtySlots(),
    lockstep_shadow_slots_dirtied_total: () =>
      DIRTY_CAUSES.map((cause) => ({ labels: { cause }, value: this.#sources.slotsDirtied?.(cause) ?? 0 })),
    lockstep_shadow_breaker_open: () => this.#greatest((worker) => worker.breakerOpen),
    lockstep_client_connections: () => this.#total((worker) => worker.clientConnections),
    lockstep_client_bytes_total: () => [
      { labels: { direction: 'in' }, value: this.#sum((worker) => worker.clientBytes(0)) },
      { labels: { direction: 'out' }, value: this.#sum((worker) => worker.clientBytes(1)) },
    ],
    lockstep_clients_dropped_total: () =>
      CLIENT_DROP_REASONS.map((reason) => ({
        labels: { reason },
        value: this.#sum((worker) => worker.droppedClients(reason)),
      })),
    lockstep_acl_denied_total: () =>
      ACL_REASONS.map((reason, index) => ({
        labels: { reason },
        value: this.#sum((worker) => worker.aclDenials(index)),
      })),
    lockstep_upstream_connections: () =>
      this.#nodes((target, node) => this.#sum((worker) => worker.upstreamConnections(target, node))),
    lockstep_upstream_up: () =>
      this.#nodes((target, node) =>
        this.#most((worker) => worker.upstreamState(target, node)) === 2 ? 1 : 0,
      ),
    lockstep_upstream_ping_seconds: () =>
      this.#nodes((target, node) => this.#most((worker) => worker.upstreamPingSeconds(target, node))),
    lockstep_engine_keys: () =>
      (this.#sources.engine?.().keys ?? []).map((value, db) => ({ labels: { db: String(db) }, value })),
    lockstep_engine_memory_bytes: () => this.#engine((engine) => engine.memoryBytes),
    lockstep_engine_memory_limit_bytes: () => this.#engine((engine) => engine.memoryLimitBytes),
    lockstep_engine_blocked_clients: () => this.#engine((engine) => engine.blockedClients),
    lockstep_engine_lookups_total: () => [
      ...this.#engine((engine) => engine.hits, { result: 'hit' }),
      ...this.#engine((engine) => engine.misses, { result: 'miss' }),
    ],
    lockstep_engine_removed_keys_total: () => [
      ...this.#engine((engine) => engine.expiredKeys, { reason: 'expired' }),
      ...this.#engine((engine) => engine.evictedKeys, { reason: 'evicted' }),
    ],
    lockstep_trace_spans_total: () =>
      (['exported', 'failed', 'dropped'] as const).map((result) => ({
        labels: { result },
        value: this.#sources.spans?.[result] ?? 0,
      })),
    lockstep_memory_limit_bytes: () => [{ labels: {}, value: memoryLimitBytes() }],
    lockstep_certificate_expiry_timestamp_seconds: () =>
      (this.#sources.certificates?.() ?? []).map(({ setting, expiresAtMs }) => ({
        labels: { setting },
        value: expiresAtMs / 1000,
      })),
    lockstep_worker_busy_seconds_total: () => [
      ...this.#sources.workers.map((worker, index) => ({
        labels: { worker: String(index) },
        value: worker.busySeconds,
      })),
      ...(this.#sources.threads ?? []).map(({ name, metrics }) => ({
        labels: { worker: name },
        value: metrics.busySeconds,
      })),
    ],
  };

  /** A metric that is computed at every scrape; prom-client asks of it no more than a name and `get`. */
  #register(name: MetricName, collect: () => Sample[]): void {
    const { type, help } = metricTable[name];
    const metric = {
      name,
      get: async () => ({ name, help, type, values: collect(), aggregator: 'sum' }),
      reset: () => {},
    };
    this.#registry.registerMetric(metric as unknown as Metric);
  }

  /** 0 without an engine. */
  #engine(read: (engine: EngineFigures) => number, labels: Labels = {}): Sample[] {
    const engine = this.#sources.engine?.();
    return [{ labels, value: engine === undefined ? 0 : read(engine) }];
  }

  #sum(read: (worker: WorkerMetrics) => number): number {
    return this.#sources.workers.reduce((sum, worker) => sum + read(worker), 0);
  }

  #most(read: (worker: WorkerMetrics) => number): number {
    return this.#sources.workers.reduce((most, worker) => Math.max(most, read(worker)), 0);
  }

  #total(read: (worker: WorkerMetrics) => number): Sample[] {
    return [{ labels: {}, value: this.#sum(read) }];
  }

  #greatest(read: (worker: WorkerMetrics) => number): Sample[] {
    return [{ labels: {}, value: this.#most(read) }];
  }

  #dirtySlots(): Sample[] {
    const value = this.#sources.shadowDirtySlots?.() ?? this.#most((worker) => worker.shadowDirtySlots);
    return [{ labels: {}, value }];
  }

  /** Command ids with their labels; -1 is what the catalogue does not know. */
  *#commandLabels(): Generator<[id: number, command: string]> {
    yield [-1, OTHER];
    const { labels } = this.#sources;
    const count = this.#sources.workers[0]?.commandCount ?? 0;
    for (let id = 0; id < count; id++) yield [id, labels[id] ?? OTHER];
  }

  #commands(): Sample[] {
    const sums = new LabelSums();
    for (const [id, command] of this.#commandLabels()) {
      for (const [target, targetName] of TARGETS.entries()) {
        for (const [result, resultName] of RESULTS.entries()) {
          const value = this.#sum((worker) =>
            worker.commands(id, target as TargetIndex, result as ResultIndex),
          );
          sums.add({ command, target: targetName, result: resultName }, value);
        }
      }
    }
    return sums.samples();
  }

  #comparisons(): Sample[] {
    const sums = new LabelSums();
    for (const [id, command] of this.#commandLabels()) {
      for (const [index, verdict] of VERDICTS.entries()) {
        sums.add(
          { command, verdict },
          this.#sum((worker) => worker.comparisons(id, index as VerdictIndex)),
        );
      }
    }
    return sums.samples();
  }

  #divergences(): Sample[] {
    const sums = new LabelSums();
    for (const [id, command] of this.#commandLabels()) {
      for (const [index, kind] of DIVERGENCE_KINDS.entries()) {
        sums.add(
          { command, kind },
          this.#sum((worker) => worker.divergences(id, index)),
        );
      }
    }
    return sums.samples();
  }

  #durations(target: TargetIndex): Sample[] {
    const name = 'lockstep_command_duration_seconds';
    const labels = { target: TARGETS[target] };
    const samples: Sample[] = [];
    let count = 0;
    for (const [index, bound] of DURATION_BUCKETS.entries()) {
      count += this.#sum((worker) => worker.durationBucket(target, index));
      samples.push({ metricName: `${name}_bucket`, labels: { le: String(bound), ...labels }, value: count });
    }
    count += this.#sum((worker) => worker.durationBucket(target, DURATION_BUCKETS.length));
    samples.push({ metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count });
    samples.push({
      metricName: `${name}_sum`,
      labels,
      value: this.#sum((worker) => worker.durationSum(target)),
    });
    samples.push({ metricName: `${name}_count`, labels, value: count });
    return samples;
  }

  #nodes(read: (target: TargetIndex, node: number) => number): Sample[] {
    return TARGETS.flatMap((targetName, index) => {
      const target = index as TargetIndex;
      const samples: Sample[] = [];
      for (const [node, name] of this.#sources.nodes(target).slice(0, MAX_NODES).entries()) {
        if (this.#most((worker) => worker.upstreamState(target, node)) === 0) continue;
        samples.push({ labels: { target: targetName, node: name }, value: read(target, node) });
      }
      return samples;
    });
  }
}
