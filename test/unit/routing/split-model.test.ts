/** Property: a command in parts, each run by a store of its own, says and does what it says and does whole. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SLOT_COUNT } from '../../../src/base/slot.ts';
import { testSeed } from '../../support/seed.ts';
import { gathered, routed } from './splitting.ts';

type Store = Map<string, string>;

/** A naive server of the commands that are split. */
function run(store: Store, [name, ...args]: readonly string[], resp: 2 | 3): string {
  const remove = (key: string): number => Number(store.delete(key));
  const has = (key: string): number => Number(store.has(key));
  const sum = (count: (key: string) => number): string =>
    `:${args.reduce((all, key) => all + count(key), 0)}\r\n`;
  switch (name) {
    case 'MGET': {
      const nil = resp === 3 ? '_\r\n' : '$-1\r\n';
      const values = args.map((key) => store.get(key));
      return `*${args.length}\r\n${values.map((value) => (value === undefined ? nil : bulk(value))).join('')}`;
    }
    case 'MSET':
      for (let at = 0; at < args.length; at += 2) store.set(args[at], args[at + 1]);
      return '+OK\r\n';
    case 'MSETEX':
      for (let at = 1; at <= 2 * Number(args[0]); at += 2) store.set(args[at], args[at + 1]);
      return ':1\r\n';
    case 'DEL':
    case 'UNLINK':
      return sum(remove);
    default:
      return sum(has);
  }
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** Arguments of a frame, which the naive server reads its own way. */
function read(frame: string): string[] {
  const args: string[] = [];
  let at = frame.indexOf('\r\n') + 2;
  while (at < frame.length) {
    const lineEnd = frame.indexOf('\r\n', at);
    const length = Number(frame.slice(at + 1, lineEnd));
    args.push(frame.slice(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 4 + length;
  }
  return args;
}

/** Few enough to meet again; bytes of all kinds, and hash tags. */
const anyByte = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
});
const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '', '{a}1', '{b}2', 'x{a}', '{}', '\r\n$1\r\n', '{a', 'a}'),
  fc.integer({ min: 0, max: 40 }).map((index) => `key:${index}`),
  anyByte,
);
const keys = fc.array(key, { minLength: 1, maxLength: 30 });
const pairs = fc.array(fc.tuple(key, anyByte), { minLength: 1, maxLength: 20 });
const command = fc.oneof(
  fc
    .tuple(fc.constantFrom('MGET', 'DEL', 'UNLINK', 'EXISTS', 'TOUCH'), keys)
    .map(([name, list]) => [name, ...list]),
  pairs.map((list) => ['MSET', ...list.flat()]),
  pairs.map((list) => ['MSETEX', String(list.length), ...list.flat(), 'EX', '100']),
);

const toBytes = (args: readonly string[]): Uint8Array[] => args.map((text) => Buffer.from(text, 'latin1'));

it('a command in parts is the whole command', () => {
  const seed = testSeed('split commands');
  fc.assert(
    fc.property(
      fc.array(command, { minLength: 1, maxLength: 20 }),
      fc.constantFrom<2 | 3>(2, 3),
      fc.integer({ min: 1, max: 40 }),
      (commands, resp, pieceBytes) => {
        const whole: Store = new Map();
        const bySlot = new Map<number, Store>();
        const storeOf = (slot: number): Store => {
          const known = bySlot.get(slot) ?? new Map<string, string>();
          bySlot.set(slot, known);
          return known;
        };
        for (const args of commands) {
          const expected = run(whole, args, resp);
          const { kind, slot, parts } = routed(...toBytes(args));
          if (kind === 'slot') {
            expect(run(storeOf(slot), args, resp)).toBe(expected);
            continue;
          }
          expect(kind).toBe('parts');
          const answers = parts.map((part) =>
            Buffer.from(run(storeOf(part.slot), read(part.frame.toString('latin1')), resp), 'latin1'),
          );
          expect(gathered(toBytes(args), answers, resp, pieceBytes)).toBe(expected);
        }
        const joined = new Map([...bySlot.values()].flatMap((store) => [...store]));
        expect(joined).toEqual(whole);
        expect([...bySlot.keys()].every((slot) => slot >= 0 && slot < SLOT_COUNT)).toBe(true);
      },
    ),
    { seed, numRuns: 300 },
  );
});
