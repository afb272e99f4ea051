/**
 * The level Redis 7.2, of which there is no server here. It came from Redis 7.0, and Redis 8.0 and Valkey 8.0 came from
 * it: so what all three agree about it says as well, and it has the commands that both of those have that came from it.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/cleanup.ts';
import { startGateway } from '../../support/gateway.ts';
import { RawClient } from '../../support/raw-client.ts';
import { type ServerName, serverNames, startServer } from '../../support/servers.ts';
import { play, type Stage } from '../transcript.ts';
import { engineCases } from './engine-cases.ts';

const before: ServerName = 'redis-7.0';
const after: readonly ServerName[] = ['redis-8.0', 'valkey-8.0'];
const all = [before, ...after];
/** Fields of INFO, without those that count what commands there were. */
const FIELD = /^(?!cmdstat|latency_|errorstat)[a-z_]+(?=:)/gm;
const folder = temporaryFolder('between');
afterAll(() => removeFolder(folder));

/** Of a conversation each line is about what the lines before have led to: as long as the servers agree. */
function agreed(lines: readonly (readonly string[])[]): number {
  const [first = [], ...others] = lines;
  const end = first.findIndex((line, at) => others.some((other) => other[at] !== line));
  return end < 0 ? first.length : end;
}

describe.runIf(all.every((name) => serverNames.includes(name)))('the engine as Redis 7.2', () => {
  const servers: Stage[] = [];
  let engine: Stage;

  beforeAll(async () => {
    for (const name of all) {
      const { port } = await startServer(name, { args: ['--hz', '500', '--enable-debug-command', 'yes'] });
      servers.push({ name, target: { port } });
    }
    const snapshot = { path: join(folder, 'between.rdb') };
    const gateway = await startGateway({
      config: {
        engine: { compatibility: 'redis-7.2', arenaBytes: '256mb', snapshot },
        upstream: { allowShutdown: true },
      },
    });
    engine = { name: 'engine', target: { port: gateway.port } };
  });

  const clientsOf = (stages: readonly Stage[]): Promise<RawClient[]> =>
    Promise.all(stages.map(({ target }) => RawClient.connect(target)));

  it('has the commands that both have which came from it', async () => {
    const clients = await clientsOf([...servers, engine]);
    const lists = await Promise.all(clients.map((client) => client.call('COMMAND', 'LIST')));
    const [older, redis, valkey, own] = lists.map((list) => new Set(list as string[]));
    expect([...own!].sort()).toEqual([...redis!].filter((name) => valkey!.has(name)).sort());
    expect([...older!].filter((name) => !own!.has(name))).toEqual([]);
    for (const client of clients) client.close();
  });

  it('says who it is', async () => {
    const [client] = await clientsOf([engine]);
    expect(String(await client!.call('INFO', 'server'))).toMatch(/^redis_version:7\.2\.\d+\r$/m);
    expect(String(await client!.call('HELLO'))).toMatch(/^server,redis,version,7\.2\.\d+,proto,2,/);
    client!.close();
  });

  it('has the fields of INFO that were there before and after', async () => {
    const clients = await clientsOf([...servers, engine]);
    const texts = await Promise.all(clients.map((client) => client.call('INFO', 'everything')));
    const [older, redis, valkey, own] = texts.map((text) => new Set(String(text).match(FIELD)));
    const kept = [...older!].filter((field) => redis!.has(field) && valkey!.has(field));
    expect(kept.filter((field) => !own!.has(field))).toEqual([]);
    expect([...own!].filter((field) => ![older, redis, valkey].some((set) => set!.has(field)))).toEqual([]);
    for (const client of clients) client.close();
  });

  const cases = engineCases.filter((one) => !all.some((name) => one.notOn?.includes(name)));
  it.each(cases)('$name', async (one) => {
    const played = await Promise.all([...servers, engine].map((stage) => play(stage, one)));
    const lines = played.map((transcript) => transcript.lines);
    const own = lines.pop()!;
    const end = agreed(lines);
    expect(own.slice(0, end)).toEqual(lines[0]!.slice(0, end));
  });
});
