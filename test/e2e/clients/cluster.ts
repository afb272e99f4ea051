/** What cluster clients of three libraries do with a cluster, whoever plays it. */
import * as fs from 'node:fs';
import { GlideClusterClient, ProtocolVersion, Script } from '@valkey/valkey-glide';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { expect } from 'vitest';
import { waitUntil } from '../../support/wait.ts';

export interface ClusterTarget {
  readonly ports: readonly number[];
  /** File with the authority that vouches for it; plain TCP when absent. */
  readonly authority?: string;
}

export interface ClusterClient {
  readonly name: string;
  readonly play: (target: ClusterTarget, protocol: 2 | 3) => Promise<void>;
}

const KEYS = Array.from({ length: 200 }, (_, index) => `key:${index}`);
const authorityOf = ({ authority }: ClusterTarget) =>
  authority === undefined ? undefined : { ca: fs.readFileSync(authority) };
const rootsOf = (target: ClusterTarget) => target.ports.map((port) => ({ host: '127.0.0.1', port }));

async function playIoredis(target: ClusterTarget, protocol: 2 | 3): Promise<void> {
  const tls = authorityOf(target);
  const client = new Cluster(rootsOf(target), {
    redisOptions: { protocol, connectionName: 'cluster', ...(tls === undefined ? {} : { tls }) },
    scaleReads: 'all',
    lazyConnect: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await Promise.all(KEYS.map((key) => client.set(key, `value of ${key}`)));
    expect(await Promise.all(KEYS.map((key) => client.get(key)))).toEqual(
      KEYS.map((key) => `value of ${key}`),
    );
    // Nobody minds that the keys are of many slots.
    expect(await client.mget('key:1', 'key:2', 'none')).toEqual(['value of key:1', 'value of key:2', null]);
    expect(await client.del('key:1', 'key:2', 'none')).toBe(2);
    expect(await client.multi().set('{t}1', 'a').incr('{t}2').exec()).toEqual([
      [null, 'OK'],
      [null, 1],
    ]);
    expect(await client.eval('return {KEYS[1], ARGV[1]}', 1, 'key:3', 'x')).toEqual(['key:3', 'x']);
    const found = new Set<string>();
    for (const node of client.nodes('master')) {
      for await (const page of node.scanStream({ match: 'key:*', count: 50 })) {
        for (const key of page as string[]) found.add(key);
      }
    }
    expect(found.size).toBe(KEYS.length - 2);
    const heard: string[] = [];
    client.on('message', (channel, message) => heard.push(`${channel} ${message}`));
    await client.subscribe('news');
    await client.publish('news', 'one');
    await waitUntil(() => heard.includes('news one'), 'the message');
    await expect(client.incr('key:3')).rejects.toThrow('not an integer');
  } finally {
    client.disconnect();
  }
}

async function playNodeRedis(target: ClusterTarget, protocol: 2 | 3): Promise<void> {
  const tls = authorityOf(target);
  const secure = tls === undefined ? {} : ({ tls: true, ...tls } as const);
  const client = createCluster({
    rootNodes: rootsOf(target).map((socket) => ({ socket: { ...secure, ...socket } })),
    defaults: { socket: secure },
    RESP: protocol,
    useReplicas: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await Promise.all(KEYS.map((key) => client.set(key, `value of ${key}`)));
    expect(await Promise.all(KEYS.map((key) => client.get(key)))).toEqual(
      KEYS.map((key) => `value of ${key}`),
    );
    expect(await client.mGet(['key:1', 'key:2', 'none'])).toEqual(['value of key:1', 'value of key:2', null]);
    expect(await client.multi().set('{t}1', 'a').incr('{t}2').exec()).toEqual(['OK', 1]);
    expect(await client.eval('return {KEYS[1], ARGV[1]}', { keys: ['key:3'], arguments: ['x'] })).toEqual([
      'key:3',
      'x',
    ]);
    const heard: string[] = [];
    await client.subscribe('news', (message) => heard.push(message));
    await client.publish('news', 'one');
    await waitUntil(() => heard.includes('one'), 'the message');
    const shard: string[] = [];
    await client.sSubscribe('shard', (message) => shard.push(message));
    await client.sPublish('shard', 'two');
    await waitUntil(() => shard.includes('two'), 'the message of the shard');
    await expect(client.incr('key:3')).rejects.toThrow('not an integer');
  } finally {
    client.destroy();
  }
}

async function playGlide(target: ClusterTarget, protocol: 2 | 3): Promise<void> {
  const tls = authorityOf(target);
  const secure =
    tls === undefined
      ? {}
      : {
          useTLS: true,
          advancedConfiguration: { tlsAdvancedConfiguration: { rootCertificates: tls.ca } },
        };
  const client = await GlideClusterClient.createClient({
    addresses: rootsOf(target),
    ...secure,
    protocol: protocol === 3 ? ProtocolVersion.RESP3 : ProtocolVersion.RESP2,
    readFrom: 'preferReplica',
    requestTimeout: 5_000,
  });
  try {
    await Promise.all(KEYS.map((key) => client.set(key, `value of ${key}`)));
    expect(await Promise.all(KEYS.map((key) => client.get(key)))).toEqual(
      KEYS.map((key) => `value of ${key}`),
    );
    expect(await client.mget(['key:1', 'key:2', 'none'])).toEqual(['value of key:1', 'value of key:2', null]);
    expect(await client.mset({ 'key:1': 'a', 'key:2': 'b' })).toBe('OK');
    expect(await client.del(['key:1', 'key:2', 'none'])).toBe(2);
    const script = new Script('return {KEYS[1], ARGV[1]}');
    expect(await client.invokeScript(script, { keys: ['key:3'], args: ['x'] })).toEqual(['key:3', 'x']);
    expect(await client.publish('one', 'news')).toBe(0);
    expect(await client.ping()).toBe('PONG');
    await expect(client.incr('key:3')).rejects.toThrow('not an integer');
  } finally {
    client.close();
  }
}

export const clusterClients: readonly ClusterClient[] = [
  { name: 'ioredis', play: playIoredis },
  { name: 'node-redis', play: playNodeRedis },
  { name: 'valkey-glide', play: playGlide },
];
