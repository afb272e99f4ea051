/** Whether one command may be run before or behind another one of its slot. */
import { describe, expect, it } from 'vitest';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { CommandConflicts, type Frame } from '../../../src/upstream/command-conflicts.ts';
import { encodeCommand } from '../../support/raw-client.ts';

const conflicts = new CommandConflicts(buildCommandTable());

function frame(words: string): Frame {
  const bytes = encodeCommand(words.split(' '));
  return { bytes, start: 0, end: bytes.length };
}

describe('the order of two commands', () => {
  it.each([
    ['MSET a 1 b 2', 'SET b 3'],
    ['MSET a 1 b 2', 'GET a'],
    ['MGET a b', 'SET b 3'],
    ['RENAME a b', 'LRANGE b 0 -1'],
    ['ZUNIONSTORE to 2 a b', 'ZADD b 1 m'],
    ['XREAD COUNT 1 STREAMS a b 0 0', 'XADD b 1-1 f v'],
    // What they use cannot be told from their arguments.
    ['EVAL return(1) 1 a', 'SET b 1'],
    ['EVAL_RO return(1) 1 a', 'GET b'],
    ['SORT a BY {a}*', 'SET b 1'],
    ['SORT_RO a BY {a}*', 'SET b 1'],
    ['FLUSHALL', 'GET a'],
    ['NO-SUCH a', 'GET b'],
    ['PING', 'SET b 1'],
  ])('matters: %s and %s', (one, other) => {
    expect(conflicts.between(frame(one), frame(other))).toBe(true);
    expect(conflicts.between(frame(other), frame(one))).toBe(true);
  });

  it.each([
    ['MSET a 1 b 2', 'SET c 3'],
    ['MSET a 1 b 2', 'MSET aa 1 c 2'],
    ['MGET a b', 'GET a'],
    ['MGET a b', 'SET c 3'],
    ['SORT_RO a BY {a}*', 'GET a'],
    ['ZUNIONSTORE to 2 a b', 'ZADD c 1 m'],
    // Values are no keys.
    ['SMOVE a b m', 'SET m 1'],
  ])('does not matter: %s and %s', (one, other) => {
    expect(conflicts.between(frame(one), frame(other))).toBe(false);
    expect(conflicts.between(frame(other), frame(one))).toBe(false);
  });
});
