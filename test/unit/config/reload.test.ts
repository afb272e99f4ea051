/** What a reload changes, and what may be shown of a configuration. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { redactConfig } from '../../../src/config/redact.ts';
import { diffReload } from '../../../src/config/reload.ts';
import type { Config, ListenTls } from '../../../src/config/schema.ts';

async function make(environment: NodeJS.ProcessEnv): Promise<Config> {
  const all = { LOCKSTEP_PRIMARY_URL: 'redis://:pw@p:1', ...environment };
  return (await loadConfig({ environment: all, overrides: {} })).config;
}

function withTls(config: Config, certificate: string, more: Partial<ListenTls> = {}): Config {
  const material = { certificate, key: 'k', clientCertificates: 'none' as const };
  const tls: ListenTls = {
    certificate: 'c.pem',
    key: 'k.pem',
    authority: null,
    clientCertificates: 'none',
    material,
    ...more,
  };
  return { ...config, listen: [{ ...config.listen[0]!, tls }] };
}

test('hot settings change, others keep their value', async () => {
  const old = await make({});
  const next = await make({
    LOCKSTEP_SHADOW_SAMPLE: '0.5',
    LOCKSTEP_SHADOW_QUEUE_MAXBYTES: '1mb',
    LOCKSTEP_SHADOW_BREAKER_FAILURES: '9',
    LOCKSTEP_COMPARE_RULES: 'get=ignore',
    LOCKSTEP_LOG_LEVEL: 'debug',
    LOCKSTEP_LIMITS_MAXCLIENTS: '7',
    LOCKSTEP_WORKERS: '9',
    LOCKSTEP_PRIMARY_URL: 'redis+cluster://other:1',
    LOCKSTEP_LISTEN: '127.0.0.1:1',
  });
  const { changed, needsRestart, merged } = diffReload(old, next);
  expect(changed).toEqual([
    'shadow.sample',
    'shadow.queue.maxBytes',
    'shadow.breaker.failures',
    'compare.rules',
    'log.level',
    'limits.maxClients',
  ]);
  expect(needsRestart).toEqual(['workers', 'primary.url', 'listen[0].address']);
  expect(merged.shadow.sample).toBe(0.5);
  expect(merged.compare.rules).toEqual({ get: 'ignore' });
  expect(merged.workers).toBe('auto');
  expect(merged.listen).toEqual(old.listen);
  expect(old.shadow.sample).toBe(1);
});

test('one server takes the place of another, and how it is reached may change', async () => {
  const old = await make({ LOCKSTEP_SHADOW_URL: 'unix:///run/s' });
  const next = await make({
    LOCKSTEP_PRIMARY_URL: 'redis://other:1',
    LOCKSTEP_PRIMARY_CONNECTTIMEOUTMS: '5',
    LOCKSTEP_PRIMARY_TLS_VERIFY: 'false',
    LOCKSTEP_PRIMARY_WAITWHENDOWNMS: '5',
    LOCKSTEP_SHADOW_URL: 'redis://:pw@s:1',
  });
  const { changed, needsRestart, merged } = diffReload(old, next);
  expect(changed).toEqual(['primary.url', 'primary.tls.verify', 'primary.connectTimeoutMs', 'shadow.url']);
  expect(needsRestart).toEqual(['primary.waitWhenDownMs']);
  expect(merged.primary.url).toBe('redis://other:1');
  expect(merged.primary.tls.material.verify).toBe(false);
});

test.each([
  ['a cluster', 'redis+cluster://c:1', 'pooled'],
  ['a Sentinel group', 'redis+sentinel://s:1/name', 'pooled'],
  ['the engine', 'engine:', 'pooled'],
  ['another server with pinned sessions', 'redis://other:1', 'pinned'],
])('%s in place of one server needs a restart', async (_what, url, sessions) => {
  const pinned = { LOCKSTEP_UPSTREAM_SESSIONS: sessions };
  const { needsRestart, merged } = diffReload(
    await make(pinned),
    await make({ ...pinned, LOCKSTEP_PRIMARY_URL: url }),
  );
  expect(needsRestart).toEqual(['primary.url']);
  expect(merged.primary.url).toBe('redis://:pw@p:1');
});

test('a shadow where there was none needs a restart', async () => {
  const next = await make({ LOCKSTEP_SHADOW_URL: 'redis://s:1' });
  expect(diffReload(await make({}), next).needsRestart).toEqual(['shadow.url']);
});

test('nothing changed', async () => {
  const config = await make({});
  expect(diffReload(config, await make({}))).toEqual({ changed: [], needsRestart: [], merged: config });
});

test('certificates change under an open listener', async () => {
  const config = await make({});
  const renewed = diffReload(withTls(config, 'old'), withTls(config, 'new'));
  expect(renewed.changed).toEqual(['listen[0].tls']);
  expect(renewed.merged.listen[0]?.tls?.material.certificate).toBe('new');
  expect(diffReload(config, withTls(config, 'new')).needsRestart).toEqual(['listen[0].tls']);
  expect(
    diffReload(withTls(config, 'a'), withTls(config, 'a', { clientCertificates: 'required' })).needsRestart,
  ).toEqual(['listen[0].tls']);
});

test('another number of listeners needs a restart', async () => {
  const next = await make({ LOCKSTEP_LISTEN: '127.0.0.1:1,127.0.0.1:2' });
  expect(diffReload(await make({}), next).needsRestart).toEqual(['listen']);
});

test('a token is not taken from an address others can reach', async () => {
  const old = await make({ LOCKSTEP_ADMIN_LISTEN: '0.0.0.0:1', LOCKSTEP_ADMIN_TOKEN: 'first' });
  const second = diffReload(
    old,
    await make({ LOCKSTEP_ADMIN_LISTEN: '0.0.0.0:1', LOCKSTEP_ADMIN_TOKEN: 'second' }),
  );
  expect(second.changed).toEqual(['admin.token']);
  const none = diffReload(old, await make({}));
  expect(none.changed).toEqual([]);
  expect(none.needsRestart).toEqual(['admin.listen', 'admin.token']);
  expect(none.merged.admin.token).toBe('first');
});

test('secrets are hidden', async () => {
  const config = withTls(
    await make({ LOCKSTEP_ADMIN_TOKEN: 'tok-secret', LOCKSTEP_SHADOW_URL: 'redis://u:sh-secret@s:1' }),
    'pem-secret',
  );
  const shown = redactConfig(config);
  expect(JSON.stringify(shown)).not.toMatch(/secret|material|pw/);
  expect(shown.primary.url).toBe('redis://:***@p:1');
  expect(shown.shadow.url).toBe('redis://u:***@s:1');
  expect(shown.admin.token).toBe('***');
  expect(redactConfig(await make({})).admin.token).toBeNull();
});
