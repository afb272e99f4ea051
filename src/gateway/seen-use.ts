/** What clients have used since the start, by the counters of all workers. Main thread. Cold: when it is asked for. */
import { type CommandTable, OTHER_LABEL } from '../commands/table.ts';
import type { SeenUse } from '../compare/compatibility-report.ts';
import type { CounterReport } from '../telemetry/counters.ts';
import type { LatencyReport } from '../telemetry/latency.ts';
import type { WorkerMetrics } from '../telemetry/metrics.ts';

/**
 * What the gateway answers itself is not among the counters of the primary, and of what the engine runs no latency is
 * kept: whichever knows more.
 */
export function seenUse(
  table: CommandTable,
  counters: CounterReport,
  latency: LatencyReport,
  metrics: readonly WorkerMetrics[],
): SeenUse {
  const commands = new Map(latency.commands.map(({ command, count }) => [command, count]));
  for (const { command, primary } of counters.commands) {
    const count = primary.reduce((sum, one) => sum + one, 0);
    commands.set(command, Math.max(count, commands.get(command) ?? 0));
  }
  const unknownCount = commands.get(OTHER_LABEL) ?? 0;
  commands.delete(OTHER_LABEL);
  const options = table.options.options.map((option, number) => ({
    option,
    count: metrics.reduce((sum, worker) => sum + worker.options(number), 0),
  }));
  return { commands, options, unknownCount };
}
