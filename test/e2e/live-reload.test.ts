/**
 * Servers, certificates and the shadow's share change under clients that never stop. No command fails, none is run
 * twice, and none reaches the new primary before everything that the old one was sent is answered.
 */
import * as fs from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/child.ts';
import { temporaryFolder } from '../support/cleanup.ts';
import { countsOn, moreReplies, startCounters } from '../support/counters.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

let first: TestServer;
let second: TestServer;
let third: TestServer;

beforeAll(async () => {
  [first, second, third] = await Promise.all([
    startServer('valkey-9.1'),
    startServer('redis-8.0', { password: 'opens it' }),
    startServer('valkey-8.0'),
  ]);
});

beforeEach(async () => {
  for (const server of [first, second, third]) {
    const direct = await server.client();
    await direct.call('FLUSHALL');
    direct.close();
  }
});

/** Longer than any machine takes. */
const patient = { primary: { connectTimeoutMs: 60_000 }, shadow: { connectTimeoutMs: 60_000 } };

async function reload(gateway: TestGateway): Promise<unknown> {
  return gateway.admin('/api/v1/config/reload', 'POST');
}

describe('another primary', () => {
  it.each([
    ['without a shadow', false],
    ['with a shadow', true],
  ])('takes over under load, and no command is lost or run twice: %s', async (_name, isMirrored) => {
    const gateway = await startGateway({
      primary: first.url,
      ...(isMirrored ? { shadow: third.url } : {}),
      config: patient,
    });
    const counters = await startCounters(gateway.port);
    await moreReplies(counters);
    // Far from the others, so that no count of one server goes on where that of the other stopped.
    const direct = await second.client();
    for (const { key } of counters) await direct.call('SET', key, '1000000');
    direct.close();
    gateway.writeConfig({ primary: { url: second.url } });
    expect(await reload(gateway)).toEqual({ changed: ['primary.url'], needsRestart: [] });
    const left = await countsOn(first, counters);
    await moreReplies(counters);
    gateway.writeConfig({ primary: { url: first.url } });
    expect(await reload(gateway)).toEqual({ changed: ['primary.url'], needsRestart: [] });
    const leftSecond = await countsOn(second, counters);
    await moreReplies(counters);
    for (const counter of counters) await counter.stop();
    const last = await countsOn(first, counters);
    // Back on the first server the counts go on where they were: the second's are one run, those around it one each.
    expect(counters.map(({ runs }) => runs)).toEqual(
      counters.map((_, at) => [left[at], leftSecond[at], last[at]]),
    );
    expect(await countsOn(second, counters)).toEqual(leftSecond);
    const metrics = await gateway.metrics();
    expect(metrics.sum('upstream_up', { target: 'primary', node: `127.0.0.1:${first.port}` })).toBe(1);
  });

  it('lets go of clients that only wait, and takes their next commands', async () => {
    const gateway = await startGateway({ primary: first.url, config: patient });
    const clients = await Promise.all(Array.from({ length: 4 }, () => gateway.client()));
    const [blocked, watching, begun, subscribed] = clients as [RawClient, RawClient, RawClient, RawClient];
    blocked.send(encodeCommand(['BLPOP', 'nothing', '0']));
    await watching.call('WATCH', 'key');
    await begun.call('MULTI');
    await subscribed.call('SUBSCRIBE', 'channel');
    const direct = await first.client();
    const isBlocked = async (): Promise<boolean> =>
      String(await direct.call('INFO', 'clients')).includes('blocked_clients:1');
    await waitUntil(isBlocked, 'the client to block');
    gateway.writeConfig({ primary: { url: third.url } });
    await reload(gateway);
    for (const client of clients) await client.waitForClose();
    const again = await gateway.client();
    expect(await again.call('INCR', 'here')).toBe(1);
    expect(await direct.call('EXISTS', 'here')).toBe(0);
    for (const client of [again, direct]) client.close();
  });

  it('that cannot be used changes nothing, and the answer says why', async () => {
    const gateway = await startGateway({ primary: first.url, config: patient });
    const client = await gateway.client();
    const before = await gateway.admin('/api/v1/config');
    const port = await freePort();
    const refusals: [string, RegExp][] = [
      [`redis://127.0.0.1:${port}`, new RegExp(`^primary\\.url: 127\\.0\\.0\\.1:${port} .*ECONNREFUSED`)],
      [`redis://:wrong@127.0.0.1:${second.port}`, /^primary\.url: .*WRONGPASS/],
    ];
    for (const [url, message] of refusals) {
      gateway.writeConfig({ primary: { url }, limits: { maxClients: 77 } });
      const response = await gateway.request('/api/v1/config/reload', { method: 'POST' });
      expect(response.status).toBe(422);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error).toEqual({ code: 'upstream_unreachable', message: expect.stringMatching(message) });
      expect(error.message).not.toContain('wrong@');
    }
    expect(await gateway.admin('/api/v1/config')).toEqual(before);
    expect(await client.call('INCR', 'still')).toBe(1);
    client.close();
  });
});

