/**
 * Sentinel groups as primary and as shadow: the gateway follows every kind of failover, idle clients notice nothing,
 * commands that were on their way get an honest error, and those that wait go on.
 */
import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/child.ts';
import { ask, startSentinelGroup, type TestSentinelGroup } from '../support/cluster.ts';
import { type ConfigPart, startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const quick: ConfigPart = { upstream: { reconnect: { minMs: 20, maxMs: 200 }, healthIntervalMs: 200 } };
const patient: ConfigPart = { ...quick, primary: { waitWhenDownMs: 30_000 } };

function errorOf(reply: unknown): string {
  if (typeof reply === 'object' && reply !== null && 'error' in reply) return String(reply.error);
  throw new Error(`not an error: ${JSON.stringify(reply)}`);
}

/** Writes reach the replica before they count: what the primary alone has is lost with it. */
async function replicated({ master, replica }: TestSentinelGroup, key: string): Promise<void> {
  const has = async (): Promise<boolean> => (await ask(replica, 'EXISTS', key)) === 1;
  await waitUntil(has, `the replica of ${master.port} to have ${key}`);
}

const runIdOf = async (client: RawClient): Promise<string | undefined> =>
  /run_id:(\w+)/.exec(String(await client.call('INFO', 'server')))?.[1];
const runIdOn = async (server: TestServer): Promise<string | undefined> =>
  /run_id:(\w+)/.exec(String(await ask(server, 'INFO', 'server')))?.[1];

/** When the first of the sentinels says that a replica has taken over. */
async function hearOfFailover({ sentinels }: TestSentinelGroup): Promise<{ heardAt: Promise<number> }> {
  const channels = ['+promoted-slave', '+switch-master'];
  const listeners = await Promise.all(
    sentinels.map(async (sentinel) => {
      const client = await sentinel.client();
      client.timeoutMs = 60_000;
      for (const channel of channels) await client.call('SUBSCRIBE', channel);
      return client;
    }),
  );
  return { heardAt: Promise.any(listeners.map((client) => client.read().then(() => performance.now()))) };
}

/** Loses the primary by `fail`; tells how long it took until writes went on, and how long after the sentinels' word. */
async function follow(group: TestSentinelGroup, gateway: TestGateway, fail: () => unknown): Promise<string> {
  const [idle, writer] = [await gateway.client(), await gateway.client()];
  writer.timeoutMs = 45_000;
  expect(await idle.call('SELECT', '3')).toBe('OK');
  expect(await idle.call('CLIENT', 'SETNAME', 'idle')).toBe('OK');
  expect(await writer.call('SET', 'before', 'failover')).toBe('OK');
  await replicated(group, 'before');
  const { heardAt } = await hearOfFailover(group);
  const begin = performance.now();
  await fail();
  await waitUntil(
    async () => {
      // An error is honest: the command was under way, or its server had become a replica.
      const reply = await writer.call('SET', 'after', 'failover');
      if (reply !== 'OK') expect(errorOf(reply)).toMatch(/outcome of this command is unknown|^READONLY/);
      return reply === 'OK' && (await runIdOf(writer)) === (await runIdOn(group.replica));
    },
    'writes to reach the new primary',
    45_000,
  );
  const end = performance.now();
  const took = `${Math.round(end - begin)} ms, ${Math.round(end - (await heardAt))} ms after the sentinels' word`;
  expect(await writer.call('GET', 'before')).toBe('failover');
  // The client that did nothing is as it was. Its worker may be a moment behind the other.
  const asked = async (...words: string[]): Promise<unknown> =>
    waitUntil(async () => {
      const reply = await idle.call(...words);
      if (typeof reply !== 'object' || reply === null) return { reply };
      expect(errorOf(reply)).toMatch(/outcome of this command is unknown/);
      return false;
    }, 'the idle client to be served');
  expect(await asked('CLIENT', 'GETNAME')).toEqual({ reply: 'idle' });
  expect(await asked('GET', 'before')).toEqual({ reply: null });
  expect(idle.closed).toBe(false);
  return took;
}

describe.each(serverNames)('%s', (name) => {
  it('is followed when its primary is killed', async () => {
    const group = await startSentinelGroup(name);
    const gateway = await startGateway({ primary: group.url, config: patient });
    const took = await follow(group, gateway, () => process.kill(group.master.pid, 'SIGKILL'));
    console.log(`[figure] ${name} killed: writes again after ${took}`);
  });

  it('is followed when its primary sleeps, and not back when it wakes', async () => {
    const group = await startSentinelGroup(name);
    const gateway = await startGateway({ primary: group.url, config: patient });
    const took = await follow(group, gateway, () => group.master.pause());
    console.log(`[figure] ${name} stopped: writes again after ${took}`);
    group.master.resume();
    const demoted = async (): Promise<boolean> =>
      String(await ask(group.master, 'INFO', 'replication')).includes('role:slave');
    await waitUntil(demoted, 'the old primary to be a replica');
    const client = await gateway.client();
    expect(await client.call('SET', 'later', '1')).toBe('OK');
    expect(await runIdOf(client)).toBe(await runIdOn(group.replica));
  });

  it('is followed when it is told to fail over', async () => {
    const group = await startSentinelGroup(name);
    const gateway = await startGateway({ primary: group.url, config: patient });
    const took = await follow(group, gateway, async () => {
      const begun = async (): Promise<boolean> =>
        (await ask(group.sentinels[0], 'SENTINEL', 'FAILOVER', group.groupName)) === 'OK';
      await waitUntil(begun, 'the failover to begin');
    });
    console.log(`[figure] ${name} told: writes again after ${took}`);
  });
});

describe('a Sentinel group as the primary', () => {
  it('wants the logins of the servers and of the sentinels', async () => {
    const group = await startSentinelGroup('valkey-9.1', {
      password: 'servers',
      sentinelPassword: 'sentinels',
    });
    const config = { ...quick, primary: { sentinel: { password: 'sentinels' } } };
    const gateway = await startGateway({ primary: group.url, config });
    const client = await gateway.client();
    await waitUntil(async () => (await client.call('SET', 'k', 'v')) === 'OK', 'the primary');
    expect(await ask(group.master, 'GET', 'k')).toBe('v');

    const stranger = await startGateway({ primary: group.url, config: quick });
    const refused = await stranger.client();
    await waitUntil(
      async () =>
        errorOf(await refused.call('GET', 'k')).includes('no sentinel knows a primary of the group'),
      'an error that says why',
    );
    expect(errorOf(await refused.call('GET', 'k'))).toMatch(/NOAUTH|the command was not sent/);
  });

  it('is found by sentinels that speak TLS before servers that do not', async () => {
    const { authority, server } = makeCertificates();
    const master = await startServer('valkey-9.1');
    const tlsPort = await freePort();
    const configuration = [
      `sentinel monitor main ${master.host} ${master.port} 1`,
      `tls-port ${tlsPort}`,
      `tls-cert-file ${server.certificate}`,
      `tls-key-file ${server.key}`,
      `tls-ca-cert-file ${authority}`,
      'tls-auth-clients no',
    ];
    await startServer('valkey-9.1', { sentinel: true, configuration });
    const url = `valkey+sentinel://127.0.0.1:${tlsPort}/main`;
    const config = {
      ...patient,
      primary: { waitWhenDownMs: 30_000, sentinel: { tls: 'yes' }, tls: { authority } },
    };
    const client = await (await startGateway({ primary: url, config })).client();
    expect(await client.call('SET', 'k', 'v')).toBe('OK');
    expect(await ask(master, 'GET', 'k')).toBe('v');
  });

  it('does not take a replica for the primary, nor trust a sentinel that is behind', async () => {
    const group = await startSentinelGroup('valkey-8.0');
    const gateway = await startGateway({ primary: group.url, config: quick });
    const client = await gateway.client();
    await waitUntil(async () => (await client.call('SET', 'k', 'v')) === 'OK', 'the primary');
    // It hears of no failover while it sleeps, and says what it knew when it wakes.
    group.sentinels[2].pause();
    const begun = async (): Promise<boolean> =>
      (await ask(group.sentinels[0], 'SENTINEL', 'FAILOVER', group.groupName)) === 'OK';
    await waitUntil(begun, 'the failover to begin');
    const moved = async (): Promise<boolean> =>
      (await client.call('SET', 'k', 'w')) === 'OK' &&
      (await runIdOf(client)) === (await runIdOn(group.replica));
    await waitUntil(moved, 'writes to reach the new primary');
    group.sentinels[2].resume();
    for (let round = 0; round < 50; round += 1) {
      expect(await client.call('SET', 'k', String(round))).toBe('OK');
      expect(await runIdOf(client)).toBe(await runIdOn(group.replica));
    }
  });

  it('is waited for from the start, and found by any one of the sentinels', async () => {
    const group = await startSentinelGroup('redis-7.0');
    for (const sentinel of group.sentinels.slice(0, 2)) await sentinel.stop('SIGKILL');
    const gateway = await startGateway({ primary: group.url, config: patient });
    const client = await gateway.client();
    expect(await client.call('SET', 'k', 'v')).toBe('OK');

    const nobody = group.url.replace(/\/main$/, '/other');
    const lost = await (await startGateway({ primary: nobody, config: quick })).client();
    await waitUntil(
      async () => errorOf(await lost.call('GET', 'k')).includes('No such master'),
      'an error that says why',
    );
  });
});

describe('a Sentinel group as the shadow', () => {
  it('is mirrored to before and after its failover', async () => {
    const group = await startSentinelGroup('valkey-9.1');
    const primary = await startServer('redis-8.0');
    const breaker = { failures: 1, openMs: 100, timeoutMs: 1_000 };
    const gateway = await startGateway({
      primary: primary.url,
      shadow: group.url,
      config: { ...quick, shadow: { breaker } },
    });
    const client = await gateway.client();
    const mirrored = async (server: TestServer, key: string): Promise<boolean> => {
      expect(await client.call('SET', key, 'v')).toBe('OK');
      return (await ask(server, 'GET', key)) === 'v';
    };
    await waitUntil(() => mirrored(group.master, 'before'), 'the shadow to be mirrored to');
    await replicated(group, 'before');
    process.kill(group.master.pid, 'SIGKILL');
    await waitUntil(() => mirrored(group.replica, 'after'), 'the new primary of the shadow');
    expect(client.closed).toBe(false);
    const page = await gateway.metrics();
    expect(page.sum('comparisons_total', { verdict: 'divergent' })).toBe(0);
    // What was written while the shadow was away is known.
    expect(page.sum('shadow_dirty_slots', {})).toBeGreaterThan(0);
  });
});
