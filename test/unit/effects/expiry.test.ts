import { describe, expect, it } from 'vitest';
import * as expiry from '../../../src/commands/effects/expiry.ts';
import { buildEffect, type EffectChoice, effectLines, replyOf, viewOfLine } from './collect.ts';

type Row = readonly [choose: EffectChoice, line: string, wire: string, ...expected: string[]];

const OK = '+OK';
const ONE = ':1';

const rows: readonly Row[] = [
  [expiry.absoluteSet, 'SET k v', OK, 'verbatim'],
  [expiry.absoluteSet, 'SET k v EX 100', OK, 'SET k v PXAT 1100000'],
  [expiry.absoluteSet, 'set k v px 100', OK, 'set k v PXAT 1000100'],
  [expiry.absoluteSet, 'SET k v NX GET EX 1', '$-1', 'SET k v NX GET PXAT 1001000'],
  [expiry.absoluteSet, 'SET k v EX 1 XX', '$-1', 'SET k v PXAT 1001000 XX'],
  [expiry.absoluteSet, 'SET k EX EX 1', OK, 'SET k EX PXAT 1001000'],
  [expiry.absoluteSet, 'SET k v IFEQ EX EX 1', OK, 'SET k v IFEQ EX PXAT 1001000'],
  [expiry.absoluteSet, 'SET k v IFEQ PX', OK, 'verbatim'],
  [expiry.absoluteSet, 'SET k EX', OK, 'verbatim'],
  [expiry.absoluteSet, 'SET k v EXAT 100', OK, 'verbatim'],
  [expiry.absoluteSet, 'SET k v PXAT 100 NX', OK, 'verbatim'],
  [expiry.absoluteSet, 'SET k v KEEPTTL', OK, 'verbatim'],
  [expiry.absoluteSet, 'SET k v EX 9007199254740', OK, 'SET k v PXAT 9007199255740000'],
  [expiry.absoluteSet, 'SET k v EX 9007199254741', OK, 'SET k v PXAT 9007199255741000'],
  [expiry.absoluteSet, 'SET k v EX 9223372036854775', OK, 'SET k v PXAT 9223372036854775807'],
  [expiry.absoluteSet, 'SET k v PX 9223372036853775000', OK, 'SET k v PXAT 9223372036854775000'],
  [expiry.absoluteSetex, 'SETEX k 10 v', OK, 'SET k v PXAT 1010000'],
  [expiry.absoluteSetex, 'psetex k 10 v', OK, 'SET k v PXAT 1000010'],
  [expiry.absoluteExpire, 'EXPIRE k 10', ONE, 'PEXPIREAT k 1010000'],
  [expiry.absoluteExpire, 'PEXPIRE k 10', ':0', 'PEXPIREAT k 1000010'],
  [expiry.absoluteExpire, 'EXPIRE k 10 NX', ':0', 'PEXPIREAT k 1010000 NX'],
  [expiry.absoluteExpire, 'EXPIRE k 10 XX GT', ONE, 'PEXPIREAT k 1010000 XX'],
  [expiry.absoluteExpire, 'EXPIRE k 10 gt', ONE, 'PEXPIREAT k 1010000'],
  [expiry.absoluteExpire, 'EXPIRE k 10 LT', ':0'],
  [expiry.absoluteExpire, 'EXPIRE k 0', ONE, 'verbatim'],
  [expiry.absoluteExpire, 'EXPIRE k -5', ONE, 'verbatim'],
  [expiry.absoluteExpire, 'PEXPIRE k -9223372036854775', ONE, 'verbatim'],
  [expiry.absoluteGetex, 'GETEX k', '$1\nv', 'verbatim'],
  [expiry.absoluteGetex, 'GETEX k PERSIST', '$1\nv', 'verbatim'],
  [expiry.absoluteGetex, 'GETEX k EX 10', '$1\nv', 'GETEX k PXAT 1010000'],
  [expiry.absoluteGetex, 'GETEX ex px 10', '$-1', 'GETEX ex PXAT 1000010'],
  [expiry.absoluteHashGetex, 'HGETEX h FIELDS 1 EX', '*1\n$-1', 'verbatim'],
  [expiry.absoluteHashGetex, 'HGETEX h FIELDS 2 EX 5', '*2\n$-1\n$-1', 'verbatim'],
  [expiry.absoluteHashGetex, 'HGETEX h EX 5 FIELDS 1 PX', '*1\n$1\nv', 'HGETEX h PXAT 1005000 FIELDS 1 PX'],
  [expiry.absoluteHashGetex, 'HGETEX h FIELDS 1 f PX 5', '*1\n$1\nv', 'HGETEX h FIELDS 1 f PXAT 1000005'],
  [expiry.absoluteHashSetex, 'HSETEX h FIELDS 1 EX 5', ONE, 'verbatim'],
  [expiry.absoluteHashSetex, 'HSETEX h KEEPTTL FIELDS 1 f v', ONE, 'verbatim'],
  [
    expiry.absoluteHashSetex,
    'HSETEX h FNX EX 5 FIELDS 1 EX 5',
    ONE,
    'HSETEX h FNX PXAT 1005000 FIELDS 1 EX 5',
  ],
  [expiry.absoluteMsetex, 'MSETEX 1 EX 5', ONE, 'verbatim'],
  [expiry.absoluteMsetex, 'MSETEX 1 EX 5 NX', ONE, 'verbatim'],
  [expiry.absoluteMsetex, 'MSETEX 2 a 1 b 2 XX PX 5', ':0', 'MSETEX 2 a 1 b 2 XX PXAT 1000005'],
  [expiry.absoluteRestore, 'RESTORE k 0 payload', OK, 'verbatim'],
  [expiry.absoluteRestore, 'RESTORE k 5 payload absttl', OK, 'verbatim'],
  [expiry.absoluteRestore, 'RESTORE k 5 absttl', OK, 'RESTORE k 1000005 absttl ABSTTL'],
  [
    expiry.absoluteRestore,
    'RESTORE k 5 payload REPLACE FREQ 3',
    OK,
    'RESTORE k 1000005 payload REPLACE FREQ 3 ABSTTL',
  ],
  [expiry.absoluteHashExpire, 'HEXPIRE h 0 FIELDS 1 f', '*1\n:2', 'verbatim'],
  [
    expiry.absoluteHashExpire,
    'HEXPIRE h 100 FIELDS 2 f g',
    '*2\n:1\n:-2',
    'HPEXPIREAT h 1100000 FIELDS 2 f g',
  ],
  [
    expiry.absoluteHashExpire,
    'HPEXPIRE h 100 nx FIELDS 1 fields',
    '*1\n:0',
    'HPEXPIREAT h 1000100 nx FIELDS 1 fields',
  ],
  [
    expiry.absoluteHashExpire,
    'HEXPIRE h 100 GT FIELDS 3 a b c',
    '*3\n:1\n:0\n:1',
    'HPEXPIREAT h 1100000 FIELDS 2 a c',
  ],
  [expiry.absoluteHashExpire, 'HEXPIRE h 100 LT FIELDS 2 a b', '*2\n:0\n:-2'],
];

