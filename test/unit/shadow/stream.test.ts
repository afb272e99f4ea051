/** Verdicts, drops and dirt as they come about: a real primary, and a shadow that answers what the test says. */
import { beforeAll, describe, expect, it } from 'vitest';
import { keySlot } from '../../../src/base/slot.ts';
import type { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { type InProcess, startInProcess, table } from '../gateway/in-process.ts';
import { politely, type Script, ScriptedServer } from '../upstream/scripted-server.ts';

let primary: TestServer;
let direct: RawClient;

beforeAll(async () => {
  primary = await startServer('valkey-9.1');
  direct = await primary.client();
});

interface Scene {
  readonly gateway: InProcess;
  readonly shadow: ScriptedServer;
  readonly client: RawClient;
}

/** `answers`: what the shadow says to a command, as a list of replies that are used up; the last one stays. */
async function scene(
  answers: Record<string, string[]>,
  environment: Record<string, string> = {},
): Promise<Scene> {
  const script: Script = (words, connection) => {
    const list = answers[words[0]!];
    if (list === undefined) return politely(words, connection);
    return list.length > 1 ? list.shift() : list[0];
  };
  const shadow = await ScriptedServer.start(script);
  const gateway = await startInProcess({
    primary: primary.url,
    shadow: shadow.url,
    environment: {
      LOCKSTEP_COMPARE_CONFIRM_DELAYMS: '1',
      LOCKSTEP_COMPARE_CONFIRM_ATTEMPTS: '3',
      ...environment,
    },
  });
  return { gateway, shadow, client: await gateway.client() };
}

function slotOf(key: string): number {
  return keySlot(Buffer.from(key), 0, key.length);
}

describe('a verdict', () => {
  it('is counted once for each command, and equal replies are a match', async () => {
    const { gateway, client } = await scene({ SET: ['+OK\n'], GET: ['$1\nv\n'] });
    await client.pipeline(Array.from({ length: 50 }, () => ['SET', 'same', 'v']));
    await client.pipeline(Array.from({ length: 50 }, () => ['GET', 'same']));
    await gateway.idle();
    expect(gateway.verdicts('set')).toEqual({ match: 50 });
    expect(gateway.verdicts('get')).toEqual({ match: 50 });
    expect(gateway.reports).toEqual([]);
  });

  it('on a write that differs is divergent at once', async () => {
    const { gateway, client } = await scene({ INCR: [':7\n'] });
    await direct.call('SET', 'write', '1');
    expect(await client.call('INCR', 'write')).toBe(2);
    await gateway.idle();
    expect(gateway.verdicts('incr')).toEqual({ divergent: 1 });
    expect(gateway.reports).toMatchObject([{ command: 'incr', kind: 'value', slot: slotOf('write') }]);
  });

  it('on a read that differs waits until it was read again as often as configured', async () => {
    const { gateway, shadow, client } = await scene({ GET: ['$1\nx\n'] });
    await direct.call('SET', 'read', 'v');
    expect(await client.call('GET', 'read')).toBe('v');
    await gateway.idle();
    expect(gateway.verdicts('get')).toEqual({ divergent: 1 });
    expect(gateway.reports).toMatchObject([{ command: 'get', kind: 'value' }]);
    expect(shadow.asked).toEqual([]);
  });

  it('on a read that agrees when it is read again is unconfirmed', async () => {
    for (const replies of [
      ['$1\nx\n', '$1\nv\n'],
      ['$1\nx\n', '$-1\n', '-ERR no\n', '$1\nv\n'],
    ]) {
      const { gateway, client } = await scene({ GET: [...replies] });
      await direct.call('SET', 'again', 'v');
      await client.call('GET', 'again');
      await gateway.idle();
      expect(gateway.verdicts('get')).toEqual({ unconfirmed: 1 });
      expect(gateway.reports).toEqual([]);
    }
  });

  it('on a read is given up when the shadow is lost before it is confirmed', async () => {
    const { gateway, shadow, client } = await scene(
      { GET: ['$1\nx\n'] },
      { LOCKSTEP_COMPARE_CONFIRM_DELAYMS: '200' },
    );
    await direct.call('SET', 'gone', 'v');
    await client.call('GET', 'gone');
    const { metrics } = gateway.services;
    await waitUntil(() => metrics.commands(table.byName('get'), 1, 0) === 1, "the shadow's reply");
    shadow.cut();
    await gateway.idle();
    expect(gateway.verdicts('get')).toEqual({ skipped: 1 });
    expect(gateway.reports).toEqual([]);
  });

  it('in a dirty slot is skipped', async () => {
    const { gateway, client } = await scene({ INCR: [':7\n'] });
    gateway.dirty.mark(slotOf('dirty'), 'dropped');
    await client.call('INCR', 'dirty');
    await client.call('INCR', 'clean');
    await gateway.idle();
    expect(gateway.verdicts('incr')).toEqual({ skipped: 1, divergent: 1 });
  });

  it('on an effect of several commands is that of the worst of them, inside of a transaction too', async () => {
    // A blocking XREADGROUP on two streams is mirrored as one for each.
    const served = (key: string): string =>
      `*1\n*2\n$${key.length}\n${key}\n*1\n*2\n$3\n1-1\n*2\n$1\nf\n$1\nv\n`;
    const read = ['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', '0', 'STREAMS', 'effect:a', 'effect:b', '>', '>'];
    for (const inTransaction of [false, true]) {
      for (const differing of [undefined, 'effect:a', 'effect:b']) {
        await direct.call('DEL', 'effect:a', 'effect:b');
        for (const key of ['effect:a', 'effect:b']) {
          await direct.call('XADD', key, '1-1', 'f', 'v');
          await direct.call('XGROUP', 'CREATE', key, 'g', '0');
        }
        const { gateway, client, shadow } = await scene({});
        const reads: string[] = [];
        shadow.script = (words, connection) => {
          if (words[0] === 'MULTI') return '+OK\n';
          if (words[0] === 'EXEC') return `*2\n${reads.join('')}`;
          if (words[0] !== 'XREADGROUP') return politely(words, connection);
          const key = words.at(-2) as string;
          reads.push(key === differing ? '*-1\n' : served(key));
          return inTransaction ? '+QUEUED\n' : reads.at(-1);
        };
        if (inTransaction) await client.pipeline([['MULTI'], read, ['EXEC']]);
        else await client.call(...read);
        await gateway.idle();
        const verdict = differing === undefined ? 'match' : 'divergent';
        expect([inTransaction, differing, gateway.verdicts('xreadgroup')]).toEqual([
          inTransaction,
          differing,
          { [verdict]: 1 },
        ]);
        expect(gateway.reports).toHaveLength(differing === undefined ? 0 : 1);
      }
    }
  });
});

describe('a transaction that the shadow refuses', () => {
  const exec = [['MULTI'], ['SET', 'tx:1', 'a'], ['GET', 'tx:2'], ['INCR', 'tx:3'], ['EXEC']];

  it('is judged by what the shadow said to the command that it would not queue', async () => {
    const { gateway, client } = await scene({
      MULTI: ['+OK\n'],
      SET: ['+QUEUED\n'],
      GET: ['+QUEUED\n'],
      INCR: ['-OOM command not allowed\n'],
      EXEC: ['-EXECABORT Transaction discarded because of previous errors.\n'],
    });
    await direct.call('DEL', 'tx:3');
    await client.pipeline(exec);
    await gateway.idle();
    expect(gateway.reports).toMatchObject(
      [{ command: 'incr', kind: 'error', shadow: /OOM/ }].map((one) => ({
        ...one,
        shadow: expect.stringMatching(one.shadow),
      })),
    );
    expect(gateway.verdicts('set')).toEqual({});
    expect(gateway.dropped()).toEqual({ not_mirrorable: 2 });
    // The write that had to go with it is known; the read left nothing behind.
    expect(gateway.dirty.has(slotOf('tx:1'))).toBe(true);
    expect(gateway.dirty.has(slotOf('tx:2'))).toBe(false);
  });

  it('as a whole is divergent in each of its commands', async () => {
    const { gateway, client } = await scene(
      { MULTI: ['+OK\n'], SET: ['+QUEUED\n'], GET: ['+QUEUED\n'], INCR: ['+QUEUED\n'], EXEC: ['-OOM no\n'] },
      { LOCKSTEP_COMPARE_CONFIRM_ATTEMPTS: '0', LOCKSTEP_COMPARE_MAXREPLYBYTES: '1024' },
    );
    // A reply that was too long to keep is not compared, with whatever.
    await direct.call('SET', 'tx:2', 'x'.repeat(2000));
    await client.pipeline(exec);
    await gateway.idle();
    expect(gateway.reports.map(({ command }) => command)).toEqual(['set', 'incr']);
    expect(gateway.verdicts('get')).toEqual({ skipped: 1 });
  });

  it('with a lost connection is dropped', async () => {
    const { gateway, client, shadow } = await scene({
      MULTI: ['+OK\n'],
      SET: ['+QUEUED\n'],
      GET: ['+QUEUED\n'],
      INCR: ['+QUEUED\n'],
    });
    await client.pipeline(exec);
    (await shadow.next('EXEC')).cut();
    await gateway.idle();
    expect(gateway.dropped()).toEqual({ connection_lost: 3 });
    expect(gateway.dirty.count).toBe(2);
  });
});

describe('FLUSHALL', () => {
  it('makes clean what was dirty before it, and nothing that became dirty after', async () => {
    const { gateway, client, shadow } = await scene(
      { SET: ['+OK\n'], INCR: [':1\n'] },
      { LOCKSTEP_SHADOW_QUEUE_MAXCOMMANDS: '1' },
    );
    gateway.dirty.mark(slotOf('before'), 'dropped');
    await client.call('FLUSHALL');
    const flush = await shadow.next('FLUSHALL');
    // There is no room for this one while the shadow is at work.
    await client.call('SET', 'after', 'v');
    expect(gateway.dropped()).toEqual({ queue_commands: 1 });
    flush.answer('+OK\n');
    await gateway.idle();
    expect(gateway.verdicts('flushall')).toEqual({ match: 1 });
    expect(gateway.dirty.has(slotOf('before'))).toBe(false);
    expect(gateway.dirty.has(slotOf('after'))).toBe(true);
    expect(gateway.dirty.count).toBe(1);
  });

  it('that both refuse makes nothing clean', async () => {
    const { gateway, client } = await scene({ FLUSHALL: ['-ERR syntax error\n'] });
    gateway.dirty.mark(slotOf('before'), 'dropped');
    await client.call('FLUSHALL', 'NEVER');
    await gateway.idle();
    expect(gateway.verdicts('flushall')).toEqual({ match: 1 });
    expect(gateway.dirty.count).toBe(1);
  });
});

describe('a shadow that is lost', () => {
  it('leaves every command counted once, and the slots of its writes dirty', async () => {
    const { gateway, client, shadow } = await scene({});
    await client.pipeline([
      ['SET', 'lost:1', 'a'],
      ['GET', 'lost:2'],
      ['MSET', 'lost:3', 'c', 'lost:4', 'd'],
    ]);
    await shadow.next('MSET');
    shadow.cut();
    await gateway.idle();
    expect(gateway.dropped()).toEqual({ connection_lost: 3 });
    for (const key of ['lost:1', 'lost:3', 'lost:4']) expect(gateway.dirty.has(slotOf(key))).toBe(true);
    expect(gateway.dirty.count).toBe(3);
    expect(gateway.upstreams.executor.gate.running).toBe(0);
  });

  it('is not taken for a living one while it only says that it is loading', async () => {
    const { gateway, client, shadow } = await scene(
      { SET: ['+OK\n'] },
      { LOCKSTEP_SHADOW_BREAKER_OPENMS: '20' },
    );
    shadow.script = (words, connection) =>
      words[0] === 'PING' ? '-LOADING data\n' : politely(words, connection);
    const pings = (): number => shadow.connections;
    shadow.cut();
    const { breaker } = gateway.upstreams.executor.stream!;
    await waitUntil(() => breaker.state !== 'closed', 'the breaker to open');
    let probes = 0;
    const script = shadow.script;
    shadow.script = (words, connection) => {
      if (words[0] === 'PING') probes += 1;
      return script(words, connection);
    };
    await waitUntil(() => probes >= 3 && pings() > 1, 'probes');
    expect(breaker.allows()).toBe(false);
    await client.call('SET', 'loading', '1');
    expect(gateway.dropped()).toEqual({ breaker_open: 1 });
    shadow.script = (words, connection) => (words[0] === 'SET' ? '+OK\n' : politely(words, connection));
    await waitUntil(() => breaker.allows(), 'the breaker to close');
    await client.call('SET', 'loaded', '1');
    await gateway.idle();
    expect(gateway.verdicts('set')).toEqual({ match: 1 });
  });
});

describe('an error of the primary about itself', () => {
  it('is not repeated on the shadow, which would have run the command', async () => {
    const { gateway, shadow, client } = await scene({ SET: ['+OK\n'], EVAL: ['+OK\n'] });
    await direct.call('CONFIG', 'SET', 'maxmemory', '1');
    expect(await client.call('SET', 'full', 'v')).toEqual({ error: expect.stringMatching(/^OOM /) });
    await direct.call('CONFIG', 'SET', 'maxmemory', '0');
    await direct.call('REPLICAOF', '127.0.0.1', '1');
    expect(await client.call('SET', 'replica', 'v')).toEqual({ error: expect.stringMatching(/^READONLY /) });
    await direct.call('REPLICAOF', 'NO', 'ONE');
    await gateway.idle();
    expect(gateway.verdicts('set')).toEqual({ skipped: 2 });
    expect(shadow.asked).toEqual([]);
    expect(gateway.dirty.count).toBe(0);
  });

  it('in the middle of a script leaves its slots dirty', async () => {
    const { gateway, client } = await scene({ EVAL: ['+OK\n'] });
    await direct.call('ACL', 'SETUSER', 'half', 'on', 'nopass', '~*', '+@all', '-incr');
    await client.call('AUTH', 'half', '');
    const script = "redis.call('set', KEYS[1], 1) return redis.call('incr', KEYS[1])";
    expect(await client.call('EVAL', script, '1', 'half')).toEqual({ error: expect.stringMatching(/./) });
    await gateway.idle();
    expect(await direct.call('GET', 'half')).toBe('1');
    expect(gateway.dirty.has(slotOf('half'))).toBe(true);
    await direct.call('ACL', 'DELUSER', 'half');
  });
});

describe('a shadow that is busy', () => {
  it('has not run the command: a write makes its slot dirty, and nothing is said to differ', async () => {
    const busy = '-BUSY Redis is busy running a script.\n';
    const { gateway, client } = await scene({
      SET: [busy],
      GET: [busy],
      EXEC: [`-EXECABORT because of: ${busy.slice(1)}`],
    });
    await client.call('SET', 'busy', 'v');
    await client.call('GET', 'busy2');
    await client.pipeline([['MULTI'], ['SET', 'busy3', 'v'], ['EXEC']]);
    await gateway.idle();
    expect(gateway.reports).toEqual([]);
    expect(['busy', 'busy2', 'busy3'].map((key) => gateway.dirty.has(slotOf(key)))).toEqual([
      true,
      false,
      true,
    ]);
  });
});
