/** The parts of the page that need no browser: numbers, events, answers, addresses. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { momentBetween, type Reading } from '../../../src/admin/live-sample.ts';
import { EventParser } from '../../../src/page/event-parser.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatExact,
  formatMicroseconds,
  formatShare,
  plural,
} from '../../../src/page/format.ts';
import { formatPlace, parsePlace } from '../../../src/page/place.ts';
import { summarize } from '../../../src/page/summary.ts';
import { testSeed } from '../../support/seed.ts';
import { FakeGateway } from '../admin/fake-gateway.ts';

const plain = (text: string): string => text.replaceAll('\u202f', ' ');

describe('numbers', () => {
  test.each([
    [formatCount(0), '0'],
    [formatCount(7.994), '7.99'],
    [formatCount(99.96), '100'],
    [formatCount(12_345), '12.3 k'],
    [formatExact(1_234_567.4), '1 234 567'],
    [formatBytes(1536), '1.5 KiB'],
    [formatMicroseconds(null), '–'],
    [formatMicroseconds(284), '284 µs'],
    [formatMicroseconds(1570), '1.57 ms'],
    [formatMicroseconds(2_500_000), '2.5 s'],
    [formatShare(0, 10), '0 %'],
    [formatShare(1, 0), '–'],
    [formatShare(1, 1e9), '<0.001 %'],
    [formatShare(999_999_999, 1e9), '>99.999 %'],
    [formatShare(10, 10), '100 %'],
    [formatShare(1, 160), '0.625 %'],
    [formatDuration(42), '42 s'],
    [formatDuration(3700), '1 h 1 min'],
    [formatDuration(86_400), '1 d'],
    [plural(1, 'reply', 'replies'), '1 reply'],
    [plural(2, 'reply', 'replies'), '2 replies'],
  ])('%s', (text, wanted) => {
    expect(plain(text)).toBe(wanted);
  });
});

test('events come out whole, however they are cut', () => {
  const text =
    'retry: 2000\n\n: heartbeat\n\nevent: moment\ndata: {"a":1}\n\nevent: history\ndata: []\n\nevent: half';
  const check = (cuts: readonly number[]): void => {
    const parser = new EventParser();
    const at = [0, ...[...cuts].sort((one, other) => one - other), text.length];
    const events = at.slice(1).flatMap((end, index) => parser.feed(text.slice(at[index], end)));
    expect(events).toEqual([
      { event: 'moment', data: '{"a":1}' },
      { event: 'history', data: '[]' },
    ]);
  };
  const seed = testSeed('page-events');
  fc.assert(fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), check), { seed });
});

test('places survive their addresses', () => {
  const values = { command: 'get', text: 'a b&c=#?' };
  const place = parsePlace(formatPlace('divergences', { ...values, kind: '' }));
  expect(place.name).toBe('divergences');
  expect(Object.fromEntries(place.query)).toEqual(values);
  expect(parsePlace('#nowhere').name).toBe('overview');
  expect(parsePlace('').name).toBe('overview');
});

describe('answers', () => {
  async function answersFor(change: (reading: Reading) => object, divergences = 0): Promise<string[]> {
    const gateway = await FakeGateway.make();
    const status = await gateway.status();
    const shadow = {
      ...status.shadow!,
      up: true,
      breaker: { open: false },
      dirty: { slots: 0, ranges: [], truncated: false },
    };
    const before = { atMs: 0, counters: gateway.counters(), status: { ...status, shadow } };
    const after = { atMs: 1000, counters: gateway.counters(), status: before.status };
    const moment = momentBetween(before, { ...after, ...change(after) }, divergences);
    return summarize(moment, [moment.sample]).map(({ mood, answer }) => `${mood}: ${plain(answer)}`);
  }

  test('when all is well', async () => {
    expect(await answersFor(() => ({}))).toEqual(['good: Yes', 'good: Yes', 'good: Yes', 'good: Yes']);
  });

  test('when replies differ', async () => {
    const answers = await answersFor(({ counters }) => ({
      counters: { ...counters, commands: [{ ...counters.commands[0]!, verdicts: [1, 2, 0, 0, 0] }] },
    }));
    expect(answers[0]).toBe('bad: 2 replies differ');
  });

  test('when they differed before', async () => {
    expect((await answersFor(() => ({}), 3))[0]).toBe('warning: Yes');
  });

  test.each([
    [{ primary: { up: false, error: 'ECONNREFUSED' } }, 1, 'bad: Down'],
    [{ shadow: null }, 0, 'quiet: No shadow'],
    [{ state: 'draining' }, 3, 'warning: It is draining'],
  ])('when the state is %j', async (change, index, wanted) => {
    const answers = await answersFor(({ status }) => ({ status: { ...status, ...change } }));
    expect(answers[index]).toBe(wanted);
  });

  test.each([
    [{ up: false, error: 'ECONNREFUSED' }, 0, 'bad: Shadow is down'],
    [{ breaker: { open: true } }, 0, 'bad: Shadow is down'],
    [{ enabled: false }, 0, 'warning: Switched off'],
    [{ dirty: { slots: 1, ranges: [[5, 5]], truncated: false } }, 2, 'warning: 1 dirty slot'],
    [{ queue: { commands: 9, bytes: 9, lagSeconds: 65 } }, 2, 'warning: 1 min 5 s behind'],
  ])('when the shadow is %j', async (change, index, wanted) => {
    const answers = await answersFor(({ status }) => ({
      status: { ...status, shadow: { ...status.shadow!, ...change } },
    }));
    expect(answers[index]).toBe(wanted);
  });
});
