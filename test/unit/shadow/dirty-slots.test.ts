import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DirtySlots, SLOT_COUNT } from '../../../src/shadow/dirty-slots.ts';

function create(): DirtySlots {
  return new DirtySlots(new SharedArrayBuffer(DirtySlots.BYTES));
}

describe('DirtySlots', () => {
  test('agrees with a set, whatever is done to both', () => {
    const slot = fc.oneof(fc.integer({ min: 0, max: SLOT_COUNT - 1 }), fc.integer({ min: 30, max: 70 }));
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.record({ action: fc.constant('mark'), slot }) },
      { weight: 20, arbitrary: fc.record({ action: fc.constant('clear'), slot }) },
      { weight: 1, arbitrary: fc.record({ action: fc.constant('markAll'), slot }) },
      { weight: 1, arbitrary: fc.record({ action: fc.constant('clearAll'), slot }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const dirty = create();
        const model = new Set<number>();
        for (const { action, slot: at } of steps) {
          if (action === 'mark') model.add(at);
          else if (action === 'clear') model.delete(at);
          else if (action === 'clearAll') model.clear();
          else for (let every = 0; every < SLOT_COUNT; every += 1) model.add(every);
          if (action === 'mark') dirty.mark(at);
          else if (action === 'clear') dirty.clear(at);
          else if (action === 'clearAll') dirty.clearAll();
          else dirty.markAll();
          expect(dirty.count).toBe(model.size);
          expect(dirty.has(at)).toBe(model.has(at));
        }
        const listed = new Set<number>();
        let last = -2;
        for (const [start, end] of dirty.ranges(SLOT_COUNT)) {
          expect(start).toBeGreaterThan(last + 1);
          for (let every = start; every <= end; every += 1) listed.add(every);
          last = end;
        }
        expect(listed.size).toBe(model.size);
        for (const every of model) expect(listed.has(every)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('stops at the limit of ranges', () => {
    const dirty = create();
    for (const slot of [0, 1, 5, 31, 32, 16383]) dirty.mark(slot);
    expect(dirty.ranges(10)).toEqual([
      [0, 1],
      [5, 5],
      [31, 32],
      [16383, 16383],
    ]);
    expect(dirty.ranges(2)).toEqual([
      [0, 1],
      [5, 5],
    ]);
    expect(dirty.ranges(0)).toEqual([]);
  });

  test('is one thing for everyone who wraps the buffer', () => {
    const buffer = new SharedArrayBuffer(DirtySlots.BYTES);
    new DirtySlots(buffer).mark(77);
    const other = new DirtySlots(buffer);
    expect(other.has(77)).toBe(true);
    expect(other.count).toBe(1);
  });
});