describe('absolute expiry', () => {
  it.each(rows.map((row) => [row[1], row] as const))('%s', (_line, row) => {
    const [choose, line, wire, ...expected] = row;
    expect(effectLines(choose, line, wire)).toEqual(expected);
  });

  it('compares field expiry only where it cannot be over before the shadow hears of it', () => {
    const short = buildEffect(
      expiry.absoluteHashExpire,
      viewOfLine('HPEXPIRE h 59999 FIELDS 1 f'),
      replyOf('*1\n:1'),
      5,
    );
    expect(short?.[0].expectation.kind).toBe('any');
    const long = buildEffect(
      expiry.absoluteHashExpire,
      viewOfLine('HEXPIRE h 60 FIELDS 1 f'),
      replyOf('*1\n:1'),
      5,
    );
    expect(long?.[0].expectation.kind).toBe('primary');
    const huge = buildEffect(
      expiry.absoluteHashExpire,
      viewOfLine('HPEXPIRE h 281474976710656000000 FIELDS 1 f'),
      replyOf('*1\n:1'),
      5,
    );
    expect(huge?.[0].expectation.kind).toBe('primary');
  });

  it('expects the results of the fields it sends', () => {
    const command = viewOfLine('HEXPIRE h 100 GT FIELDS 2 a b');
    const built = buildEffect(expiry.absoluteHashExpire, command, replyOf('*2\n:0\n:1'), 5);
    const expectation = built?.[0].expectation;
    expect(expectation?.kind === 'parts' && expectation.parts.length).toBe(1);
  });
});
