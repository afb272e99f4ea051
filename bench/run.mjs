/**
 * Runs a benchmark written in TypeScript under a Node that does not read it: `node bench/run.mjs cpu [options]`.
 * Run `npm run build` first; the gateway measured is `dist/main.js`.
 */
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
const benchmarks = [
  'cpu',
  'large-values',
  'micro/packed',
  'micro/chunk-list',
  'micro/ordered-tree',
  'micro/engine-lists',
  'micro/engine-sorted-sets',
];
const [name = '', ...args] = process.argv.slice(2);
if (!benchmarks.includes(name)) {
  console.error(`usage: node bench/run.mjs <${benchmarks.join('|')}> [options], see bench/README.md`);
  process.exit(2);
}
const { run } = await import(`./${name}.ts`);
await run(args);
