/** What the gateway says of itself to its clients and its operators: INFO lockstep, slow commands, latency. */
import { describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { type ServerName, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const FIELD = /^(lockstep_[a-z_]+):(.*)$/;

/** Of a verbatim string its text. */
function textOf(reply: unknown): string {
  return typeof reply === 'object' && reply !== null && 'verbatim' in reply
    ? String(reply.verbatim)
    : String(reply);
}

/** The fields of the section, which must be the last one and the only one with its title. */
function sectionOf(info: unknown): Map<string, string> {
  const parts = textOf(info).split('# Lockstep\r\n');
  expect(parts.length).toBe(2);
  const lines = parts[1]!.split('\r\n');
  expect(lines.pop()).toBe('');
  return new Map(
    lines.map((line): [string, string] => {
      const [, name, value] = FIELD.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`no field: ${line}`);
      return [name, value];
    }),
  );
}

/** `name=number` pairs. */
function numbersOf(text = ''): Record<string, number> {
  return Object.fromEntries(text.split(',').map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]));
}

async function clientOf(gateway: TestGateway, resp: 2 | 3): Promise<RawClient> {
  const client = await RawClient.connect({ port: gateway.port });
  if (resp === 3) await client.call('HELLO', 3);
  return client;
}

const setups = (['redis-7.0', 'valkey-9.1'] as const).flatMap((name) =>
  (['pooled', 'pinned'] as const).flatMap((sessions) =>
    [false, true].map((mirrored) => ({ name, sessions, mirrored })),
  ),
);

