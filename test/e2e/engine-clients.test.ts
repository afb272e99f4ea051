/** Commands about clients, and client-side caching, with clients on several workers of the engine. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

const CLIENTS = 10;

describe('clients of several workers', () => {
  let gateway: TestGateway;
  let clients: RawClient[];
  let ids: string[];
  const connect = (): Promise<RawClient> => RawClient.connect({ port: gateway.port });

  beforeAll(async () => {
    gateway = await startGateway({ workers: 3, config: { engine: { arenaBytes: '16mb' } } });
    clients = await Promise.all(Array.from({ length: CLIENTS }, connect));
    ids = await Promise.all(clients.map(async (client) => String(await client.call('CLIENT', 'ID'))));
  });

  async function listed(client: RawClient, ...filter: string[]): Promise<string[]> {
    const text = String(await client.call('CLIENT', 'LIST', ...filter));
    return [...text.matchAll(/^id=(\d+) /gm)].map(([, id]) => id!);
  }

  it('all see all of them, also in a transaction', async () => {
    const sorted = [...ids].sort((one, other) => Number(one) - Number(other));
    for (const client of clients) expect(await listed(client)).toEqual(sorted);
    const [text] = (await clients[3]!.pipeline([['MULTI'], ['CLIENT', 'LIST'], ['EXEC']])).at(-1) as string[];
    expect([...text!.matchAll(/^id=/gm)].length).toBe(CLIENTS);
  });

  it('what one has set is what the others see', async () => {
    for (const [index, client] of clients.entries()) await client.call('CLIENT', 'SETNAME', `name-${index}`);
    for (const client of clients) {
      const text = String(await client.call('CLIENT', 'LIST'));
      expect([...text.matchAll(/ name=(\S+) /g)].map(([, name]) => name).sort()).toEqual(
        clients.map((_client, index) => `name-${index}`).sort(),
      );
    }
  });

  it('many ask at the same time, in pipelines with other commands', async () => {
    const replies = await Promise.all(
      clients.map((client) =>
        client.pipeline(
          Array.from({ length: 30 }, (_, at) =>
            at % 3 === 0 ? ['CLIENT', 'LIST', 'ID', ids[at % CLIENTS]!] : ['ECHO', `${at}`],
          ),
        ),
      ),
    );
    for (const list of replies) {
      for (const [at, reply] of list.entries()) {
        if (at % 3 === 0) expect(String(reply)).toMatch(new RegExp(`^id=${ids[at % CLIENTS]} `));
        else expect(reply).toBe(String(at));
      }
    }
  });

  it('who is killed is gone for everybody once its connection is closed', async () => {
    for (let round = 0; round < 20; round++) {
      const victim = await connect();
      const id = String(await victim.call('CLIENT', 'ID'));
      await victim.call('SUBSCRIBE', 'killed');
      const [killer, other] = [clients[round % CLIENTS]!, clients[(round + 1) % CLIENTS]!];
      expect(await killer.call('CLIENT', 'KILL', 'ID', id)).toBe(1);
      await victim.waitForClose();
      expect(await other.call('PUBLISH', 'killed', 'm')).toBe(0);
      expect(await listed(other, 'ID', id)).toEqual([]);
    }
  });

  it('who has read a key hears of its change first, whichever workers both are on', async () => {
    const readers = await Promise.all(Array.from({ length: 6 }, connect));
    for (const reader of readers) {
      await reader.call('HELLO', '3');
      await reader.call('CLIENT', 'TRACKING', 'ON');
    }
    for (let round = 0; round < 20; round++) {
      for (const reader of readers) await reader.call('GET', `cached${round}`);
      await clients[round % CLIENTS]!.call('SET', `cached${round}`, '1');
      for (const reader of readers) {
        // The message was on its way before this command was sent.
        await reader.call('PING');
        expect(reader.pushes.splice(0)).toEqual([{ push: ['invalidate', [`cached${round}`]] }]);
      }
    }
    await clients[0]!.call('FLUSHALL');
    for (const reader of readers) {
      await reader.call('PING');
      expect(reader.pushes.splice(0)).toEqual([{ push: ['invalidate', null] }]);
    }
    for (const reader of readers) reader.close();
  });

  it('broadcasts and redirected messages find their clients', async () => {
    const [bcast, noLoop, target, reader] = await Promise.all(Array.from({ length: 4 }, connect));
    for (const client of [bcast!, noLoop!, reader!]) await client.call('HELLO', '3');
    await bcast!.call('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'b:');
    await noLoop!.call('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'b:', 'NOLOOP');
    const id = String(await target!.call('CLIENT', 'ID'));
    await target!.call('SUBSCRIBE', '__redis__:invalidate');
    await reader!.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id);
    await reader!.call('GET', 'b:1');
    await clients[0]!.pipeline([['MSET', 'b:2', '1', 'b:1', '1', 'c', '1']]);
    expect(await target!.read()).toEqual(['message', '__redis__:invalidate', ['b:1']]);
    expect(await bcast!.readPush()).toEqual({ push: ['invalidate', ['b:1', 'b:2']] });
    expect(await noLoop!.readPush()).toEqual({ push: ['invalidate', ['b:1', 'b:2']] });
    await noLoop!.call('SET', 'b:3', '1');
    expect(await bcast!.readPush()).toEqual({ push: ['invalidate', ['b:3']] });
    await noLoop!.call('PING');
    expect(noLoop!.pushes).toEqual([]);
    // The target leaves: whoever redirects to it is told with the next change.
    expect(await clients[1]!.call('CLIENT', 'KILL', 'ID', id)).toBe(1);
    await reader!.call('GET', 'b:1');
    await clients[2]!.call('SET', 'b:1', '2');
    expect(await reader!.readPush()).toEqual({ push: ['tracking-redir-broken', Number(id)] });
  });

  it('more keys than the table may hold are given up, and their readers hear of it', async () => {
    const reader = await connect();
    await reader.call('HELLO', '3');
    await reader.call('CLIENT', 'TRACKING', 'ON');
    expect(await clients[0]!.call('CONFIG', 'SET', 'tracking-table-max-keys', '10')).toBe('OK');
    await reader.pipeline(Array.from({ length: 50 }, (_, at) => ['GET', `many${at}`]));
    const given = new Set<string>();
    while (given.size < 40) {
      const { push } = (await reader.readPush()) as { push: [string, string[]] };
      expect(push[0]).toBe('invalidate');
      given.add(push[1][0]!);
    }
    await reader.call('PING');
    expect(given.size).toBe(40);
    expect(await clients[0]!.call('CONFIG', 'SET', 'tracking-table-max-keys', '1000000')).toBe('OK');
  });
});
