import { describe, expect, test } from 'vitest';
import { DivergenceLog } from '../../../src/shadow/divergence-log.ts';
import type { DivergenceReport } from '../../../src/shadow/divergence-record.ts';

function report(changes: Partial<DivergenceReport> = {}): DivergenceReport {
  return {
    at: 0,
    command: 'get',
    kind: 'value',
    slot: 12182,
    keyHash: '0011223344556677',
    firstDifference: 'whole reply',
    primary: 'string(3)',
    shadow: 'string(4)',
    ...changes,
  };
}

describe('DivergenceLog', () => {
  test('lists newest first with the fields of the admin API', () => {
    const log = new DivergenceLog(10);
    log.add(report({ at: 1_700_000_000_000 }));
    log.add(report({ command: 'hgetall', key: 'user:1', at: 1_700_000_001_000 }));
    expect(log.list()).toEqual({
      total: 2,
      items: [
        { ...report(), id: 2, command: 'hgetall', key: 'user:1', at: '2023-11-14T22:13:21.000Z', count: 1 },
        { ...report(), id: 1, at: '2023-11-14T22:13:20.000Z', count: 1 },
      ],
    });
  });

  test('counts equal divergences in one entry, refreshed and moved to the front', () => {
    const log = new DivergenceLog(10);
    log.add(report());
    log.add(report({ keyHash: 'ffffffffffffffff' }));
    log.add(report({ at: 5000, shadow: 'string(9)' }));
    const { total, items } = log.list();
    expect(total).toBe(2);
    expect(items.map((item) => [item.id, item.count, item.shadow])).toEqual([
      [1, 2, 'string(9)'],
      [2, 1, 'string(4)'],
    ]);
    expect(items[0]?.at).toBe('1970-01-01T00:00:05.000Z');
    expect(log.reported).toBe(3);
  });

  test('keeps what differs in command, kind, key or place apart', () => {
    const log = new DivergenceLog(10);
    log.add(report());
    log.add(report({ command: 'mget' }));
    log.add(report({ kind: 'missing' }));
    log.add(report({ keyHash: '' }));
    log.add(report({ firstDifference: '[1]' }));
    expect(log.total).toBe(5);
  });

  test('forgets the oldest beyond its capacity, also when that shrinks', () => {
    const log = new DivergenceLog(3);
    for (const keyHash of ['a', 'b', 'c']) log.add(report({ keyHash }));
    log.add(report({ keyHash: 'a' }));
    log.add(report({ keyHash: 'd' }));
    expect(log.list().items.map((item) => item.keyHash)).toEqual(['d', 'a', 'c']);
    log.resize(1);
    expect(log.list().items.map((item) => item.keyHash)).toEqual(['d']);
    expect(log.reported).toBe(5);
  });

  test('filters, and tells the total before the limit', () => {
    const log = new DivergenceLog(10);
    for (const keyHash of ['a', 'b', 'c']) log.add(report({ keyHash }));
    log.add(report({ command: 'ttl', kind: 'ttl' }));
    expect(log.list({ command: 'GET', limit: 2 })).toMatchObject({
      total: 3,
      items: [{ keyHash: 'c' }, { keyHash: 'b' }],
    });
    expect(log.list({ kind: 'ttl' }).items.map((item) => item.command)).toEqual(['ttl']);
    expect(log.list({ command: 'set' })).toEqual({ total: 0, items: [] });
    expect(log.list({ limit: 0 })).toEqual({ total: 4, items: [] });
  });

  test('clears, and goes on with new ids', () => {
    const log = new DivergenceLog(10);
    log.add(report());
    log.clear();
    expect(log.list()).toEqual({ total: 0, items: [] });
    expect(log.reported).toBe(0);
    expect(log.add(report())).toMatchObject({ id: 2, count: 1 });
  });

  test('tells listeners until they stop', () => {
    const log = new DivergenceLog(10);
    const heard: number[] = [];
    const stop = log.onAdd((item) => heard.push(item.count));
    log.add(report());
    log.add(report());
    stop();
    log.add(report());
    expect(heard).toEqual([1, 2]);
  });
});
