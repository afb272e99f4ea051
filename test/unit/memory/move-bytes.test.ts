/** Moves within an arena and into it against `copyWithin` of ordinary memory. */
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { copyIn, moveBytes } from '../../../src/memory/move-bytes.ts';
import { testSeed } from '../../support/seed.ts';

const BYTES = 4096;
const BASE = 32768;

it('moves and copies like copyWithin and set', () => {
  const random = createRandom(testSeed('move bytes'));
  const arena = Arena.create(65536);
  const model = new Uint8Array(BYTES).map(() => random.integer(256));
  arena.bytes.set(model, BASE);
  let source = new Uint8Array(0);
  for (let round = 0; round < 5000; round++) {
    const count = random.integer(random.pick([20, 100, 1500]));
    const from = random.integer(BYTES - count);
    const near = Math.min(BYTES - count, Math.max(0, from + random.integer(64) - 32));
    const to = random.integer(2) === 0 ? near : random.integer(BYTES - count);
    if (random.integer(3) > 0) {
      moveBytes(arena, BASE + from, BASE + to, count);
      model.copyWithin(to, from, from + count);
    } else {
      // The same array more than once, as the transport's: its view is kept.
      if (random.integer(3) === 0 || source.length < count + 9) {
        source = new Uint8Array(count + 9 + random.integer(600)).map(() => random.integer(256));
      }
      copyIn(arena, source, 5, 5 + count, BASE + to);
      model.set(source.subarray(5, 5 + count), to);
    }
    if (round % 20 === 0) expect(Buffer.compare(arena.bytes.slice(BASE, BASE + BYTES), model)).toBe(0);
  }
  expect(Buffer.compare(arena.bytes.slice(BASE, BASE + BYTES), model)).toBe(0);
});
