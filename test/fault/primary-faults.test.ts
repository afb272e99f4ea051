/** A primary that dies, sleeps or is not there: errors at once, honest ones about what was under way, recovery. */
import { describe, expect, it } from 'vitest';
import { type ConfigPart, startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const quick: ConfigPart = { upstream: { reconnect: { minMs: 20, maxMs: 200 } } };
const unknownOutcome = /unknown|may have/i;

async function startPair(config: ConfigPart = quick): Promise<{ gateway: TestGateway; primary: TestServer }> {
  const primary = await startServer('valkey-9.1');
  return { primary, gateway: await startGateway({ primary: primary.url, config }) };
}

function errorOf(reply: unknown): string {
  if (typeof reply === 'object' && reply !== null && 'error' in reply) return String(reply.error);
  throw new Error(`not an error: ${JSON.stringify(reply)}`);
}

/** Text of the last reply's error, `nil`, or `CLOSED by the gateway`. Anything else throws. */
async function errorOrClose(client: RawClient, commands: readonly (readonly string[])[]): Promise<string> {
  try {
    const replies = commands.length === 0 ? [await client.read()] : await client.pipeline(commands);
    const last = replies[replies.length - 1];
    return last === null ? 'nil' : errorOf(last);
  } catch (error) {
    if (!client.closed) throw error;
    return 'CLOSED by the gateway';
  }
}

/** Waits until the gateway says that its primary is gone. */
async function noticed(gateway: TestGateway): Promise<void> {
  const down = async (): Promise<boolean> => {
    const page = await gateway.metrics();
    return page.find('upstream_up', { target: 'primary' }).every((sample) => sample.value === 0);
  };
  await waitUntil(down, 'the gateway to notice');
}

async function worksAgain(client: RawClient): Promise<void> {
  await waitUntil(async () => (await client.call('SET', 'again', '1')) === 'OK', 'commands to work again');
}

describe('a primary that is down', () => {
  it.each(['pooled', 'pinned'])(
    'answers commands that may block, one behind the other: %s',
    async (sessions) => {
      const { gateway, primary } = await startPair({ upstream: { ...(quick.upstream as object), sessions } });
      const client = await gateway.client();
      expect(await client.call('SET', 'k', '1')).toBe('OK');
      await primary.stop('SIGKILL');
      await noticed(gateway);
      const late = sessions === 'pooled' ? client : await gateway.client();
      for (let round = 0; round < 3; round++) {
        const replies = await late.pipeline([
          ['BLPOP', 'a', '0'],
          ['BLPOP', 'b', '0'],
          ['HELLO', '3'],
          ['SELECT', '1'],
          ['BRPOP', 'c', '0'],
          ['PING'],
        ]);
        for (const reply of replies) expect(errorOf(reply)).toMatch(/^ERR lockstep: /);
      }
      await primary.restart();
      await worksAgain(late);
      for (const one of [client, late]) one.close();
    },
  );

  it('gives each command an error at once, and the client its connection', async () => {
    const { gateway, primary } = await startPair();
    const client = await gateway.client();
    expect(await client.call('SET', 'k', '1')).toBe('OK');
    await primary.stop('SIGKILL');
    await noticed(gateway);
    // Far less than any timeout of the gateway: nothing waits.
    client.timeoutMs = 5000;
    const replies = await client.pipeline([
      ['GET', 'k'],
      ['SET', 'k', '2'],
      ['MGET', 'a', 'b'],
      ['DBSIZE'],
      ['EVAL', 'return 1', '0'],
    ]);
    for (const reply of replies) expect(errorOf(reply)).toMatch(/^[A-Z]+ .{10,}/);
    expect(errorOf(await client.call('BLPOP', 'list', '0'))).toMatch(/^[A-Z]+ /);
    expect(errorOf(await client.call('SUBSCRIBE', 'channel'))).toMatch(/^[A-Z]+ /);
    console.log(replies[0], replies[1]);
    await primary.restart();
    await worksAgain(client);
    client.close();
  });

  it('does not stop the gateway from starting', async () => {
    const primary = await startServer('valkey-9.1');
    await primary.stop();
    const gateway = await startGateway({ primary: primary.url, config: quick });
    const client = await gateway.client();
    client.timeoutMs = 8000;
    expect(errorOf(await client.call('GET', 'k'))).toMatch(/^[A-Z]+ /);
    expect((await gateway.request('/healthz')).status).toBe(200);
    expect((await gateway.request('/readyz')).status).toBe(503);
    await primary.restart();
    await worksAgain(client);
    await waitUntil(async () => (await gateway.request('/readyz')).status === 200, 'readiness');
    client.close();
  });

  it('is waited for where the configuration says so', async () => {
    const { gateway, primary } = await startPair({ ...quick, primary: { waitWhenDownMs: 15_000 } });
    const client = await gateway.client();
    await client.call('SET', 'k', '1');
    await primary.stop('SIGKILL');
    await noticed(gateway);
    const waiting = client.call('SET', 'k', '2');
    await primary.restart();
    expect(await waiting).toBe('OK');
    expect(await client.call('GET', 'k')).toBe('2');
    client.close();
  });

  it('is waited for no longer than that', async () => {
    const { gateway, primary } = await startPair({ ...quick, primary: { waitWhenDownMs: 300 } });
    const client = await gateway.client();
    await client.call('SET', 'k', '1');
    await primary.stop('SIGKILL');
    await noticed(gateway);
    expect(errorOf(await client.call('SET', 'k', '2'))).toMatch(/^[A-Z]+ /);
    client.close();
  });
});

describe('commands under way when the connection is lost', () => {
  it('get an error that says the outcome is unknown, and are not run twice', async () => {
    const { gateway, primary } = await startPair();
    const client = await gateway.client();
    await client.call('SET', 'n', '0');
    primary.pause();
    for (let index = 0; index < 5; index++) client.sendCommand('INCR', 'n');
    client.sendCommand('MSET', 'a', '1', 'b', '2');
    // The primary sleeps, so nothing can tell that the gateway has passed them on; that it has read them must do.
    await waitUntil(
      async () => (await gateway.metrics()).sum('client_bytes_total', { direction: 'in' }) > 150,
      'the commands to arrive',
    );
    // Not through the helper, which would let the server run once more.
    process.kill(primary.pid, 'SIGKILL');
    for (let index = 0; index < 6; index++) expect(errorOf(await client.read())).toMatch(unknownOutcome);
    await primary.restart();
    await worksAgain(client);
    expect(await client.call('GET', 'n')).toBeNull();
    client.close();
  });

  it('include transactions and blocking commands', async () => {
    const { gateway, primary } = await startPair();
    const [blocked, watching, queueing] = [
      await gateway.client(),
      await gateway.client(),
      await gateway.client(),
    ];
    await watching.pipeline([
      ['SET', 'k', '1'],
      ['WATCH', 'k'],
    ]);
    await queueing.pipeline([['MULTI'], ['SET', 'k', '2']]);
    blocked.sendCommand('BLPOP', 'list', '0');
    const admin = await primary.client();
    await waitUntil(
      async () => String(await admin.call('INFO', 'clients')).includes('blocked_clients:1\r'),
      'a blocked client',
    );
    admin.close();
    await primary.restart('SIGKILL');
    // What was tied to the lost connection may be answered by an error or by a close, but not as if nothing had been.
    expect(await errorOrClose(blocked, [])).toMatch(/^[A-Z]+ /);
    expect(await errorOrClose(watching, [['MULTI'], ['SET', 'k', '3'], ['EXEC']])).toMatch(/^([A-Z]+ |nil)/);
    expect(await errorOrClose(queueing, [['SET', 'k', '4'], ['EXEC']])).toMatch(/^[A-Z]+ /);
    const reader = await gateway.client();
    await worksAgain(reader);
    expect(await reader.call('GET', 'k')).toBeNull();
    for (const client of [blocked, watching, queueing, reader]) client.close();
  });

  it('do not silently lose a subscription', async () => {
    const { gateway, primary } = await startPair();
    const [old, modern] = [await gateway.client(), await gateway.client()];
    await old.call('SUBSCRIBE', 'channel');
    await modern.hello3();
    modern.sendCommand('SUBSCRIBE', 'channel');
    await modern.readPush();
    await primary.restart('SIGKILL');
    // Either the subscriber is told by a close, or it is subscribed again; messages must not just stop.
    const publisher = await gateway.client();
    await worksAgain(publisher);
    const told = async (client: RawClient, heard: () => boolean): Promise<boolean> => {
      await publisher.call('PUBLISH', 'channel', 'm');
      return client.closed || heard();
    };
    await waitUntil(() => told(old, () => old.unread > 0), 'the RESP2 subscriber to be told');
    await waitUntil(() => told(modern, () => modern.pushes.length > 0), 'the RESP3 subscriber to be told');
    for (const client of [old, modern, publisher]) client.close();
  });
});
