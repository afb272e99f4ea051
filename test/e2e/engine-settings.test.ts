/** What CONFIG SET changes for the clients of a running engine: on all workers, and only while it is set. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, type RawClient } from '../support/raw-client.ts';
import { waitUntil } from '../support/wait.ts';

const megabyte = 1024 * 1024;

async function infoNumber(client: RawClient, field: string): Promise<number> {
  const text = String(await client.call('INFO'));
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)![1]);
}

describe('the limits of clients', () => {
  let gateway: TestGateway;
  let admin: RawClient;

  beforeAll(async () => {
    gateway = await startGateway({ workers: 2 });
    admin = await gateway.client();
  });

  afterAll(() => admin.close());

  it('client-output-buffer-limit ends who reads too slowly', async () => {
    const limits = await admin.call('CONFIG', 'GET', 'client-output-buffer-limit');
    const usual = 'normal 268435456 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60';
    expect(limits).toEqual(['client-output-buffer-limit', usual]);
    expect(await admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 1mb 0 0')).toBe('OK');
    expect(await admin.call('SET', 'large', Buffer.alloc(megabyte, 'large'))).toBe('OK');
    const slow = await gateway.client();
    expect(await slow.call('PING')).toBe('PONG');
    slow.socket.pause();
    slow.send(Buffer.concat(Array.from({ length: 64 }, () => encodeCommand(['GET', 'large']))));
    await waitUntil(
      async () => (await infoNumber(admin, 'client_output_buffer_limit_disconnections')) === 1,
      'the client is disconnected',
    );
    slow.socket.resume();
    await slow.waitForClose();
    expect(await admin.call('CONFIG', 'SET', 'client-output-buffer-limit', usual)).toBe('OK');
  });

  it('maxmemory-clients ends those that take the most, but whom CLIENT NO-EVICT spares', async () => {
    const [large, spared] = [await gateway.client(), await gateway.client()];
    expect(await spared.call('CLIENT', 'NO-EVICT', 'on')).toBe('OK');
    for (const client of [large, spared]) {
      client.send(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${8 * megabyte}\r\n`);
      client.send(Buffer.alloc(6 * megabyte, 'x'));
    }
    await waitUntil(
      async () => (await infoNumber(admin, 'mem_clients_normal')) > 12 * megabyte,
      'all of it has come',
    );
    expect(await admin.call('CONFIG', 'SET', 'maxmemory-clients', '8mb')).toBe('OK');
    await large.waitForClose();
    await waitUntil(async () => (await infoNumber(admin, 'evicted_clients')) === 1, 'it has been counted');
    spared.send(Buffer.concat([Buffer.alloc(2 * megabyte, 'x'), Buffer.from('\r\n')]));
    expect((await spared.readFrame()).bytes.toString()).toBe('+OK\r\n');
    expect(await admin.call('CONFIG', 'SET', 'maxmemory-clients', '0')).toBe('OK');
    spared.close();
  });

  it('timeout ends who is silent, but not who waits', async () => {
    const [silent, waiting] = [await gateway.client(), await gateway.client()];
    const popped = waiting.call('BLPOP', 'queue', 0);
    expect(await silent.call('PING')).toBe('PONG');
    expect(await admin.call('CONFIG', 'SET', 'timeout', '2')).toBe('OK');
    await silent.waitForClose();
    const later = await gateway.client();
    expect(await later.call('CONFIG', 'SET', 'timeout', '0')).toBe('OK');
    expect(await later.call('RPUSH', 'queue', 'one')).toBe(1);
    expect(await popped).toEqual(['queue', 'one']);
    waiting.close();
    later.close();
  });
});

describe('maxmemory', () => {
  it('a command that reads evicts what was too much, and who tracks hears of it ahead of the reply', async () => {
    const gateway = await startGateway({ workers: 1 });
    const client = await gateway.client();
    const limit = (await infoNumber(client, 'used_memory')) + 100 * 1024;
    await client.hello3();
    expect(await client.call('CLIENT', 'TRACKING', 'ON')).toBe('OK');
    const policy = ['maxmemory-policy', 'volatile-random'];
    expect(await client.call('CONFIG', 'SET', 'maxmemory', limit, ...policy)).toBe('OK');
    expect(await client.call('SETEX', 'volatile', 10_000, 'x')).toBe('OK');
    expect(await client.call('GET', 'volatile')).toBe('x');
    expect(await client.call('SETBIT', 'large', 1_600_000, 0)).toBe(0);
    const chunks: Buffer[] = [];
    client.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await client.call('GETBIT', 'large', 0)).toBe(0);
    const expected = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$8\r\nvolatile\r\n:0\r\n';
    expect(Buffer.concat(chunks).toString()).toBe(expected);
    client.close();
  });
});

describe('stop-writes-on-bgsave-error', () => {
  it('refuses writes and PING while snapshots fail that the save points asked for', async () => {
    const folder = join(temporaryFolder('engine-settings'), 'data');
    mkdirSync(folder);
    const snapshot = { path: join(folder, 'dump.rdb'), save: '3600 1' };
    const gateway = await startGateway({ workers: 2, config: { engine: { snapshot } } });
    const client = await gateway.client();
    expect(await client.call('SET', 'key', '1')).toBe('OK');
    rmdirSync(folder);
    await client.call('BGSAVE');
    await waitUntil(async () => String(await client.call('INFO')).includes('bgsave_status:err'), 'it fails');
    const refusal = expect.objectContaining({
      error: expect.stringMatching(/^MISCONF Valkey is configured to/),
    });
    for (const command of [
      ['SET', 'key', '2'],
      ['PING'],
      ['EVAL', "return redis.call('set', KEYS[1], 1)", 1, 'key'],
    ])
      expect(await client.call(...command)).toEqual(refusal);
    expect(await client.call('GET', 'key')).toBe('1');
    expect(await client.call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no')).toBe('OK');
    expect(await client.call('SET', 'key', '2')).toBe('OK');
    expect(await client.call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'yes')).toBe('OK');
    mkdirSync(folder);
    expect(await client.call('SAVE')).toBe('OK');
    expect(await client.call('SET', 'key', '3')).toBe('OK');
    client.close();
  });

  it('a snapshot is as slow as rdb-key-save-delay says', async () => {
    const snapshot = { path: join(temporaryFolder('engine-delay'), 'dump.rdb') };
    const gateway = await startGateway({ workers: 2, config: { engine: { snapshot } } });
    const client = await gateway.client();
    expect(await client.call('SET', 'key', '1')).toBe('OK');
    expect(await client.call('CONFIG', 'SET', 'rdb-key-save-delay', 1_000_000_000)).toBe('OK');
    await client.call('BGSAVE');
    const isSaving = async (): Promise<boolean> => (await infoNumber(client, 'rdb_bgsave_in_progress')) === 1;
    expect(await isSaving()).toBe(true);
    await waitUntil(
      async () => (await infoNumber(client, 'current_save_keys_processed')) === 1,
      'it is written',
    );
    expect(await isSaving()).toBe(true);
    expect(await client.call('CONFIG', 'SET', 'rdb-key-save-delay', 0)).toBe('OK');
    await waitUntil(async () => !(await isSaving()), 'it is complete');
    client.close();
  });
});
