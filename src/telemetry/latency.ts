/**
 * How long clients waited for replies, by command: histograms of microseconds in shared memory, four buckets to every
 * doubling, so that a percentile is right within a fourth. Written by one worker, read by the main thread. It must not
 * know names of commands.
 */

/** Buckets to every doubling, as a power of two. */
const FINE_BITS = 2;
const FINE = 1 << FINE_BITS;
/** Of all 32-bit numbers. */
const BUCKETS = (31 - FINE_BITS) * FINE + 2 * FINE;
const SUM = BUCKETS;
const ROW_SIZE = BUCKETS + 1;

export interface LatencyFigures {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** Each number below 2 * FINE has a bucket of its own. */
function bucketOf(us: number): number {
  if (us < FINE) return us;
  const doubling = 31 - Math.clz32(us) - FINE_BITS;
  return (doubling << FINE_BITS) + (us >>> doubling);
}

/** The greatest number in a bucket. */
function greatestIn(bucket: number): number {
  if (bucket < 2 * FINE) return bucket;
  const doubling = (bucket >> FINE_BITS) - 1;
  return (FINE + (bucket & (FINE - 1)) + 1) * 2 ** doubling - 1;
}

export class LatencyTable {
  readonly #cells: Float64Array;
  /** Command ids below this have rows of their own. */
  readonly commandCount: number;

  static bytes(commandCount: number): number {
    return (commandCount + 1) * ROW_SIZE * Float64Array.BYTES_PER_ELEMENT;
  }

  /** `buffer` must be zeroed and of the size `bytes` gives; ids outside [0, commandCount) count as "other". */
  constructor(buffer: SharedArrayBuffer, commandCount: number) {
    this.#cells = new Float64Array(buffer);
    this.commandCount = commandCount;
  }

  /** `us`: a 32-bit number without sign. */
  record(id: number, us: number): void {
    const row = (id >= 0 && id < this.commandCount ? id + 1 : 0) * ROW_SIZE;
    this.#cells[row + bucketOf(us)]!++;
    this.#cells[row + SUM]! += us;
  }

  /** Cold: begins anew. */
  clear(): void {
    this.#cells.fill(0);
  }

  /** Adds a command's row to `into`; -1 is the row of what the catalogue does not know. */
  addTo(into: Float64Array, id: number): void {
    const row = (id + 1) * ROW_SIZE;
    for (let at = 0; at < ROW_SIZE; at++) into[at]! += this.#cells[row + at]!;
  }
}

/** Room for one row. */
export function emptyRow(): Float64Array {
  return new Float64Array(ROW_SIZE);
}

/** Cold: when it is asked for. What such a share of the row's `count` took at most. */
export function percentileUs(row: Float64Array, count: number, share: number): number {
  let left = Math.max(1, Math.ceil(count * share));
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    left -= row[bucket]!;
    if (left <= 0) return greatestIn(bucket);
  }
  return 0;
}

/** Cold: when it is asked for. */
export function figuresOf(row: Float64Array): LatencyFigures {
  let count = 0;
  let last = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (row[bucket]! > 0) last = bucket;
    count += row[bucket]!;
  }
  const at = (share: number): number => percentileUs(row, count, share);
  return {
    count,
    meanUs: count === 0 ? 0 : Math.round(row[SUM]! / count),
    p50Us: count === 0 ? 0 : at(0.5),
    p90Us: count === 0 ? 0 : at(0.9),
    p99Us: count === 0 ? 0 : at(0.99),
    p999Us: count === 0 ? 0 : at(0.999),
    maxUs: count === 0 ? 0 : greatestIn(last),
  };
}

export interface CommandLatency extends LatencyFigures {
  readonly command: string;
}

export interface LatencyReport {
  readonly all: LatencyFigures;
  /** Those with the greatest sum of time first. */
  readonly commands: readonly CommandLatency[];
}

/** Cold: when it is asked for. `labels`: by command id; several ids may share one. */
export function reportLatency(tables: readonly LatencyTable[], labels: readonly string[]): LatencyReport {
  const all = emptyRow();
  const byLabel = new Map<string, Float64Array>();
  const count = tables[0]?.commandCount ?? 0;
  for (let id = -1; id < count; id++) {
    const label = labels[id] ?? 'other';
    const row = byLabel.get(label) ?? emptyRow();
    byLabel.set(label, row);
    for (const table of tables) {
      table.addTo(row, id);
      table.addTo(all, id);
    }
  }
  const commands = [...byLabel].sort(([, one], [, other]) => other[SUM]! - one[SUM]!);
  return {
    all: figuresOf(all),
    commands: commands
      .map(([command, row]) => ({ command, ...figuresOf(row) }))
      .filter((figures) => figures.count > 0),
  };
}

/**
 * Cold: when it is asked for. Powers of two, and how many figures are no greater, where that is more than for the one
 * before. What shares a bucket counts as the greatest in it.
 */
export function doublings(row: Float64Array): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  let [count, most] = [0, 1];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (row[bucket]! === 0) continue;
    while (most < greatestIn(bucket)) most *= 2;
    count += row[bucket]!;
    const last = found[found.length - 1];
    if (last !== undefined && last[0] === most) last[1] = count;
    else found.push([most, count]);
  }
  return found;
}
