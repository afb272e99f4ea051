/** Keys of commands, by specs and by the special searches. */
import { describe, expect, it } from 'vitest';
import type { KeySpec } from '../../../src/commands/definition.ts';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { findKeys, KeyList, keyFlagsAt } from '../../../src/routing/keys.ts';
import { viewOf } from '../commands/view.ts';
import { keyVectors } from './key-vectors.ts';

const table = buildCommandTable();
const list = new KeyList();

function find(...args: string[]): number[] | undefined {
  const view = viewOf(...args);
  const id = table.lookup(view.bytes, view.spans, view.count);
  return findKeys(table, id, view, list) ? [...list.indexes.subarray(0, list.count)] : undefined;
}

function flags(...args: string[]): string[] {
  const view = viewOf(...args);
  const id = table.lookup(view.bytes, view.spans, view.count);
  expect(findKeys(table, id, view, list)).toBe(true);
  return Array.from({ length: list.count }, (_, at) => keyFlagsAt(table, id, view, list, at).join(' '));
}

describe('keys of a command', () => {
  for (const { args, keys, refused } of keyVectors) {
    it(args.join(' '), () => {
      if (refused) expect(find(...args) ?? []).toEqual([]);
      else expect(find(...args)).toEqual(keys);
    });
  }

  it('tells no keys from keys that cannot be known', () => {
    expect(find('PING')).toEqual([]);
    expect(find('EVAL', 'script', '0')).toEqual([]);
    expect(find('GET')).toBeUndefined();
    expect(find('RENAME', 'a')).toBeUndefined();
    expect(find('EVAL', 'script', '3', 'a', 'b')).toBeUndefined();
    expect(find('EVAL', 'script', '9007199254740993', 'a')).toBeUndefined();
    expect(find('EVAL', 'script', '-1', 'a')).toBeUndefined();
    expect(find('EVAL', 'script')).toBeUndefined();
    expect(find('ZUNION', '0', 'a')).toBeUndefined();
    expect(find('XREAD', 'COUNT', '1', 'a', '0')).toBeUndefined();
    expect(find('XREAD', 'COUNT', '1', 'STREAMS')).toBeUndefined();
    expect(list.count).toBe(0);
  });

  it('finds keys of MSETEX, which no slot check of its server covers', () => {
    expect(find('MSETEX', '2', 'a', '1', 'b', '2', 'EX', '10')).toEqual([2, 4]);
    expect(find('MSETEX', '2', 'a', '1', 'b', '2')).toEqual([2, 4]);
    expect(find('MSETEX', '3', 'a', '1', 'b', '2')).toBeUndefined();
  });

  it('finds shard channels', () => {
    expect(find('SSUBSCRIBE', 'a', 'b')).toEqual([1, 2]);
    expect(flags('SPUBLISH', 'a', 'message')).toEqual(['not_key']);
  });

  it('needs no more sources than the server', () => {
    expect(find('PFMERGE', 'd')).toEqual([1]);
  });

  it('keeps thousands of keys', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `k${index}`);
    expect(find('DEL', ...names)).toHaveLength(3000);
    expect(find('XREAD', 'STREAMS', ...names, ...names)).toHaveLength(3000);
    expect(list.indexes[2999]).toBe(3001);
  });

  it('follows learnt specs and gives up on unknown ones', () => {
    const own = buildCommandTable();
    const spec = (begin: KeySpec['begin'], find: KeySpec['find']): KeySpec => ({
      flags: ['RW'],
      begin,
      find,
    });
    const byCount = { type: 'keynum', keyCountIndex: 1, firstKey: 2, step: 2 } as const;
    const half = { type: 'range', lastKey: -1, step: 1, limit: 2 } as const;
    const keys = [spec({ type: 'keyword', keyword: 'IN', startFrom: -1 }, byCount)];
    const counted = own.learn({ name: 'm.counted', arity: -1, flags: [], keys });
    const halfId = own.learn({
      name: 'm.half',
      arity: -1,
      flags: [],
      keys: [spec({ type: 'index', index: 2 }, half)],
    });
    const unknown = own.learn({
      name: 'm.unknown',
      arity: -1,
      flags: [],
      keys: [spec({ type: 'unknown' }, { type: 'unknown' })],
    });
    const run = (id: number, ...args: string[]): number[] | undefined =>
      findKeys(own, id, viewOf(...args), list) ? [...list.indexes.subarray(0, list.count)] : undefined;
    expect(run(counted, 'm.counted', 'in', 'x', '2', 'a', '-', 'b', '-', 'z')).toBeUndefined();
    expect(run(counted, 'm.counted', '0', 'in', 'x', '2', 'a', '-', 'b', '-', 'z')).toEqual([5, 7]);
    expect(run(halfId, 'm.half', 'x', 'a', 'b', '1', '2')).toEqual([2, 3]);
    expect(run(unknown, 'm.unknown', 'a')).toBeUndefined();
  });
});

describe('what a command does with its keys', () => {
  it('follows the spec of each key', () => {
    expect(flags('SINTERSTORE', 'd', 'a', 'b')).toEqual(['OW update', 'RO access', 'RO access']);
    expect(flags('LMOVE', 'a', 'b', 'LEFT', 'LEFT')).toEqual(['RW access delete', 'RW insert']);
    expect(flags('ZUNIONSTORE', 'd', '1', 'a')).toEqual(['OW update', 'RO access']);
    expect(flags('SORT', 'a', 'STORE', 'd')).toEqual(['RO access', 'OW update']);
    expect(flags('GEORADIUS', 'a', '1', '1', '1', 'm', 'STOREDIST', 'd')).toEqual(['RO access', 'OW update']);
  });

  it('follows the options of SET and BITFIELD', () => {
    expect(flags('SET', 'a', 'get')).toEqual(['OW update']);
    expect(flags('SET', 'a', '1', 'NX', 'get')).toEqual(['RW access update']);
    expect(flags('BITFIELD', 'a', 'GET', 'u8', '0', 'OVERFLOW', 'SAT', 'GET', 'u8', '1')).toEqual([
      'RO access',
    ]);
    expect(flags('BITFIELD', 'a', 'GET', 'u8', '0', 'INCRBY', 'u8', '0', '1')).toEqual(['RW access update']);
    expect(flags('BITFIELD', 'a', 'nonsense')).toEqual(['RW access update']);
  });
});
