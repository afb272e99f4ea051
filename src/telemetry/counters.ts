/**
 * All counters at one moment, summed over the workers, as plain numbers: for those who look at them without
 * Prometheus. Main thread. It reads shared memory only, so that looking costs the workers nothing.
 */
import type { EngineFigures, MetricSources } from './exporter.ts';
import {
  DIVERGENCE_KINDS,
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

export interface CommandCounters {
  /** A name of the catalogue, or `other`. */
  readonly command: string;
  /** By RESULTS. */
  readonly primary: readonly number[];
  /** By VERDICTS. */
  readonly verdicts: readonly number[];
  /** By DIVERGENCE_KINDS. */
  readonly kinds: readonly number[];
}

export interface WorkerCounters {
  readonly busySeconds: number;
  readonly clients: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface NodeState {
  readonly target: (typeof TARGETS)[number];
  /** `host:port`. */
  readonly name: string;
  readonly up: boolean;
  readonly connections: number;
}

export interface CounterReport {
  /** Those that were counted at all. */
  readonly commands: readonly CommandCounters[];
  /** By TARGETS, then by bucket: DURATION_BUCKETS and one for what is slower. Not cumulative. */
  readonly durations: readonly (readonly number[])[];
  /** By DROP_REASONS. */
  readonly dropped: readonly number[];
  readonly workers: readonly WorkerCounters[];
  readonly nodes: readonly NodeState[];
  /** null: there is no engine. */
  readonly engine: EngineFigures | null;
}

type Read = (worker: WorkerMetrics) => number;

export function readCounters(sources: MetricSources): CounterReport {
  const { workers } = sources;
  const sum = (read: Read): number => workers.reduce((total, worker) => total + read(worker), 0);
  return {
    commands: readCommands(sources, sum),
    durations: TARGETS.map((_, target) =>
      Array.from({ length: DURATION_BUCKETS.length + 1 }, (_bucket, index) =>
        sum((worker) => worker.durationBucket(target as TargetIndex, index)),
      ),
    ),
    dropped: DROP_REASONS.map((_, reason) => sum((worker) => worker.shadowDropped(reason))),
    workers: workers.map((worker) => ({
      busySeconds: worker.busySeconds,
      clients: worker.clientConnections,
      bytesIn: worker.clientBytes(0),
      bytesOut: worker.clientBytes(1),
    })),
    nodes: TARGETS.flatMap((_, target) => readNodes(sources, target as TargetIndex)),
    engine: sources.engine?.() ?? null,
  };
}

function readCommands({ labels, workers }: MetricSources, sum: (read: Read) => number): CommandCounters[] {
  const byLabel = new Map<string, { primary: number[]; verdicts: number[]; kinds: number[] }>();
  const count = workers[0]?.commandCount ?? 0;
  for (let id = -1; id < count; id++) {
    const primary = RESULTS.map((_, result) =>
      sum((worker) => worker.commands(id, 0, result as ResultIndex)),
    );
    const verdicts = VERDICTS.map((_, verdict) =>
      sum((worker) => worker.comparisons(id, verdict as VerdictIndex)),
    );
    if (!primary.some(isCounted) && !verdicts.some(isCounted)) continue;
    const kinds = DIVERGENCE_KINDS.map((_, kind) => sum((worker) => worker.divergences(id, kind)));
    const label = labels[id] ?? 'other';
    const known = byLabel.get(label);
    if (known === undefined) byLabel.set(label, { primary, verdicts, kinds });
    else {
      addTo(known.primary, primary);
      addTo(known.verdicts, verdicts);
      addTo(known.kinds, kinds);
    }
  }
  return [...byLabel].map(([command, counts]) => ({ command, ...counts }));
}

function isCounted(value: number): boolean {
  return value > 0;
}

function addTo(sums: number[], more: readonly number[]): void {
  for (const [index, value] of more.entries()) sums[index]! += value;
}

function readNodes({ workers, nodes }: MetricSources, target: TargetIndex): NodeState[] {
  const found: NodeState[] = [];
  for (const [node, name] of nodes(target).slice(0, MAX_NODES).entries()) {
    const state = Math.max(0, ...workers.map((worker) => worker.upstreamState(target, node)));
    if (state === 0) continue;
    const connections = workers.reduce((all, worker) => all + worker.upstreamConnections(target, node), 0);
    found.push({ target: TARGETS[target], name, up: state === 2, connections });
  }
  return found;
}
