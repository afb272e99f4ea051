/**
 * Users of the gateway before a cluster with a shadow: a command is looked at as a whole before any part of it goes to
 * a node, on both faces and in both protocols; what is refused reaches neither side.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/child.ts';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ownerOf, slotOf } from '../support/reshard.ts';
import { startServer, type TestServer } from '../support/servers.ts';

/** One on each of three nodes. */
const keys = ['app:{a}', 'app:{b}', 'app:{c}'] as const;
const foreign = 'other:{a}';
const rules = [
  { name: 'default', rules: 'off' },
  { name: 'app', rules: 'on >p ~app:* %R~shared:* &news:* +@all -flushall' },
  { name: 'all', rules: 'on >p ~* &* +@all' },
];
const noKey = { error: 'NOPERM No permissions to access a key' };
const noChannel = { error: 'NOPERM No permissions to access a channel' };

let cluster: TestCluster;
let shadow: TestServer;
let gateway: TestGateway;
/** By face. */
let ports: Readonly<Record<'single' | 'cluster', number>>;

beforeAll(async () => {
  [cluster, shadow] = [await startCluster('valkey-9.1'), await startServer('valkey-9.1')];
  const port = await freePort();
  gateway = await startGateway({
    primary: cluster.url,
    shadow: shadow.url,
    config: {
      listen: [
        { address: '127.0.0.1:0' },
        { address: `127.0.0.1:${port}`, face: 'cluster', announce: `127.0.0.1:${port}`, slots: 'all' },
      ],
      acl: { users: rules },
    },
  });
  ports = { single: gateway.port, cluster: port };
  const owners = new Set<TestServer>();
  for (const key of keys) owners.add(await ownerOf(cluster, slotOf(key)));
  expect(owners.size).toBe(3);
});

async function logIn(port: number, user: string, version: '2' | '3'): Promise<RawClient> {
  const client = await RawClient.connect({ port });
  await client.call('HELLO', version, 'AUTH', user, 'p');
  expect(await client.call('ACL', 'WHOAMI')).toBe(user);
  return client;
}

/** How often the nodes and the shadow have run commands that read or write keys. */
async function runs(): Promise<number> {
  let total = 0;
  for (const server of [...cluster.masters, shadow]) {
    const text = String(await ask(server, 'INFO', 'commandstats'));
    const counts = text.matchAll(
      /^cmdstat_(?:get|mget|set|mset|del|unlink|eval|blpop|publish|spublish):calls=(\d+)/gm,
    );
    for (const [, calls] of counts) total += Number(calls);
  }
  return total;
}

async function denials(): Promise<Record<string, number>> {
  const metrics = await gateway.metrics();
  const reasons = ['command', 'key', 'channel', 'auth', 'database'];
  return Object.fromEntries(reasons.map((reason) => [reason, metrics.sum('acl_denied_total', { reason })]));
}

const variants = (['single', 'cluster'] as const).flatMap((face) =>
  (['2', '3'] as const).map((version) => ({ face, version })),
);

