/** Where commands belong in a cluster, and the bytes of their parts. */
import { describe, expect, it } from 'vitest';
import { keySlot } from '../../../src/base/slot.ts';
import { encodeCommand } from '../../support/raw-client.ts';
import { routed } from './splitting.ts';

const slotOf = (key: string): number => keySlot(Buffer.from(key), 0, key.length);
/** The parts' frames, as arguments. */
function parts(...args: string[]): string[][] {
  const { kind, parts: made } = routed(...args);
  expect(kind).toBe('parts');
  return made.map(({ frame, slot }) => {
    const words = frame.toString('latin1').split('\r\n');
    const list = words.filter((_, index) => index > 0 && index % 2 === 0);
    expect(frame).toEqual(encodeCommand(list));
    expect([...new Set(keysOf(list).map(slotOf))]).toEqual([slot]);
    return list;
  });
}

function keysOf([name, ...rest]: string[]): string[] {
  if (name.toUpperCase() === 'MSET') return rest.filter((_, index) => index % 2 === 0);
  if (name.toUpperCase() !== 'MSETEX') return rest;
  return rest.slice(1, 1 + 2 * Number(rest[0])).filter((_, index) => index % 2 === 0);
}

describe('where a command belongs', () => {
  it.each([
    [['GET', 'a'], { kind: 'slot', slot: slotOf('a') }],
    [['SET', '{x}a', 'v'], { kind: 'slot', slot: slotOf('x') }],
    [['GET'], { kind: 'any' }],
    [['PING'], { kind: 'any' }],
    [['NO-SUCH', 'a'], { kind: 'any' }],
    [['PUBLISH', 'channel', 'message'], { kind: 'any' }],
    [['SPUBLISH', 'channel', 'message'], { kind: 'slot', slot: slotOf('channel') }],
    [['EVAL', 'return 1', '0'], { kind: 'any' }],
    [['EVAL', 'return 1', '2', '{x}1', '{x}2'], { kind: 'slot', slot: slotOf('x') }],
    [['EVAL', 'return 1', '9', 'a'], { kind: 'any' }],
    [['MGET', '{x}1', '{x}2'], { kind: 'slot', slot: slotOf('x') }],
    [['MGET', 'a', 'a'], { kind: 'slot', slot: slotOf('a') }],
    [['RENAME', '{x}1', '{x}2'], { kind: 'slot', slot: slotOf('x') }],
    [['XREAD', 'STREAMS', '{x}1', '{x}2', '0', '0'], { kind: 'slot', slot: slotOf('x') }],
    [['SORT', '{x}1', 'STORE', '{x}2'], { kind: 'slot', slot: slotOf('x') }],
    [['MSETEX', '2', '{x}1', 'v', '{x}2', 'v', 'NX'], { kind: 'slot', slot: slotOf('x') }],
    [['CLUSTER', 'COUNTKEYSINSLOT', '77'], { kind: 'slot', slot: 77 }],
    [['CLUSTER', 'GETKEYSINSLOT', '16383', '5'], { kind: 'slot', slot: 16_383 }],
    [['CLUSTER', 'COUNTKEYSINSLOT', '16384'], { kind: 'any' }],
    [['CLUSTER', 'COUNTKEYSINSLOT', 'x'], { kind: 'any' }],
    [['CLUSTER', 'COUNTKEYSINSLOT'], { kind: 'any' }],
    [['DBSIZE'], { kind: 'shards', merge: 'agg_sum' }],
    [['KEYS', '*'], { kind: 'shards', merge: 'concatenate' }],
    [['FLUSHALL'], { kind: 'shards', merge: 'all_succeeded' }],
    [['RANDOMKEY'], { kind: 'shards', merge: 'random' }],
    [['WAIT', '1', '10'], { kind: 'shards', merge: 'agg_min' }],
    [['WAITAOF', '1', '1', '10'], { kind: 'shards', merge: 'agg_min' }],
    [['INFO'], { kind: 'shards', merge: 'server-info' }],
    [['SCRIPT', 'LOAD', 'return 1'], { kind: 'nodes', merge: 'all_succeeded' }],
    [['SCRIPT', 'EXISTS', 'x'], { kind: 'shards', merge: 'agg_logical_and' }],
    [['SCRIPT', 'KILL'], { kind: 'shards', merge: 'one_succeeded' }],
    [['FUNCTION', 'LOAD', 'x'], { kind: 'shards', merge: 'all_succeeded' }],
    [['CONFIG', 'SET', 'maxmemory', '0'], { kind: 'nodes', merge: 'all_succeeded' }],
    [['CONFIG', 'GET', 'maxmemory'], { kind: 'any' }],
    [['SLOWLOG', 'GET'], { kind: 'nodes', merge: 'concatenate' }],
    [['SLOWLOG', 'LEN'], { kind: 'nodes', merge: 'agg_sum' }],
    [['LATENCY', 'RESET'], { kind: 'nodes', merge: 'agg_sum' }],
    [['PUBSUB', 'CHANNELS'], { kind: 'nodes', merge: 'union' }],
    [['PUBSUB', 'NUMSUB', 'a'], { kind: 'nodes', merge: 'agg_sum' }],
    [['SCAN', '0'], { kind: 'scan' }],
    [['HSCAN', 'a', '0'], { kind: 'slot', slot: slotOf('a') }],
  ])('%j', (args, expected) => {
    expect(routed(...(args as string[]))).toMatchObject(expected as object);
  });

  it.each([
    [['MSETNX', 'a', '1', 'b', '2']],
    [['MSETEX', '2', 'a', '1', 'b', '2', 'XX']],
    [['MSETEX', '2', 'a', '1', 'b', '2', 'PX', '9', 'nx']],
    [['RENAME', 'a', 'b']],
    [['SINTER', 'a', 'b']],
    [['PFCOUNT', 'a', 'b']],
    [['EVAL', 'return 1', '2', 'a', 'b']],
    [['SSUBSCRIBE', 'a', 'b']],
    [['WATCH', 'a', 'b']],
    [['BLPOP', 'a', 'b', '0']],
  ])('%j is refused as by a cluster', (args) => {
    const error = "CROSSSLOT Keys in request don't hash to the same slot";
    expect(routed(...args)).toMatchObject({ kind: 'refused', error });
  });

  it('refuses an MSET whose last key has no value', () => {
    const error = "ERR wrong number of arguments for 'mset' command";
    expect(routed('MSET', 'a', '1', 'b')).toMatchObject({ kind: 'refused', error });
    // Of one slot, the server says it.
    expect(routed('MSET', '{x}a', '1', '{x}b')).toMatchObject({ kind: 'slot', slot: slotOf('x') });
  });
});

