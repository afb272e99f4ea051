/** A script that runs for too long, and the other clients of the same worker: there is only one. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { waitUntil } from '../support/wait.ts';

vi.setConfig({ testTimeout: 300_000 });

const SPIN = 'while true do end';
const WRITE = "redis.call('set', KEYS[1], 'v') while true do end";
const LIBRARY = "#!lua name=lib\nredis.register_function('spin', function() while true do end end)";

describe.runIf(process.env.LOCKSTEP_TEST_TRANSPORT !== 'node')('while a script is busy', () => {
  let gateway: TestGateway;
  let runner: RawClient;
  let other: RawClient;

  beforeEach(async () => {
    gateway = await startGateway({
      workers: 1,
      config: { engine: { arenaBytes: '16mb' }, upstream: { allowShutdown: true } },
    });
    [runner, other] = [await gateway.client(), await gateway.client()];
    await other.call('CONFIG', 'SET', 'busy-reply-threshold', '20');
  });

  async function textOf(client: RawClient, ...command: string[]): Promise<string> {
    const reply = await client.callTyped(...command);
    return 'text' in reply ? reply.text : reply.type;
  }

  async function untilBusy(client: RawClient): Promise<void> {
    await waitUntil(async () => (await textOf(client, 'PING')).startsWith('BUSY '), 'a busy script');
  }

  it('others are told so, by each kind of command, and may end it', async () => {
    expect(await other.call('FUNCTION', 'LOAD', LIBRARY)).toBe('lib');
    for (const kind of ['SCRIPT', 'FUNCTION']) {
      if (kind === 'SCRIPT') runner.sendCommand('EVAL', SPIN, '1', 'k');
      else runner.sendCommand('FCALL', 'spin', '1', 'k');
      await untilBusy(other);
      const busy = `BUSY Valkey is busy running a script. You can only call ${kind} KILL or SHUTDOWN NOSAVE.`;
      for (const line of ['GET k', 'SET other v', 'DBSIZE', 'EVAL return(1) 0', 'SHUTDOWN'])
        expect(await textOf(other, ...line.split(' '))).toBe(busy);
      expect(await textOf(other, 'NOSUCH')).toMatch(/^ERR unknown command/);
      const late = await gateway.client();
      expect(await textOf(late, 'HELLO', '3')).toBe('map');
      expect(await late.pipeline([['MULTI'], ['GET', 'k'], ['EXEC']])).toMatchObject([
        'OK',
        { error: busy },
        { error: expect.stringMatching(/^EXECABORT/) },
      ]);
      expect(await late.pipeline([['WATCH', 'k', 'other'], ['UNWATCH'], ['RESET']])).toEqual([
        'OK',
        'OK',
        'RESET',
      ]);
      late.close();
      const wrong = kind === 'SCRIPT' ? 'FUNCTION' : 'SCRIPT';
      expect(await textOf(other, wrong, 'KILL')).toBe(busy);
      expect(await textOf(other, kind, 'KILL')).toBe('OK');
      const { reply } = await runner.readFrame();
      expect(reply).toMatchObject({ text: expect.stringContaining('Script killed by user') });
      expect(await other.call('GET', 'k')).toBe(null);
      expect(await runner.call('PING')).toBe('PONG');
    }
  });

  it('what its client has sent behind it is executed afterwards, in order', async () => {
    for (const line of [
      ['SET', 'a', '1'],
      ['EVAL', SPIN, '0'],
      ['INCR', 'a'],
      ['GET', 'a'],
    ])
      runner.sendCommand(...line);
    await untilBusy(other);
    // Comes while the script runs.
    for (let left = 1000; left > 0; left--) runner.sendCommand('INCR', 'a');
    runner.sendCommand('GET', 'a');
    await untilBusy(other);
    expect(await textOf(other, 'SCRIPT', 'KILL')).toBe('OK');
    const replies: unknown[] = [];
    while (replies.length < 1005) replies.push(await runner.read());
    expect(replies.slice(0, 4)).toEqual(['OK', { error: expect.stringContaining('killed') }, 2, '2']);
    expect(replies.slice(-2)).toEqual([1002, '1002']);
  });

  it('the client that has sent it may leave', async () => {
    runner.sendCommand('EVAL', SPIN, '0');
    await untilBusy(other);
    runner.close();
    await untilBusy(other);
    expect(await textOf(other, 'SCRIPT', 'KILL')).toBe('OK');
    await waitUntil(async () => (await textOf(other, 'PING')) === 'PONG', 'the end of the script');
    await waitUntil(
      async () => String(await other.call('INFO', 'clients')).includes('connected_clients:1\r\n'),
      'one client',
    );
  });

  it('one in a transaction serves those who waited for what came before it', async () => {
    const waiting = await gateway.client();
    waiting.sendCommand('BLPOP', 'list', '0');
    await waitUntil(async () => String(await other.call('INFO')).includes('blocked_clients:1'), 'a waiter');
    const reply = runner.pipeline([
      ['MULTI'],
      ['RPUSH', 'list', 'v'],
      ['EVAL', SPIN, '0'],
      ['PING'],
      ['EXEC'],
    ]);
    await untilBusy(other);
    expect(await textOf(other, 'SCRIPT', 'KILL')).toBe('OK');
    expect((await reply).at(-1)).toMatchObject([1, { error: expect.stringContaining('killed') }, 'PONG']);
    expect(await waiting.read()).toEqual(['list', 'v']);
  });

  it('one that has written cannot be ended, but the process can', async () => {
    runner.sendCommand('EVAL', WRITE, '1', 'k');
    await untilBusy(other);
    expect(await textOf(other, 'SCRIPT', 'KILL')).toMatch(/^UNKILLABLE /);
    other.sendCommand('SHUTDOWN', 'NOSAVE');
    await other.waitForClose();
    await gateway.stop();
  });
});
