/**
 * INFO of several servers as that of one: figures that can be added are added, everything else is the first server's.
 * Any thread. Cold: INFO is asked for by people and by monitoring.
 */

/** Figures that count something, whatever section they are in. */
const SUMMED: ReadonlySet<string> = new Set([
  'blocked_clients',
  'connected_clients',
  'connected_slaves',
  'evicted_keys',
  'evicted_clients',
  'expired_keys',
  'expired_fields',
  'expired_subkeys',
  'instantaneous_input_kbps',
  'instantaneous_ops_per_sec',
  'instantaneous_output_kbps',
  'keyspace_hits',
  'keyspace_misses',
  'maxmemory',
  'number_of_cached_scripts',
  'number_of_functions',
  'rejected_connections',
  'total_blocking_keys',
  'total_commands_processed',
  'total_connections_received',
  'total_error_replies',
  'total_net_input_bytes',
  'total_net_output_bytes',
  'total_reads_processed',
  'total_writes_processed',
  'tracking_clients',
  'unexpected_error_replies',
  'used_cpu_sys',
  'used_cpu_user',
  'used_memory',
  'used_memory_dataset',
  'used_memory_overhead',
  'used_memory_rss',
]);
/** Beside each of these stands what people read: the same with a unit. */
const HUMAN: ReadonlySet<string> = new Set(['used_memory', 'used_memory_rss', 'maxmemory']);

/** `name:a=1,b=2`. Averages cannot be added; they are known by these names, and weighted by the other field. */
const AVERAGES: Readonly<Record<string, readonly [total: string | undefined, weight: string]>> = {
  avg_ttl: [undefined, 'expires'],
  usec_per_call: ['usec', 'calls'],
};
const STATISTIC = /^(db\d+|cmdstat_[^:]+|errorstat_[^:]+):(\w+=.*)$/;
const FIGURE = /^(\w+):(-?\d+(?:\.\d+)?)$/;

type Fields = Map<string, number>;

export function mergeServerInfo(texts: readonly string[]): string {
  const statistics = new Map<string, Fields[]>();
  const figures = new Map<string, number>();
  for (const text of texts) collect(text, statistics, figures);
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const line of (texts[0] ?? '').split('\r\n')) {
    const statistic = STATISTIC.exec(line);
    const name = statistic?.[1] ?? line.slice(0, Math.max(0, line.indexOf(':')));
    seen.add(name);
    if (statistic !== null) lines.push(`${name}:${joinFields(statistics.get(name) ?? [])}`);
    else lines.push(lineOf(name, line, figures));
  }
  return addMissing(lines, statistics, seen).join('\r\n');
}

function collect(text: string, statistics: Map<string, Fields[]>, figures: Map<string, number>): void {
  for (const line of text.split('\r\n')) {
    const statistic = STATISTIC.exec(line);
    if (statistic !== null) {
      const [, name = '', fields = ''] = statistic;
      const known = statistics.get(name);
      if (known === undefined) statistics.set(name, [readFields(fields)]);
      else known.push(readFields(fields));
      continue;
    }
    const figure = FIGURE.exec(line);
    if (figure === null) continue;
    const [, name = '', value] = figure;
    if (SUMMED.has(name)) figures.set(name, (figures.get(name) ?? 0) + Number(value));
  }
}

function lineOf(name: string, line: string, figures: ReadonlyMap<string, number>): string {
  const sum = figures.get(name);
  if (sum !== undefined) return `${name}:${Number.isInteger(sum) ? sum : sum.toFixed(2)}`;
  const of = name.endsWith('_human') ? name.slice(0, -'_human'.length) : '';
  const bytes = HUMAN.has(of) ? figures.get(of) : undefined;
  return bytes === undefined ? line : `${name}:${readable(bytes)}`;
}

function readFields(text: string): Fields {
  return new Map(
    text.split(',').map((field) => {
      const at = field.indexOf('=');
      return [field.slice(0, at), Number(field.slice(at + 1))];
    }),
  );
}

function joinFields(servers: readonly Fields[]): string {
  const sums: Fields = new Map();
  for (const fields of servers) {
    for (const [name, value] of fields) sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return [...sums].map(([name, sum]) => `${name}=${averageOr(name, sum, sums, servers)}`).join(',');
}

function averageOr(name: string, sum: number, sums: Fields, servers: readonly Fields[]): string {
  const rule = AVERAGES[name];
  if (rule === undefined) return String(sum);
  const [total, weight] = rule;
  const weights = sums.get(weight) ?? 0;
  if (weights === 0) return total === undefined ? '0' : '0.00';
  if (total !== undefined) return ((sums.get(total) ?? 0) / weights).toFixed(2);
  const weighted = servers.reduce((all, one) => all + (one.get(name) ?? 0) * (one.get(weight) ?? 0), 0);
  return String(Math.round(weighted / weights));
}

const SECTIONS: readonly (readonly [RegExp, string])[] = [
  [/^db\d/, '# Keyspace'],
  [/^cmdstat_/, '# Commandstats'],
  [/^errorstat_/, '# Errorstats'],
];

/** Statistics that the first server has none of: behind their section's heading, where the section was asked for. */
function addMissing(
  lines: readonly string[],
  statistics: ReadonlyMap<string, Fields[]>,
  seen: ReadonlySet<string>,
): string[] {
  const missing = [...statistics.keys()].filter((name) => !seen.has(name));
  return lines.flatMap((line) => {
    const section = SECTIONS.find(([, heading]) => heading === line);
    if (section === undefined) return [line];
    const own = missing.filter((name) => section[0].test(name));
    return [line, ...own.map((name) => `${name}:${joinFields(statistics.get(name) ?? [])}`)];
  });
}

/** As the servers' `bytesToHuman`. */
function readable(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${units[unit]}`;
}
