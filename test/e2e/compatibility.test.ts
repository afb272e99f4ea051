/** The compatibility report of a started gateway: what clients use, seen through a pooled gateway and the engine. */
import { describe, expect, it } from 'vitest';
import type { CompatibilityFinding, CompatibilityReport } from '../../src/compare/compatibility-report.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';

async function report(gateway: TestGateway, target: string): Promise<CompatibilityReport> {
  const answer = await fetch(`${gateway.adminUrl}/api/v1/compatibility?target=${target}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as CompatibilityReport;
}

function brief(findings: readonly CompatibilityFinding[], kind: string): string[] {
  return findings
    .filter((one) => one.kind === kind)
    .map(({ command, option, count }) => `${command}${option === null ? '' : ` ${option}`} ${count}`);
}

const SECRET = 'a-value-that-nobody-sees';

describe('a gateway before Valkey 9', () => {
  it('tells what Redis 8 and Valkey 8 lack, with counts, and no value or key', async () => {
    const server = await startServer('valkey-9.1');
    const gateway = await startGateway({ primary: server.url, workers: 2 });
    const clients = [await gateway.client(), await gateway.client(), await gateway.client()];
    for (const client of clients) {
      await client.call('SET', SECRET, SECRET);
      await client.call('SET', SECRET, 'next', 'IFEQ', SECRET);
      // Values that look like options.
      await client.call('SET', 'IFEQ', 'IFEQ', 'EX', '100');
      await client.call('HSET', 'h', 'NOVALUES', 'NX');
      await client.call('HSETEX', 'h', 'KEEPTTL', 'FIELDS', '2', 'NX', 'XX', 'f', 'NX');
      await client.call('HSCAN', 'h', '0', 'MATCH', 'NOVALUES');
      await client.call('ZSCAN', 'z', '0', 'noscores');
      await client.call('HEXPIRE', 'h', '100', 'FIELDS', '1', 'f');
      await client.call('BITCOUNT', 'nokey');
      await client.call('CONFIG', 'GET', 'primaryauth');
      await client.call('CONFIG', 'SET', 'maxmemory', '0', 'import-mode', 'no');
      await client.call('CLIENT', 'SETINFO', 'LIB-NAME', SECRET);
      await client.call('NOSUCHCOMMAND', SECRET);
    }
    await clients[0]!.call('HSETEX', 'other', 'NX', 'EX', '100', 'FIELDS', '1', 'f', 'v');
    await clients[1]!.call('MULTI');
    await clients[1]!.call('SET', 'k', 'v', 'ifeq', 'w');
    await clients[1]!.call('EXEC');
    const redis = await report(gateway, 'redis-8');
    expect(redis.from).toEqual({ product: 'valkey', version: server.version });
    expect(brief(redis.findings, 'lacking')).toEqual(['config|set import-mode 3']);
    expect(brief(redis.findings, 'other-form')).toEqual([
      'set IFEQ 4',
      'config|get primaryauth 3',
      'zscan NOSCORES 3',
      'hsetex NX 1',
    ]);
    const different = brief(redis.findings, 'different');
    expect(different).toContain('bitcount 3');
    expect(different).toContain('hexpire 3');
    expect(redis.unknownCount).toBe(3);
    const valkey = await report(gateway, 'valkey-8');
    expect(brief(valkey.findings, 'lacking')).toEqual(['hsetex 4', 'config|set import-mode 3', 'hexpire 3']);
    const old = await report(gateway, 'redis-7.0');
    expect(brief(old.findings, 'lacking')).toContain('client|setinfo 3');
    expect((await report(gateway, 'valkey-9')).findings).toEqual([]);
    expect(JSON.stringify([redis, valkey, old])).not.toContain(SECRET);
  });

  it('refuses targets it does not know', async () => {
    const gateway = await startGateway({ primary: 'engine:', workers: 1 });
    for (const query of ['', '?target=', '?target=redis-9', '?target=valkey-9&more=1']) {
      const answer = await fetch(`${gateway.adminUrl}/api/v1/compatibility${query}`);
      expect(answer.status, query).toBe(400);
    }
  });
});

describe('the engine', () => {
  it('is moved away from like a server', async () => {
    const gateway = await startGateway({ primary: 'engine:', workers: 1 });
    const client = await gateway.client();
    for (let times = 0; times < 3; times++) await client.call('DELIFEQ', 'k', 'v');
    await client.call('SET', 'k', 'v', 'IFEQ', 'w');
    const { from, findings } = await report(gateway, 'redis-8');
    expect(from?.product).toBe('valkey');
    expect(brief(findings, 'other-form')).toEqual(['delifeq 3', 'set IFEQ 1']);
    expect(findings.find(({ command }) => command === 'set')?.example).toBe('SET … IFEQ comparison-value');
  });
});
