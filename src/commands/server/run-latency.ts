/**
 * What LATENCY does on the engine: histograms of commands, and events that took longer than
 * `latency-monitor-threshold`. Worker thread. Cold: administration.
 */
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import type { LatencySeries } from '../ports.ts';
import { latencyGraph, latencyReport } from './latency-report.ts';

/** Buckets are powers of two, as in the servers, with how many calls took no longer. */
export function runLatencyHistogram(context: CommandContext): void {
  const { table, compatibility, ports } = context;
  const wanted = new Set<string>();
  for (let at = 2; at < context.count; at++) wanted.add(context.text(at).toLowerCase());
  const found: { readonly name: string; readonly buckets: readonly (readonly [number, number])[] }[] = [];
  for (let id = 0; id < table.catalogueCount; id++) {
    const { name, since, subcommands } = table.definitions[id];
    if (subcommands !== undefined || !hasSince(compatibility, since)) continue;
    const isWanted = wanted.size === 0 || wanted.has(name) || wanted.has(name.split('|')[0]);
    const buckets = isWanted ? ports.information.histogram(id) : [];
    if (buckets.length > 0) found.push({ name, buckets });
  }
  context.map(found.length);
  for (const { name, buckets } of found) {
    context.bulkText(name);
    context.map(2);
    context.bulkText('calls');
    context.integer(buckets[buckets.length - 1][1]);
    context.bulkText('histogram_usec');
    context.map(buckets.length);
    for (const [most, count] of buckets) {
      context.integer(most);
      context.integer(count);
    }
  }
}

export function runLatencyLatest(context: CommandContext): void {
  const { isValkey, level } = context.compatibility;
  const hasSums = isValkey && level >= 801;
  const events = context.ports.latency.all();
  context.array(events.length);
  for (const { name, worstMs, sumMs, count, samples } of events) {
    const { seconds, latencyMs } = samples[samples.length - 1];
    context.array(hasSums ? 6 : 4);
    context.bulkText(name);
    context.integer(seconds);
    context.integer(latencyMs);
    context.integer(worstMs);
    if (!hasSums) continue;
    context.integer(sumMs);
    context.integer(count);
  }
}

export function runLatencyHistory(context: CommandContext): void {
  const samples = eventAt(context)?.samples ?? [];
  context.array(samples.length);
  for (const { seconds, latencyMs } of samples) {
    context.array(2);
    context.integer(seconds);
    context.integer(latencyMs);
  }
}

export function runLatencyReset(context: CommandContext): void {
  const { latency } = context.ports;
  let count = context.count === 2 ? latency.reset() : 0;
  for (let at = 2; at < context.count; at++) count += latency.reset(context.text(at).toLowerCase());
  context.integer(count);
}

export function runLatencyGraph(context: CommandContext): void {
  const event = eventAt(context);
  if (event === undefined) context.error(`ERR No samples available for event '${context.shown(2)}'`);
  else context.writer.verbatim(latencyGraph(event, context.nowMs), context.resp);
}

export function runLatencyDoctor(context: CommandContext): void {
  const { latency, settings } = context.ports;
  const report = latencyReport(
    context.compatibility,
    latency.all(),
    {
      thresholdMs: settings.number('latency-monitor-threshold'),
      slowerThanUs: settings.number('slowlog-log-slower-than'),
      slowLogLength: settings.number('slowlog-max-len'),
    },
    context.nowMs,
  );
  context.writer.verbatim(report, context.resp);
}

/** That argument 2 names. */
function eventAt(context: CommandContext): LatencySeries | undefined {
  const wanted = context.text(2);
  return context.ports.latency.all().find(({ name }) => name === wanted);
}
