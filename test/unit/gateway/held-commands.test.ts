/** The order of one client's commands where some wait for their slots. */
import { expect, it } from 'vitest';
import { HeldCommands, type LateCommand } from '../../../src/gateway/held-commands.ts';

const SESSION = 7;

function commands(held: HeldCommands, log: string[]) {
  const late = (name: string, isGated: boolean, holds = false): LateCommand => ({
    isGated,
    start: () => {
      log.push(name);
      if (holds) held.hold(SESSION);
    },
  });
  return { plain: (name: string) => late(name, false), gated: (name: string) => late(name, true), late };
}

it('nobody waits while nothing is held up', () => {
  const held = new HeldCommands();
  expect(held.mustWait(SESSION, false)).toBe(false);
  held.hold(SESSION + 1);
  expect(held.mustWait(SESSION, false)).toBe(false);
});

it('a command without slots waits for those that are held up, and whatever comes after it waits, too', () => {
  const held = new HeldCommands();
  const log: string[] = [];
  const { plain, gated } = commands(held, log);
  held.hold(SESSION);
  held.hold(SESSION);
  expect(held.mustWait(SESSION, true)).toBe(false);
  expect(held.mustWait(SESSION, false)).toBe(true);
  held.defer(SESSION, plain('a'));
  expect(held.mustWait(SESSION, true)).toBe(true);
  held.defer(SESSION, gated('b'));
  held.sent(SESSION);
  expect(log).toEqual([]);
  held.sent(SESSION);
  expect(log).toEqual(['a', 'b']);
  expect(held.mustWait(SESSION, false)).toBe(false);
});

it('a late command that is held up itself lets in what the gate orders, and stops what it does not', () => {
  const held = new HeldCommands();
  const log: string[] = [];
  const { plain, gated, late } = commands(held, log);
  held.hold(SESSION);
  for (const one of [plain('a'), late('b', true, true), gated('c'), plain('d'), gated('e')]) {
    expect(held.mustWait(SESSION, one.isGated)).toBe(true);
    held.defer(SESSION, one);
  }
  held.sent(SESSION);
  expect(log).toEqual(['a', 'b', 'c']);
  expect(held.mustWait(SESSION, true)).toBe(true);
  held.sent(SESSION);
  expect(log).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(held.mustWait(SESSION, false)).toBe(false);
});
