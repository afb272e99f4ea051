/**
 * Everything a support engineer asks for, in one answer: what runs where, how it is set, how it does, what differed and
 * what the log said. No secret, key or value: of divergences and slow commands those are left out even where the
 * configuration shows them. Main thread.
 */
import os from 'node:os';
import { redactConfig } from '../config/redact.ts';
import type { GatewayControl, GatewayStatus, Readiness } from '../gateway/control-view.ts';
import type { CounterReport } from '../telemetry/counters.ts';
import type { LatencyReport } from '../telemetry/latency.ts';
import { DIVERGENCE_KINDS, DROP_REASONS, RESULTS, VERDICTS } from '../telemetry/metrics.ts';

const MOST_DIVERGENCES = 100;
const MOST_SLOW = 50;

export interface SupportReport {
  /** ISO time. */
  readonly madeAt: string;
  readonly status: GatewayStatus;
  readonly readiness: Readiness;
  /** Without secrets. */
  readonly config: unknown;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly counters: Readonly<Record<string, unknown>>;
  readonly latency: LatencyReport;
  readonly divergences: { readonly total: number; readonly items: readonly unknown[] };
  readonly slow: { readonly total: number; readonly items: readonly unknown[] };
  /** JSON, oldest first. */
  readonly log: readonly string[];
}

export async function makeReport(control: GatewayControl, log: readonly string[]): Promise<SupportReport> {
  const [status, slow] = await Promise.all([control.status(), control.slowCommands(MOST_SLOW)]);
  const { total, items } = control.divergences({ limit: MOST_DIVERGENCES });
  return {
    madeAt: new Date().toISOString(),
    status,
    readiness: control.isReady(),
    config: redactConfig(control.config()),
    machine: describeMachine(),
    counters: nameCounters(control.counters()),
    latency: control.latency(),
    divergences: {
      total,
      items: items.map(({ id, at, command, kind, slot, firstDifference, count }) => ({
        ...{ id, at, command, kind, slot, count },
        firstDifference: firstDifference.slice(0, 80),
      })),
    },
    slow: {
      total: slow.total,
      items: slow.items.map(({ id, worker, at, durationUs, command, requestBytes }) => ({
        ...{ id, worker, at, durationUs, command, requestBytes },
      })),
    },
    log: [...log],
  };
}

function describeMachine(): Record<string, unknown> {
  return {
    node: process.version,
    v8: process.versions.v8,
    openssl: process.versions.openssl,
    platform: process.platform,
    architecture: process.arch,
    kernel: os.release(),
    processors: os.cpus().length,
    usableProcessors: os.availableParallelism(),
    loadAverage: os.loadavg(),
    memoryBytes: os.totalmem(),
    freeMemoryBytes: os.freemem(),
    memoryLimitBytes: process.constrainedMemory(),
    process: { pid: process.pid, uptimeSeconds: process.uptime(), ...process.memoryUsage() },
    resources: process.resourceUsage(),
    flags: process.execArgv,
  };
}

/** Numbers with their names beside them. */
function nameCounters(report: CounterReport): Record<string, unknown> {
  return {
    commands: report.commands.map(({ command, primary, verdicts, kinds }) => ({
      command,
      ...named(RESULTS, primary),
      verdicts: named(VERDICTS, verdicts),
      divergent: named(DIVERGENCE_KINDS, kinds),
    })),
    dropped: named(DROP_REASONS, report.dropped),
    workers: report.workers,
    nodes: report.nodes,
    engine: report.engine,
  };
}

function named(names: readonly string[], counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(
    names.map((name, index): [string, number] => [name, counts[index]!]).filter(([, count]) => count > 0),
  );
}
