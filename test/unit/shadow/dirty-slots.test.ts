import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DirtySlots, SLOT_COUNT, type Sweep } from '../../../src/shadow/dirty-slots.ts';

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
      { weight: 3, arbitrary: fc.record({ action: fc.constant('startSweep'), slot }) },
      { weight: 2, arbitrary: fc.record({ action: fc.constant('keepSince'), slot }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const dirty = create();
        const model = new Set<number>();
        const sweeps: { sweep: Sweep; marked: Set<number> }[] = [];
        for (const { action, slot: at } of steps) {
          if (action === 'mark') {
            for (const set of [model, ...sweeps.map(({ marked }) => marked)]) set.add(at);
            dirty.mark(at, 'dropped');
          } else if (action === 'clear') {
            model.delete(at);
            dirty.clear(at);
          } else if (action === 'startSweep') {
            sweeps.push({ sweep: dirty.startSweep(), marked: new Set() });
          } else if (action === 'markAll') {
            for (const set of [model, ...sweeps.map(({ marked }) => marked)]) {
              for (let every = 0; every < SLOT_COUNT; every += 1) set.add(every);
            }
            dirty.markAll('dropped');
          } else {
            const over = sweeps.shift();
            if (over === undefined) continue;
            model.clear();
            for (const every of over.marked) model.add(every);
            dirty.keepSince(over.sweep);
            dirty.endSweep(over.sweep);
          }
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
    for (const slot of [0, 1, 5, 31, 32, 16383]) dirty.mark(slot, 'dropped');
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
    new DirtySlots(buffer).mark(77, 'dropped');
    const other = new DirtySlots(buffer);
    expect(other.has(77)).toBe(true);
    expect(other.count).toBe(1);
  });
});
