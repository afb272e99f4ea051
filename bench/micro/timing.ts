/**
 * Timing of one operation after another in this process: nanoseconds of processor time, and garbage, of each. Time
 * that other processes have the processor is not counted, but they still slow this one down by what they do to caches.
 */
import { showTable } from '../measure.ts';

/** Runs `count` operations and returns something that depends on all of them, so that none is optimised away. */
export type Operations = (count: number) => number;

export interface Timing {
  readonly name: string;
  readonly nanoseconds: number;
  /** Bytes of heap that an operation leaves behind. */
  readonly garbageBytes: number;
}

let sink = 0;

/** One run, for operations that cannot be repeated. Warm the code up before, with `repeat` or another structure. */
export function once(name: string, count: number, run: Operations): Timing {
  const heapBefore = process.memoryUsage().heapUsed;
  const before = process.cpuUsage();
  sink += run(count);
  const { user, system } = process.cpuUsage(before);
  const nanoseconds = ((user + system) * 1000) / count;
  const garbageBytes = Math.max(0, process.memoryUsage().heapUsed - heapBefore) / count;
  return { name, nanoseconds, garbageBytes };
}

/** The fastest of several runs: the machine is shared, and nothing makes a run faster than it is. */
export function repeat(name: string, count: number, run: Operations, rounds = 7): Timing {
  let best = once(name, count, run);
  for (let round = 1; round < rounds; round++) {
    const timing = once(name, count, run);
    const garbageBytes = Math.min(best.garbageBytes, timing.garbageBytes);
    const nanoseconds = Math.min(best.nanoseconds, timing.nanoseconds);
    best = { name, nanoseconds, garbageBytes };
  }
  return best;
}

export function showTimings(timings: readonly Timing[]): string {
  if (Number.isNaN(sink)) throw new Error('an operation returned no number');
  const rows = [['operation', 'ns', 'garbage bytes']];
  for (const { name, nanoseconds, garbageBytes } of timings) {
    rows.push([name, nanoseconds.toFixed(1), garbageBytes.toFixed(2)]);
  }
  return showTable(rows);
}
