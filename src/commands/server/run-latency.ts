/**
 * What LATENCY does on the engine: histograms of commands. Events are not monitored, as in a server whose
 * `latency-monitor-threshold` is 0. Worker thread. Cold: administration.
 */
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';

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

/** LATEST and HISTORY: there were no events. */
export function runNoEvents(context: CommandContext): void {
  context.array(0);
}

export function runLatencyReset(context: CommandContext): void {
  context.integer(0);
}

export function runLatencyGraph(context: CommandContext): void {
  context.error(`ERR No samples available for event '${context.text(2)}'`);
}

export function runLatencyDoctor(context: CommandContext): void {
  const { isValkey, level } = context.compatibility;
  const product = isValkey ? 'Valkey' : 'Redis';
  const page = level < 800 ? OLD_PAGE : PAGE;
  const advice = ` If we weren't in a deep space mission I'd suggest to take a look at ${page}.`;
  context.writer.verbatim(
    `I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this ${product} instance. You may use ` +
      `"CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it.${isValkey ? '' : advice}\n`,
    context.resp,
  );
}

const OLD_PAGE = 'https://redis.io/topics/latency-monitor';
const PAGE = 'https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor';
