/** Scripts of the engine with real workers: who waits for a busy one, who ends it, and what runs beside it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient, type RawFrame } from '../support/raw-client.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const WORKERS = 3;
const LIBRARY = `#!lua name=lib
redis.register_function('spin', function() while true do end end)`;
/** Between its two commands others have time to run. */
const TURN = 'for i = 1, 3000 do local x = i * i end';

describe('scripts of three workers', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startGateway({ workers: WORKERS, config: { engine: { arenaBytes: '64mb' } } });
  });

  /** One client of each worker: the id tells it. */
  async function clientsOfWorkers(): Promise<RawClient[]> {
    const found: RawClient[] = [];
    await waitUntil(async () => {
      const client = await RawClient.connect({ port: gateway.port });
      const id = Number(await client.call('CLIENT', 'ID'));
      if (found[id % WORKERS] === undefined) found[id % WORKERS] = client;
      else client.close();
      return Object.keys(found).length === WORKERS;
    }, 'a client of each worker');
    return found;
  }

  async function textOf(client: RawClient, ...command: string[]): Promise<string> {
    const reply = await client.callTyped(...command);
    return 'text' in reply ? reply.text : reply.type;
  }

  async function sent(client: RawClient, ...command: string[]): Promise<RawFrame> {
    client.sendCommand(...command);
    return client.readFrame();
  }

  /** Sent again until the reply is this one. */
  async function until(client: RawClient, command: readonly string[], reply: RegExp): Promise<void> {
    await waitUntil(
      async () => reply.test(await textOf(client, ...command)),
      `${command.join(' ')}: ${reply}`,
    );
  }

  it('answer BUSY elsewhere, also to who waits for their keys, and end when they are killed', async () => {
    const [runner, killer, other] = await clientsOfWorkers();
    await killer.call('CONFIG', 'SET', 'busy-reply-threshold', '50');
    expect(await textOf(killer, 'SCRIPT', 'KILL')).toMatch(/^NOTBUSY /);
    expect(await killer.call('FUNCTION', 'LOAD', LIBRARY)).toBe('lib');
    for (const what of ['SCRIPT', 'FUNCTION']) {
      if (what === 'SCRIPT') runner.sendCommand('EVAL', 'while true do end', '1', 'k');
      else runner.sendCommand('FCALL', 'spin', '1', 'k');
      await until(other, ['INCR', 'k'], /^BUSY .* You can only call (SCRIPT|FUNCTION) KILL/);
      await until(killer, ['PING'], /^BUSY /);
      expect(await textOf(killer, what === 'SCRIPT' ? 'FUNCTION' : 'SCRIPT', 'KILL')).toMatch(/^BUSY /);
      expect(await textOf(killer, what, 'KILL')).toBe('OK');
      const { reply } = await runner.readFrame();
      expect(reply).toMatchObject({ type: 'error', text: expect.stringContaining('Script killed by user') });
      await until(other, ['GET', 'nothing'], /^null$/);
      expect(await textOf(runner, 'PING')).toBe('PONG');
    }
  });

  it('cannot be killed when they have written', async () => {
    const [runner, killer] = await clientsOfWorkers();
    await killer.call('CONFIG', 'SET', 'busy-reply-threshold', '20');
    const script =
      "redis.call('set', KEYS[1], 'v') for i = 1, 5e7 do local x = i end return redis.call('get', KEYS[1])";
    runner.sendCommand('EVAL', script, '1', 'k');
    await until(killer, ['SCRIPT', 'KILL'], /^UNKILLABLE /);
    expect(await runner.read(60_000)).toBe('v');
    await until(killer, ['PING'], /^PONG$/);
  });

  it('are units, whether or not they have declared what they touch', async () => {
    const clients = await clientsOfWorkers();
    const rounds = 150;
    const moves = (from: string, to: string): string =>
      `redis.call('decr', '${from}') ${TURN} redis.call('incr', '${to}') return 1`;
    const work = clients.map(async (client, at) => {
      const [from, to, last] = [
        ['a', 'b', 'c'],
        ['b', 'c', 'a'],
        ['c', 'a', 'b'],
      ][at];
      for (let round = 0; round < rounds; round++) {
        await client.call('EVAL', moves(from, to), '1', from);
        await client.call('EVAL', moves(to, last), '2', last, to);
        await client.call('EVAL', moves(last, from), '0');
        const sum =
          "local t = 0 for _, k in ipairs(redis.call('mget', 'a', 'b', 'c')) do t = t + (k or 0) end return t";
        expect(await client.call('EVAL', sum, '0')).toBe(0);
        const values = (await client.call('MGET', 'a', 'b', 'c')) as (string | null)[];
        expect(values.reduce((total, value) => total + Number(value), 0)).toBe(0);
        await client.call('MSET', 'x', String(round), 'y', String(round), 'z', String(round));
      }
    });
    await Promise.all(work);
  });

  it('give servers their libraries, and take theirs', async () => {
    const server = await startServer('valkey-8.0');
    const [there, here] = [await RawClient.connect({ port: server.port }), await gateway.client()];
    // Long and regular: servers pack it.
    const code = `#!lua name=packed\n${'-- the same again and again\n'.repeat(40)}
      redis.register_function('seven', function() return 7 end)`;
    await there.call('FUNCTION', 'LOAD', code);
    const { reply: theirs } = await sent(there, 'FUNCTION', 'DUMP');
    if (theirs.type !== 'bulk') throw new Error(`no dump but ${theirs.type}`);
    expect(await here.call('FUNCTION', 'RESTORE', theirs.bytes)).toBe('OK');
    expect(await here.call('FCALL', 'seven', '0')).toBe(7);
    expect(await textOf(here, 'FUNCTION', 'RESTORE', 'broken')).toMatch(
      /^ERR DUMP payload version or checksum/,
    );
    const older = await startGateway({
      config: { engine: { compatibility: 'valkey-8', arenaBytes: '64mb' } },
    });
    const engine = await older.client();
    await engine.call('FUNCTION', 'LOAD', code);
    const { reply: ours } = await sent(engine, 'FUNCTION', 'DUMP');
    if (ours.type !== 'bulk') throw new Error(`no dump but ${ours.type}`);
    expect(await there.call('FUNCTION', 'RESTORE', ours.bytes, 'FLUSH')).toBe('OK');
    expect(await there.call('FCALL', 'seven', '0')).toBe(7);
  });
});
