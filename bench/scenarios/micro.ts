/** Single operations in this process: no sockets, no other process. */
import { showSpread } from '../measure.ts';
import { microOperations, type Operation } from '../micro/operations.ts';
import { once } from '../micro/timing.ts';
import type { Plan, Section } from '../report.ts';

const WARM_UP_ROUNDS = 3;

/** Nanoseconds of each operation, by name, one for each round. */
export function timeOperations(operations: readonly Operation[], rounds: number): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const { name, count, run } of operations) {
      const { nanoseconds } = once(name, count, run);
      if (round >= 0) found.set(name, [...(found.get(name) ?? []), nanoseconds]);
    }
  }
  return found;
}

export function timingSection(
  name: string,
  title: string,
  text: string,
  operations: readonly Operation[],
  rounds: number,
): Section {
  const found = timeOperations(operations, rounds);
  const rows = [...found].map(([operation, values]) => [operation, showSpread(values, 0)]);
  const table = { title: 'Nanoseconds of processor time', rows: [['', 'min / median / max'], ...rows] };
  return { name, title, text: [text], tables: [table], goals: [] };
}

export async function run(plan: Plan): Promise<Section> {
  const text =
    'Single operations in a process of their own, in loops; commands and replies as a pipeline of 16 brings them.';
  return timingSection('micro', 'Single operations', text, microOperations(), plan.rounds);
}
