/**
 * The engine as primary, as shadow, and as both, beside real servers under mixed load: it must not be said to differ
 * from a server of its level, and must hold the same data afterwards. LOCKSTEP_ACCEPT_COMMANDS sets the size of the
 * runs, LOCKSTEP_ACCEPT_SEED their commands.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { levels } from '../differential/engine/engine-pair.ts';
import { onCleanup, removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { startCluster } from '../support/cluster.ts';
import {
  type ConfigPart,
  mergeConfig,
  startGateway,
  type TestGateway,
  testTransport,
} from '../support/gateway.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { defaultShares } from '../support/load/mix-table.ts';
import { type LoadOptions, runLoad } from '../support/load/run-load.ts';
import { type DataHolder, settledState } from '../support/load/same-state.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import { RawClient } from '../support/raw-client.ts';
import { ownerOf, slotOf } from '../support/reshard.ts';
import { type ServerName, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const commands = Number(process.env.LOCKSTEP_ACCEPT_COMMANDS ?? 5_000);
const seed = Number(process.env.LOCKSTEP_ACCEPT_SEED ?? 1);
const timeLimitMs = 120_000 + commands;
/** As many as there are slots with keys in them: how many are dirty is a question of the machine. */
const mostDirtySlots = 2000;

interface Side {
  readonly url: string;
  readonly holder: DataHolder | undefined;
}

interface Sides {
  readonly gateway: TestGateway;
  readonly primary: DataHolder;
  readonly shadow: DataHolder;
}

/** The engine's own socket, which only the gateway's user can reach. */
function engineOf(folder: string, role: 'primary' | 'shadow'): DataHolder {
  return {
    client: () => {
      const places = fs.readdirSync(folder).map((name) => path.join(folder, name, role));
      const unixPath = places.find((place) => fs.existsSync(place));
      if (unixPath === undefined) throw new Error(`there is no socket of the ${role} in ${folder}`);
      return RawClient.connect({ unixPath });
    },
  };
}

async function startSide(name: ServerName | 'engine'): Promise<Side> {
  if (name === 'engine') return { url: 'engine:', holder: undefined };
  const server = await startServer(name);
  return { url: server.url, holder: server };
}

async function startSides(primary: Side, shadow: Side, config: ConfigPart = {}): Promise<Sides> {
  const folder = temporaryFolder('engines');
  onCleanup(() => removeFolder(folder));
  const gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    workers: 2,
    config: mergeConfig(tellAll, config),
    env: { TMPDIR: folder },
  });
  return {
    gateway,
    primary: primary.holder ?? engineOf(folder, 'primary'),
    shadow: shadow.holder ?? engineOf(folder, 'shadow'),
  };
}

async function expectSameUnderLoad(
  { gateway, primary, shadow }: Sides,
  load: Partial<LoadOptions> = { twoDatabases: true },
): Promise<void> {
  const result = await runLoad({ target: { port: gateway.port }, seed, commands, ...load });
  await gateway.shadowIdle();
  expect(result.failures).toEqual([]);
  expect(unexpectedErrors(result.errors)).toEqual([]);
  const verdicts = await expectVerdicts(gateway, { divergent: 0, dropped: 0, breakerOpen: 0 });
  expect(verdicts.dirtySlots).toBeLessThanOrEqual(mostDirtySlots);
  expect(verdicts.match).toBeGreaterThan(0.5 * result.commands);
  const databases = load.twoDatabases === true ? [0, 1] : [0];
  const state = await settledState(primary, shadow, await readDirtySlots(gateway), databases);
  expect(state.keys).toBeGreaterThan(300);
  await expectVerdicts(gateway, { divergent: 0 });
}

const pairs: readonly (readonly [ServerName | 'engine', ServerName | 'engine'])[] = [
  ['engine', 'valkey-9.1'],
  ['redis-7.0', 'engine'],
  ['redis-8.0', 'engine'],
  ['valkey-8.0', 'engine'],
  ['valkey-9.1', 'engine'],
  ['engine', 'engine'],
];

describe('under load', () => {
  it.each(pairs)(
    '%s with %s as its shadow does not differ',
    async (primaryName, shadowName) => {
      const [primary, shadow] = [await startSide(primaryName), await startSide(shadowName)];
      const server = [primaryName, shadowName].find((name) => name !== 'engine');
      const compatibility = server === undefined ? 'valkey-9' : levels[server as ServerName];
      await expectSameUnderLoad(await startSides(primary, shadow, { engine: { compatibility } }));
    },
    timeLimitMs,
  );

  it(
    'a cluster with engine as its shadow does not differ',
    async () => {
      const cluster = await startCluster('valkey-9.1');
      const tag = '{one}:';
      const owner = await ownerOf(cluster, slotOf(tag));
      const sides = await startSides({ url: cluster.url, holder: owner }, await startSide('engine'));
      // A transaction may hold a command that concerns all nodes.
      const { transactions: _, server: __, ...shares } = defaultShares;
      await expectSameUnderLoad(sides, { prefix: tag, shares, blockingClients: 0 });
    },
    timeLimitMs,
  );
});

