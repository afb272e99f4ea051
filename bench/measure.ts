/** Reading what a process has used, and putting many measurements into a table. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';

let ticks = 0;

/** Counted in ticks of 10 ms on most machines: for kernels that have no `schedstat`. */
function secondsFromStat(file: string): number {
  if (ticks === 0) ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const text = fs.readFileSync(file, 'utf8');
  // The name stands in parentheses and may hold anything; what follows are numbers.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function threadSeconds(folder: string): number {
  const file = `${folder}/schedstat`;
  if (!fs.existsSync(file)) return secondsFromStat(`${folder}/stat`);
  return Number(fs.readFileSync(file, 'utf8').split(' ')[0]) / 1e9;
}

/** Seconds of processor time that each thread of a process has used so far, by thread id. */
export function cpuByThread(pid: number): Map<string, number> {
  const used = new Map<string, number>();
  for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
    used.set(thread, threadSeconds(`/proc/${pid}/task/${thread}`));
  }
  return used;
}

/** User and system time of all threads of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
  let sum = 0;
  for (const seconds of cpuByThread(pid).values()) sum += seconds;
  return sum;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) * 1024;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  return { min: sorted[0] ?? Number.NaN, median, max: sorted[sorted.length - 1] ?? Number.NaN };
}

/** `1.20 / 1.25 / 1.40`: minimum, median and maximum. */
export function showSpread(values: readonly number[], digits = 2): string {
  if (values.length === 0) return '';
  const { min, median, max } = spreadOf(values);
  return [min, median, max].map((value) => value.toFixed(digits)).join(' / ');
}

/** Value by value, of the same round each. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((value, index) => value / (theirs[index] ?? Number.NaN));
}

/** Columns wide enough for their content, the first to the left and the others to the right. */
export function showTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const pad = (cell: string, index: number): string =>
    index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0);
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}

export function describeMachine(): string {
  const processor = os.cpus()[0]?.model ?? 'unknown processor';
  const kernel = os.release().split('.').slice(0, 2).join('.');
  const load = os.loadavg()[0]?.toFixed(2);
  const memory = (os.totalmem() / 2 ** 30).toFixed(0);
  return `${os.cpus().length} x ${processor}, ${memory} GB, Linux ${kernel}, load ${load}, node ${process.version}`;
}
