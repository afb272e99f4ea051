/**
 * Gateways that show their clients a cluster: cluster clients run unchanged, and CLUSTER answers have the forms that
 * real clusters give.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/child.ts';
import { startCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { serverNames, startServer } from '../support/servers.ts';
import { clusterClients } from './clients/cluster.ts';

type Part = Readonly<Record<string, unknown>>;

/** Gateways with one primary that announce each other. */
async function startFaces(count: number, primary: string | undefined, slots: string): Promise<TestGateway[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index += 1) ports.push(await freePort());
  return Promise.all(
    ports.map((port) => {
      const peers = ports.filter((other) => other !== port).map((other) => `127.0.0.1:${other}`);
      const address = `127.0.0.1:${port}`;
      return startGateway({
        ...(primary === undefined ? {} : { primary }),
        config: { listen: [{ address, face: 'cluster', announce: address, peers, slots } as Part] },
      });
    }),
  );
}

describe.each([
  ['a standalone server', 'split'],
  ['a standalone server', 'all'],
])('before %s, slots: %s', (_, slots) => {
  let ports: number[];
  beforeAll(async () => {
    const server = await startServer('valkey-9.1');
    ports = (await startFaces(2, server.url, slots)).map(({ port }) => port);
  });

  describe.each(clusterClients)('$name', ({ play }) => {
    it.each([2, 3] as const)('RESP%i', async (protocol) => {
      const cleaner = await RawClient.connect({ port: ports[0] });
      await cleaner.call('FLUSHALL');
      await play({ ports }, protocol);
      cleaner.close();
    });
  });
});

/** Structure of a reply: types and names, no values. */
function shapeOf(reply: unknown): unknown {
  if (reply instanceof Map) return new Map([...reply].map(([name, value]) => [name, shapeOf(value)]));
  if (Array.isArray(reply)) return reply.map(shapeOf);
  return typeof reply;
}

/** Of a bulk or verbatim string. */
function textOf(reply: unknown): string {
  return typeof reply === 'object' && reply !== null && 'verbatim' in reply
    ? String(reply.verbatim)
    : String(reply);
}

describe.each(serverNames)('as %s says it', (name) => {
  it.each([2, 3] as const)('RESP%i', async (resp) => {
    const cluster = await startCluster(name, 1);
    const server = await startServer(name);
    const [gateway] = await startFaces(1, server.url, 'split');
    const [real, face] = [await cluster.masters[0].client(), await gateway.client()];
    if (resp === 3) for (const client of [real, face]) await client.call('HELLO', '3');
    for (const words of [['SLOTS'], ['MYID'], ['LINKS'], ['KEYSLOT', '{a}b'], ['NODES'], ['INFO']]) {
      const [theirs, ours] = [await real.call('CLUSTER', ...words), await face.call('CLUSTER', ...words)];
      expect(shapeOf(ours), words.join(' ')).toEqual(shapeOf(theirs));
    }
    expect(await face.call('CLUSTER', 'KEYSLOT', '{a}b')).toBe(await real.call('CLUSTER', 'KEYSLOT', '{a}b'));
    const fields = (text: unknown): string[] => textOf(text).match(/^cluster_[a-z_]+(?=:)/gm) ?? [];
    const known = new Set(fields(await real.call('CLUSTER', 'INFO')));
    for (const field of fields(await face.call('CLUSTER', 'INFO'))) expect(known).toContain(field);
    const [node] = textOf(await face.call('CLUSTER', 'NODES')).split('\n');
    expect(node).toMatch(/^[0-9a-f]{40} 127\.0\.0\.1:\d+@\d+ myself,master - 0 0 1 connected 0-16383$/);
    expect(textOf(await real.call('CLUSTER', 'NODES'))).toMatch(
      /^[0-9a-f]{40} \S*:\d+@\d+\S* myself,master - 0 0 1 connected 0-16383/,
    );
    for (const words of [['READONLY'], ['READWRITE'], ['ASKING']]) {
      expect(await face.call(...words)).toBe(await real.call(...words));
    }
    for (const words of [
      ['REPLICAS', 'x'],
      ['KEYSLOT'],
      ['SLOTS', 'x'],
      ['COUNT-FAILURE-REPORTS', 'x'],
      ['NO'],
    ]) {
      const [theirs, ours] = [await real.call('CLUSTER', ...words), await face.call('CLUSTER', ...words)];
      expect(ours, words.join(' ')).toEqual(theirs);
    }
    const hello = async (client: RawClient): Promise<string> => JSON.stringify(await client.call('HELLO'));
    for (const client of [real, face]) expect(await hello(client)).toMatch(/"mode","cluster"/);
    for (const client of [real, face]) {
      expect(textOf(await client.call('INFO', 'cluster'))).toContain('cluster_enabled:1');
      expect(textOf(await client.call('INFO', 'server'))).toMatch(/(redis|server)_mode:cluster/);
    }
    expect(await face.call('SET', 'a', '1')).toBe('OK');
    expect(await face.call('CLUSTER', 'RESET')).toMatchObject({
      error: 'ERR lockstep: CLUSTER RESET is not available through the gateway',
    });
    expect(await face.pipeline([['MULTI'], ['CLUSTER', 'MYID'], ['READONLY'], ['EXEC']])).toEqual([
      'OK',
      'QUEUED',
      'QUEUED',
      [await face.call('CLUSTER', 'MYID'), 'OK'],
    ]);
  });
});

