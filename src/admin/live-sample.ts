/**
 * What happened between two readings of the counters, as the page and its history show it. Pure. Main thread.
 * The page imports the types.
 */
import type { GatewayStatus } from '../gateway/control-view.ts';
import type { CommandCounters, CounterReport, NodeState } from '../telemetry/counters.ts';
import type { EngineFigures } from '../telemetry/exporter.ts';
import { DIVERGENCE_KINDS, DROP_REASONS, DURATION_BUCKETS, VERDICTS } from '../telemetry/metrics.ts';

/** A reading, and when it was taken. */
export interface Reading {
  readonly atMs: number;
  readonly counters: CounterReport;
  readonly status: GatewayStatus;
}

/** Times are of the whole gateway; `…PerSecond` is the mean over `seconds`. */
export interface LiveSample {
  readonly atMs: number;
  /** Since the reading before. */
  readonly seconds: number;
  readonly commandsPerSecond: number;
  readonly errorsPerSecond: number;
  readonly failedPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  /** Microseconds from sending a command to its reply; null: there was none. */
  readonly primaryP50Us: number | null;
  readonly primaryP99Us: number | null;
  readonly shadowP50Us: number | null;
  readonly shadowP99Us: number | null;
  /** Pairs of replies by verdict. */
  readonly matchPerSecond: number;
  readonly divergentPerSecond: number;
  readonly expectedPerSecond: number;
  readonly unconfirmedPerSecond: number;
  readonly skippedPerSecond: number;
  readonly droppedPerSecond: number;
  readonly clients: number;
  readonly queueCommands: number;
  readonly lagSeconds: number;
  readonly dirtySlots: number;
  /** null: there is no engine. */
  readonly engineMemoryBytes: number | null;
}

export interface LiveCommand {
  readonly command: string;
  readonly perSecond: number;
  /** Since the start. */
  readonly count: number;
  readonly errors: number;
  readonly compared: number;
  readonly divergent: number;
  /** Divergent replies by kind; kinds that did not occur are left out. */
  readonly kinds: Readonly<Record<string, number>>;
}

export interface LiveWorker {
  /** Share of the time it worked, 0 to 1. */
  readonly busyRatio: number;
  readonly clients: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
}

/** The present, as a whole. */
export interface LiveMoment {
  readonly sample: LiveSample;
  readonly status: GatewayStatus;
  /** Since the start, by verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Commands that were not mirrored since the start, by reason; reasons that did not occur are left out. */
  readonly dropped: Readonly<Record<string, number>>;
  /** With most divergent replies first. */
  readonly divergentCommands: readonly LiveCommand[];
  /** With most commands per second first. */
  readonly busiestCommands: readonly LiveCommand[];
  readonly workers: readonly LiveWorker[];
  readonly nodes: readonly NodeState[];
  readonly engine: EngineFigures | null;
  /** Records in the log of divergences. */
  readonly divergences: number;
}

const TOP_COMMANDS = 20;
const MICROSECONDS = 1e6;

const [MATCH, DIVERGENT, EXPECTED, UNCONFIRMED, SKIPPED] = VERDICTS.keys();

type Total = (counters: CounterReport) => number;

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

/** Three figures are enough for anything that is looked at. */
function rounded(value: number): number {
  return value < 100 ? Math.round(value * 1000) / 1000 : Math.round(value);
}

function secondsBetween(before: Reading, after: Reading): number {
  return Math.max(0.001, (after.atMs - before.atMs) / 1000);
}

