/**
 * Resident memory over a long time of mixed load, with a shadow: `node bench/run.mjs soak [--minutes 30]`. Says at the
 * end by how much a line through the second half rises.
 */
import { parseArgs } from 'node:util';
import { runCleanups } from '../test/support/cleanup.ts';
import { familyCases, fillFamilies } from './cases.ts';
import { measure } from './load.ts';
import { describeMachine, residentBytes } from './measure.ts';
import { startGatewayBefore } from './subjects.ts';

const MB = 2 ** 20;
/** These do not let the data grow. */
const STEADY = ['GET', 'SET', 'INCR', 'HSET', 'HGET', 'LRANGE 100', 'ZRANGE 10', 'MSET 10', 'EVAL'];

/** Prints a line for each pass over the commands. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '30' }, commands: { type: 'string', default: '50000' } },
  });
  console.log(describeMachine());
  try {
    const gateway = await startGatewayBefore('gateway', 2, 1);
    await fillFamilies(gateway);
    const cases = familyCases([1, 16]).filter(({ title }) =>
      STEADY.some((name) => title.startsWith(`${name} P`)),
    );
    const begun = performance.now();
    const points: [number, number][] = [];
    while (performance.now() - begun < Number(values.minutes) * 60_000) {
      for (const one of cases) await measure(gateway, one, Number(values.commands));
      const minutes = (performance.now() - begun) / 60_000;
      const resident = residentBytes(gateway.pids[0] ?? 0) / MB;
      points.push([minutes, resident]);
      console.log(`${minutes.toFixed(2)} minutes: ${resident.toFixed(1)} MB`);
    }
    const half = points.slice(points.length >> 1);
    console.log(`second half: ${slope(half).toFixed(3)} MB a minute`);
  } finally {
    await runCleanups();
  }
}

/** Of the least squares line. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1): number => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
