import { describe, expect, it } from 'vitest';
import { Barrier } from '../../../src/gateway/barrier.ts';
import { type Reply, replyText } from '../../../src/resp/reply.ts';

const wire = Buffer.from('..$5\r\nhello\r\n..');

const NONE_ANSWERED = { isAnswered: () => false };

describe('Barrier', () => {
  it('collects one reply from its pieces and hides it, or passes it on', () => {
    for (const forward of [false, true]) {
      const barrier = new Barrier(NONE_ANSWERED);
      const seen: Reply[] = [];
      barrier.collect(7, forward, (reply) => seen.push(reply));
      expect(barrier.isUp).toBe(true);
      expect(barrier.isParked).toBe(false);
      // Others' replies are none of its business.
      expect(barrier.takes(6, wire, 0, wire.length)).toBe(false);
      barrier.answered(6);
      expect(barrier.isUp).toBe(true);
      expect(barrier.takes(7, wire, 2, 6)).toBe(!forward);
      expect(barrier.takes(7, wire, 6, wire.length - 2)).toBe(!forward);
      barrier.answered(7);
      expect(seen.map(replyText)).toEqual(['hello']);
      expect(barrier.isUp).toBe(false);
      expect(barrier.takes(7, wire, 2, 6)).toBe(false);
    }
  });

  it('forgets half a reply when an error takes its place', () => {
    const barrier = new Barrier(NONE_ANSWERED);
    const seen: string[] = [];
    barrier.collect(1, true, (reply) => seen.push(replyText(reply)));
    barrier.takes(1, wire, 2, 8);
    barrier.takeBack(2);
    barrier.takeBack(1);
    const error = Buffer.from('-ERR lost\r\n');
    barrier.takes(1, error, 0, error.length);
    barrier.answered(1);
    expect(seen).toEqual(['ERR lost']);
  });

  it('is down when it calls back, so that the callback can raise it again', () => {
    const barrier = new Barrier(NONE_ANSWERED);
    barrier.collect(1, true, () => barrier.raise(2));
    barrier.takes(1, wire, 2, wire.length - 2);
    barrier.answered(1);
    expect(barrier.isParked).toBe(true);
    // Nobody looks at the reply of a command that may block, so every piece of it is the client's.
    expect(barrier.takes(2, wire, 2, wire.length - 2)).toBe(false);
    barrier.answered(1);
    expect(barrier.isUp).toBe(true);
    barrier.answered(2);
    expect(barrier.isUp).toBe(false);
  });

  it('is not raised for a reply that is here: nothing would bring it down', () => {
    const barrier = new Barrier({ isAnswered: (sequence) => sequence < 5 });
    barrier.raise(4);
    expect(barrier.isUp).toBe(false);
    const seen: string[] = [];
    barrier.collect(4, false, (reply) => seen.push(replyText(reply)));
    expect([barrier.isUp, seen]).toEqual([false, []]);
    barrier.collect(4, true, (reply) => seen.push(replyText(reply)));
    expect([barrier.isUp, seen]).toEqual([false, ['ERR lockstep: the command was not sent']]);
    barrier.raise(5);
    expect(barrier.isUp).toBe(true);
  });
});
