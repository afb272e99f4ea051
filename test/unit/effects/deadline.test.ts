import { describe, expect, it } from 'vitest';
import type { EffectInput } from '../../../src/commands/definition.ts';
import * as deadline from '../../../src/commands/effects/deadline.ts';
import { replyOf, viewOfLine } from './collect.ts';

type Deadline = (input: EffectInput) => number | undefined;
type Row = readonly [compute: Deadline, line: string, wire: string, expected: number | undefined];

const OK = '+OK';
const nil = '$-1';
const value = '$1\nv';

const rows: readonly Row[] = [
  [deadline.setDeadline, 'SET k v', OK, undefined],
  [deadline.setDeadline, 'SET k v KEEPTTL', OK, undefined],
  [deadline.setDeadline, 'SET k v EX 5', OK, 1_005_000],
  [deadline.setDeadline, 'SET k v PX 5', OK, 1_000_005],
  [deadline.setDeadline, 'SET k v EXAT 5', OK, 5_000],
  [deadline.setDeadline, 'SET k v PXAT 5', OK, 5],
  [deadline.setDeadline, 'SET k v EX 5 NX', nil, undefined],
  [deadline.setDeadline, 'SET k v EX 5 NX GET', nil, 1_005_000],
  [deadline.setDeadline, 'SET k v EX 5 NX GET', value, undefined],
  [deadline.setDeadline, 'SET k v EX 5 XX GET', value, 1_005_000],
  [deadline.setDeadline, 'SET k v EX 5 GET', nil, 1_005_000],
  [deadline.setexDeadline, 'SETEX k 5 v', OK, 1_005_000],
  [deadline.setexDeadline, 'psetex k 5 v', OK, 1_000_005],
  [deadline.expireDeadline, 'EXPIRE k 5', ':1', 1_005_000],
  [deadline.expireDeadline, 'EXPIRE k 5', ':0', undefined],
  [deadline.expireDeadline, 'EXPIRE k -5', ':1', undefined],
  [deadline.expireDeadline, 'PEXPIRE k 5', ':1', 1_000_005],
  [deadline.expireDeadline, 'EXPIREAT k 5', ':1', 5_000],
  [deadline.expireDeadline, 'pexpireat k 5', ':1', 5],
  [deadline.getexDeadline, 'GETEX k EX 5', value, 1_005_000],
  [deadline.getexDeadline, 'GETEX k EX 5', nil, undefined],
  [deadline.getexDeadline, 'GETEX k PERSIST', value, undefined],
  [deadline.msetexDeadline, 'MSETEX 1 EX 7 PX 5', ':1', 1_000_005],
  [deadline.msetexDeadline, 'MSETEX 1 EX 7 PX 5', ':0', undefined],
  [deadline.restoreDeadline, 'RESTORE k 0 p', OK, undefined],
  [deadline.restoreDeadline, 'RESTORE k 5 p', OK, 1_000_005],
  [deadline.restoreDeadline, 'RESTORE k 5 p ABSTTL', OK, 5],
  [deadline.hashExpireDeadline, 'HEXPIRE h 5 FIELDS 2 f g', '*2\n:0\n:1', 1_005_000],
  [deadline.hashExpireDeadline, 'HPEXPIREAT h 5 FIELDS 1 f', '*1\n:1', 5],
  [deadline.hashExpireDeadline, 'HPEXPIRE h 5 FIELDS 1 f', '*1\n:-2', undefined],
  [deadline.hashSetexDeadline, 'HSETEX h PX 5 FIELDS 1 EX 9', ':1', 1_000_005],
  [deadline.hashSetexDeadline, 'HSETEX h FIELDS 1 EX 9', ':1', undefined],
  [deadline.hashGetexDeadline, 'HGETEX h EX 5 FIELDS 2 f g', '*2\n$-1\n$1\nv', 1_005_000],
  [deadline.hashGetexDeadline, 'HGETEX h EX 5 FIELDS 1 f', '*1\n$-1', undefined],
];

describe('deadlines', () => {
  it.each(rows.map((row) => [`${row[1]} ${row[2]}`, row] as const))('%s', (_line, row) => {
    const [compute, line, wire, expected] = row;
    expect(compute({ ...viewOfLine(line), reply: replyOf(wire), sentAtMs: 1_000_000 })).toBe(expected);
  });
});
