/**
 * The file of users: at start, ACL LOAD and ACL SAVE, on the servers and on the engine. Redis 7.2 is not among the
 * servers, and 7.0 writes other rules; what is 7.2's alone is in `test/unit/engine/users-file.test.ts`.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/cleanup.ts';
import { startGateway } from '../../support/gateway.ts';
import { serverNames, startServer } from '../../support/servers.ts';
import { type ConformanceCase, play } from '../transcript.ts';

const levels = { 'redis-8.0': 'redis-8', 'valkey-8.0': 'valkey-8', 'valkey-9.1': 'valkey-9' } as const;
const START = [
  'user alice on allcommands allkeys &* >alice',
  'user bob on -@all +@set +acl ~set* &* nopass (%R~r* +get)',
  'user doug on nopass resetchannels &test* +@all ~*',
  '',
];
const CHANGED = [
  'user alice on allcommands allkeys &* >alice',
  'user doug on nopass resetchannels &other +@all ~*',
  'user default on nopass ~* &* +@all -get',
];
const BROKEN = [
  'user alice on nonsense',
  'usr x',
  'user y +nosuch',
  'user y',
  'user z >secret more nonsense',
  '',
];

/** What is told of the file, without where it is. */
function masked(lines: readonly string[], file: string): string[] {
  return lines.map((line) => line.replaceAll(file, 'FILE'));
}

function fileCase(file: string): ConformanceCase {
  const write = (lines: readonly string[]): void => fs.writeFileSync(file, lines.join('\n'));
  return {
    name: 'a file of users',
    play: async (t) => {
      const all = await t.connect('all');
      await all.calls(['ACL LIST', 'CONFIG GET aclfile', 'CONFIG SET aclfile x']);
      const clients = {
        alice: await t.connect('alice'),
        bob: await t.connect('bob'),
        doug: await t.connect('doug'),
      };
      for (const [name, client] of Object.entries(clients)) await client.call('AUTH', name, name);
      await clients.alice.call('SUBSCRIBE', 'test1');
      await clients.doug.call('SUBSCRIBE', 'test1');
      await all.calls(['ACL SETUSER new on >p +get', 'ACL SAVE']);
      for (const line of fs.readFileSync(file, 'latin1').split('\n')) all.write(line);
      write(BROKEN);
      await all.calls(['ACL LOAD', 'ACL USERS']);
      write(CHANGED);
      await all.calls(['ACL LOAD', 'ACL LIST', 'GET a']);
      await clients.bob.closed();
      await clients.doug.closed();
      await all.call('PUBLISH', 'test1', 'still there');
      await clients.alice.read('message');
      fs.rmSync(file);
      await all.calls(['ACL LOAD', 'ACL USERS', 'ACL SAVE']);
      for (const line of fs.readFileSync(file, 'latin1').split('\n')) all.write(line);
      write([]);
      await all.calls(['ACL LOAD', 'ACL LIST']);
      await clients.alice.closed();
    },
  };
}

describe.each(serverNames.filter((server) => server !== 'redis-7.0'))('the engine as %s', (server) => {
  it('reads and writes users as the server does', async () => {
    const played: string[][] = [];
    for (const kind of ['server', 'engine']) {
      const aclFile = path.join(temporaryFolder(`acl-${kind}`), 'users.acl');
      fs.writeFileSync(aclFile, START.join('\n'));
      const compatibility = levels[server as keyof typeof levels];
      const config = { engine: { compatibility, arenaBytes: '64mb', aclFile } };
      const { port } =
        kind === 'server'
          ? await startServer(server, { args: ['--aclfile', aclFile] })
          : await startGateway({ config });
      const { lines } = await play({ name: kind, target: { port } }, fileCase(aclFile));
      played.push(masked(lines, aclFile));
    }
    expect(played[1]).toEqual(played[0]);
  }, 60_000);
});
