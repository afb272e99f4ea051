/** What sentinels say, and which of them to believe. */
import { describe, expect, it } from 'vitest';
import { decodeReply } from '../../../src/resp/reply.ts';
import { choose, readSentinelView, type SentinelView } from '../../../src/upstream/sentinel-view.ts';

function read(address: string, master: string): SentinelView | string {
  const [first, second] = [Buffer.from(address), Buffer.from(master)];
  return readSentinelView(decodeReply(first, 0, first.length), decodeReply(second, 0, second.length));
}

const HERE = '*2\r\n$9\r\n127.0.0.1\r\n$4\r\n7000\r\n';

describe('answers of a sentinel', () => {
  it('are read in both protocols', () => {
    const view = { host: '127.0.0.1', port: 7000, epoch: 5 };
    expect(read(HERE, '*2\r\n$12\r\nconfig-epoch\r\n$1\r\n5\r\n')).toEqual(view);
    expect(read(HERE, '%2\r\n+name\r\n+main\r\n$12\r\nconfig-epoch\r\n$1\r\n5\r\n')).toEqual(view);
  });

  it('are refused where they make no sense', () => {
    const known = '%1\r\n$12\r\nconfig-epoch\r\n$1\r\n5\r\n';
    expect(read('*-1\r\n', known)).toBe('it does not know the group');
    expect(read('_\r\n', '-ERR No such master with that name\r\n')).toBe('ERR No such master with that name');
    expect(read(HERE, '%0\r\n')).toBe('its answer cannot be read');
    expect(read('*2\r\n$0\r\n\r\n$4\r\n7000\r\n', known)).toBe('its answer cannot be read');
    expect(read('*2\r\n$1\r\na\r\n$5\r\n70000\r\n', known)).toBe('its answer cannot be read');
  });
});

describe('the view to believe', () => {
  const old = { host: 'a', port: 1, epoch: 1 };
  const recent = { host: 'b', port: 1, epoch: 2 };

  it('is the newest, however many have the old one', () => {
    expect(choose([old, old, recent], -1, 3)).toMatchObject(recent);
    expect(choose([], -1, 3)).toBeUndefined();
  });

  it('is that of most where two have the same epoch', () => {
    expect(choose([recent, old, { ...old, host: 'c' }, { ...old, host: 'c' }], 1, 4)).toMatchObject(recent);
    expect(choose([old, { ...old, host: 'c' }, { ...old, host: 'c' }], 1, 3)).toMatchObject({ host: 'c' });
  });

  it('is none that is older than the one believed before, unless most agree', () => {
    expect(choose([old], 2, 3)).toBeUndefined();
    expect(choose([old, old], 2, 3)).toMatchObject(old);
    expect(choose([old, old, recent], 2, 3)).toMatchObject(recent);
  });
});
