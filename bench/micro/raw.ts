/** The operations of `operations.ts` as JSON, for `guard.ts`: nanoseconds by name. `node bench/run.mjs micro/raw 3`. */
import { timeOperations } from '../scenarios/micro.ts';
import { microOperations } from './operations.ts';

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  console.log(JSON.stringify(Object.fromEntries(timeOperations(microOperations(), Number(args[0] ?? 3)))));
}
