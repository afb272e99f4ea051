/** Confirmations counted off a stream of pushes, however they are cut. */
import { describe, expect, test } from 'vitest';
import { Subscriptions } from '../../../src/upstream/subscriptions.ts';

function push(...elements: readonly (string | number | null)[]): Buffer {
  const parts = elements.map((element) => {
    if (element === null) return '_\r\n';
    return typeof element === 'number' ? `:${element}\r\n` : `$${element.length}\r\n${element}\r\n`;
  });
  return Buffer.from(`>${elements.length}\r\n${parts.join('')}`);
}

/** Gives a push in pieces of `size` bytes; true when the command at `place` is confirmed by the last. */
function give(subscriptions: Subscriptions, bytes: Buffer, place: number, size = bytes.length): boolean {
  let isOver = false;
  for (let at = 0; at < bytes.length; at += size) {
    const end = Math.min(bytes.length, at + size);
    isOver = subscriptions.pushed(bytes, at, end, at === 0, end === bytes.length, place);
    if (end < bytes.length) expect(isOver).toBe(false);
  }
  return isOver;
}

describe.each([1000, 1, 7, 25])('in pieces of %i bytes', (size) => {
  test('one confirmation per argument', () => {
    const subscriptions = new Subscriptions();
    subscriptions.sent(5, 'subscribe', 3);
    expect(give(subscriptions, push('subscribe', 'a', 1), 5, size)).toBe(false);
    expect(subscriptions.isConfirmed(5)).toBe(true);
    expect(give(subscriptions, push('message', 'a', 'm'), 5, size)).toBe(false);
    expect(give(subscriptions, push('subscribe', 'b', 2), 5, size)).toBe(false);
    expect(give(subscriptions, push('psubscribe', 'b', 3), 5, size)).toBe(false);
    expect(give(subscriptions, push('subscribe', 'b', 3), 5, size)).toBe(true);
    subscriptions.over(5);
    expect(subscriptions.isConfirmed(5)).toBe(false);
  });

  test('one for each subscription there is, by kind', () => {
    const subscriptions = new Subscriptions();
    let place = 0;
    const run = (name: string, channels: number, ...pushes: readonly Buffer[]): void => {
      subscriptions.sent(place, name, channels);
      const results = pushes.map((bytes) => give(subscriptions, bytes, place, size));
      expect(results, `${name} ${place}`).toEqual(pushes.map((_, index) => index === pushes.length - 1));
      subscriptions.over(place);
      place += 1;
    };
    run('unsubscribe', 0, push('unsubscribe', null, 0));
    run('subscribe', 2, push('subscribe', 'a', 1), push('subscribe', 'a', 1));
    run('psubscribe', 2, push('psubscribe', 'p', 2), push('psubscribe', 'q', 3));
    run('ssubscribe', 1, push('ssubscribe', 's', 1));
    run('subscribe', 1, push('subscribe', 'b', 4));
    run('unsubscribe', 0, push('unsubscribe', 'b', 3), push('unsubscribe', 'a', 2));
    run('unsubscribe', 0, push('unsubscribe', null, 2));
    run('punsubscribe', 0, push('punsubscribe', 'p', 1), push('punsubscribe', 'q', 0));
    run('sunsubscribe', 0, push('sunsubscribe', 's', 0));
  });

  test('pushes that nobody asked for change only the count', () => {
    const subscriptions = new Subscriptions();
    subscriptions.sent(0, 'ssubscribe', 2);
    for (const count of [1, 2]) give(subscriptions, push('ssubscribe', 's', count), 0, size);
    subscriptions.over(0);
    expect(give(subscriptions, push('sunsubscribe', 's', 1), 1, size)).toBe(false);
    for (const odd of [
      push('invalidate', 'key'),
      push(),
      push('x'),
      push('tracking-redir-broken'),
      push(1, 2, 3),
    ]) {
      expect(give(subscriptions, odd, 1, size)).toBe(false);
    }
    subscriptions.sent(3, 'sunsubscribe', 0);
    expect(give(subscriptions, push('sunsubscribe', 's', 0), 3, size)).toBe(true);
  });
});

test('a command elsewhere in the queue is not confirmed', () => {
  const subscriptions = new Subscriptions();
  subscriptions.sent(4, 'subscribe', 1);
  expect(give(subscriptions, push('subscribe', 'a', 1), 3)).toBe(false);
  subscriptions.over(3);
  expect(subscriptions.isConfirmed(4)).toBe(false);
  expect(give(subscriptions, push('subscribe', 'b', 2), 4)).toBe(true);
});
