import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { doublings, emptyRow, LatencyTable, reportLatency } from '../../../src/telemetry/latency.ts';
import { testSeed } from '../../support/seed.ts';

const COMMANDS = 3;

function makeTable(): LatencyTable {
  return new LatencyTable(new SharedArrayBuffer(LatencyTable.bytes(COMMANDS)), COMMANDS);
}

it('percentiles of any 32-bit numbers are right within a fourth, over all workers', () => {
  const random = createRandom(testSeed('latency'));
  for (let run = 0; run < 50; run++) {
    const tables = [makeTable(), makeTable()];
    const times: number[] = [];
    for (let left = 1 + random.integer(400); left > 0; left--) {
      const us = Math.floor(2 ** (random.next() * 32)) >>> 0;
      times.push(us);
      random.pick(tables).record(1, us);
    }
    times.sort((one, other) => one - other);
    const { all, commands } = reportLatency(tables, ['get', 'set', 'del']);
    expect(commands).toEqual([{ command: 'set', ...all }]);
    expect(all.count).toBe(times.length);
    const shares = [0.5, 0.9, 0.99, 0.999, 1];
    const found = [all.p50Us, all.p90Us, all.p99Us, all.p999Us, all.maxUs];
    for (const [index, share] of shares.entries()) {
      const exact = times[Math.ceil(times.length * share) - 1]!;
      expect(found[index]).toBeGreaterThanOrEqual(exact);
      expect(found[index]).toBeLessThanOrEqual(Math.ceil(exact * 1.25) + 1);
    }
    expect(all.meanUs).toBe(Math.round(times.reduce((sum, us) => sum + us, 0) / times.length));
  }
});

it('commands outside of the catalogue, and those that share a label, are counted together', () => {
  const table = makeTable();
  for (const id of [-1, 0, 2, 3, 99]) table.record(id, 10);
  const { all, commands } = reportLatency([table], ['get', 'set', 'get']);
  expect(all.count).toBe(5);
  expect(commands.map(({ command, count }) => [command, count])).toEqual([
    ['other', 3],
    ['get', 2],
  ]);
  expect(reportLatency([makeTable()], []).all).toMatchObject({ count: 0, p50Us: 0, maxUs: 0 });
});

it('doublings count what is no greater than each power of two, where that grows', () => {
  const table = makeTable();
  const shown = (): unknown => {
    const row = emptyRow();
    table.addTo(row, 0);
    return doublings(row);
  };
  for (const us of [0, 1, 3, 3, 100, 5000]) table.record(0, us);
  expect(shown()).toEqual([
    [1, 2],
    [4, 4],
    [128, 5],
    [8192, 6],
  ]);
  table.clear();
  expect(shown()).toEqual([]);
});
