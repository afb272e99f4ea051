/**
 * What the engine counts for INFO, a part for each worker in shared memory: written by the worker it belongs to, read
 * by all. Commands are counted always. Reading the clock costs as much as a third of a GET, so of what is always quick
 * only every sixteenth is timed, and its total time is estimated from those.
 */
import type { CommandTable } from '../commands/table.ts';
import { LatencyTable } from '../telemetry/latency.ts';

/** Figures of a worker, for `gauge`. */
export const GAUGE_CLIENTS = 0;
export const GAUGE_PUBSUB = 1;
export const GAUGE_WATCHING = 3;
export const GAUGE_WATCHED_KEYS = 4;
export const GAUGE_OPS = 5;
export const GAUGE_IN_RATE = 6;
export const GAUGE_OUT_RATE = 7;
/** Unix time since when there is more than `maxmemory`; 0: there is not. */
export const GAUGE_OVER_SINCE = 8;
/** What its clients take, and the largest of those that may be evicted for it. */
export const GAUGE_CLIENT_BYTES = 9;
export const GAUGE_LARGEST_CLIENT = 10;
export const COUNT_CONNECTIONS = 11;
export const COUNT_BYTES_IN = 12;
export const COUNT_BYTES_OUT = 13;
export const COUNT_READS = 14;
export const COUNT_WRITES = 15;
export const COUNT_REJECTED = 17;
export const PEAK_MEMORY = 18;
/** For how long there has been more than `maxmemory`. */
export const COUNT_EVICTION_MS = 16;
export const COUNT_EVICTED_CLIENTS = 19;
/** Disconnected for `client-output-buffer-limit` and for `client-query-buffer-limit`. */
export const COUNT_SLOW_CLIENTS = 20;
export const COUNT_LONG_COMMANDS = 21;
const GAUGES = 22;
/** From here on CONFIG RESETSTAT begins at 0 again. */
const FIRST_RESET = COUNT_CONNECTIONS;

// Of a command.
const CALLS = 0;
const TIMED = 1;
const TIMED_US = 2;
const REJECTED = 3;
const FAILED = 4;
const COMMAND_CELLS = 5;

/** So many codes of errors are counted by themselves, as in the servers. */
const CODES = 128;
/** Longest code, in characters, behind its length. */
const CODE_LENGTH = 31;
const SAMPLE_MASK = 15;
/** A command with more arguments is not always quick. */
const QUICK_ARGUMENTS = 64;

export interface StatisticsMemory {
  readonly cells: SharedArrayBuffer;
  readonly codes: SharedArrayBuffer;
  readonly latency: readonly SharedArrayBuffer[];
}

export interface CommandFigures {
  readonly calls: number;
  readonly microseconds: number;
  readonly rejected: number;
  readonly failed: number;
}

function rowCells(commands: number): number {
  return GAUGES + CODES + commands * COMMAND_CELLS;
}

/** Cold: once. */
export function createStatisticsMemory(workers: number, commands: number): StatisticsMemory {
  return {
    cells: new SharedArrayBuffer(workers * rowCells(commands) * 8),
    codes: new SharedArrayBuffer(workers * CODES * (CODE_LENGTH + 1)),
    latency: Array.from({ length: workers }, () => new SharedArrayBuffer(LatencyTable.bytes(commands))),
  };
}

export class EngineStatistics {
  readonly cells: Float64Array;
  readonly commandCount: number;
  /** Of every worker. */
  readonly latency: readonly LatencyTable[];
  readonly #own: LatencyTable;
  readonly #all: Float64Array;
  readonly #codes: Uint8Array;
  readonly #worker: number;
  /** Where this worker counts a code. */
  readonly #codePlaces = new Map<string, number>();
  /** 1 for commands that are always timed. */
  readonly #isTimed: Uint8Array;
  #sample = 0;
  /** Every command is to be timed. */
  isTimingAll = false;

  constructor(memory: StatisticsMemory, worker: number, table: CommandTable) {
    this.commandCount = table.catalogueCount;
    const cells = rowCells(this.commandCount);
    this.#all = new Float64Array(memory.cells);
    this.cells = new Float64Array(memory.cells, worker * cells * 8, cells);
    this.#codes = new Uint8Array(memory.codes);
    this.latency = memory.latency.map((buffer) => new LatencyTable(buffer, this.commandCount));
    this.#own = this.latency[worker];
    this.#worker = worker;
    this.#isTimed = new Uint8Array(this.commandCount);
    for (let id = 0; id < this.commandCount; id++) {
      const { flags, group, name } = table.definitions[id];
      // What strings cost, the client has sent itself.
      const isQuick = flags.includes('fast') || (group === 'string' && name !== 'lcs');
      if (!isQuick) this.#isTimed[id] = 1;
    }
  }

