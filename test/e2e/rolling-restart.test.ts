/**
 * A new process takes over from the old one while clients work: their connections move, no command fails, none runs
 * twice, and nobody connects again. Who cannot move yet is waited for; a new process that cannot serve changes nothing.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HAND_OVER_PROTOCOL, meetingPlace, type ToNew } from '../../src/gateway/hand-over.ts';
import { Channel } from '../../src/transport/channel.ts';
import { makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/child.ts';
import { temporaryFolder } from '../support/cleanup.ts';
import { type ConfigPart, startGateway, type TestGateway, testTransport } from '../support/gateway.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

interface Place {
  readonly primary: TestServer;
  readonly config: ConfigPart;
}

async function makePlace(more: ConfigPart = {}): Promise<Place> {
  const primary = await startServer('valkey-9.1');
  const config = {
    listen: [{ address: `127.0.0.1:${await freePort()}` }],
    admin: { listen: `127.0.0.1:${await freePort()}` },
    // Long enough that nothing below can pass by waiting for it.
    limits: { drainTimeoutMs: 120_000 },
    ...more,
  };
  return { primary, config };
}

function start({ primary, config }: Place, more: ConfigPart = {}): Promise<TestGateway> {
  return startGateway({ primary: primary.url, args: ['--take-over'], config: { ...config, ...more } });
}

async function over(old: TestGateway): Promise<void> {
  await waitUntil(() => !old.running, 'the old process to end');
  await old.stop();
}

/** Sends pipelines until it is told to stop: every reply must be the next number. */
class Traffic {
  readonly #client: RawClient;
  readonly #key: string;
  readonly #depth: number;
  count = 0;
  #isStopping = false;
  readonly done: Promise<void>;

  constructor(client: RawClient, key: string, depth: number) {
    this.#client = client;
    this.#key = key;
    this.#depth = depth;
    this.done = this.#run();
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    return this.done;
  }

