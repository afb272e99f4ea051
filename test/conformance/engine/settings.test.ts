/** CONFIG on the engine beside the server that it is set to behave like: the same names, values and refusals. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import { RawClient } from '../../support/raw-client.ts';
import { type ServerName, serverNames, startServer } from '../../support/servers.ts';

const levels = {
  'redis-7.0': 'redis-7.0',
  'redis-8.0': 'redis-8',
  'valkey-8.0': 'valkey-8',
  'valkey-9.1': 'valkey-9',
} as const;
const names = serverNames.filter((name): name is keyof typeof levels & ServerName => name in levels);

/** Where and how the process runs, which the engine shows as it is. */
const PLACE = /^(?:port|bind|dir|dbfilename|logfile|disable-thp|set-proc-title|enable-.*)$/;
/** The gateway's configuration has them, with limits of its own at first. */
const GATEWAYS = /^(?:maxclients|client-output-buffer-limit|proto-max-bulk-len|save)$/;
/** Servers take any text; what the gateway is told in its own configuration is not taken. */
const FIXED = /^(?:tls-.*|bind-source-addr|protected-mode|io-threads|rdma-port|appendonly|activedefrag)$/;
const FIXED_TOO = /^(?:import-mode|latency-tracking|maxclients|cluster-enabled)$/;
/** Texts that the engine does not look into, and a limit that Redis 7.2 and later have. */
const UNCHECKED =
  /^(?:oom-score-adj-values|cluster-announce-(?:ip|human-nodename)|dbfilename|dir|maxmemory-samples)$/;

describe.each(names)('CONFIG on the engine as %s', (name) => {
  let server: RawClient;
  let engine: RawClient;
  let values: ReadonlyMap<string, string>;
  let own: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const started = await startServer(name);
    const config = { engine: { compatibility: levels[name], arenaBytes: '64mb' } };
    const gateway = await startGateway({ config });
    server = await started.client();
    engine = await RawClient.connect({ port: gateway.port });
    values = await readSettings(server);
    own = await readSettings(engine);
  });

  it('has the same settings', () => {
    // It is shown on Redis 7.0 only, and to who asks for its name on later levels.
    const shown = [...values.keys()].filter((one) => one !== 'aof-disable-auto-gc');
    expect([...own.keys()].sort()).toEqual(shown.sort());
  });

  it('begins with the same values', () => {
    const comparable = [...own].filter(([one]) => !PLACE.test(one) && !GATEWAYS.test(one));
    for (const [one, value] of comparable) expect(value, one).toBe(values.get(one));
  });

  it('takes the values that it shows, unless the server does not', async () => {
    for (const [one, value] of own) {
      if (/^(?:port|bind|dir|dbfilename)$/.test(one)) continue;
      const expected = await server.call('CONFIG', 'SET', one, values.get(one)!);
      expect(await engine.call('CONFIG', 'SET', one, value), one).toEqual(expected);
    }
  });

  it.each(['\x01nonsense', '-1', '99999999999', '1 2 3'])('refuses %j in the same words', async (text) => {
    for (const one of own.keys()) {
      if (PLACE.test(one) || FIXED.test(one) || FIXED_TOO.test(one) || UNCHECKED.test(one)) continue;
      const expected = await server.call('CONFIG', 'SET', one, text);
      expect(await engine.call('CONFIG', 'SET', one, text), one).toEqual(expected);
    }
  });

  it('shows hidden settings to who knows their names', async () => {
    for (const one of ['key-load-delay', 'rdb-key-save-delay', 'watchdog-period']) {
      expect(await engine.call('CONFIG', 'GET', one)).toEqual(await server.call('CONFIG', 'GET', one));
      expect(await engine.call('CONFIG', 'GET', `${one}*`)).toEqual([]);
    }
  });
});

async function readSettings(client: RawClient): Promise<Map<string, string>> {
  const flat = (await client.call('CONFIG', 'GET', '*')) as string[];
  return new Map(flat.flatMap((one, at) => (at % 2 === 0 ? [[one, String(flat[at + 1])] as const] : [])));
}