  /** The command with so many arguments is about to run: whether its time is to be taken. */
  begins(id: number, count: number): boolean {
    if (id >= this.commandCount) return false;
    this.cells[GAUGES + CODES + id * COMMAND_CELLS + CALLS] += 1;
    if (this.isTimingAll || this.#isTimed[id] === 1 || count > QUICK_ARGUMENTS) return true;
    this.#sample = (this.#sample + 1) & SAMPLE_MASK;
    return this.#sample === 0;
  }

  timed(id: number, microseconds: number): void {
    const at = GAUGES + CODES + id * COMMAND_CELLS;
    this.cells[at + TIMED] += 1;
    this.cells[at + TIMED_US] += microseconds;
    this.#own.record(id, Math.min(microseconds, 0xffffffff) >>> 0);
  }

  /** What has waited is refused in the end: it has not been called. */
  uncounted(id: number): void {
    if (id < this.commandCount) this.cells[GAUGES + CODES + id * COMMAND_CELLS + CALLS] -= 1;
  }

  /** The command's reply is an error; `text` begins with its code, '' where that has been counted. */
  failed(id: number, text: string, hasRun: boolean): void {
    if (id >= 0 && id < this.commandCount)
      this.cells[GAUGES + CODES + id * COMMAND_CELLS + (hasRun ? FAILED : REJECTED)] += 1;
    if (text === '') return;
    const space = text.indexOf(' ');
    const code = (space < 0 ? text : text.slice(0, space)).slice(0, CODE_LENGTH);
    const place = this.#codePlaces.get(code) ?? this.#newCode(code);
    if (place >= 0) this.cells[GAUGES + place] += 1;
  }

  /** Over all workers. */
  total(gauge: number): number {
    let sum = 0;
    for (let at = gauge; at < this.#all.length; at += rowCells(this.commandCount)) sum += this.#all[at];
    return sum;
  }

  /** Cold: for INFO. The greatest of all workers. */
  greatest(gauge: number): number {
    return Math.max(...this.each([gauge]).flat());
  }

  /** Cold: for INFO. These figures of each worker. */
  each(gauges: readonly number[]): number[][] {
    const rows: number[][] = [];
    for (let at = 0; at < this.#all.length; at += rowCells(this.commandCount))
      rows.push(gauges.map((gauge) => this.#all[at + gauge]));
    return rows;
  }

  /** Cold: for INFO. */
  command(id: number): CommandFigures {
    const at = GAUGES + CODES + id * COMMAND_CELLS;
    const [counted, timed, us] = [CALLS, TIMED, TIMED_US].map((cell) => this.total(at + cell));
    // RESETSTAT may come between a call and its `uncounted`.
    const calls = Math.max(0, counted);
    const microseconds = timed === 0 ? 0 : Math.round((us / timed) * calls);
    return { calls, microseconds, rejected: this.total(at + REJECTED), failed: this.total(at + FAILED) };
  }

  /** Cold: for INFO. How often each code was an error's. */
  errors(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const row = rowCells(this.commandCount);
    for (let worker = 0; worker * row < this.#all.length; worker++) {
      for (let place = 0; place < CODES; place++) {
        const count = this.#all[worker * row + GAUGES + place];
        const code = this.#codeAt(worker, place);
        if (count > 0) counts.set(code, (counts.get(code) ?? 0) + count);
      }
    }
    return counts;
  }

  /** Cold: CONFIG RESETSTAT. What other workers count meanwhile may survive. */
  reset(): void {
    const row = rowCells(this.commandCount);
    for (let at = 0; at < this.#all.length; at += row) {
      this.#all.fill(0, at + FIRST_RESET, at + row);
    }
    for (const table of this.latency) table.clear();
  }

  /** Cold: for INFO. */
  #codeAt(worker: number, place: number): string {
    const at = (worker * CODES + place) * (CODE_LENGTH + 1);
    return Buffer.from(this.#codes.slice(at + 1, at + 1 + this.#codes[at])).toString('latin1');
  }

  #newCode(code: string): number {
    const place = this.#codePlaces.size;
    if (place === CODES) return -1;
    const at = (this.#worker * CODES + place) * (CODE_LENGTH + 1);
    this.#codes[at] = code.length;
    for (let index = 0; index < code.length; index++) this.#codes[at + 1 + index] = code.charCodeAt(index);
    this.#codePlaces.set(code, place);
    return place;
  }
}

/** A look sooner than that after the last one tells nothing. */
const LEAST_MS = 50;

/** How much a count grows in a second, from sixteen looks at it, as the servers do. */
export class Rate {
  readonly #samples = new Float64Array(16);
  #at = 0;
  #last = 0;
  #lastMs = 0;

  /** Cold: ten times a second. */
  look(count: number, nowMs: number): number {
    const elapsed = nowMs - this.#lastMs;
    if (elapsed >= LEAST_MS) {
      if (this.#lastMs > 0) {
        this.#samples[this.#at] = (Math.max(0, count - this.#last) * 1000) / elapsed;
        this.#at = (this.#at + 1) % this.#samples.length;
      }
      this.#last = count;
      this.#lastMs = nowMs;
    }
    return this.#samples.reduce((sum, one) => sum + one, 0) / this.#samples.length;
  }
}
