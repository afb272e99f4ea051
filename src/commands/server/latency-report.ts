/**
 * What LATENCY DOCTOR and GRAPH say of events. Pure. Cold: for people. As valkey 8.0 and redis 7.0 `latency.c` and
 * `sparkline.c`; what is said of files and forks there, an engine has no events for.
 */
import type { Compatibility } from '../compatibility.ts';
import type { LatencySeries } from '../ports.ts';

const OLD_SITE = 'https://redis.io/topics/latency-monitor';
const SITE = 'https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor';

/** What the advice depends on. */
export interface LatencySettings {
  readonly thresholdMs: number;
  readonly slowerThanUs: number;
  readonly slowLogLength: number;
}

export function latencyReport(
  { isValkey, level }: Compatibility,
  events: readonly LatencySeries[],
  settings: LatencySettings,
  nowMs: number,
): string {
  const product = isValkey ? 'Valkey' : 'Redis';
  if (events.length === 0 && settings.thresholdMs === 0) {
    const site = level < 800 ? OLD_SITE : SITE;
    const advice = ` If we weren't in a deep space mission I'd suggest to take a look at ${site}.`;
    return (
      `I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this ${product} instance. You may use ` +
      `"CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it.${isValkey ? '' : advice}\n`
    );
  }
  if (events.length === 0) {
    return isValkey
      ? 'No latency spike was observed during the lifetime of this Valkey instance, not in the slightest bit.\n'
      : 'Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. ' +
          'I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n';
  }
  const beginning = isValkey
    ? 'Latency spikes are observed in this Valkey instance.\n\n'
    : "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n";
  const lines = events.map((event, index) => `${index + 1}. ${eventLine(event, nowMs)}\n`);
  const names = new Set(events.map(({ name }) => name));
  const advice = advices(product, names, settings);
  const heading = isValkey ? 'Here is some advice for you:' : 'I have a few advices for you:';
  return `${beginning}${lines.join('')}\n${heading}\n\n${advice.map((one) => `- ${one}\n`).join('')}`;
}

function eventLine({ name, worstMs, samples }: LatencySeries, nowMs: number): string {
  const values = samples.map(({ latencyMs }) => latencyMs);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const average = Math.floor(sum(values) / values.length);
  const deviation = Math.floor(sum(values.map((one) => Math.abs(average - one))) / values.length);
  const seconds = Math.max(1, Math.floor(nowMs / 1000) - Math.min(...samples.map((one) => one.seconds)));
  return (
    `${name}: ${values.length} latency spikes (average ${average}ms, mean deviation ${deviation}ms, ` +
    `period ${(seconds / values.length).toFixed(2)} sec). Worst all time event ${worstMs}ms.`
  );
}

function advices(product: string, names: ReadonlySet<string>, settings: LatencySettings): string[] {
  const { thresholdMs, slowerThanUs, slowLogLength } = settings;
  const lower = product.toLowerCase();
  const found: string[] = [];
  if (names.has('command')) {
    const isOff = slowerThanUs < 0 || slowLogLength === 0;
    if (isOff) found.push(slowLogIsOff(product, thresholdMs * 1000));
    else if (Math.floor(slowerThanUs / 1000) > thresholdMs) found.push(slowLogIsBlunt(thresholdMs * 1000));
    found.push(
      'Check your Slow Log to understand what are the commands you are running which are too slow to execute. ' +
        `Please check https://${lower}.io/commands/slowlog for more information.`,
    );
  }
  if (names.has('fast-command')) found.push(slowMachine(product, lower));
  if (names.has('expire-cycle')) {
    found.push(
      `In order to make the ${product} keys expiring process more incremental, try to set the 'hz' configuration ` +
        "parameter to 100 using 'CONFIG SET hz 100'.",
    );
  }
  if (names.has('command') || names.has('expire-cycle') || names.has('eviction-del'))
    found.push(LARGE_VALUES);
  if (names.has('eviction-cycle')) found.push(massEviction(product));
  return found;
}

function slowLogIsOff(product: string, microseconds: number): string {
  return (
    'There are latency issues with potentially slow commands you are using. Try to enable the Slow Log ' +
    `${product} feature using the command 'CONFIG SET slowlog-log-slower-than ${microseconds}'. If the Slow log is ` +
    `disabled ${product} is not able to log slow commands execution for you.`
  );
}

function slowLogIsBlunt(microseconds: number): string {
  return (
    'Your current Slow Log configuration only logs events that are slower than your configured latency monitor ' +
    `threshold. Please use 'CONFIG SET slowlog-log-slower-than ${microseconds}'.`
  );
}

function slowMachine(product: string, lower: string): string {
  return [
    `The system is slow to execute ${product} code paths not containing system calls. This usually means the ` +
      `system does not provide ${product} CPU time to run for long periods. You should try to:`,
    '  1) Lower the system load.',
    `  2) Use a computer / VM just for ${product} if you are running other software in the same system.`,
    '  3) Check if you have a "noisy neighbour" problem.',
    `  4) Check with '${lower}-cli --intrinsic-latency 100' what is the intrinsic latency in your system.`,
  ].join('\n');
}

const LARGE_VALUES =
  'Deleting, expiring or evicting (because of maxmemory policy) large objects is a blocking operation. If you have ' +
  'very large objects that are often deleted, expired, or evicted, try to fragment those objects into multiple ' +
  'smaller objects.';

function massEviction(product: string): string {
  return (
    "Sudden changes to the 'maxmemory' setting via 'CONFIG SET', or allocation of large objects via sets or sorted " +
    `sets intersections, STORE option of SORT, ${product} Cluster large keys migrations (RESTORE command), may ` +
    'create sudden memory pressure forcing the server to block trying to evict keys. '
  );
}

const GRAPH_COLUMNS = 80;
const GRAPH_ROWS = 4;
/** Heights within a row. */
const FILLED = '_o#';

export function latencyGraph({ name, worstMs, samples }: LatencySeries, nowMs: number): string {
  const values = samples.map(({ latencyMs }) => latencyMs);
  const [high, low] = [Math.max(...values), Math.min(...values)];
  const labels = samples.map(({ seconds }) => ageOf(Math.floor(nowMs / 1000) - seconds));
  const parts: string[] = [];
  for (let at = 0; at < values.length; at += GRAPH_COLUMNS) {
    const end = at + GRAPH_COLUMNS;
    parts.push(drawColumns(values.slice(at, end), labels.slice(at, end), low, high));
  }
  const line = '-'.repeat(GRAPH_COLUMNS);
  return `${name} - high ${high} ms, low ${low} ms (all time high ${worstMs} ms)\n${line}\n${parts.join('\n')}`;
}

/** Each value is a column, with its label below it from top to bottom. */
function drawColumns(
  values: readonly number[],
  labels: readonly string[],
  low: number,
  high: number,
): string {
  const steps = FILLED.length * GRAPH_ROWS;
  const heights = values.map((value) =>
    Math.min(steps - 1, Math.floor(((value - low) * steps) / (high - low || 1))),
  );
  const rows: string[] = [];
  for (let row = GRAPH_ROWS - 1; row >= 0; row--) {
    const base = row * FILLED.length;
    rows.push(
      heights
        .map((height) => (height < base ? ' ' : height < base + FILLED.length ? FILLED[height - base] : '|'))
        .join(''),
    );
  }
  rows.push(' '.repeat(values.length));
  const longest = Math.max(...labels.map((label) => label.length));
  for (let at = 0; at < longest; at++) rows.push(labels.map((label) => label[at] ?? ' ').join(''));
  return rows.map((row) => `${row}\n`).join('');
}

function ageOf(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