describe('another shadow', () => {
  it('gets what follows, and nothing it never had counts against it', async () => {
    const gateway = await startGateway({ primary: first.url, shadow: second.url, config: patient });
    const client = await gateway.client();
    await client.pipeline([
      ['SET', 'old', 'only on the first two'],
      ['SET', 'both', 'before'],
    ]);
    await gateway.shadowIdle();
    gateway.writeConfig({ shadow: { url: third.url } });
    expect(await reload(gateway)).toEqual({ changed: ['shadow.url'], needsRestart: [] });
    expect(await client.call('GET', 'old')).toBe('only on the first two');
    const direct = await third.client();
    await waitUntil(async () => {
      await client.call('SET', 'both', 'after');
      return (await direct.call('GET', 'both')) === 'after';
    }, 'the new shadow to get writes');
    await gateway.shadowIdle();
    expect(await gateway.admin('/api/v1/divergences')).toEqual({ total: 0, items: [] });
    expect(await gateway.admin('/api/v1/status')).toMatchObject({ shadow: { url: third.url } });
    for (const one of [client, direct]) one.close();
  });
});

describe('a storm of reloads', () => {
  it('does not break one command', async () => {
    const [one, other] = [makeCertificates(), makeCertificates()];
    const folder = temporaryFolder('storm');
    const [certificate, key] = [`${folder}/server.pem`, `${folder}/server.key`];
    const use = ({ server }: typeof one): void => {
      fs.copyFileSync(server.certificate, certificate);
      fs.copyFileSync(server.key, key);
    };
    use(one);
    const listen = [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls: { certificate, key } }];
    const gateway = await startGateway({
      primary: first.url,
      shadow: third.url,
      config: { ...patient, listen },
    });
    const tlsPort = Number(gateway.listen[1]?.split(':').at(-1));
    const secret = await RawClient.connect({
      port: tlsPort,
      tls: { ca: fs.readFileSync(one.authority), servername: 'localhost' },
    });
    const counters = await startCounters(gateway.port);
    for (let round = 0; round < 12; round++) {
      use(round % 2 === 0 ? other : one);
      gateway.writeConfig({
        primary: { url: round % 3 === 0 ? second.url : first.url, connectTimeoutMs: 60_000 + round },
        shadow: { enabled: round % 2 === 0, sample: round % 4 === 0 ? 0.5 : 1 },
        limits: { maxClients: 100 + round },
      });
      expect(await reload(gateway)).toMatchObject({ needsRestart: [] });
      expect(await secret.call('PING')).toBe('PONG');
      await moreReplies(counters, 1);
    }
    for (const counter of counters) await counter.stop();
    const [onFirst, onSecond] = [await countsOn(first, counters), await countsOn(second, counters)];
    // Every reply was one more than the one before on its server: none failed, and none was run twice.
    expect(counters.map(({ replies }) => replies.length)).toEqual(
      onFirst.map((count, at) => count + onSecond[at]!),
    );
    secret.close();
  });
});