describe('INFO', () => {
  async function startFor(
    name: ServerName,
    sessions: string,
    mirrored: boolean,
  ): Promise<{ server: TestServer; gateway: TestGateway }> {
    const server = await startServer(name);
    const shadow = mirrored ? (await startServer(name)).url : undefined;
    const options = { primary: server.url, ...(shadow === undefined ? {} : { shadow }) };
    return { server, gateway: await startGateway({ ...options, config: { upstream: { sessions } } }) };
  }

  it.each(setups)('has a section of the gateway: $name, $sessions, mirrored $mirrored', async (setup) => {
    const { server, gateway } = await startFor(setup.name, setup.sessions, setup.mirrored);
    for (const resp of [2, 3] as const) {
      const client = await clientOf(gateway, resp);
      for (const words of [[], ['all'], ['Everything'], ['default'], ['LOCKSTEP'], ['server', 'lockstep']]) {
        const reply = await client.callTyped('INFO', ...words);
        expect(reply.type).toBe(resp === 3 ? 'verbatim' : 'bulk');
        const text = textOf(await client.call('INFO', ...words));
        const fields = sectionOf(text);
        expect(fields.get('lockstep_state')).toBe('running');
        expect(text.includes('# Server')).toBe(words[0] !== 'LOCKSTEP');
        expect(text.startsWith('# ')).toBe(true);
      }
      for (const words of [['server'], ['keyspace'], ['nosuch']]) {
        expect(textOf(await client.call('INFO', ...words))).not.toContain('Lockstep');
      }
      await client.call('MULTI');
      for (const words of [['lockstep'], ['keyspace']]) await client.call('INFO', ...words);
      await client.call('ECHO', 'between');
      await client.call('INFO');
      const [own, keyspace, between, all] = (await client.call('EXEC')) as unknown[];
      expect(sectionOf(own).get('lockstep_connected_clients')).toBe('1');
      expect([textOf(keyspace).includes('Lockstep'), between]).toEqual([false, 'between']);
      expect(textOf(all)).toMatch(/^# Server/);
      sectionOf(all);
      client.close();
      await waitUntil(async () => (await gateway.metrics()).sum('client_connections') === 0, 'its end');
    }
    await gateway.stop();
    await server.stop();
  });

  it('of an engine has it where it is asked for', async () => {
    const gateway = await startGateway({ workers: 2 });
    for (const resp of [2, 3] as const) {
      const client = await clientOf(gateway, resp);
      const sent = ['PING', 'INFO lockstep', 'ECHO a', 'INFO server LOCKSTEP', 'INFO'];
      const replies = await client.pipeline(sent.map((line) => line.split(' ')));
      expect([replies[0], replies[2]]).toEqual(['PONG', 'a']);
      expect(textOf(replies[1]).startsWith('# Lockstep')).toBe(true);
      expect(sectionOf(replies[1]).get('lockstep_mode')).toBe('engine');
      expect(sectionOf(replies[1]).get('lockstep_workers')).toBe('2');
      expect(textOf(replies[3]).startsWith('# Server')).toBe(true);
      expect(sectionOf(replies[3]).get('lockstep_connected_clients')).toBe('1');
      expect(textOf(replies[4])).not.toContain('Lockstep');
      client.close();
      await waitUntil(async () => (await gateway.metrics()).sum('client_connections') === 0, 'its end');
    }
  });

  it('says what the gateway does', async () => {
    const [server, shadow] = [await startServer('valkey-9.1'), await startServer('redis-8.0')];
    const gateway = await startGateway({ primary: server.url, shadow: shadow.url, workers: 2 });
    const [client, other] = [await gateway.client(), await gateway.client()];
    await client.call('CONFIG', 'SET', 'maxmemory', 0);
    for (let round = 0; round < 20; round++) await client.call('SET', `key:${round}`, round);
    await client.call('LPUSH', 'key:1', 'wrong type');
    await gateway.shadowIdle();
    await expect
      .poll(async () => sectionOf(await client.call('INFO')).get('lockstep_shadow'))
      .toMatch(/^status=up/);
    const fields = sectionOf(await client.call('INFO', 'lockstep'));
    expect(fields.get('lockstep_mode')).toBe('mirror');
    expect(fields.get('lockstep_sessions')).toBe('pooled');
    expect(fields.get('lockstep_workers')).toBe('2');
    expect(fields.get('lockstep_transport')).toBe(gateway.transport);
    expect(fields.get('lockstep_connected_clients')).toBe('2');
    expect(fields.get('lockstep_worker_busy_ratio')).toMatch(/^[01]\.\d{3},[01]\.\d{3}$/);
    expect(fields.get('lockstep_primary')).toMatch(
      new RegExp(`^status=up,address=127.0.0.1:${server.port},nodes=1,product=valkey,version=9.1`),
    );
    expect(fields.get('lockstep_shadow')).toContain('product=redis,version=8.0');
    expect(numbersOf(fields.get('lockstep_commands')).ok).toBeGreaterThan(20);
    expect(numbersOf(fields.get('lockstep_commands')).error).toBe(1);
    expect(numbersOf(fields.get('lockstep_comparisons')).match).toBeGreaterThan(20);
    expect(numbersOf(fields.get('lockstep_comparisons')).divergent).toBe(0);
    expect(Number(fields.get('lockstep_used_memory_rss'))).toBeGreaterThan(2 ** 24);
    expect(fields.get('lockstep_shadow_queue_commands')).toBe('0');
    expect(numbersOf(fields.get('lockstep_shadow_dropped')).breaker_open).toBe(0);
    const latency = numbersOf(fields.get('lockstep_latency_percentiles_usec'));
    expect(latency.max).toBeGreaterThanOrEqual(latency.p50!);
    for (const one of [client, other]) one.close();
  });

  it('that the server refuses is refused', async () => {
    const server = await startServer('valkey-8.0');
    const direct = await server.client();
    await direct.call('ACL', 'SETUSER', 'few', 'on', 'nopass', '~*', '+ping');
    const gateway = await startGateway({ primary: server.url });
    const client = await gateway.client();
    expect(await client.call('AUTH', 'few', 'any')).toBe('OK');
    expect(await client.call('INFO', 'lockstep')).toEqual({
      error: "NOPERM User few has no permissions to run the 'info' command",
    });
    for (const one of [client, direct]) one.close();
  });
});

interface SlowItem {
  readonly command: string;
  readonly durationUs: number;
  readonly requestBytes: number;
  readonly arguments?: string;
  readonly client: { readonly address: string; readonly name: string; readonly database: number };
}

/** Other commands take less, on a busy machine too. */
const SLOW_MS = 500;

describe('slow commands', () => {
  /** A server that keeps its clients waiting for a while, once. */
  async function beSlow(
    server: TestServer,
    gateway: TestGateway,
    send: (client: RawClient) => Promise<unknown>,
  ) {
    const client = await gateway.client();
    await client.call('CLIENT', 'SETNAME', 'waiting');
    await client.call('SELECT', 3);
    const bytesHeard = async () => (await gateway.metrics()).sum('client_bytes_total', { direction: 'in' });
    const before = await bytesHeard();
    server.pause();
    const replies = send(client);
    await waitUntil(async () => (await bytesHeard()) > before, 'the gateway to hear of the commands');
    const heardAt = performance.now();
    await waitUntil(() => performance.now() - heardAt > 2 * SLOW_MS, 'them to be slow');
    server.resume();
    await replies;
    client.close();
  }

  async function slowItems(gateway: TestGateway): Promise<SlowItem[]> {
    return (await gateway.admin('/api/v1/slowlog?limit=1000')).items as SlowItem[];
  }

  it('are listed with their clients, without what was in them', async () => {
    const server = await startServer('redis-7.0');
    const gateway = await startGateway({
      primary: server.url,
      config: { log: { slow: { thresholdMs: SLOW_MS } } },
    });
    const idle = await gateway.client();
    const blocked = idle.call('BLPOP', 'nothing', 0.4);
    await beSlow(server, gateway, (client) =>
      client.pipeline([
        ['SET', 'secret', 'value'],
        ['GET', 'secret'],
      ]),
    );
    await blocked;
    const items = (await slowItems(gateway)).filter(({ client }) => client.name === 'waiting');
    expect(items.map(({ command }) => command).sort()).toEqual(['get', 'set']);
    for (const item of items) {
      expect(item.durationUs).toBeGreaterThan(1000 * SLOW_MS);
      expect(item.client).toMatchObject({ name: 'waiting', database: 3 });
      expect(item.client.address).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(item.requestBytes).toBe(item.command === 'set' ? 36 : 25);
    }
    expect(JSON.stringify(await slowItems(gateway))).not.toMatch(/secret|value|nothing|blpop/);
    idle.close();
  });

  it('are shown with their arguments, cut, where the configuration says so', async () => {
    const server = await startServer('redis-7.0');
    const slow = { thresholdMs: SLOW_MS, showArguments: true, keep: 3 };
    const gateway = await startGateway({ primary: server.url, workers: 1, config: { log: { slow } } });
    const long = 'x'.repeat(100);
    await beSlow(server, gateway, (client) =>
      client.pipeline([
        ['SET', 'first', '1'],
        ['MSET', 'one', long, 'two', '2'],
        ['GET', 'one'],
        ['ACL', 'WHOAMI'],
      ]),
    );
    const items = await slowItems(gateway);
    expect(items.length).toBe(3);
    const shown = new Map(items.map((item) => [item.command, item.arguments]));
    expect(shown.get('acl|whoami') ?? '(redacted)').not.toContain('password');
    expect(shown.get('mset')).toBe(`"MSET" "one" "${'x'.repeat(64)}"... (36 more bytes) "two" "2"`);
    expect(shown.get('get')).toBe('"GET" "one"');
  });

  it('are none where the threshold is 0, which a reload can change', async () => {
    const server = await startServer('redis-7.0');
    const gateway = await startGateway({
      primary: server.url,
      config: { log: { slow: { thresholdMs: 0 } } },
    });
    await beSlow(server, gateway, (client) => client.call('PING'));
    expect(await slowItems(gateway)).toEqual([]);
    gateway.writeConfig({ log: { slow: { thresholdMs: SLOW_MS } } });
    await gateway.admin('/api/v1/config/reload', 'POST');
    await beSlow(server, gateway, (client) => client.call('PING'));
    expect((await slowItems(gateway)).map(({ command }) => command)).toContain('ping');
  });
});

it('latency is known by command, over all workers', async () => {
  const server = await startServer('valkey-9.1');
  const gateway = await startGateway({ primary: server.url, workers: 2 });
  const clients = await Promise.all(Array.from({ length: 8 }, () => gateway.client()));
  await Promise.all(
    clients.map(async (client) => {
      for (let round = 0; round < 25; round++)
        await client.pipeline([['GET', 'a'], ['NOSUCHCOMMAND'], ['DEL', 'a']]);
      client.close();
    }),
  );
  const { all, commands } = (await gateway.admin('/api/v1/latency')) as {
    all: { count: number };
    commands: { command: string; count: number; p50Us: number; p99Us: number; maxUs: number }[];
  };
  expect(all.count).toBe(600);
  expect(commands.map(({ command }) => command).sort()).toEqual(['del', 'get', 'other']);
  for (const { count, p50Us, p99Us, maxUs } of commands) {
    expect(count).toBe(200);
    expect(p50Us).toBeGreaterThan(0);
    expect(p99Us).toBeGreaterThanOrEqual(p50Us);
    expect(maxUs).toBeGreaterThanOrEqual(p99Us);
  }
});
