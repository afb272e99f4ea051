/** Client-side caching where the primary is a cluster: who is told of what, while slots move and nodes go away. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { readDivergences } from '../support/load/verdicts.ts';
import type { RawClient } from '../support/raw-client.ts';
import { moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const CHANNEL = '__redis__:invalidate';
/** In slots of all three nodes. */
const KEYS = ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}'];
const LONG_MS = 120_000;
const invalidate = (...keys: string[]): unknown => ({ push: ['invalidate', keys] });
const FORGET = { push: ['invalidate', null] };

async function connect3(gateway: TestGateway): Promise<RawClient> {
  const client = await gateway.client();
  await client.hello3();
  return client;
}

/** In any order: they come from several nodes. */
async function expectAll(reader: RawClient, keys: readonly string[]): Promise<void> {
  const heard: string[] = [];
  while (heard.length < keys.length) heard.push(JSON.stringify(await reader.readPush()));
  expect(heard.sort()).toEqual(keys.map((key) => JSON.stringify(invalidate(key))).sort());
}

describe.each([
  ['redis-8.0', false],
  ['valkey-9.1', true],
] as const)('tracking before a cluster of %s, shadow: %s', (name, hasShadow) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let writer: RawClient;

  beforeAll(async () => {
    cluster = await startCluster(name, 3, true);
    const shadow = hasShadow ? { shadow: (await startServer(name)).url } : {};
    gateway = await startGateway({ primary: cluster.url, workers: 2, ...shadow });
    writer = await gateway.client();
  }, LONG_MS);

  it('tells of keys of every node', async () => {
    const reader = await connect3(gateway);
    expect(await reader.call('CLIENT', 'TRACKING', 'ON')).toBe('OK');
    expect(await reader.call('CLIENT', 'GETREDIR')).toBe(0);
    for (const key of KEYS) await reader.call('GET', key);
    for (const key of KEYS) {
      await writer.call('SET', key, '1');
      expect(await reader.readPush()).toEqual(invalidate(key));
    }
    // In parts, in a transaction, in a script, and by itself.
    await reader.call('MGET', ...KEYS);
    await writer.call('DEL', ...KEYS);
    await expectAll(reader, KEYS);
    for (const key of KEYS) {
      await reader.pipeline([['MULTI'], ['GET', key], ['EXEC']]);
      await writer.call('SET', key, '2');
      expect(await reader.readPush()).toEqual(invalidate(key));
      await reader.call('GET', key);
      await reader.call('SET', key, '3');
      expect(await reader.readPush()).toEqual(invalidate(key));
    }
    await reader.call('GET', KEYS[0]!);
    await writer.call('FLUSHALL');
    expect(await reader.readPush()).toEqual(FORGET);
    expect(await reader.call('CLIENT', 'TRACKING', 'OFF')).toBe('OK');
    await reader.call('GET', KEYS[0]!);
    await writer.call('SET', KEYS[0]!, '4');
    expect(await reader.call('PING')).toBe('PONG');
    // Null invalidations come from each node.
    expect(reader.pushes.filter((push) => JSON.stringify(push) !== JSON.stringify(FORGET))).toEqual([]);
    reader.close();
  });

  it('broadcasts from every node, without what the client does itself', async () => {
    const reader = await connect3(gateway);
    expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', '{', 'NOLOOP')).toBe('OK');
    expect(await reader.call('CLIENT', 'TRACKING', 'ON')).toEqual({
      error: expect.stringMatching(/^ERR You can't switch BCAST mode/),
    });
    for (const key of KEYS) {
      await reader.call('SET', key, 'own');
      await reader.pipeline([['MULTI'], ['SET', key, 'own'], ['EXEC']]);
      await writer.call('SET', `other${key}`, 'x');
      await writer.call('SET', key, 'x');
      expect(await reader.readPush()).toEqual(invalidate(key));
    }
    expect(reader.pushes).toEqual([]);
    reader.close();
  });

  it('OPTIN and OPTOUT: CLIENT CACHING is about the next command, wherever that goes', async () => {
    const reader = await connect3(gateway);
    expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'OPTIN')).toBe('OK');
    for (const [index, key] of KEYS.entries()) {
      if (index % 2 === 0) expect(await reader.call('CLIENT', 'CACHING', 'YES')).toBe('OK');
      await reader.call('GET', key);
    }
    for (const key of KEYS) await writer.call('SET', key, '1');
    await expectAll(
      reader,
      [0, 2, 4].map((index) => KEYS[index]!),
    );
    await reader.pipeline([
      ['CLIENT', 'CACHING', 'YES'],
      ['MULTI'],
      ['GET', KEYS[1]!],
      ['EXEC'],
      ['GET', KEYS[2]!],
    ]);
    await writer.call('SET', KEYS[2]!, '2');
    await writer.call('SET', KEYS[1]!, '2');
    expect(await reader.readPush()).toEqual(invalidate(KEYS[1]!));
    await reader.call('CLIENT', 'TRACKING', 'OFF');
    await reader.call('CLIENT', 'TRACKING', 'ON', 'OPTOUT');
    await reader.pipeline([
      ['CLIENT', 'CACHING', 'NO'],
      ['GET', KEYS[3]!],
      ['GET', KEYS[4]!],
    ]);
    await writer.call('SET', KEYS[3]!, '3');
    await writer.call('SET', KEYS[4]!, '3');
    expect(await reader.readPush()).toEqual(invalidate(KEYS[4]!));
    expect(reader.pushes).toEqual([]);
    reader.close();
  });

  it.each([2, 3] as const)('redirects from RESP2 to a client that speaks RESP%i', async (resp) => {
    // Clients are spread over the workers by the kernel.
    for (let round = 0; round < 6; round++) {
      const [reader, target] = [await gateway.client(), await gateway.client()];
      const id = Number(await target.call('CLIENT', 'ID'));
      if (resp === 3) await target.hello3();
      else await target.call('SUBSCRIBE', CHANNEL);
      expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id)).toBe('OK');
      expect(await reader.call('CLIENT', 'GETREDIR')).toBe(id);
      expect(await reader.call('CLIENT', 'TRACKINGINFO')).toEqual([
        'flags',
        ['on'],
        'redirect',
        id,
        'prefixes',
        [],
      ]);
      for (const key of KEYS) {
        await reader.call('GET', key);
        await writer.call('SET', key, String(round));
        if (resp === 3) expect(await target.readPush()).toEqual(invalidate(key));
        else expect(await target.read()).toEqual(['message', CHANNEL, [key]]);
      }
      target.close();
      await reader.call('GET', KEYS[0]!);
      await waitUntil(async () => {
        await writer.call('INCR', KEYS[0]!);
        await reader.call('GET', KEYS[0]!);
        return JSON.stringify(await reader.call('CLIENT', 'TRACKINGINFO')).includes('broken_redirect');
      }, 'the redirection to be broken');
      expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', '999999')).toEqual({
        error: expect.stringMatching(/^ERR The client ID you want redirect to does not exist/),
      });
      reader.close();
    }
  });

  it('what was read is tracked on, whatever the client speaks, whoever it is and wherever messages go', async () => {
    const [reader, target] = [await gateway.client(), await connect3(gateway)];
    const id = Number(await target.call('CLIENT', 'ID'));
    await writer.call('ACL', 'SETUSER', 'ann', 'reset', 'on', '>secret', '~*', '&*', '+@all');
    await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id);
    const changes = [
      ['HELLO', '3'],
      ['AUTH', 'ann', 'secret'],
      ['HELLO', '2'],
      ['HELLO', '3', 'AUTH', 'ann', 'secret'],
      ['CLIENT', 'TRACKING', 'ON', 'NOLOOP', 'REDIRECT', id],
      ['CLIENT', 'TRACKING', 'ON'],
      ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', id],
    ];
    for (const change of changes) {
      for (const key of KEYS) await reader.call('GET', key);
      expect(await reader.call(...change)).not.toHaveProperty('error');
      for (const key of KEYS) await writer.call('SET', key, String(change));
      await expectAll(change.length === 3 && change[0] === 'CLIENT' ? reader : target, KEYS);
      // On every node it is who it says it is.
      const users = await Promise.all(cluster.masters.map((node) => ask(node, 'CLIENT', 'LIST')));
      if (change[0] !== 'AUTH') continue;
      for (const list of users) expect(String(list)).toMatch(/ user=ann redir=[1-9]/);
    }
    expect([reader.pushes, target.pushes]).toEqual([[], []]);
    for (const client of [reader, target]) client.close();
  });

  it('prefixes are added where messages are redirected, and nothing is forgotten', async () => {
    const [reader, target] = [await gateway.client(), await connect3(gateway)];
    const id = Number(await target.call('CLIENT', 'ID'));
    for (const prefix of ['{a', '{b', '{c']) {
      const words = ['TRACKING', 'ON', 'BCAST', 'REDIRECT', id, 'PREFIX', prefix];
      expect(await reader.call('CLIENT', ...words)).toBe('OK');
      await writer.call('SET', `${prefix}}`, prefix);
      expect(await target.readPush()).toEqual(invalidate(`${prefix}}`));
    }
    await reader.call('HELLO', '3');
    for (const key of ['{a}', '{b}', '{c}']) await writer.call('SET', key, 'again');
    await expectAll(target, ['{a}', '{b}', '{c}']);
    expect([reader.pushes, target.pushes]).toEqual([[], []]);
    for (const client of [reader, target]) client.close();
  });

  it(
    'a client is told to forget what it has read of a slot that moves',
    async () => {
      const reader = await connect3(gateway);
      await reader.call('CLIENT', 'TRACKING', 'ON');
      const [key] = KEYS;
      const from = await ownerOf(cluster, slotOf(key!));
      const to = cluster.masters.find((node) => node !== from)!;
      await writer.call('SET', key!, '1');
      expect(await reader.call('GET', key!)).toBe('1');
      await moveSlot(slotOf(key!), from, to);
      expect([invalidate(key!), FORGET]).toContainEqual(await reader.readPush());
      // Whatever comes of it twice: what is read now is tracked where it is now.
      await waitUntil(async () => {
        await reader.call('GET', key!);
        await writer.call('INCR', key!);
        return (await reader.readPush()) !== undefined;
      }, 'the new owner to tell');
      await moveSlot(slotOf(key!), to, from);
      reader.close();
    },
    LONG_MS,
  );

  it(
    'a client is told to forget all when a node fails, and is told of what its successor serves',
    async () => {
      const reader = await connect3(gateway);
      const broadcast = await connect3(gateway);
      await reader.call('CLIENT', 'TRACKING', 'ON');
      await broadcast.call('CLIENT', 'TRACKING', 'ON', 'BCAST');
      const key = KEYS[1]!;
      const owner = await ownerOf(cluster, slotOf(key));
      const successor = cluster.replicas[cluster.masters.indexOf(owner)]!;
      await reader.call('GET', key);
      await owner.stop();
      expect(await reader.readPush()).toEqual(FORGET);
      expect(await broadcast.readPush()).toEqual(FORGET);
      const isOver = async (): Promise<boolean> =>
        String(await ask(successor, 'INFO', 'replication')).includes('role:master');
      await waitUntil(isOver, 'the replica to take over');
      await waitUntil(async () => (await writer.call('SET', key, 'after')) === 'OK', 'writes to go on');
      // Forgotten again when there is a connection to the new node.
      await waitUntil(async () => {
        await writer.call('SET', key, 'again');
        const { pushes } = broadcast;
        return (
          (await broadcast.call('PING')) === 'PONG' &&
          pushes.some((push) => JSON.stringify(push).includes(key))
        );
      }, 'the broadcast of the successor');
      await waitUntil(async () => (await reader.call('GET', key)) === 'again', 'reads to go on');
      reader.pushes.length = 0;
      await writer.call('SET', key, 'once more');
      expect([invalidate(key), FORGET]).toContainEqual(await reader.readPush());
      for (const client of [reader, broadcast]) client.close();
    },
    LONG_MS,
  );

  it('shows nothing that differs', async () => {
    if (hasShadow) await gateway.shadowIdle();
    expect(await readDivergences(gateway)).toEqual({ total: 0, items: [] });
  });
});
