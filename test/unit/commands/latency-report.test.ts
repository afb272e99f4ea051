/** What LATENCY DOCTOR and GRAPH say. */
import { describe, expect, it } from 'vitest';
import { compatibilityOf } from '../../../src/commands/compatibility.ts';
import type { LatencySeries } from '../../../src/commands/ports.ts';
import { latencyGraph, latencyReport } from '../../../src/commands/server/latency-report.ts';

const NOW_MS = 1_700_000_000_000;
const NOW = NOW_MS / 1000;
const valkey = compatibilityOf('valkey-8');
const redis = compatibilityOf('redis-7.2');

function series(name: string, ...samples: readonly (readonly [ago: number, ms: number])[]): LatencySeries {
  return {
    name,
    worstMs: Math.max(...samples.map(([, ms]) => ms)) + 1,
    sumMs: samples.reduce((sum, [, ms]) => sum + ms, 0),
    count: samples.length,
    samples: samples.map(([ago, latencyMs]) => ({ seconds: NOW - ago, latencyMs })),
  };
}

describe('the report', () => {
  const settings = { thresholdMs: 5, slowerThanUs: 10_000, slowLogLength: 128 };

  it('tells averages, deviations and periods, and gives advice that fits', () => {
    const report = latencyReport(valkey, [series('command', [100, 10], [50, 20])], settings, NOW_MS);
    expect(report).toContain(
      '1. command: 2 latency spikes (average 15ms, mean deviation 5ms, period 50.00 sec). Worst all time event 21ms.',
    );
    expect(report).toContain("Please use 'CONFIG SET slowlog-log-slower-than 5000'");
    expect(report).toContain('https://valkey.io/commands/slowlog');
    expect(report).not.toContain('Sudden changes');
  });

  it('knows that the slow log is off, and each kind of event', () => {
    const off = { ...settings, slowerThanUs: -1 };
    const kinds = ['command', 'fast-command', 'expire-cycle', 'eviction-cycle'].map((one) =>
      series(one, [1, 9]),
    );
    const report = latencyReport(redis, kinds, off, NOW_MS);
    expect(report).toMatch(/^Dave, I have observed/);
    for (const part of [
      'Try to enable the Slow Log',
      'redis-cli --intrinsic',
      'CONFIG SET hz',
      'Sudden changes',
    ])
      expect(report).toContain(part);
  });

  it('says that nothing was slow', () => {
    expect(latencyReport(valkey, [], settings, NOW_MS)).toMatch(/^No latency spike/);
    expect(latencyReport(redis, [], settings, NOW_MS)).toMatch(/^Dave, no latency spike/);
  });
});

describe('the graph', () => {
  it('draws a column for each second, with its age below it', () => {
    const graph = latencyGraph(series('command', [90, 0], [30, 50], [2, 100]), NOW_MS);
    expect(graph.split('\n')).toEqual([
      'command - high 100 ms, low 0 ms (all time high 101 ms)',
      '-'.repeat(80),
      ...['  #', ' _|', ' ||', '_||', '   ', '132', 'm0s', ' s '],
      '',
    ]);
  });

  it('begins again after eighty columns', () => {
    const samples = Array.from({ length: 100 }, (_, at): [number, number] => [at, 5]);
    expect(
      latencyGraph(series('x', ...samples), NOW_MS)
        .split('\n')
        .slice(10, 11),
    ).toEqual(['']);
  });
});
