/**
 * Two builds of the engine in turns, in one process: `node bench/compare-builds.mjs OTHER [commands] [rounds]`, where
 * OTHER is a folder with another state of the repository (its `src` is enough). Nanoseconds of processor time for each
 * command of `embedded/pipelines.ts`, the least of all rounds: ratios hold on a busy machine, too, single figures do
 * not.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const [other, only = '', rounds = '12'] = process.argv.slice(2);
if (other === undefined) throw new Error('usage: node bench/compare-builds.mjs OTHER [commands] [rounds]');
const here = path.resolve(import.meta.dirname, '..');
mkdirSync(path.join(here, '.cache'), { recursive: true });
const work = mkdtempSync(path.join(here, '.cache/compare-'));

/** Both are driven by this repository's benchmark. */
async function load(name, sources) {
  const root = path.join(work, name);
  cpSync(path.join(sources, 'src'), path.join(root, 'src'), { recursive: true });
  cpSync(path.join(here, 'bench'), path.join(root, 'bench'), { recursive: true });
  const input = path.join(root, 'bench/embedded/pipelines.ts');
  const bundle = await rolldown({ input, platform: 'node', external: (id) => !/^[./]/.test(id) });
  await bundle.write({ dir: path.join(root, 'dist'), format: 'esm', codeSplitting: false, sourcemap: true });
  const { Pipelines } = await import(pathToFileURL(path.join(root, 'dist/pipelines.js')).href);
  return new Pipelines().operations().filter(({ name }) => only === '' || only.split(',').includes(name));
}

function nanoseconds({ prepare, run, count }) {
  prepare();
  const before = process.cpuUsage();
  run(count);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / count;
}

try {
  const builds = [await load('other', path.resolve(other)), await load('this', here)];
  const least = builds.map((operations) => operations.map(() => Number.POSITIVE_INFINITY));
  for (let round = -3; round < Number(rounds); round++) {
    for (const at of builds[0].keys()) {
      for (const build of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const taken = nanoseconds(builds[build][at]);
        if (round >= 0) least[build][at] = Math.min(least[build][at], taken);
      }
    }
  }
  console.log('command      other   this  ratio');
  for (const [at, { name }] of builds[0].entries()) {
    const [before, after] = least.map((column) => column[at]);
    const ratio = (after / before).toFixed(3);
    console.log(
      `${name.padEnd(11)} ${before.toFixed(0).padStart(6)} ${after.toFixed(0).padStart(6)}  ${ratio}`,
    );
  }
} finally {
  rmSync(work, { recursive: true });
}
