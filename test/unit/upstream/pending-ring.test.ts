import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { PendingRing } from '../../../src/upstream/pending-ring.ts';
import type { MirroredCommand, ReplyTarget } from '../../../src/upstream/reply-target.ts';
import { testSeed } from '../../support/seed.ts';

type Row = [ReplyTarget, number, number, number, number, MirroredCommand | undefined];

it('PendingRing is a queue of rows that grows and lets go of what has left', () => {
  const random = createRandom(testSeed('pending ring'));
  const ring = new PendingRing(4);
  const model: Row[] = [];
  let most = 0;
  for (let step = 0; step < 6000; step++) {
    // Long stretches of growing and of shrinking.
    const growing = Math.floor(step / 300) % 2 === 0;
    if (model.length === 0 || random.next() < (growing ? 0.6 : 0.4)) {
      const target: ReplyTarget = { reply: () => {}, failed: () => {} };
      const mirrored =
        random.next() < 0.5
          ? undefined
          : { isPrimaryOver: false, primaryPiece: () => {}, primaryFailed: () => {} };
      const row: Row = [target, random.integer(1e9), step, random.integer(500) - 2, step / 3, mirrored];
      model.push(row);
      ring.push(...row);
    } else {
      const at = ring.head;
      const oldest = [
        ring.targets[at],
        ring.sessions[at],
        ring.sequences[at],
        ring.commands[at],
        ring.sentAt[at],
        ring.mirrored[at],
      ];
      const expected = model.shift() as Row;
      for (const [index, value] of expected.entries()) expect(oldest[index]).toBe(value);
      ring.shift();
    }
    expect(ring.count).toBe(model.length);
    most = Math.max(most, model.length);
  }
  expect(most).toBeGreaterThan(40);
  const held = ring.targets.filter((target) => target !== undefined);
  expect(held).toHaveLength(model.length);
  expect(ring.mirrored.filter((one) => one !== undefined).length).toBeLessThanOrEqual(model.length);
});