export function sampleBetween(before: Reading, after: Reading): LiveSample {
  const seconds = secondsBetween(before, after);
  const rate = (total: Total): number => rounded((total(after.counters) - total(before.counters)) / seconds);
  const results = (index: number) =>
    rate(({ commands }) => commands.reduce((sum, one) => sum + one.primary[index]!, 0));
  const verdicts = (index: number) =>
    rate(({ commands }) => commands.reduce((sum, one) => sum + one.verdicts[index]!, 0));
  const { shadow, sessions } = after.status;
  const { engine } = after.counters;
  return {
    atMs: after.atMs,
    seconds: rounded(seconds),
    commandsPerSecond: rate(({ commands }) => commands.reduce((sum, one) => sum + sumOf(one.primary), 0)),
    errorsPerSecond: results(1),
    failedPerSecond: results(2),
    bytesInPerSecond: rate(({ workers }) => workers.reduce((sum, one) => sum + one.bytesIn, 0)),
    bytesOutPerSecond: rate(({ workers }) => workers.reduce((sum, one) => sum + one.bytesOut, 0)),
    primaryP50Us: quantileBetween(before, after, 0, 0.5),
    primaryP99Us: quantileBetween(before, after, 0, 0.99),
    shadowP50Us: quantileBetween(before, after, 1, 0.5),
    shadowP99Us: quantileBetween(before, after, 1, 0.99),
    matchPerSecond: verdicts(MATCH!),
    divergentPerSecond: verdicts(DIVERGENT!),
    expectedPerSecond: verdicts(EXPECTED!),
    unconfirmedPerSecond: verdicts(UNCONFIRMED!),
    skippedPerSecond: verdicts(SKIPPED!),
    droppedPerSecond: rate(({ dropped }) => sumOf(dropped)),
    clients: sessions,
    queueCommands: shadow?.queue.commands ?? 0,
    lagSeconds: rounded(shadow?.queue.lagSeconds ?? 0),
    dirtySlots: shadow?.dirty.slots ?? 0,
    engineMemoryBytes: engine === null ? null : engine.memoryBytes,
  };
}

export function momentBetween(before: Reading, after: Reading, divergences: number): LiveMoment {
  const { commands, dropped, nodes, engine } = after.counters;
  const seconds = secondsBetween(before, after);
  const known = new Map(before.counters.commands.map((one) => [one.command, sumOf(one.primary)]));
  const all = commands.map((one) => liveCommand(one, known.get(one.command) ?? 0, seconds));
  return {
    sample: sampleBetween(before, after),
    status: after.status,
    verdicts: Object.fromEntries(
      VERDICTS.map((name, index) => [name, sumOf(commands.map((one) => one.verdicts[index]!))]),
    ),
    dropped: namedCounts(DROP_REASONS, dropped),
    divergentCommands: topOf(all, ({ divergent }) => divergent),
    busiestCommands: topOf(all, ({ perSecond }) => perSecond),
    workers: after.counters.workers.map((worker, index) => {
      const earlier = before.counters.workers[index]!;
      return {
        busyRatio: rounded(Math.min(1, (worker.busySeconds - earlier.busySeconds) / seconds)),
        clients: worker.clients,
        bytesInPerSecond: rounded((worker.bytesIn - earlier.bytesIn) / seconds),
        bytesOutPerSecond: rounded((worker.bytesOut - earlier.bytesOut) / seconds),
      };
    }),
    nodes,
    engine,
    divergences,
  };
}

function liveCommand(counters: CommandCounters, countBefore: number, seconds: number): LiveCommand {
  const { command, primary, verdicts, kinds } = counters;
  const count = sumOf(primary);
  return {
    command,
    perSecond: rounded((count - countBefore) / seconds),
    count,
    errors: primary[1]!,
    compared: sumOf(verdicts) - verdicts[SKIPPED!]!,
    divergent: verdicts[DIVERGENT!]!,
    kinds: namedCounts(DIVERGENCE_KINDS, kinds),
  };
}

function namedCounts(names: readonly string[], counts: readonly number[]): Record<string, number> {
  const named = names.map((name, index): [string, number] => [name, counts[index]!]);
  return Object.fromEntries(named.filter(([, count]) => count > 0));
}

/** Commands for which `by` is not 0. */
function topOf(commands: readonly LiveCommand[], by: (command: LiveCommand) => number): LiveCommand[] {
  return commands
    .filter((one) => by(one) > 0)
    .sort((one, other) => by(other) - by(one) || (one.command < other.command ? -1 : 1))
    .slice(0, TOP_COMMANDS);
}

/** As Prometheus estimates it: within a bucket, times are taken to be spread evenly. */
function quantileBetween(before: Reading, after: Reading, target: number, share: number): number | null {
  const [earlier, later] = [before.counters.durations[target]!, after.counters.durations[target]!];
  const counts = later.map((count, index) => count - earlier[index]!);
  let left = sumOf(counts) * share;
  if (left <= 0) return null;
  let low = 0;
  for (const [index, bound] of DURATION_BUCKETS.entries()) {
    const count = counts[index]!;
    if (count >= left) return Math.round((low + (bound - low) * (left / count)) * MICROSECONDS);
    left -= count;
    low = bound;
  }
  return low * MICROSECONDS;
}
