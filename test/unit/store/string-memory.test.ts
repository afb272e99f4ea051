/** Commands that change strings, with memory running out at every allocation: done, or nothing has changed. */
import { describe, expect, it } from 'vitest';
import { failAllocation } from '../../../src/memory/arena.ts';
import { makeEngine } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';

const long = 'v'.repeat(200);
const BEFORE = ['', 'SET k 12 EX 1000', `SET k ${long}`];
const COMMANDS = [
  'SETRANGE k 300 abc',
  'SETRANGE k 0 x',
  'INCRBYFLOAT k 1e300',
  'HINCRBYFLOAT k f 1.5',
  'SETBIT k 9000 1',
  'BITFIELD k SET u8 9000 1',
  `MSETEX 1 k ${long}${long} EX 100`,
  'BITOP OR k other other',
  'PFADD k a b c',
  'PFMERGE k sketch',
  'PFADD sketch a b c d e f g h i j',
  'PFDEBUG TODENSE sketch',
];

describe('strings without memory', () => {
  it.each(COMMANDS)('%s', (line) => {
    for (const before of BEFORE) tryEvery(line, before);
  });

  function tryEvery(line: string, before: string): void {
    for (let nth = 1; ; nth++) {
      const { engine, client: connect } = makeEngine({ shards: 1, compatibility: 'valkey-9' });
      const client = connect();
      const { arena } = engine.store.shards[0];
      const show = (): string =>
        ['GET k', 'HGETALL k', 'PTTL k', 'GET sketch', 'DBSIZE'].map((one) => client.line(one)).join('');
      client.line(`SET other ${long}${long}${long}`);
      client.line('PFADD sketch x y');
      if (before !== '') client.line(before);
      const old = show();
      failAllocation(arena, nth);
      const reply = client.line(line);
      failAllocation(arena, 0);
      checkArena(arena);
      if (!reply.startsWith('-OOM')) return;
      expect(show(), `${line}, allocation ${nth}`).toBe(old);
    }
  }
});
