/** What runs on pinned connections with a shadow: nothing is lost, nothing is told twice, nothing hangs. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../support/raw-client.ts';
import { serverNames, startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { type Asked, politely, ScriptedServer } from '../upstream/scripted-server.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let primary: TestServer;
let shadow: TestServer;

async function startPair(
  more: { unknown?: string[]; environment?: Record<string, string> } = {},
): Promise<InProcess> {
  return startInProcess({ primary: primary.url, shadow: shadow.url, ...more });
}

beforeAll(async () => {
  [primary, shadow] = await Promise.all([startServer('valkey-9.1'), startServer('valkey-9.1')]);
});

describe('a transaction', () => {
  it('with a reply that is too long to keep loses that command only', async () => {
    const gateway = await startPair({ environment: { LOCKSTEP_COMPARE_MAXREPLYBYTES: '1024' } });
    const client = await gateway.client();
    const members = Array.from({ length: 200 }, (_, index) => `member-${index}`);
    await client.call('SADD', 'long:set', ...members);
    await client.call('MULTI');
    await client.call('SPOP', 'long:set', '200');
    await client.call('SET', 'long:other', 'x');
    expect(await client.call('EXEC')).toHaveLength(2);
    await gateway.idle();
    expect(gateway.dropped()).toEqual({ not_mirrorable: 1 });
    expect(gateway.verdicts('set')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(1);
    const onShadow = await shadow.client();
    expect(await onShadow.call('GET', 'long:other')).toBe('x');
  });

  it('with a command that the gateway does not know mirrors the others', async () => {
    const gateway = await startPair({ unknown: ['setrange'] });
    const client = await gateway.client();
    await client.call('MULTI');
    await client.call('SET', 'unknown:1', 'a');
    await client.call('SETRANGE', 'unknown:2', '0', 'b');
    await client.call('INCR', 'unknown:3');
    expect(await client.call('EXEC')).toEqual(['OK', 1, 1]);
    await gateway.idle();
    expect(gateway.verdicts('set')).toEqual({ match: 1 });
    expect(gateway.verdicts('incr')).toEqual({ match: 1 });
    const onShadow = await shadow.client();
    expect(await onShadow.call('MGET', 'unknown:1', 'unknown:3')).toEqual(['a', '1']);
  });

  it('that changes the database is followed there', async () => {
    const gateway = await startPair();
    const client = await gateway.client();
    await client.call('WATCH', 'select:watched');
    expect(await client.pipeline([['MULTI'], ['SELECT', '3'], ['EXEC']])).toEqual(['OK', 'QUEUED', ['OK']]);
    await client.call('WATCH', 'select:watched');
    expect(await client.call('SET', 'select:key', 'in 3')).toBe('OK');
    await client.call('UNWATCH');
    expect(await client.call('GET', 'select:key')).toBe('in 3');
    await gateway.idle();
    const onShadow = await shadow.client();
    expect(await onShadow.call('GET', 'select:key')).toBe(null);
    await onShadow.call('SELECT', '3');
    expect(await onShadow.call('GET', 'select:key')).toBe('in 3');
  });
});

describe('a blocking command', () => {
  it('is answered when its connection cannot be made', async () => {
    const lost = await startServer('valkey-9.1');
    const gateway = await startInProcess({ primary: lost.url, shadow: shadow.url });
    await lost.stop('SIGKILL');
    await waitUntil(() => !gateway.upstreams.executor.up, 'the gateway to notice');
    const client = await gateway.client();
    expect(await client.call('BLPOP', 'down:list', '0')).toMatchObject({
      error: expect.stringMatching(/unreachable/),
    });
    expect(await client.call('PING')).toMatchObject({ error: expect.stringMatching(/unreachable/) });
    await gateway.idle();
    expect(gateway.upstreams.executor.blocked.count).toBe(0);
  });

  it('takes nothing once its client has left, however early that was', async () => {
    const gateway = await startPair();
    const writer = await gateway.client();
    await writer.call('RPUSH', 'left:warm', ...Array.from({ length: 12 }, () => 'x'));
    for (let round = 0; round < 12; round++) {
      const leaver = await gateway.client();
      // From here on an idle connection is at hand, and the next command is sent at once.
      await leaver.call('BLPOP', 'left:warm', '0');
      const key = `left:${round}`;
      leaver.sendCommand('BLPOP', key, '0');
      // Some leave with the command still on its way, some when they are known to be parked.
      if (round % 2 === 1)
        await waitUntil(() => gateway.upstreams.executor.blocked.count > 0, 'a blocked client');
      leaver.close();
      await waitUntil(() => gateway.host.sessions.size === 1, 'the client to be gone');
      await gateway.idle();
      await writer.call('RPUSH', key, 'kept');
      expect(await writer.call('LLEN', key)).toBe(1);
    }
    expect(gateway.upstreams.executor.blocked.count).toBe(0);
  });

  it('is let go once it is parked, when its client has left before', async () => {
    const scripted = await ScriptedServer.start();
    const gateway = await startInProcess({ primary: scripted.url, shadow: shadow.url });
    const client = await gateway.client();
    client.sendCommand('BLPOP', 'early:list', '0');
    const pop = await scripted.next('BLPOP');
    const question = await scripted.next('CLIENT', 'LIST');
    client.close();
    await waitUntil(() => gateway.host.sessions.size === 0, 'the client to be gone');
    question.answer(parked(pop.connection));
    const unblock = await scripted.next('CLIENT', 'UNBLOCK');
    expect(unblock.words[2]).toBe(String(pop.connection + 1));
    pop.answer('*-1\n');
    unblock.answer(':1\n');
    await gateway.idle();
    expect(gateway.upstreams.executor.gate.running).toBe(0);
  });

  it('whose time is over while it is being parked leaves its slot to others', async () => {
    const scripted = await ScriptedServer.start();
    const gateway = await startInProcess({ primary: scripted.url, shadow: shadow.url });
    const [client, other] = await Promise.all([gateway.client(), gateway.client()]);
    // While this is in flight, its key may be about to expire for all that the gateway knows.
    other.sendCommand('EXPIRE', 'short:list', '1');
    const expire = await scripted.next('EXPIRE');
    client.sendCommand('BLPOP', 'short:list', '0.001');
    await waitUntil(() => gateway.upstreams.executor.gate.waiting === 1, 'the command to wait for its slot');
    expire.answer(':0\n');
    (await scripted.next('PTTL')).answer(':-2\n');
    const pop = await scripted.next('BLPOP');
    (await scripted.next('CLIENT', 'LIST')).answer(parked(pop.connection));
    const question = await scripted.next('PTTL');
    pop.answer('*-1\n');
    expect(await client.read()).toBe(null);
    question.answer(':-2\n');
    client.sendCommand('RPUSH', 'short:list', 'y');
    (await scripted.next('RPUSH')).answer(':1\n');
    expect(await client.read()).toBe(1);
    await waitUntil(() => gateway.upstreams.executor.gate.running === 0, 'the slot to be free');
  });
});

describe('a client that waits', () => {
  /** Waits for `key`, about which it is known that it may be about to expire. */
  async function waiting(key: string) {
    const gateway = await startPair();
    const [client, other] = [await gateway.client(), await gateway.client()];
    await other.call('RPUSH', key, 'first');
    await other.call('EXPIRE', key, '1000');
    await other.call('LPOP', key);
    const { executor } = gateway.upstreams;
    // So slow a shadow that 1000 s are near.
    executor.stream!.intake.lagMs = Infinity;
    client.sendCommand('BLPOP', key, '0');
    await waitUntil(() => executor.blocked.parkedCount > 0, 'the client to be parked');
    return { gateway, client, other };
  }

  it('takes on the shadow, too, what a careful write has brought, before the key is said to be gone', async () => {
    const { gateway, client, other } = await waiting('careful:list');
    expect(await other.call('RPUSH', 'careful:list', 'a', 'b')).toBe(2);
    expect(await client.read()).toEqual(['careful:list', 'a']);
    expect(await other.call('LPOP', 'careful:list')).toBe('b');
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.verdicts('blpop')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(0);
  });

  it('is served by a careful write that leaves the key empty', async () => {
    const { gateway, client, other } = await waiting('emptied:list');
    expect(await other.call('RPUSH', 'emptied:list', 'only')).toBe(1);
    expect(await client.read()).toEqual(['emptied:list', 'only']);
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.verdicts('blpop')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(0);
  });

  it('is served by a script that does not name the key', async () => {
    const gateway = await startPair();
    const [client, other] = [await gateway.client(), await gateway.client()];
    client.sendCommand('BLPOP', 'unnamed:list', '0');
    await waitUntil(() => gateway.upstreams.executor.blocked.parkedCount > 0, 'the client to be parked');
    await other.pipeline([
      ['EVAL', "return redis.call('RPUSH', 'unnamed:list', 'a', 'b')", '0'],
      ['RPUSH', 'unnamed:list', 'c'],
      ['LPOP', 'unnamed:list'],
    ]);
    expect(await client.read()).toEqual(['unnamed:list', 'a']);
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.verdicts('blpop')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(0);
  });

  it.each([
    { name: 'one key', keys: ['{at}:one', '{at}:one'], dropped: {}, dirty: 0 },
    { name: 'two keys', keys: ['{at}:two', '{at}:other'], dropped: { not_mirrorable: 2 }, dirty: 1 },
  ])('is served by a script together with one that moves, at $name', async ({ keys, dropped, dirty }) => {
    const gateway = await startPair();
    const { blocked } = gateway.upstreams.executor;
    const [mover, client, other] = [await gateway.client(), await gateway.client(), await gateway.client()];
    mover.sendCommand('BLMOVE', keys[0]!, '{at}:moved', 'LEFT', 'LEFT', '0');
    await waitUntil(() => blocked.parkedCount === 1, 'the first to be parked');
    client.sendCommand('BLPOP', keys[1]!, '0');
    await waitUntil(() => blocked.parkedCount === 2, 'the second to be parked');
    const script = "for i, key in ipairs(KEYS) do redis.call('RPUSH', key, ARGV[i]) end return 'done'";
    expect(await other.call('EVAL', script, '2', ...keys, 'a', 'b')).toBe('done');
    expect([await mover.read(), await client.read()]).toEqual(['a', [keys[1], 'b']]);
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.dropped()).toEqual(dropped);
    expect(gateway.dirty.count).toBe(dirty);
  });

  it('of whom the server does not tell makes its slot dirty when it has been served', async () => {
    const untold = await startServer('valkey-9.1');
    const gateway = await startInProcess({ primary: untold.url, shadow: shadow.url });
    const [client, other] = [await gateway.client(), await gateway.client()];
    await (await untold.client()).call('ACL', 'SETUSER', 'default', '-client|list');
    client.sendCommand('BLPOP', 'untold:list', '0');
    await waitUntil(() => gateway.upstreams.executor.blocked.parkedCount > 0, 'the client to be parked');
    expect(await other.call('RPUSH', 'untold:list', 'a')).toBe(1);
    expect(await client.read()).toEqual(['untold:list', 'a']);
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.dropped()).toEqual({ not_mirrorable: 1 });
    expect(gateway.dirty.count).toBe(1);
  });
});