describe('parts', () => {
  it('come in the order of their first keys, with the keys in order', () => {
    expect(parts('mget', 'b', '{a}2', 'b', '{a}1', 'c')).toEqual([
      ['mget', 'b', 'b'],
      ['mget', '{a}2', '{a}1'],
      ['mget', 'c'],
    ]);
    for (const name of ['DEL', 'UNLINK', 'EXISTS', 'TOUCH']) {
      expect(parts(name, 'a', 'b', 'a')).toEqual([
        [name, 'a', 'a'],
        [name, 'b'],
      ]);
    }
  });

  it('have the values of their keys, and options', () => {
    expect(parts('MSET', 'a', '1', 'b', '2', 'a', '3')).toEqual([
      ['MSET', 'a', '1', 'a', '3'],
      ['MSET', 'b', '2'],
    ]);
    expect(parts('MSETEX', '3', 'a', '1', 'b', '2', '{a}', '3', 'EX', '100')).toEqual([
      ['MSETEX', '2', 'a', '1', '{a}', '3', 'EX', '100'],
      ['MSETEX', '1', 'b', '2', 'EX', '100'],
    ]);
  });

  it('are as many as the slots, for long commands too', () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `key:${index}`);
    const made = routed('MGET', ...keys).parts;
    expect(new Set(made.map(({ slot }) => slot))).toEqual(new Set(keys.map(slotOf)));
    expect(made).toHaveLength(new Set(keys.map(slotOf)).size);
    expect(routed('MGET', 'a', 'b').parts).toHaveLength(2);
  });
});