  async #run(): Promise<void> {
    const batch = Buffer.concat(
      Array.from({ length: this.#depth }, () => encodeCommand(['INCR', this.#key])),
    );
    // The next pipeline is sent before the last one is read, and cut in the middle of a command.
    this.#client.send(batch);
    while (!this.#isStopping) {
      this.#client.send(batch.subarray(0, 7));
      for (let at = 0; at < this.#depth; at++) await this.#read();
      this.#client.send(batch.subarray(7));
    }
    for (let at = 0; at < this.#depth; at++) await this.#read();
  }

  async #read(): Promise<void> {
    const reply = await this.#client.read();
    this.count += 1;
    if (reply !== this.count) throw new Error(`${this.#key}: ${String(reply)} in place of ${this.count}`);
  }
}

async function further(traffic: readonly Traffic[]): Promise<void> {
  const before = traffic.map(({ count }) => count);
  await waitUntil(() => traffic.every(({ count }, at) => count > before[at]! + 50), 'all clients to go on');
}

const moves = testTransport() === 'native';

describe.runIf(moves)('lockstep start --take-over', () => {
  it('moves clients in the midst of their pipelines, three times', { timeout: 180_000 }, async () => {
    const unixPath = path.join(temporaryFolder('rolling'), 'lockstep.sock');
    const listen = [{ address: `127.0.0.1:${await freePort()}` }, { address: `unix:${unixPath}` }];
    const place = await makePlace({ listen });
    let gateway = await start(place);
    const local = await RawClient.connect({ unixPath });
    const clients = await Promise.all(Array.from({ length: 9 }, () => gateway.client()));
    const traffic = clients.map((client, at) => new Traffic(client, `key:${at}`, [1, 20, 200][at % 3]!));
    const [named, idle] = [await gateway.client(), await gateway.client()];
    await named.call('HELLO', '3', 'SETNAME', 'kept');
    await named.call('SELECT', '5');
    await named.call('SET', 'where', 'five');
    await named.call('CLIENT', 'SETINFO', 'LIB-NAME', 'library');
    const id = await named.call('CLIENT', 'ID');
    await idle.call('PING');
    for (let restart = 0; restart < 3; restart++) {
      await further(traffic);
      const old = gateway;
      gateway = await start(place);
      await over(old);
    }
    await further(traffic);
    for (const one of traffic) await one.stop();
    expect(await idle.call('PING')).toBe('PONG');
    expect(await local.call('PING')).toBe('PONG');
    expect(await (await RawClient.connect({ unixPath })).call('PING')).toBe('PONG');
    expect(await named.call('CLIENT', 'GETNAME')).toBe('kept');
    expect(await named.call('CLIENT', 'ID')).toBe(id);
    expect(await named.call('GET', 'where')).toBe('five');
    const list = await named.callTyped('CLIENT', 'LIST');
    expect(list).toMatchObject({ text: expect.stringMatching(/name=kept .*resp=3 .*lib-name=library/) });
    expect((await named.callTyped('HGETALL', 'none')).type).toBe('map');
    const direct = await place.primary.client();
    expect(await direct.call('MGET', ...traffic.map((_, at) => `key:${at}`))).toEqual(
      traffic.map(({ count }) => String(count)),
    );
    direct.close();
  });

  it('waits for transactions and blocked clients', { timeout: 180_000 }, async () => {
    const place = await makePlace();
    const old = await start(place);
    const [queuing, watching, blocked] = [await old.client(), await old.client(), await old.client()];
    await queuing.call('MULTI');
    await queuing.call('INCR', 'queued');
    await watching.call('WATCH', 'watched');
    blocked.send(encodeCommand(['BLPOP', 'list', '0']));
    const direct = await place.primary.client();
    const isBlocked = async (): Promise<boolean> =>
      String(await direct.call('INFO', 'clients')).includes('blocked_clients:1');
    await waitUntil(isBlocked, 'the client to block');
    const gateway = await start(place);
    const client = await gateway.client();
    expect(old.running).toBe(true);
    expect(await queuing.call('INCR', 'queued')).toBe('QUEUED');
    expect(await queuing.call('EXEC')).toEqual([1, 2]);
    expect(await watching.pipeline([['MULTI'], ['INCR', 'queued'], ['EXEC']])).toEqual(['OK', 'QUEUED', [3]]);
    expect(await client.call('RPUSH', 'list', 'pushed')).toBe(1);
    expect(await blocked.read()).toEqual(['list', 'pushed']);
    await over(old);
    for (const moved of [queuing, watching, blocked]) expect(await moved.call('GET', 'queued')).toBe('3');
    direct.close();
  });

  it('leaves the old process as it is when the new one cannot serve', { timeout: 180_000 }, async () => {
    const place = await makePlace();
    const old = await start(place);
    const client = await old.client();
    expect(await client.call('INCR', 'key')).toBe(1);
    const taken = await old.client();
    const isNowhere = { primary: { url: `redis://127.0.0.1:${await freePort()}`, connectTimeoutMs: 100 } };
    await expect(start(place, isNowhere)).rejects.toThrow(/the primary is down.*take_over_failed/);
    const listen = [...(place.config.listen as object[]), { address: new URL(place.primary.url).host }];
    await expect(start(place, { listen })).rejects.toThrow(/EADDRINUSE/);
    await expect(start(place, { primary: { url: 'engine:' } })).rejects.toThrow(/the embedded engine/);
    const users = [{ name: 'default', rules: 'on nopass ~* &* +@all' }];
    await expect(start(place, { acl: { users } })).rejects.toThrow(/users of the gateway itself/);
    expect(await client.call('INCR', 'key')).toBe(2);
    expect(await taken.call('PING')).toBe('PONG');
    expect(await (await old.client()).call('PING')).toBe('PONG');
    const gateway = await start(place);
    await over(old);
    expect(await client.call('INCR', 'key')).toBe(3);
    expect(await (await gateway.client()).call('INCR', 'key')).toBe(4);
  });

  it('SIGTERM to the old one ends what cannot move, and nothing else', { timeout: 180_000 }, async () => {
    const place = await makePlace();
    const old = await start(place);
    const [queuing, client] = [await old.client(), await old.client()];
    await queuing.call('MULTI');
    const traffic = new Traffic(client, 'key', 20);
    const gateway = await start(place);
    old.signal('SIGTERM');
    await queuing.waitForClose();
    await over(old);
    await further([traffic]);
    await traffic.stop();
    expect(await (await gateway.client()).call('GET', 'key')).toBe(String(traffic.count));
  });

  it('SIGTERM to the new one gives the port back', { timeout: 180_000 }, async () => {
    const place = await makePlace();
    const old = await start(place);
    const [queuing, client] = [await old.client(), await old.client()];
    await queuing.call('MULTI');
    expect(await client.call('PING')).toBe('PONG');
    const gateway = await start(place);
    const hasMoved = async (): Promise<boolean> => (await gateway.admin('/api/v1/status')).sessions === 1;
    await waitUntil(hasMoved, 'the client to move');
    await gateway.stop();
    await client.waitForClose();
    expect(await queuing.call('PING')).toBe('QUEUED');
    expect(await queuing.call('EXEC')).toEqual(['PONG']);
    await old.waitForLog('the process that was taking over has ended');
    expect(await (await old.client()).call('PING')).toBe('PONG');
    await waitUntil(async () => (await old.request('/readyz')).ok, 'the admin API to be back');
    const next = await start(place);
    await over(old);
    expect(await queuing.call('PING')).toBe('PONG');
    expect(await (await next.client()).call('PING')).toBe('PONG');
  });

  it('takes back what the new one has not said to be its own', { timeout: 180_000 }, async () => {
    const place = await makePlace();
    const old = await start(place);
    const clients = await Promise.all(Array.from({ length: 5 }, () => old.client()));
    for (const client of clients) expect(await client.call('CLIENT', 'SETNAME', 'mine')).toBe('OK');
    // This process stands for the new one, which dies in the midst of it.
    const channel = Channel.connect(meetingPlace(new URL(old.adminUrl).host))!;
    const given: number[] = [];
    let moved = 0;
    const message = (told: unknown, descriptors: readonly number[]): void => {
      given.push(...descriptors);
      if ((told as ToNew).type === 'clients') moved += descriptors.length;
    };
    channel.events = { message, ended: () => {} };
    channel.send({ type: 'hello', protocol: HAND_OVER_PROTOCOL, version: 'of a test' });
    channel.send({ type: 'give-listeners' });
    channel.send({ type: 'serving' });
    await waitUntil(() => moved === clients.length, 'all clients to come');
    for (const client of clients) client.send(encodeCommand(['CLIENT', 'GETNAME']));
    // Until then it might be one that hangs, and its clients cannot be taken from it.
    const told = await old.waitForLog('does not say that clients are its own');
    expect(told.clients).toBeGreaterThan(0);
    channel.close();
    for (const descriptor of given) fs.closeSync(descriptor);
    for (const client of clients) expect(await client.read()).toBe('mine');
    expect(await (await old.client()).call('PING')).toBe('PONG');
  });

  it('with a shadow keeps the order of what both processes mirror', { timeout: 180_000 }, async () => {
    const place = await makePlace();
    const shadow = await startServer('valkey-9.1');
    const mirrored = { shadow: { url: shadow.url } };
    const old = await start(place, mirrored);
    const clients = await Promise.all(Array.from({ length: 4 }, () => old.client()));
    const traffic = clients.map((client, at) => new Traffic(client, `key:${at}`, [1, 50][at % 2]!));
    await further(traffic);
    const gateway = await start(place, mirrored);
    await over(old);
    await further(traffic);
    for (const one of traffic) await one.stop();
    await gateway.shadowIdle();
    const direct = await shadow.client();
    expect(await direct.call('MGET', ...traffic.map((_, at) => `key:${at}`))).toEqual(
      traffic.map(({ count }) => String(count)),
    );
    direct.close();
  });
});

describe('lockstep start --take-over where connections cannot move', () => {
  it('lets clients with TLS go between two commands', { timeout: 180_000 }, async () => {
    const { server } = makeCertificates();
    const address = `127.0.0.1:${await freePort()}`;
    const place = await makePlace({ listen: [{ address, tls: server }] });
    const old = await start(place);
    const connect = (port: number): Promise<RawClient> =>
      RawClient.connect({ port, tls: { rejectUnauthorized: false } });
    const client = await connect(old.port);
    expect(await client.call('INCR', 'key')).toBe(1);
    const gateway = await start(place);
    await client.waitForClose();
    expect(client.unreadBytes.length).toBe(0);
    await over(old);
    expect(await (await connect(gateway.port)).call('INCR', 'key')).toBe(2);
  });
});