describe.each(variants)('face $face, RESP$version', ({ face, version }) => {
  let app: RawClient;
  let all: RawClient;

  beforeAll(async () => {
    app = await logIn(ports[face], 'app', version);
    all = await logIn(ports[face], 'all', version);
    for (const key of [...keys, foreign, 'shared:{a}']) expect(await all.call('SET', key, 'v')).toBe('OK');
    await gateway.shadowIdle();
  });

  it('refuses commands of several slots before any part of them is sent', async () => {
    const [before, denied] = [await runs(), await denials()];
    expect(before).toBeGreaterThan(0);
    expect(await app.call('MGET', ...keys, foreign)).toEqual(noKey);
    expect(await app.call('DEL', ...keys, foreign)).toEqual(noKey);
    expect(await app.call('UNLINK', foreign, ...keys)).toEqual(noKey);
    expect(await app.call('MSET', keys[0], 'x', keys[1], 'x', foreign, 'x')).toEqual(noKey);
    expect(await app.call('SET', 'shared:{a}', 'x')).toEqual(noKey);
    expect(await app.call('EVAL', 'return redis.call("set", KEYS[1], 1)', '1', foreign)).toEqual(noKey);
    expect(await app.call('BLPOP', foreign, '0')).toEqual(noKey);
    expect(await app.call('FLUSHALL')).toEqual({
      error: "NOPERM User app has no permissions to run the 'flushall' command",
    });
    await gateway.shadowIdle();
    expect(await runs()).toBe(before);
    expect(await denials()).toEqual({ ...denied, key: denied.key! + 7, command: denied.command! + 1 });
    for (const key of [...keys, foreign]) expect(await all.call('GET', key)).toBe('v');
  });

  it('does what is allowed, over all nodes where the face is one server', async () => {
    const one = ['app:{a}', 'app:{a}2', 'app:{a}3'];
    const several = face === 'single' ? keys : one;
    for (const key of several) expect(await app.call('SET', key, key)).toBe('OK');
    expect(await app.call('MGET', ...several)).toEqual(several);
    expect(await app.call('GET', 'shared:{a}')).toBe('v');
    expect(await app.call('EVAL', 'return redis.call("get", KEYS[1])', '1', keys[0])).toBe(keys[0]);
    expect(await app.call('DEL', ...several)).toBe(3);
    for (const key of keys) expect(await all.call('SET', key, 'v')).toBe('OK');
  });

  it('breaks a transaction with what is refused, and runs one that is not', async () => {
    expect(await app.call('MULTI')).toBe('OK');
    expect(await app.call('SET', keys[1], 'in')).toBe('QUEUED');
    expect(await app.call('SET', 'other:{b}', 'in')).toEqual(noKey);
    expect(await app.call('EXEC')).toEqual({
      error: 'EXECABORT Transaction discarded because of previous errors.',
    });
    expect(await all.call('GET', keys[1])).toBe('v');
    await app.call('MULTI');
    await app.call('SET', keys[1], 'in');
    await app.call('GET', keys[1]);
    expect(await app.call('EXEC')).toEqual(['OK', 'in']);
    expect(await all.call('SET', keys[1], 'v')).toBe('OK');
  });

  it('looks at channels, those of shards too', async () => {
    const denied = await denials();
    for (const command of [
      ['SUBSCRIBE', 'news:1', 'other'],
      ['PSUBSCRIBE', '*'],
      ['SSUBSCRIBE', 'other:{a}'],
      ['PUBLISH', 'other', 'm'],
      ['SPUBLISH', 'other:{a}', 'm'],
    ])
      expect(await app.call(...command)).toEqual(noChannel);
    expect(await denials()).toEqual({ ...denied, channel: denied.channel! + 5 });
    const reader = await logIn(ports[face], 'app', version);
    reader.sendCommand('SSUBSCRIBE', 'news:{b}');
    const next = (): Promise<unknown> => (version === '3' ? reader.readPush() : reader.read());
    expect(await next()).toMatchObject(version === '3' ? {} : ['ssubscribe', 'news:{b}', 1]);
    expect(await app.call('SPUBLISH', 'news:{b}', 'm')).toBe(1);
    expect(JSON.stringify(await next())).toContain('"m"');
    reader.close();
  });

  it('counts logins that fail', async () => {
    const denied = await denials();
    const guesser = await RawClient.connect({ port: ports[face] });
    expect(await guesser.call('AUTH', 'app', 'wrong')).toMatchObject({
      error: expect.stringMatching(/^WRONGPASS/),
    });
    expect(await denials()).toEqual({ ...denied, auth: denied.auth! + 1 });
    guesser.close();
  });
});

it('the shadow has seen nothing else', async () => {
  await gateway.shadowIdle();
  expect(await gateway.admin('/api/v1/divergences')).toMatchObject({ total: 0 });
  const metrics = await gateway.metrics();
  expect(metrics.sum('shadow_dirty_slots')).toBe(0);
  for (const key of [...keys, foreign]) expect(await ask(shadow, 'GET', key)).toBe('v');
});
