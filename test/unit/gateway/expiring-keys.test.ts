import { beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { politely, type Script, ScriptedServer } from '../upstream/scripted-server.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let shadow: TestServer;
let onShadow: RawClient;

beforeAll(async () => {
  shadow = await startServer('valkey-9.1');
  onShadow = await shadow.client();
});

interface Scene {
  readonly gateway: InProcess;
  readonly primary: ScriptedServer;
  readonly client: RawClient;
}

/** A gateway that has seen a key expire in 1000 s, before a shadow so slow that this is near. */
async function nearExpiry(key: string, more: Script): Promise<Scene> {
  const script: Script = (words, connection) =>
    words[0] === 'SET' ? '+OK\n' : (more(words, connection) ?? politely(words, connection));
  const primary = await ScriptedServer.start(script);
  const gateway = await startInProcess({ primary: primary.url, shadow: shadow.url });
  const client = await gateway.client();
  await client.call('SET', key, '1', 'EX', '1000');
  await gateway.idle();
  gateway.upstreams.executor.stream!.intake.lagMs = Infinity;
  return { gateway, primary, client };
}

describe('a key with a short life', () => {
  async function start(): Promise<{ gateway: InProcess; client: RawClient; onPrimary: RawClient }> {
    const primary = await startServer('redis-7.0');
    const gateway = await startInProcess({ primary: primary.url, shadow: shadow.url });
    const onPrimary = await primary.client();
    await onPrimary.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    return { gateway, client: await gateway.client(), onPrimary };
  }
  async function leaseOver({ upstreams }: InProcess, key: string): Promise<void> {
    const name = Buffer.from(key);
    const { leases } = upstreams.executor;
    await waitUntil(() => !leases.has(0, name, 0, name.length), 'the end of the lease');
  }

  it('goes on the shadow, and the primary is not asked for it', async () => {
    const { gateway, client, onPrimary } = await start();
    // So slow a shadow that a second is near.
    gateway.upstreams.executor.stream!.intake.lagMs = Infinity;
    await client.call('SET', 'brief', '1', 'PX', '1000');
    await leaseOver(gateway, 'brief');
    await waitUntil(async () => (await onShadow.call('EXISTS', 'brief')) === 0, 'the shadow to be told');
    // Whoever looks for the key would have deleted it.
    expect(await onPrimary.call('DEBUG', 'OBJECT', 'brief')).toMatch(/^Value at/);
    await client.call('PSETEX', 'brief', '1000', '2');
    // Of the same slot.
    await client.call('PSETEX', '{brief}', '1000', '3');
    await client.call('SET', 'other', '1');
    await leaseOver(gateway, 'brief');
    await leaseOver(gateway, '{brief}');
    expect(await onPrimary.call('DEBUG', 'OBJECT', '{brief}')).toMatch(/^Value at/);
    expect(await onPrimary.call('DEBUG', 'OBJECT', 'brief')).toMatch(/^Value at/);
  });

  it('stays on the shadow where it stays on the primary', async () => {
    const { gateway, client, onPrimary } = await start();
    const inside = [['MULTI'], ['SET', 'inside', '1', 'PX', '1000'], ['PERSIST', 'inside'], ['EXEC']];
    const behind = [
      ['SET', 'behind', '1', 'PX', '1000'],
      ['PERSIST', 'behind'],
    ];
    gateway.upstreams.executor.stream!.intake.lagMs = Infinity;
    await client.pipeline(inside);
    await client.pipeline(behind);
    for (const key of ['inside', 'behind']) {
      await leaseOver(gateway, key);
      expect(await onPrimary.call('PTTL', key)).toBe(-1);
      await waitUntil(async () => (await onShadow.call('PTTL', key)) === -1, 'the shadow to be told');
    }
    expect(gateway.reports).toEqual([]);
  });
});

it('a script that does not name a key in its last moments is not said to differ', async () => {
  const primary = await startServer('redis-7.0');
  const gateway = await startInProcess({ primary: primary.url, shadow: shadow.url });
  const [client, onPrimary] = [await gateway.client(), await primary.client()];
  const script = ['EVAL', "return redis.call('EXISTS', 'hidden')", '0'];
  gateway.upstreams.executor.stream!.intake.lagMs = Infinity;
  await client.call('SET', 'hidden', '1', 'PX', '1000');
  // As if it had expired there just now.
  await onPrimary.call('DEL', 'hidden');
  expect(await client.call(...script)).toBe(0);
  await gateway.idle();
  expect(gateway.verdicts('eval')).toEqual({ unconfirmed: 1 });
  expect(gateway.reports).toEqual([]);
});

describe('a write that was not near the expiry of its key', () => {
  it('is handled with care when that is near once it has its slots', async () => {
    const { gateway, primary, client } = await nearExpiry('late', ([name]) =>
      name === 'PTTL' ? ':900000\n' : undefined,
    );
    const { gate, stream } = gateway.upstreams.executor;
    stream!.intake.lagMs = 0;
    const other = await gateway.client();
    await other.call('HELLO', '3');
    client.sendCommand('APPEND', '{late}', 'x');
    const append = await primary.next('APPEND');
    other.sendCommand('INCR', 'late');
    await waitUntil(() => gate.waiting === 1, 'the other connection to wait');
    stream!.intake.lagMs = Infinity;
    const asked = primary.heard.length;
    append.answer(':1\n');
    (await primary.next('INCR')).answer(':2\n');
    expect(await other.read()).toBe(2);
    await gateway.idle();
    expect(primary.heard.slice(asked).map(([name]) => name)).toEqual(['PTTL', 'INCR', 'PTTL']);
    expect(gateway.verdicts('incr')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(0);
  });

  it('makes its slot dirty when the shadow came to it too late', async () => {
    const [primary, slow] = await Promise.all([startServer('valkey-9.1'), startServer('valkey-9.1')]);
    const gateway = await startInProcess({ primary: primary.url, shadow: slow.url });
    const [client, onPrimary] = [await gateway.client(), await primary.client()];
    await client.call('SET', 'stalled', '1', 'PX', '3000');
    await gateway.idle();
    slow.pause();
    expect(await client.call('INCR', 'stalled')).toBe(2);
    await waitUntil(async () => (await onPrimary.call('EXISTS', 'stalled')) === 0, 'the key to expire');
    slow.resume();
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.dirty.count).toBe(1);
  });
});

describe('a time to live', () => {
  it('that began at a moment not known well is asked for', async () => {
    const primary = await ScriptedServer.start();
    const gateway = await startInProcess({ primary: primary.url, shadow: shadow.url });
    const client = await gateway.client();
    client.sendCommand('SET', 'vague', '1', 'PX', '60000');
    const set = await primary.next('SET');
    const sentAtMs = Date.now();
    await waitUntil(() => Date.now() - sentAtMs > 200, 'the primary to be slow');
    set.answer('+OK\n');
    expect(await client.read()).toBe('OK');
    (await primary.next('PTTL', 'vague')).answer(':600000\n');
    await waitUntil(
      async () => Number(await onShadow.call('PTTL', 'vague')) > 300_000,
      'the shadow to be told',
    );
    expect(gateway.reports).toEqual([]);
  });

  it('goes with the key to another name and another database', async () => {
    const primary = await startServer('redis-7.0');
    const gateway = await startInProcess({ primary: primary.url, shadow: shadow.url });
    const client = await gateway.client();
    await client.call('SET', 'traveller', '1', 'EX', '1000');
    await client.call('RENAME', 'traveller', 'renamed');
    await client.call('COPY', 'renamed', 'copied', 'DB', '2');
    await client.call('MOVE', 'renamed', '1');
    await client.call('SWAPDB', '1', '3');
    await gateway.idle();
    const { deadlines } = gateway.upstreams.executor.stream!.intake;
    const known = (database: number, key: string): boolean =>
      Number.isFinite(deadlines.get(database, Buffer.from(key), 0, key.length));
    expect(known(3, 'renamed')).toBe(true);
    expect(known(1, 'renamed')).toBe(false);
    expect(known(2, 'copied')).toBe(true);
    expect(known(0, 'other')).toBe(false);
  });
});

describe('a write near the expiry of its key', () => {
  it('leaves the expiry on the shadow alone when the primary does not tell it', async () => {
    const script: Script = ([name]) => (name === 'PTTL' ? '-NOPERM no\n' : undefined);
    const { gateway, primary, client } = await nearExpiry('unknown', script);
    client.sendCommand('INCR', 'unknown');
    (await primary.next('INCR')).answer(':2\n');
    expect(await client.read()).toBe(2);
    await gateway.idle();
    expect(gateway.verdicts('incr')).toEqual({ match: 1 });
    expect(await onShadow.call('TTL', 'unknown')).toBeGreaterThan(900);
  });

  it('takes back a respite when the primary does not tell the expiry afterwards', async () => {
    let asked = 0;
    const script: Script = ([name]) => {
      if (name !== 'PTTL') return undefined;
      asked += 1;
      return asked === 1 ? ':5000000000\n' : '-LOADING\n';
    };
    const { gateway, primary, client } = await nearExpiry('respite', script);
    gateway.upstreams.executor.stream!.intake.lagMs = Infinity;
    client.sendCommand('INCR', 'respite');
    (await primary.next('INCR')).answer(':2\n');
    expect(await client.read()).toBe(2);
    await gateway.idle();
    // As long as the primary said the first time, not the minute of respite.
    expect(await onShadow.call('PTTL', 'respite')).toBeGreaterThan(4_000_000_000);
  });

  it('does not wait for a slow shadow: where it was told too late, the slot is dirty', async () => {
    const script: Script = ([name]) => (name === 'PTTL' ? ':900000\n' : undefined);
    const { gateway, primary, client } = await nearExpiry('slow', script);
    // As if it had expired there before the shadow could be told.
    await onShadow.call('DEL', 'slow');
    client.sendCommand('INCR', 'slow');
    (await primary.next('INCR')).answer(':2\n');
    expect(await client.read()).toBe(2);
    await gateway.idle();
    expect(gateway.dirty.count).toBe(1);
    expect(gateway.reports).toEqual([]);
  });
});