describe('clients of several kinds that wait for one key', () => {
  it.each(serverNames)('are known to be served in their order by %s', async (name) => {
    const own = await startServer(name);
    const gateway = await startInProcess({ primary: own.url, shadow: shadow.url });
    const { blocked } = gateway.upstreams.executor;
    const other = await gateway.client();
    const key = `{kinds}:${name}`;
    const wait = async (...words: string[]): Promise<RawClient> => {
      const before = blocked.parkedCount;
      const client = await gateway.client();
      client.sendCommand(...words);
      await waitUntil(() => blocked.parkedCount > before, 'the client to be parked');
      return client;
    };
    const first = await wait('BLPOP', key, '0');
    const score = await wait('BZPOPMIN', key, '0');
    const mover = await wait('BLMOVE', key, `${key}:moved`, 'LEFT', 'RIGHT', '0');
    const lastScore = await wait('BZPOPMIN', key, '0');
    const last = await wait('BLPOP', key, '0');
    // Passes over the first.
    expect(await other.call('ZADD', key, '1', 'm')).toBe(1);
    expect(await score.read()).toEqual([key, 'm', '1']);
    expect(await other.call('RPUSH', key, 'a', 'b', 'c')).toBe(3);
    expect(await Promise.all([first.read(), mover.read(), last.read()])).toEqual([
      [key, 'a'],
      'b',
      [key, 'c'],
    ]);
    expect(await other.call('ZADD', key, '2', 'n')).toBe(1);
    expect(await lastScore.read()).toEqual([key, 'n', '2']);
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(gateway.dropped()).toEqual({});
    expect(gateway.verdicts('blpop')).toEqual({ match: 2 });
    expect(gateway.verdicts('blmove')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(0);
    await own.stop();
  });

  /** On an old server. Its `RPUSH` has served the first and the last of three. */
  async function servedTwo(key: string, firstReply: string) {
    const old = await ScriptedServer.start((words, connection) =>
      words[0] === 'HELLO' ? helloOf('6.2.16', connection) : politely(words, connection),
    );
    const gateway = await startInProcess({ primary: old.url, shadow: shadow.url });
    const other = await gateway.client();
    const wait = async (command: string): Promise<{ client: RawClient; asked: Asked }> => {
      const client = await gateway.client();
      client.sendCommand(command, key, '0');
      const asked = await old.next(command);
      (await old.next('CLIENT', 'LIST')).answer(parked(asked.connection));
      return { client, asked };
    };
    const first = await wait('BLPOP');
    const score = await wait('BZPOPMIN');
    const last = await wait('BLPOP');
    other.sendCommand('RPUSH', key, 'a', 'b');
    (await old.next('RPUSH')).answer(':2\n');
    (await old.next('CLIENT', 'LIST')).answer(parked(score.asked.connection));
    first.asked.answer(firstReply);
    last.asked.answer(pair(key, 'a'));
    expect(await last.client.read()).toEqual([key, 'a']);
    await waitUntil(() => gateway.upstreams.executor.blocked.count === 1, 'the pops to be mirrored');
    score.asked.answer('*-1\n');
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    return gateway;
  }

  it('make the slot dirty on a server that moves them, when two have got something', async () => {
    const gateway = await servedTwo('moved:list', pair('moved:list', 'b'));
    expect(gateway.dropped()).toEqual({ not_mirrorable: 2 });
    expect(gateway.dirty.count).toBe(1);
  });

  it('are mirrored there, too, when only one has got something and the time of another was over', async () => {
    const gateway = await servedTwo('over:list', '*-1\n');
    expect(gateway.dropped()).toEqual({});
    expect(gateway.verdicts('blpop')).toMatchObject({ match: 1 });
    expect(gateway.dirty.count).toBe(0);
  });
});

/** CLIENT LIST with one client that waits. */
function parked(connection: number): string {
  const line = `id=${connection + 1} flags=b`;
  return `$${line.length}\n${line}\n`;
}

function helloOf(version: string, connection: number): string {
  const text = (word: string): string => `$${word.length}\n${word}\n`;
  return `*6\n${text('server')}${text('redis')}${text('version')}${text(version)}${text('id')}:${connection + 1}\n`;
}

function pair(key: string, element: string): string {
  return `*2\n$${key.length}\n${key}\n$${element.length}\n${element}\n`;
}
