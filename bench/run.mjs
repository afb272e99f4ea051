/**
 * Runs a benchmark written in TypeScript under a Node that does not read it: `node bench/run.mjs SCENARIO [options]`.
 * Run `npm run build` first; the gateway measured is `dist/main.js`.
 */
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
const { scenarioNames, runSuite } = await import('./suite.ts');
/** Benchmarks with a table of their own. */
const others = [
  'guard',
  'soak',
  'large-values',
  'workers',
  'micro/raw',
  'micro/packed',
  'micro/chunk-list',
  'micro/ordered-tree',
  'micro/engine-lists',
  'micro/engine-sorted-sets',
  'micro/engine-long',
  'micro/hash-table',
  'micro/mirror-item',
];
const [name = '', ...args] = process.argv.slice(2);
const suite = ['all', ...scenarioNames];
// What was started ends with this process, also when it is interrupted (`test/support/cleanup.ts`).
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
if (suite.includes(name)) {
  await runSuite(name, args);
} else if (others.includes(name)) {
  const { run } = await import(`./${name}.ts`);
  await run(args);
} else {
  console.error(
    `usage: node bench/run.mjs <${[...suite, ...others].join('|')}> [options], see bench/README.md`,
  );
  process.exit(2);
}
// Sockets of a finished run must not keep it.
process.exit();
