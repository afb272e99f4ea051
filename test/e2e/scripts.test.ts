/** Lua scripts with a shadow that has not got them, or has them no longer. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { expectVerdicts, readDivergences, tellAll } from '../support/load/verdicts.ts';
import type { RawClient } from '../support/raw-client.ts';
import { type ServerName, serverNames, startServer, type TestServer } from '../support/servers.ts';

const increment = "return redis.call('INCR', KEYS[1])";
const append = "return redis.call('APPEND', KEYS[1], ARGV[1])";
const read = "return redis.call('GET', KEYS[1])";

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

interface Stage {
  readonly primary: TestServer;
  readonly shadow: TestServer;
  readonly gateway: TestGateway;
  readonly client: RawClient;
  readonly onPrimary: RawClient;
  readonly onShadow: RawClient;
}

const stages: Stage[] = [];

async function setStage(name: ServerName, before?: (primary: RawClient) => Promise<unknown>): Promise<Stage> {
  const [primary, shadow] = [await startServer(name), await startServer(name)];
  const [onPrimary, onShadow] = [await primary.client(), await shadow.client()];
  await before?.(onPrimary);
  const gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    workers: 3,
    config: tellAll,
  });
  const stage = { primary, shadow, gateway, client: await gateway.client(), onPrimary, onShadow };
  stages.push(stage);
  return stage;
}

afterEach(async () => {
  for (const { gateway, primary, shadow, client, onPrimary, onShadow } of stages.splice(0)) {
    for (const one of [client, onPrimary, onShadow]) one.close();
    await Promise.all([gateway.stop(), primary.stop(), shadow.stop()]);
  }
});

/** Nothing differs, nothing was left out, and the key is the same on both sides. */
async function expectEqual(stage: Stage, ...keys: readonly string[]): Promise<void> {
  await stage.gateway.shadowIdle();
  await expectVerdicts(stage.gateway, { divergent: 0, dropped: 0, dirtySlots: 0 });
  for (const key of keys)
    expect(await stage.onShadow.call('GET', key)).toEqual(await stage.onPrimary.call('GET', key));
}

/** The oldest and the newest will do for what does not depend on the release. */
const oldestAndNewest = serverNames.filter((name) => name === 'redis-7.0' || name === 'valkey-9.1');

describe.each(serverNames)('%s', (name) => {
  it('gets the text again when the shadow has lost the script', async () => {
    const stage = await setStage(name);
    const { client, onShadow } = stage;
    expect(await client.call('EVAL', increment, 1, 'a')).toBe(1);
    expect(await client.call('SCRIPT', 'LOAD', append)).toBe(sha1(append));
    await stage.gateway.shadowIdle();
    for (let round = 0; round < 3; round++) {
      const commands = Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0
          ? ['EVALSHA', sha1(increment).toUpperCase(), 1, ['a', 'b', 'c'][index % 3]!]
          : ['EVALSHA', sha1(append), 1, '{x}', `${round}:${index},`],
      );
      await client.pipeline(commands);
      await expectEqual(stage, 'a', 'b', 'c', '{x}');
      await onShadow.call('SCRIPT', 'FLUSH');
    }
    expect(Number(await stage.onPrimary.call('GET', 'a'))).toBeGreaterThan(20);
  });
});

