import { describe, expect, it } from 'vitest';
import * as stream from '../../../src/commands/effects/stream.ts';
import { buildEffect, type EffectChoice, effectLines, replyOf, viewOfLine } from './collect.ts';

type Row = readonly [choose: EffectChoice, line: string, wire: string, ...expected: string[]];

const id = '$3\n7-1';
const never = '9223372036854775807';
const entry = (name: string): string => `*2\n$3\n${name}\n*2\n$1\nf\n$1\nv`;
const readFrom = (key: string, ...ids: string[]): string =>
  `*2\n$1\n${key}\n*${ids.length}${ids.map((name) => `\n${entry(name)}`).join('')}`;

const rows: readonly Row[] = [
  [stream.explicitStreamId, 'XADD x 1-1 f *', id, 'verbatim'],
  [stream.explicitStreamId, 'XADD x 1 f v', id, 'verbatim'],
  [stream.explicitStreamId, 'XADD x * f v', id, 'XADD x 7-1 f v'],
  [stream.explicitStreamId, 'XADD x 7-* f v', id, 'XADD x 7-1 f v'],
  [stream.explicitStreamId, 'XADD x NOMKSTREAM * f v', '$-1', 'XADD x NOMKSTREAM * f v'],
  [
    stream.explicitStreamId,
    'XADD x nomkstream MAXLEN ~ 5 LIMIT 10 * * *',
    id,
    'XADD x nomkstream MAXLEN ~ 5 LIMIT 10 7-1 * *',
  ],
  [stream.explicitStreamId, 'XADD x MINID = 5-1 * f v', id, 'XADD x MINID = 5-1 7-1 f v'],
  [stream.explicitStreamId, 'XADD x MAXLEN 5 7-* f v', id, 'XADD x MAXLEN 5 7-1 f v'],
  [stream.explicitStreamId, 'XADD x KEEPREF IDMP 1 2 * f v', id, 'XADD x KEEPREF IDMP 1 2 7-1 f v'],
  [stream.explicitStreamId, 'XADD x IDMPAUTO 1 * f v', id, 'XADD x IDMPAUTO 1 7-1 f v'],
  [stream.readGroup, 'XREADGROUP GROUP g c COUNT 1 STREAMS a >', '*-1', 'verbatim'],
  [stream.readGroup, 'XREADGROUP GROUP BLOCK c STREAMS BLOCK >', '*-1', 'verbatim'],
  [
    stream.readGroup,
    'XREADGROUP GROUP g c COUNT 9 BLOCK 0 STREAMS a >',
    `*1\n${readFrom('a', '1-1', '2-1')}`,
    'XREADGROUP GROUP g c COUNT 2 STREAMS a >',
  ],
  [
    stream.readGroup,
    'XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS a b c > > 0',
    `%2\n$1\nb\n*1\n${entry('1-1')}\n$1\nc\n*0`,
    `XCLAIM a g c ${never} 0-0 JUSTID`,
    'XREADGROUP GROUP g c COUNT 1 NOACK STREAMS b >',
    'XREADGROUP GROUP g c NOACK STREAMS c 0',
  ],
  [
    stream.readGroup,
    'XREADGROUP GROUP g c COUNT 3 BLOCK 5 STREAMS a 0',
    `*1\n${readFrom('a', '1-1')}`,
    'XREADGROUP GROUP g c COUNT 3 STREAMS a 0',
  ],
  [
    stream.readGroup,
    'XREADGROUP GROUP g c BLOCK 5 STREAMS a b > >',
    '*-1',
    `XCLAIM a g c ${never} 0-0 JUSTID`,
    `XCLAIM b g c ${never} 0-0 JUSTID`,
  ],
  [
    stream.claimed,
    'XCLAIM x g c 100 1 2-1 3-1 IDLE 5 JUSTID',
    '*3\n$3\n1-0\n$3\n2-1\n$3\n3-1',
    'XCLAIM x g c 0 1-0 2-1 3-1 IDLE 5 JUSTID',
  ],
  [
    stream.claimed,
    'XCLAIM x g c 100 1-1 2-1 3-1 RETRYCOUNT 3 FORCE',
    `*1\n${entry('2-1')}`,
    'XCLAIM x g c 0 2-1 RETRYCOUNT 3 FORCE',
    `XCLAIM x g c ${never} 1-1 3-1 JUSTID`,
  ],
  [
    stream.claimed,
    'XCLAIM x g c 100 1-1 FORCE LASTID 9-9',
    '*0',
    `XCLAIM x g c ${never} 1-1 JUSTID LASTID 9-9`,
  ],
  [
    stream.claimed,
    'XAUTOCLAIM x g c 100 0 COUNT 10',
    `*3\n$3\n0-0\n*1\n${entry('2-1')}\n*1\n$3\n3-1`,
    'XCLAIM x g c 0 2-1 3-1',
  ],
  [
    stream.claimed,
    'XAUTOCLAIM x g c 100 0 justid',
    '*3\n$3\n0-0\n*1\n$3\n2-1\n*0',
    'XCLAIM x g c 0 2-1 JUSTID',
  ],
  [stream.claimed, 'XAUTOCLAIM x g c 100 0', '*3\n$3\n0-0\n*0\n*0', `XCLAIM x g c ${never} 0-0 JUSTID`],
];

describe('stream effects', () => {
  it.each(rows.map((row) => [`${row[1]} ${row[2].length}`, row] as const))('%s', (_line, row) => {
    const [choose, line, wire, ...expected] = row;
    expect(effectLines(choose, line, wire)).toEqual(expected);
  });

  it('expects of every read what the primary delivered from that stream', () => {
    const command = viewOfLine('XREADGROUP GROUP g c BLOCK 5 STREAMS a b > >');
    const reply = replyOf(`*2\n${readFrom('a', '1-1')}\n${readFrom('b', '2-1')}`);
    const built = buildEffect(stream.readGroup, command, reply, 1);
    const parts = built?.map(({ expectation }) => (expectation.kind === 'parts' ? expectation.parts : []));
    expect(parts).toEqual([[reply.items[0]], [reply.items[1]]]);
  });
});
