import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeadlineTable } from '../../../src/shadow/deadlines.ts';

describe('DeadlineTable', () => {
  test('rounds its capacity up to a power of two', () => {
    expect(new DeadlineTable().capacity).toBe(65536);
    expect(new DeadlineTable(100).capacity).toBe(128);
    expect(new DeadlineTable(1).capacity).toBe(8);
  });

  test('never answers a wrong deadline, and forgets only to evict', () => {
    const step = fc.record({
      action: fc.constantFrom('set', 'set', 'delete', 'expire'),
      high: fc.integer({ min: -3, max: 3 }),
      low: fc.integer({ min: 0xfffffff8, max: 0xffffffff }),
      deadlineMs: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new DeadlineTable(16);
        const model = new Map<string, number>();
        for (const { action, high, low, deadlineMs } of steps) {
          const key = `${high}:${low}`;
          if (action === 'set') {
            table.set(high, low, deadlineMs);
            model.set(key, deadlineMs);
            expect([0, deadlineMs]).toContain(table.get(high, low));
            expect(table.get(high, low | 0)).toBe(table.get(high, low));
          } else if (action === 'delete') {
            table.delete(high, low);
            model.delete(key);
            expect(table.get(high, low)).toBe(0);
          } else {
            table.expireOlderThan(deadlineMs);
            for (const [name, at] of model) if (at < deadlineMs) model.delete(name);
          }
        }
        let remembered = 0;
        for (let high = -3; high <= 3; high += 1) {
          for (let low = 0xfffffff8; low <= 0xffffffff; low += 1) {
            const found = table.get(high, low);
            if (found === 0) continue;
            remembered += 1;
            expect(found).toBe(model.get(`${high}:${low}`));
          }
        }
        expect(table.size).toBe(remembered);
        expect(model.size - remembered).toBeLessThanOrEqual(table.evicted);
      }),
    );
  });

  test('a full group forgets its latest deadline, the new one included', () => {
    const table = new DeadlineTable(8);
    for (let low = 0; low < 8; low += 1) table.set(0, low, 100 + low);
    expect(table.evicted).toBe(0);
    table.set(0, 8, 50);
    expect(table.get(0, 7)).toBe(0);
    expect(table.get(0, 8)).toBe(50);
    table.set(0, 9, 500);
    expect(table.get(0, 9)).toBe(0);
    expect(table.size).toBe(8);
    expect(table.evicted).toBe(2);
    table.set(0, 8, 5000);
    expect(table.get(0, 8)).toBe(5000);
    table.clear();
    expect(table.size).toBe(0);
    expect(table.get(0, 8)).toBe(0);
  });

  test('holds about its capacity of mixed hashes', () => {
    const table = new DeadlineTable(4096);
    for (let index = 0; index < 2048; index += 1) {
      table.set(Math.imul(index, 0x9e3779b1), Math.imul(index, 0x85ebca6b), 1 + index);
    }
    expect(table.size + table.evicted).toBe(2048);
    expect(table.evicted).toBeLessThan(120);
  });
});
