/** A trouble that repeats itself: the first lines, then how many there were. */
import { expect, test } from 'vitest';
import { BURST, MAX_KINDS, type Repeated, Repeats, WINDOW_MS } from '../../../src/telemetry/repeats.ts';

function make(): { repeats: Repeats; told: Repeated[] } {
  const told: Repeated[] = [];
  return { repeats: new Repeats((repeated) => told.push(repeated)), told };
}

test('the first lines of a window are written, the number of the others is told', () => {
  const { repeats, told } = make();
  const written = Array.from({ length: BURST + 25 }, (_, at) => repeats.admits('warn', 'lost', {}, at));
  expect(written.filter((one) => one)).toHaveLength(BURST);
  expect(told).toEqual([]);
  expect(repeats.admits('warn', 'lost', {}, WINDOW_MS)).toBe(true);
  expect(told).toEqual([{ level: 'warn', message: 'lost', times: 25, withinMs: WINDOW_MS }]);
});

test('what happens to different parts is told apart, and other levels are always written', () => {
  const { repeats } = make();
  for (let at = 0; at < BURST * 2; at++) repeats.admits('error', 'lost', { node: 'a:1', reason: at }, at);
  expect(repeats.admits('error', 'lost', { node: 'a:1' }, 50)).toBe(false);
  expect(repeats.admits('error', 'lost', { node: 'b:1' }, 50)).toBe(true);
  expect(repeats.admits('warn', 'lost', { node: 'a:1' }, 50)).toBe(true);
  for (let at = 0; at < BURST * 2; at++) expect(repeats.admits('info', 'same', {}, at)).toBe(true);
  for (let at = 0; at < BURST * 2; at++) expect(repeats.admits('fatal', 'same', {}, at)).toBe(true);
});

test('its memory is bounded, and nothing that was held back is lost', () => {
  const { repeats, told } = make();
  const longNode = 'x'.repeat(100_000);
  let written = 0;
  for (let kind = 0; kind < MAX_KINDS * 3; kind++) {
    for (let times = 0; times < BURST + 1; times++)
      if (repeats.admits('warn', `kind ${kind}`, { node: longNode }, 0)) written++;
    expect(repeats.size).toBeLessThanOrEqual(MAX_KINDS);
  }
  expect(written).toBe(MAX_KINDS * 3 * BURST);
  repeats.close(1);
  expect(told.reduce((sum, { times }) => sum + times, 0)).toBe(MAX_KINDS * 3);
  expect(repeats.size).toBe(0);
});