describe('what is announced', () => {
  it('is one map, from every gateway', async () => {
    const server = await startServer('valkey-8.0');
    const gateways = await startFaces(3, server.url, 'split');
    const maps = await Promise.all(
      gateways.map(async (gateway) => (await gateway.client()).call('CLUSTER', 'SLOTS')),
    );
    const [first] = maps as [number, number, [string, number, string]][][];
    expect(maps).toEqual([first, first, first]);
    expect(first.map(([start, last]) => [start, last])).toEqual([
      [0, 5460],
      [5461, 10921],
      [10922, 16383],
    ]);
    expect(new Set(first.map(([, , [, port]]) => port))).toEqual(new Set(gateways.map(({ port }) => port)));
    const ids = await Promise.all(
      gateways.map(async (gateway) => (await gateway.client()).call('CLUSTER', 'MYID')),
    );
    expect(new Set(first.map(([, , [, , id]]) => id))).toEqual(new Set(ids));
  });

  it('is one primary with the others as replicas, where each has all slots', async () => {
    const server = await startServer('valkey-8.0');
    const gateways = await startFaces(2, server.url, 'all');
    for (const gateway of gateways) {
      const client = await gateway.client();
      const slots = (await client.call('CLUSTER', 'SLOTS')) as [number, number, ...[string, number][]][];
      expect(slots).toHaveLength(1);
      const [[start, last, primary, replica]] = slots;
      expect([start, last, primary?.[1]]).toEqual([0, 16_383, gateway.port]);
      expect(replica?.[1]).toBe(gateways.find((other) => other !== gateway)?.port);
      const id = await client.call('CLUSTER', 'MYID');
      expect(await client.call('CLUSTER', 'REPLICAS', String(id))).toEqual([
        expect.stringContaining(`slave ${id}`),
      ]);
      expect(JSON.stringify(await client.call('CLUSTER', 'SHARDS'))).toMatch(/"role","replica"/);
    }
  });

  it('is the address that the client has found, where none is given', async () => {
    const server = await startServer('valkey-8.0');
    const config = { listen: [{ address: '127.0.0.1:0', face: 'cluster' } as Part] };
    const gateway = await startGateway({ primary: server.url, config });
    const client = await gateway.client();
    expect(await client.call('CLUSTER', 'SLOTS')).toMatchObject([
      [0, 16_383, { 0: '127.0.0.1', 1: gateway.port }],
    ]);
  });

  it('is told only to those who may ask', async () => {
    const server = await startServer('valkey-8.0', { password: 'secret' });
    const config = { listen: [{ address: '127.0.0.1:0', face: 'cluster' } as Part] };
    const gateway = await startGateway({ primary: server.url.replace(/\/\/.*@/, '//'), config });
    const client = await RawClient.connect({ port: gateway.port });
    for (const words of [['CLUSTER', 'SLOTS'], ['READONLY']]) {
      expect(await client.call(...words)).toMatchObject({ error: expect.stringMatching(/^NOAUTH /) });
    }
    expect(await client.call('AUTH', 'secret')).toBe('OK');
    expect(await client.call('READONLY')).toBe('OK');
    await client.call('ACL', 'SETUSER', 'guest', 'on', 'nopass', '+@all', '-cluster|slots', '~*');
    expect(await client.call('AUTH', 'guest', 'x')).toBe('OK');
    expect(await client.call('CLUSTER', 'SLOTS')).toMatchObject({ error: expect.stringMatching(/^NOPERM /) });
    expect(await client.call('CLUSTER', 'MYID')).toMatch(/^[0-9a-f]{40}$/);
    client.close();
  });
});