// Elsewhere nobody can stop a script that is under way.
it.runIf(testTransport() === 'native')('a script that keeps the shadow busy holds up no client', async () => {
  const sides = await startSides(await startSide('valkey-9.1'), await startSide('engine'));
  const [client, there, beside] = [
    await sides.gateway.client(),
    await sides.shadow.client(),
    await sides.shadow.client(),
  ];
  there.timeoutMs = timeLimitMs;
  await client.call('SET', 'before', 'x');
  await sides.gateway.shadowIdle();
  await beside.call('CONFIG', 'SET', 'busy-reply-threshold', '20');
  const busy = there.call('EVAL', 'while true do end', 0);
  const isBusy = async (): Promise<boolean> => (await beside.call('PING')) !== 'PONG';
  await waitUntil(isBusy, 'a busy script');
  for (let at = 0; at < 100; at++) expect(await client.call('SET', `during:${at}`, at)).toBe('OK');
  expect(await client.call('GET', 'during:99')).toBe('99');
  expect(await beside.call('SCRIPT', 'KILL')).toBe('OK');
  expect(await busy).toMatchObject({ error: expect.stringContaining('killed by user') });
  await sides.gateway.shadowIdle();
  // What a busy server refuses is lost there, and that is known.
  const { dropped, dirtySlots } = await expectVerdicts(sides.gateway, { divergent: 0 });
  expect(dropped).toBeGreaterThan(0);
  expect(dirtySlots).toBeGreaterThan(0);
});

function pushed({ pushes }: RawClient, word: string): boolean {
  return JSON.stringify(pushes).includes(word);
}

describe('as primary with a shadow', () => {
  it('says where it is, and what it is', async () => {
    const { gateway } = await startSides(await startSide('engine'), await startSide('engine'));
    const client = await gateway.client();
    expect(await client.call('CONFIG', 'GET', 'port')).toEqual(['port', String(gateway.port)]);
    expect(await client.call('INFO', 'server')).toContain(`tcp_port:${gateway.port}\r\n`);
    const metrics = await gateway.metrics();
    for (const target of ['primary', 'shadow'])
      expect(metrics.sum('upstream_up', { target, node: 'engine' })).toBe(1);
    const identity = { product: 'valkey', version: '9.1.2' };
    expect(await gateway.admin('/api/v1/status')).toMatchObject({
      primary: { url: 'engine:', up: true, identity },
      shadow: { url: 'engine:', up: true, identity },
    });
  });

  it('wants its password of clients', async () => {
    const { gateway, shadow } = await startSides(await startSide('engine'), await startSide('engine'), {
      engine: { password: 'secret' },
    });
    const client = await gateway.client();
    expect(await client.call('SET', 'a', '1')).toEqual({ error: 'NOAUTH Authentication required.' });
    expect(await client.call('AUTH', 'secret')).toBe('OK');
    expect(await client.call('ACL', 'SETUSER', 'eve', 'on', '>eve', '~e:*', '+get', '+set')).toBe('OK');
    expect(await client.call('SET', 'a', '1')).toBe('OK');
    expect(await client.call('AUTH', 'eve', 'eve')).toBe('OK');
    expect(await client.call('SET', 'e:1', '1')).toBe('OK');
    expect(await client.call('GET', 'a')).toMatchObject({ error: expect.stringMatching(/^NOPERM /) });
    await gateway.shadowIdle();
    await expectVerdicts(gateway, { divergent: 0, dropped: 0, breakerOpen: 0 });
    const there = await shadow.client();
    expect(await there.call('MGET', 'a', 'e:1')).toEqual(['1', '1']);
  });

  it('messages, invalidations and blocked clients come through', async () => {
    const { gateway } = await startSides(await startSide('engine'), await startSide('engine'));
    const [listener, speaker] = [await gateway.client(), await gateway.client()];
    await listener.call('HELLO', 3);
    await listener.call('CLIENT', 'TRACKING', 'ON');
    await listener.call('GET', 'tracked');
    await speaker.call('SET', 'tracked', '1');
    await waitUntil(() => pushed(listener, 'tracked'), 'a push');
    listener.sendCommand('SUBSCRIBE', 'news');
    await waitUntil(() => pushed(listener, 'subscribe'), 'the subscription');
    const popping = (await gateway.client()).call('BLPOP', 'queue', 0);
    await waitUntil(
      async () => String(await speaker.call('CLIENT', 'LIST')).includes('cmd=blpop'),
      'a blocked client',
    );
    expect(await speaker.call('PUBLISH', 'news', 'hello')).toBe(1);
    expect(await speaker.call('RPUSH', 'queue', 'one')).toBe(1);
    expect(await popping).toEqual(['queue', 'one']);
    await waitUntil(() => pushed(listener, 'hello'), 'a message');
    await gateway.shadowIdle();
    await expectVerdicts(gateway, { divergent: 0, dropped: 0, breakerOpen: 0 });
  });

  it('both begin with the snapshot, which the primary alone saves', async () => {
    const folder = temporaryFolder('snapshot');
    onCleanup(() => removeFolder(folder));
    const snapshot = { path: path.join(folder, 'data.rdb'), save: '3600 1' };
    const first = await startSides(await startSide('engine'), await startSide('engine'), {
      engine: { snapshot },
    });
    const client = await first.gateway.client();
    await client.call('RPUSH', 'list', 'a', 'b');
    await client.call('SET', 'text', 'kept');
    await first.gateway.stop();
    const again = await startSides(await startSide('engine'), await startSide('engine'), {
      engine: { snapshot },
    });
    for (const side of [again.primary, again.shadow]) {
      const there = await side.client();
      expect(await there.call('LRANGE', 'list', 0, -1)).toEqual(['a', 'b']);
      expect(await there.call('GET', 'text')).toBe('kept');
    }
  });
});