describe.each(oldestAndNewest)('%s', (name) => {
  it('gives up the slots in which another write has overtaken a script', async () => {
    const stage = await setStage(name);
    const { client, onShadow, gateway } = stage;
    await client.call('EVAL', append, 1, '{x}', 'first,');
    await gateway.shadowIdle();
    await onShadow.call('SCRIPT', 'FLUSH');
    const mixed = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? ['EVALSHA', sha1(append), 1, '{x}', `${index},`] : ['APPEND', '{x}', `${index},`],
    );
    await client.pipeline([...mixed, ['GET', '{x}']]);
    await gateway.shadowIdle();
    const same = (await stage.onPrimary.call('GET', '{x}')) === (await onShadow.call('GET', '{x}'));
    const verdicts = await expectVerdicts(gateway, { divergent: 0, dropped: 0 });
    expect(same || verdicts.dirtySlots === 1).toBe(true);
  });

  it('compares replies by what the text says', async () => {
    const stage = await setStage(name, (primary) => primary.call('SCRIPT', 'LOAD', `${read} -- unknown`));
    const { client, onShadow, gateway } = stage;
    const random = "redis.call('TIME') return redis.call('GET', KEYS[1])";
    await onShadow.call('SCRIPT', 'LOAD', `${read} -- unknown`);
    for (const text of [read, random]) await client.call('SCRIPT', 'LOAD', text);
    const keys = ['exact', 'random', 'unknown'];
    for (const key of keys) await client.call('SET', key, 1);
    await gateway.shadowIdle();
    for (const key of keys) await onShadow.call('SET', key, 2);
    await client.call('EVALSHA', sha1(read), 1, 'exact');
    await client.call('EVALSHA', sha1(random), 1, 'random');
    await client.call('EVALSHA', sha1(`${read} -- unknown`), 1, 'unknown');
    await gateway.shadowIdle();
    const { items } = await readDivergences(gateway);
    expect(items.map(({ command, kind, key }) => [command, kind, key])).toEqual([
      ['evalsha', 'value', 'exact'],
    ]);
  });

  it('does not run on the shadow what the primary did not know', async () => {
    const stage = await setStage(name);
    const { client, onPrimary } = stage;
    await client.call('EVAL', increment, 1, 'a');
    await onPrimary.call('SCRIPT', 'FLUSH');
    const unknown = await client.call('EVALSHA', sha1(increment), 1, 'a');
    expect(unknown).toEqual({ error: expect.stringMatching(/^NOSCRIPT /) });
    expect(await client.call('EVAL', increment, 1, 'a')).toBe(2);
    expect(await client.call('SCRIPT', 'FLUSH')).toBe('OK');
    await client.call('EVALSHA', sha1(increment), 1, 'a');
    expect(await client.call('EVAL', increment, 1, 'a')).toBe(3);
    await expectEqual(stage, 'a');
  });

  it('counts a script whose text nobody sent through the gateway, and marks its slot', async () => {
    const stage = await setStage(name, (primary) =>
      primary.pipeline([
        ['SCRIPT', 'LOAD', increment],
        ['SCRIPT', 'LOAD', read],
      ]),
    );
    const { client, gateway } = stage;
    expect(await client.call('EVALSHA', sha1(increment), 1, 'a')).toBe(1);
    expect(await client.call('EVALSHA_RO', sha1(read), 1, 'b')).toBe(null);
    await gateway.shadowIdle();
    const page = await gateway.metrics();
    expect(page.sum('shadow_dropped_total', { reason: 'not_mirrorable' })).toBe(2);
    expect(page.sum('shadow_dirty_slots')).toBe(1);
    await expectVerdicts(gateway, { dropped: 2, divergent: 0, dirtySlots: 1 });
    expect(await client.call('EVAL', increment, 1, 'c')).toBe(1);
    expect(await client.call('EVALSHA', sha1(increment), 1, 'c')).toBe(2);
    await gateway.shadowIdle();
    expect(await stage.onShadow.call('GET', 'c')).toBe('2');
    await expectVerdicts(gateway, { dropped: 2, divergent: 0, dirtySlots: 1 });
  });

  it('gets texts that were sent while it was not listening', async () => {
    const stage = await setStage(name);
    const { client, gateway, shadow } = stage;
    await gateway.admin('/api/v1/shadow', 'PATCH', { enabled: false });
    await client.call('SCRIPT', 'LOAD', increment);
    await gateway.admin('/api/v1/shadow', 'PATCH', { enabled: true });
    await client.call('EVALSHA', sha1(increment), 1, 'a');
    await gateway.shadowIdle();
    expect(await stage.onShadow.call('GET', 'a')).toBe('1');
    await expectVerdicts(gateway, { dropped: 1, dirtySlots: 0, divergent: 0 });
    stage.onShadow.close();
    await shadow.restart();
    await gateway.waitForLog('the shadow answers again');
    await client.call('EVALSHA', sha1(increment), 1, 'b');
    await gateway.shadowIdle();
    const onShadow = await shadow.client();
    expect(await onShadow.call('GET', 'b')).toBe('1');
    onShadow.close();
  });

  it('takes part in transactions', async () => {
    const stage = await setStage(name);
    const { client, onShadow } = stage;
    await client.pipeline([
      ['SCRIPT', 'LOAD', increment],
      ['SCRIPT', 'LOAD', append],
    ]);
    await stage.gateway.shadowIdle();
    await onShadow.call('SCRIPT', 'FLUSH');
    const replies = await client.pipeline([
      ['MULTI'],
      ['SET', 'a', 5],
      ['EVALSHA', sha1(increment), 1, 'a'],
      ['EVALSHA', sha1('return 1'), 0],
      ['EVALSHA', sha1(append), 1, 'b', 'x'],
      ['EXEC'],
    ]);
    expect(replies.at(-1)).toEqual(['OK', 6, expect.anything(), 1]);
    await expectEqual(stage, 'a', 'b');
  });
});
