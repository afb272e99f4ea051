/** What is freed later, and how INFO counts it: on every server and the engine. */
import { afterEach, describe, expect, it } from 'vitest';
import { replyText } from '../../../src/resp/reply.ts';
import { serverNames } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { EnginePair } from './engine-pair.ts';

const pairs: EnginePair[] = [];
afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

function members(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `m${at}`);
}

/** Makers of a key `k` that UNLINK frees later, or at once. */
const VALUES: readonly (readonly [about: string, lines: readonly (readonly string[])[]])[] = [
  ['a long text', [['SET', 'k', 'x'.repeat(100_000)]]],
  ['a set of few members', [['SADD', 'k', 'x'.repeat(100), ...members(63)]]],
  ['a set of more', [['SADD', 'k', 'x'.repeat(100), ...members(64)]]],
  ['a set in one block', [['SADD', 'k', ...members(100)]]],
  ['a hash', [['HSET', 'k', 'x'.repeat(100), 'v', ...members(70).flatMap((name) => [name, 'v'])]]],
  ['a sorted set', [['ZADD', 'k', ...members(200).flatMap((name) => ['1', name])]]],
  ['a large list', [['RPUSH', 'k', ...members(100).map((name) => name.padEnd(5000))]]],
  ['a small list', [['RPUSH', 'k', ...members(100)]]],
  ['a stream', members(1000).map((_, at) => ['XADD', 'k', `${at + 1}-1`, 'f', 'v'])],
  [
    'a small stream with entries that wait',
    [
      ...members(70).map((_, at) => ['XADD', 'k', `${at + 1}-1`, 'f', 'v']),
      ['XGROUP', 'CREATE', 'k', 'g', '0'],
      ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'k', '>'],
    ],
  ],
  [
    'a small stream without its group',
    [
      ['XADD', 'k', '1-1', 'f', 'v'],
      ['XGROUP', 'CREATE', 'k', 'g', '0'],
      ['XGROUP', 'DESTROY', 'k', 'g'],
    ],
  ],
];

/** The number in INFO, of the server and of the engine. */
async function countsOf(pair: EnginePair, name: string): Promise<number[]> {
  const { server, engine } = await pair.ask('INFO', 'memory');
  return [server, engine].map((reply) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(replyText(reply))?.[1]),
  );
}

/** How many objects a command has had freed later, when all is done. */
async function freedBy(pair: EnginePair, ...command: readonly string[]): Promise<number[]> {
  await pair.ask('CONFIG', 'RESETSTAT');
  await pair.ask(...command);
  await waitUntil(async () => {
    pair.engine.engine.runLater();
    return (await countsOf(pair, 'lazyfree_pending_objects')).every((count) => count === 0);
  }, 'all of it to be freed');
  return countsOf(pair, 'lazyfreed_objects');
}

describe.each(serverNames)('the engine and %s', (name) => {
  it('count the same objects that are freed later', async () => {
    const pair = await EnginePair.start(name);
    pairs.push(pair);
    await pair.ask('CONFIG', 'SET', 'stream-node-max-entries', '5');
    const sums = [0, 0];
    for (const [about, lines] of VALUES) {
      for (const line of lines) await pair.ask(...line);
      const [server, engine] = await freedBy(pair, 'UNLINK', 'k');
      expect([about, engine]).toEqual([about, server]);
      sums[server] += 1;
    }
    // Both happen, each more than once.
    expect(Math.min(...sums)).toBeGreaterThan(3);
    for (const key of members(20)) await pair.ask('SADD', key, ...members(200));
    expect(await freedBy(pair, 'FLUSHALL', 'ASYNC')).toEqual([20, 20]);
    const [pending] = await countsOf(pair, 'lazyfree_pending_objects');
    expect(pending).toBe(0);
  });

  it('have objects that are to be freed until somebody does it', async () => {
    const pair = await EnginePair.start(name);
    pairs.push(pair);
    await pair.ask('SADD', 'k', 'x'.repeat(100), ...members(100));
    const used = pair.engine.engine.store.usedBytes();
    await pair.ask('UNLINK', 'k');
    expect((await countsOf(pair, 'lazyfree_pending_objects'))[1]).toBe(1);
    expect(pair.engine.engine.isBusy).toBe(true);
    while (pair.engine.engine.isBusy) pair.engine.engine.runLater();
    expect((await countsOf(pair, 'lazyfree_pending_objects'))[1]).toBe(0);
    expect(pair.engine.engine.store.usedBytes()).toBeLessThan(used);
  });
});