describe.each(serverNames)('before a cluster of %s', (name) => {
  it('a cluster is that of the gateways, and a plain server hides it', async () => {
    const cluster = await startCluster(name);
    const config = {
      listen: [{ address: '127.0.0.1:0', face: 'cluster' } as Part, { address: '127.0.0.1:0' }],
    };
    const gateway = await startGateway({ primary: cluster.url, config });
    const plainPort = Number(gateway.listen[1]?.split(':').at(-1));
    const [face, plain] = [await gateway.client(), await RawClient.connect({ port: plainPort })];
    expect(await face.call('CLUSTER', 'SLOTS')).toMatchObject([[0, 16_383, { 1: gateway.port }]]);
    expect(await face.call('READONLY')).toBe('OK');
    expect(await face.call('MSET', 'a', '1', 'b', '2', 'c', '3', '{a}2', '4')).toBe('OK');
    expect(await face.call('MGET', 'a', 'b', 'c', 'none')).toEqual(['1', '2', '3', null]);
    expect(
      await face.call('CLUSTER', 'COUNTKEYSINSLOT', Number(await face.call('CLUSTER', 'KEYSLOT', 'a'))),
    ).toBe(2);
    expect(await face.call('RENAME', 'a', 'b')).toMatchObject({
      error: expect.stringMatching(/^CROSSSLOT /),
    });
    expect(textOf(await face.call('INFO', 'cluster'))).toContain('cluster_enabled:1');

    const disabled = { error: 'ERR This instance has cluster support disabled' };
    for (const words of [
      ['CLUSTER', 'SLOTS'],
      ['CLUSTER', 'COUNTKEYSINSLOT', '1'],
      ['READONLY'],
      ['ASKING'],
    ]) {
      expect(await plain.call(...words), words.join(' ')).toEqual(disabled);
    }
    expect(JSON.stringify(await plain.call('HELLO'))).toMatch(/"mode","standalone"/);
    expect(textOf(await plain.call('INFO'))).toMatch(/cluster_enabled:0/);
    expect(textOf(await plain.call('INFO', 'server'))).toMatch(/(redis|server)_mode:standalone/);
    expect(await plain.call('MGET', 'a', 'c')).toEqual(['1', '3']);
    plain.close();
  });
});

describe('cluster clients before a cluster', () => {
  let ports: number[];
  beforeAll(async () => {
    const cluster = await startCluster('valkey-9.1');
    ports = (await startFaces(2, cluster.url, 'split')).map(({ port }) => port);
  });

  describe.each(clusterClients)('$name', ({ play }) => {
    it.each([2, 3] as const)('RESP%i', async (protocol) => {
      const cleaner = await RawClient.connect({ port: ports[0] });
      await cleaner.call('FLUSHALL');
      await play({ ports }, protocol);
      cleaner.close();
    });
  });
});

it('the engine shows a cluster, too', async () => {
  const [gateway] = await startFaces(1, undefined, 'split');
  const client = await gateway.client();
  expect(await client.call('CLUSTER', 'SLOTS')).toMatchObject([
    [0, 16_383, { 0: '127.0.0.1', 1: gateway.port }],
  ]);
  expect(JSON.stringify(await client.call('HELLO', '3'))).toContain('"mode","cluster"');
  expect(await client.call('READONLY')).toBe('OK');
  expect(await client.call('SET', 'a', '1')).toBe('OK');
  expect(await client.call('MGET', 'a', 'b')).toEqual(['1', null]);
});
