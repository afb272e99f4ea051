/** INFO of several servers as that of one. */
import { expect, it } from 'vitest';
import { mergeServerInfo } from '../../../src/routing/merge-info.ts';

const text = (...lines: string[]): string => lines.join('\r\n');

it('adds what can be added and keeps the rest of the first server', () => {
  const first = text('# Server', 'redis_version:7.0.15', 'run_id:a', '', '# Memory', 'used_memory:1048576');
  const second = text('# Server', 'redis_version:7.0.15', 'run_id:b', '', '# Memory', 'used_memory:524288');
  expect(mergeServerInfo([first, second])).toBe(
    text('# Server', 'redis_version:7.0.15', 'run_id:a', '', '# Memory', 'used_memory:1572864'),
  );
  expect(
    mergeServerInfo([text('used_memory:1048576', 'used_memory_human:1.00M'), 'used_memory:524288']),
  ).toBe(text('used_memory:1572864', 'used_memory_human:1.50M'));
  expect(mergeServerInfo(['used_cpu_sys:1.25', 'used_cpu_sys:0.5'])).toBe('used_cpu_sys:1.75');
});

it('joins databases and statistics, also those that only some servers have', () => {
  const first = text('# Keyspace', 'db0:keys=10,expires=1,avg_ttl=1000', '');
  const second = text(
    '# Keyspace',
    'db0:keys=5,expires=3,avg_ttl=2000',
    'db1:keys=1,expires=0,avg_ttl=0',
    '',
  );
  expect(mergeServerInfo([first, second])).toBe(
    text('# Keyspace', 'db1:keys=1,expires=0,avg_ttl=0', 'db0:keys=15,expires=4,avg_ttl=1750', ''),
  );
  const get = (calls: number, usec: number, mean: string): string =>
    `cmdstat_get:calls=${calls},usec=${usec},usec_per_call=${mean},rejected_calls=0,failed_calls=0`;
  expect(mergeServerInfo([get(2, 10, '5.00'), get(6, 10, '1.67')])).toBe(get(8, 20, '2.50'));
  expect(mergeServerInfo(['# Errorstats', text('# Errorstats', 'errorstat_ERR:count=2')])).toBe(
    text('# Errorstats', 'errorstat_ERR:count=2'),
  );
});

it('invents no section that was not asked for', () => {
  expect(mergeServerInfo(['# Server', text('# Server', 'db0:keys=1,expires=0,avg_ttl=0')])).toBe('# Server');
});
