/** The checker accepts what could have happened one by one, and rejects what could not. */
import { describe, expect, it } from 'vitest';
import { counterModel, hashModel, listModel, setModel, stringModel } from '../../support/command-models.ts';
import { isLinearizable, type Model, type Operation } from '../../support/linearizability.ts';

type Call = readonly string[];

/** `[from, to, command, result]` for each operation. */
function historyOf(...rows: readonly (readonly [number, number, string, unknown])[]): Operation<Call>[] {
  return rows.map(([calledAt, returnedAt, command, result]) => ({
    call: command.split(' '),
    result: JSON.stringify(result),
    calledAt,
    returnedAt,
  }));
}

/** Tries every order: slow, but plainly right. */
function isLinearizableByAll(operations: readonly Operation<Call>[], model: Model<Call>): boolean {
  const go = (left: readonly Operation<Call>[], state: string): boolean =>
    left.length === 0 ||
    left.some((one) => {
      if (left.some((other) => other !== one && other.returnedAt < one.calledAt)) return false;
      const rest = left.filter((other) => other !== one);
      return model.next(state, one.call, one.result).some((next) => go(rest, next));
    });
  return go(operations, model.initial);
}

const RIGHT: readonly (readonly [string, Model<Call>, Operation<Call>[]])[] = [
  ['nothing', stringModel, []],
  [
    'a read that overlaps a write and sees the old value',
    stringModel,
    historyOf([0, 1, 'SET a', 'OK'], [2, 9, 'SET b', 'OK'], [3, 4, 'GET', 'a'], [5, 6, 'GET', 'b']),
  ],
  [
    'increments at the same time',
    counterModel,
    historyOf([0, 5, 'INCR', 3], [1, 4, 'INCR', 1], [2, 3, 'INCR', 2]),
  ],
  [
    'a change that was lost to another',
    stringModel,
    historyOf([0, 1, 'SET a', 'OK'], [2, 5, 'CAS a b', ['OK']], [3, 4, 'CAS a c', null]),
  ],
  [
    'a member that was chosen',
    setModel,
    historyOf([0, 1, 'SADD a', 1], [2, 3, 'SADD b', 1], [4, 7, 'SPOP', 'a'], [5, 6, 'SMEMBERS', ['b']]),
  ],
];

const WRONG: readonly (readonly [string, Model<Call>, Operation<Call>[]])[] = [
  ['a stale read', stringModel, historyOf([0, 1, 'SET a', 'OK'], [2, 3, 'SET b', 'OK'], [4, 5, 'GET', 'a'])],
  [
    'reads that go back in time',
    stringModel,
    historyOf([0, 1, 'SET a', 'OK'], [2, 9, 'SET b', 'OK'], [3, 4, 'GET', 'b'], [5, 6, 'GET', 'a']),
  ],
  ['a lost increment', counterModel, historyOf([0, 3, 'INCR', 1], [1, 2, 'INCR', 1])],
  [
    'two changes of the same value',
    stringModel,
    historyOf([0, 1, 'SET a', 'OK'], [2, 5, 'CAS a b', ['OK']], [3, 4, 'CAS a c', ['OK']]),
  ],
  [
    'an element that was popped twice',
    listModel,
    historyOf([0, 1, 'RPUSH a', 1], [2, 5, 'LPOP', 'a'], [3, 4, 'RPOP', 'a']),
  ],
  [
    'an element out of order',
    listModel,
    historyOf([0, 1, 'RPUSH a', 1], [2, 3, 'RPUSH b', 2], [4, 5, 'LPOP', 'b']),
  ],
  [
    'a member that is still there',
    setModel,
    historyOf([0, 1, 'SADD a', 1], [2, 3, 'SREM a', 1], [4, 5, 'SISMEMBER a', 1]),
  ],
  [
    'half of a hash',
    hashModel,
    historyOf([0, 1, 'HSET f 1', 1], [2, 3, 'HSET g 1', 1], [4, 5, 'HGETALL', ['g', '1']]),
  ],
];

describe('isLinearizable', () => {
  it.each(RIGHT)('accepts %s', (_name, model, history) => {
    expect(isLinearizable(history, model)).toBe(true);
    expect(isLinearizableByAll(history, model)).toBe(true);
  });

  it.each(WRONG)('rejects %s', (_name, model, history) => {
    expect(isLinearizable(history, model)).toBe(false);
    expect(isLinearizableByAll(history, model)).toBe(false);
  });

  it('agrees with trying every order', () => {
    const seen = new Set<boolean>();
    for (let number = 0; number < 3000; number++) {
      // Histories of five overlapping operations, by the digits of a number.
      let digits = number * 7919 + 13;
      const draw = (limit: number): number => {
        digits = (digits * 1103515245 + 12345) % 2 ** 31;
        return (digits >> 8) % limit;
      };
      const rows = Array.from({ length: 5 }, (_, at): [number, number, string, unknown] => {
        const from = 2 * at - draw(4) + at / 100;
        const to = from + 1 + draw(5) + 0.5;
        return draw(2) === 0
          ? [from, to, `SET ${draw(2)}`, 'OK']
          : [from, to, 'GET', draw(3) === 0 ? null : String(draw(2))];
      });
      const history = historyOf(...rows);
      const expected = isLinearizableByAll(history, stringModel);
      expect(isLinearizable(history, stringModel), JSON.stringify(rows)).toBe(expected);
      seen.add(expected);
    }
    expect([...seen].sort()).toEqual([false, true]);
  });
});
