/**
 * Values of every type and encoding go from a real server to the engine by DUMP and RESTORE, and back to the server,
 * which then says whether they are the same.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.ts';
import { type ServerName, serverNames, startServer } from '../../support/servers.ts';
import { makeEngine, TestEngineClient } from '../../unit/engine/in-process-engine.ts';
import { askedOf, dumpData, type Line } from './dump-data.ts';
import { levels } from './engine-pair.ts';

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function start(name: ServerName): Promise<RawClient> {
  const server = await startServer(name, { args: ['--enable-debug-command', 'yes'] });
  const client = await RawClient.connect({ port: server.port });
  clients.push(client);
  return client;
}

async function play(client: RawClient, lines: readonly Line[]): Promise<void> {
  for (const line of lines) {
    const reply = await client.callTyped(...line);
    if (reply.type === 'error') throw new Error(`${String(line[0])} ${String(line[1])}: ${reply.text}`);
  }
}

/** What a server says about a key. */
async function picture(client: RawClient, key: string, name: ServerName): Promise<string> {
  const parts = [await client.call('DEBUG', 'DIGEST-VALUE', key)];
  for (const line of askedOf(key, name)) parts.push(await client.call(...line));
  return JSON.stringify(parts, withoutStructure);
}

/** How a stream's nodes are kept in memory. The engine puts entries whose ids are far apart into nodes of their own. */
function withoutStructure(_key: string, value: unknown): unknown {
  if (!Array.isArray(value) || value[2] !== 'radix-tree-keys') return value;
  return value.toSpliced(2, value[7] === '18446744073709551614-18446744073709551615' ? 4 : 0);
}

function bulkOf(reply: string): Buffer {
  const head = reply.indexOf('\r\n');
  return Buffer.from(reply.slice(head + 2, -2), 'latin1');
}

describe.each(serverNames)('DUMP and RESTORE with %s', (name) => {
  it('carry every type and encoding there and back', async () => {
    const server = await start(name);
    await play(server, dumpData(name));
    const { engine } = makeEngine({ compatibility: levels[name], shards: 4, arenaBytes: 32 * 1024 * 1024 });
    const client = new TestEngineClient(engine);
    const keys = (await server.call('KEYS', '*')) as string[];
    expect(keys.length).toBeGreaterThan(40);
    for (const key of keys) {
      const payload = bulkOf((await server.callBytes('DUMP', key)).toString('latin1'));
      const due = String(Math.max(0, Number(await server.call('PEXPIRETIME', key))));
      expect([key, client.call('RESTORE', key, due, payload, 'ABSTTL')]).toEqual([key, '+OK\r\n']);
      const before = await picture(server, key, name);
      const ours = bulkOf(client.call('DUMP', key));
      const restored = await server.call('RESTORE', key, due, ours, 'REPLACE', 'ABSTTL');
      expect([key, restored]).toEqual([key, 'OK']);
      expect([key, await picture(server, key, name)]).toEqual([key, before]);
    }
  });
});
