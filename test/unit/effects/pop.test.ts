import { describe, expect, it } from 'vitest';
import * as pop from '../../../src/commands/effects/pop.ts';
import { replyText } from '../../../src/resp/reply.ts';
import { buildEffect, type EffectChoice, effectLines, replyOf, viewOf, viewOfLine } from './collect.ts';

type Row = readonly [choose: EffectChoice, line: string, wire: string, ...expected: string[]];

const pair = '*2\n$1\nb\n$1\nx';

const rows: readonly Row[] = [
  [pop.removePopped, 'SPOP s', '$-1'],
  [pop.removePopped, 'SPOP s', '_'],
  [pop.removePopped, 'SPOP s', '$1\na', 'SREM s a'],
  [pop.removePopped, 'SPOP s', '$0\n\n', 'SREM s '],
  [pop.removePopped, 'SPOP s 2', '*2\n$1\na\n$1\nb', 'SREM s a b'],
  [pop.removePopped, 'SPOP s 2', '~2\n$1\na\n$1\nb', 'SREM s a b'],
  [pop.removePopped, 'SPOP s 2', '*0'],
  [pop.servedListPop, 'BLPOP a b 0', pair, 'LPOP b'],
  [pop.servedListPop, 'brpop a b 0', pair, 'RPOP b'],
  [pop.servedListPop, 'BLPOP a b 0.1', '*-1'],
  [pop.servedMove, 'BLMOVE a b LEFT RIGHT 0', '$1\nx', 'LMOVE a b LEFT RIGHT'],
  [pop.servedMove, 'BRPOPLPUSH a b 0', '$1\nx', 'RPOPLPUSH a b'],
  [pop.servedMove, 'BRPOPLPUSH a b 0', '*-1'],
  [pop.servedMove, 'BLMOVE a b LEFT RIGHT 1', '_'],
  [
    pop.servedMultiPop,
    'BLMPOP 0 2 a b left COUNT 10',
    '*2\n$1\nb\n*2\n$1\nx\n$1\ny',
    'LMPOP 1 b left COUNT 2',
  ],
  [pop.servedMultiPop, 'BZMPOP 0 1 b MAX', '*2\n$1\nb\n*1\n*2\n$1\nx\n$1\n1', 'ZMPOP 1 b MAX COUNT 1'],
  [pop.servedMultiPop, 'BZMPOP 1 1 b MAX', '*-1'],
  [pop.servedSortedSetPop, 'BZPOPMIN a b 0', '*3\n$1\nb\n$1\nx\n,1.5', 'ZPOPMIN b'],
  [pop.servedSortedSetPop, 'bzpopmax a b 0', '*3\n$1\nb\n$1\nx\n$3\n1.5', 'ZPOPMAX b'],
  [pop.servedSortedSetPop, 'BZPOPMIN a b 1', '*-1'],
];

describe('pops', () => {
  it.each(rows.map((row) => [`${row[1]} ${JSON.stringify(row[2])}`, row] as const))('%s', (_line, row) => {
    const [choose, line, wire, ...expected] = row;
    expect(effectLines(choose, line, wire)).toEqual(expected);
  });

  it('says what the shadow should answer', () => {
    const removed = buildEffect(pop.removePopped, viewOfLine('SPOP s 3'), replyOf('*2\n$1\na\n$1\nb'), 1);
    expect(removed?.[0].expectation).toEqual({ kind: 'integer', value: 2 });
    const popped = buildEffect(pop.servedListPop, viewOfLine('BLPOP a 0'), replyOf(pair), 1)?.[0].expectation;
    expect(popped?.kind === 'part' && replyText(popped.part)).toBe('x');
    const reply = replyOf('*3\n$1\nb\n$1\nx\n,1.5');
    const scored = buildEffect(pop.servedSortedSetPop, viewOfLine('BZPOPMIN b 0'), reply, 1)?.[0].expectation;
    expect(scored?.kind === 'parts' && scored.parts.map(replyText)).toEqual(['x', '1.5']);
  });

  it('keeps binary members', () => {
    const member = Buffer.from([0, 13, 10, 255]);
    const reply = replyOf('$4\n\0\n\xff');
    expect(reply.valueEnd - reply.valueStart).toBe(4);
    const built = buildEffect(pop.removePopped, viewOf(['SPOP', member]), reply, 1);
    expect(built?.[0].args[1]).toBe(member.toString('utf8'));
  });
});
