/** What the replies of parts and nodes become, error by error and rule by rule. */
import { describe, expect, it } from 'vitest';
import { OUTCOME_UNKNOWN } from '../../../src/base/errors.ts';
import { gathered, type PartAnswer } from './splitting.ts';

const bytes = (...replies: string[]): Uint8Array[] => replies.map((reply) => Buffer.from(reply, 'latin1'));
const LOST = `ERR lockstep: the connection to the primary was lost, ${OUTCOME_UNKNOWN}`;
const lost: PartAnswer = { failed: LOST };

describe('replies by rule', () => {
  it.each<[string[], string[], string]>([
    [
      ['MGET', 'a', 'b', 'a'],
      ['*2\r\n$1\r\n1\r\n$-1\r\n', '*1\r\n$2\r\nxy\r\n'],
      '*3\r\n$1\r\n1\r\n$2\r\nxy\r\n$-1\r\n',
    ],
    [['MSET', 'a', '1', 'b', '2'], ['+OK\r\n', '+OK\r\n'], '+OK\r\n'],
    [['DEL', 'a', 'b'], [':1\r\n', ':0\r\n'], ':1\r\n'],
    [['EXISTS', 'a', 'b'], [':2\r\n', ':3\r\n'], ':5\r\n'],
    [['WAIT', '1', '0'], [':2\r\n', ':1\r\n', ':3\r\n'], ':1\r\n'],
    [['WAITAOF', '1', '1', '0'], ['*2\r\n:1\r\n:3\r\n', '*2\r\n:0\r\n:4\r\n'], '*2\r\n:0\r\n:3\r\n'],
    [['SCRIPT', 'EXISTS', 'x', 'y'], ['*2\r\n:1\r\n:1\r\n', '*2\r\n:1\r\n:0\r\n'], '*2\r\n:1\r\n:0\r\n'],
    [['KEYS', '*'], ['*1\r\n$1\r\na\r\n', '*0\r\n', '*1\r\n$1\r\nb\r\n'], '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
    [
      ['PUBSUB', 'CHANNELS'],
      ['*1\r\n$1\r\na\r\n', '*2\r\n$1\r\nb\r\n$1\r\na\r\n'],
      '*2\r\n$1\r\na\r\n$1\r\nb\r\n',
    ],
    [
      ['PUBSUB', 'CHANNELS'],
      ['*1\r\n$1\r\n\xff\r\n', '*1\r\n$1\r\n\xfe\r\n'],
      '*2\r\n$1\r\n\xff\r\n$1\r\n\xfe\r\n',
    ],
    [
      ['PUBSUB', 'NUMSUB', 'a'],
      ['*2\r\n$1\r\na\r\n:2\r\n', '*2\r\n$1\r\na\r\n:3\r\n'],
      '*2\r\n$1\r\na\r\n:5\r\n',
    ],
    [['RANDOMKEY'], ['$-1\r\n', '$1\r\na\r\n', '$-1\r\n'], '$1\r\na\r\n'],
    [['RANDOMKEY'], ['$-1\r\n', '$-1\r\n'], '$-1\r\n'],
    [['SCRIPT', 'LOAD', 'x'], ['$2\r\nab\r\n', '$2\r\nab\r\n'], '$2\r\nab\r\n'],
    [['SCRIPT', 'KILL'], ['-NOTBUSY No scripts\r\n', '+OK\r\n'], '+OK\r\n'],
    [['MEMORY', 'DOCTOR'], ['$2\r\nab\r\n', '$1\r\nc\r\n'], '$5\r\nab\n\nc\r\n'],
    [
      ['FUNCTION', 'STATS'],
      ['*2\r\n$14\r\nrunning_script\r\n$-1\r\n', '*2\r\n$14\r\nrunning_script\r\n*1\r\n$1\r\nf\r\n'],
      '*2\r\n$14\r\nrunning_script\r\n*1\r\n$1\r\nf\r\n',
    ],
  ])('%j', (args, replies, expected) => {
    expect(gathered(args, bytes(...replies))).toBe(expected);
    expect(gathered(args, bytes(...replies), 2, 1)).toBe(expected);
    expect(gathered(args, bytes(...replies), 2, 1_000)).toBe(expected);
  });

  it('keeps what RESP3 says', () => {
    const reply = gathered(['MGET', 'a', 'b'], bytes('*1\r\n_\r\n', '*1\r\n$1\r\nx\r\n'), 3);
    expect(reply).toBe('*2\r\n_\r\n$1\r\nx\r\n');
    expect(gathered(['MEMORY', 'DOCTOR'], bytes('=5\r\ntxt:a\r\n', '=5\r\ntxt:b\r\n'), 3)).toBe(
      '=8\r\ntxt:a\n\nb\r\n',
    );
  });

  it('says so when replies do not fit together', () => {
    const error = '-ERR lockstep: the replies of several nodes do not fit together\r\n';
    expect(gathered(['MGET', 'a', 'b'], bytes('*1\r\n$1\r\na\r\n', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'))).toBe(
      error,
    );
    expect(gathered(['MGET', 'a', 'b', 'b'], bytes('*2\r\n:1\r\n:1\r\n', '*1\r\n:1\r\n'))).toBe(error);
    expect(gathered(['MGET', 'a', 'b'], bytes('*1\r\n$1\r\na\r\n', '+OK\r\n'))).toBe(error);
    expect(gathered(['DEL', 'a', 'b'], bytes(':1\r\n', '+OK\r\n'))).toBe(error);
    expect(gathered(['KEYS', '*'], bytes('*0\r\n', ':1\r\n'))).toBe(error);
    expect(gathered(['DBSIZE'], bytes(':9007199254740993\r\n', ':1\r\n'))).toBe(error);
  });
});

describe('failures', () => {
  const oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

  it('of a command that reads are the first error', () => {
    const answers = bytes('*1\r\n$-1\r\n', '-LOADING b\r\n', '-CLUSTERDOWN c\r\n');
    expect(gathered(['MGET', 'a', 'b', 'c'], answers)).toBe('-LOADING b\r\n');
    expect(gathered(['EXISTS', 'a', 'b'], [lost, ...bytes(':1\r\n')])).toBe(`-${LOST}\r\n`);
  });

  it('of a command that writes tell how much was done', () => {
    const mset = ['MSET', 'a', '1', 'b', '2', 'c', '3'];
    expect(gathered(mset, bytes('+OK\r\n', oom, '+OK\r\n'))).toBe(
      `${oom.trimEnd()} (lockstep: 2 of the 3 parts of this command were done)\r\n`,
    );
    expect(gathered(mset, bytes(oom, oom, oom))).toBe(oom);
    expect(gathered(mset, [...bytes('+OK\r\n', oom), lost])).toBe(
      `${oom.trimEnd()} (lockstep: 1 of the 3 parts of this command were done, the outcome of 1 is unknown)\r\n`,
    );
    expect(gathered(mset, [...bytes(oom, oom), lost])).toBe(
      `${oom.trimEnd()} (lockstep: 0 of the 3 parts of this command were done, the outcome of 1 is unknown)\r\n`,
    );
    expect(gathered(mset, [lost, lost, lost])).toBe(`-${LOST}\r\n`);
  });

  it('of a command to all nodes too', () => {
    expect(gathered(['FLUSHALL'], bytes('+OK\r\n', '-NOPERM x\r\n'))).toBe(
      '-NOPERM x (lockstep: 1 of the 2 parts of this command were done)\r\n',
    );
    expect(gathered(['KEYS', '*'], bytes('*0\r\n', '!9\r\nNOPERM \xffx\r\n'))).toBe('-NOPERM \xffx\r\n');
  });

  it('of a command that need succeed once is the one that says most', () => {
    const answers = bytes('-NOTBUSY No scripts\r\n', '-UNKILLABLE Sorry\r\n', '-NOTBUSY No scripts\r\n');
    expect(gathered(['SCRIPT', 'KILL'], answers)).toBe('-UNKILLABLE Sorry\r\n');
    expect(gathered(['SCRIPT', 'KILL'], bytes('-NOTBUSY a\r\n', '-NOTBUSY b\r\n'))).toBe('-NOTBUSY a\r\n');
  });
});
