/**
 * Users of the gateway itself, before a server that has one user: a client is told what a real server with these users
 * would tell it, word for word, and the server never hears of what was refused.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const upstreamPassword = 'upstream-password';

const users: Readonly<Record<string, string>> = {
  admin: 'on >admin-password ~* &* +@all',
  nothing: 'on >p',
  reader: 'on >p ~app:* %R~shared:* +@read +@connection +info -select',
  writer: 'on >p %W~out:* %RW~both:* +set +get +mset +del +copy +@transaction +eval +object|help',
  listener: 'on >p &news:* +@pubsub +@connection',
  parts: 'on >p ~* -@all +config|get +client -client|kill +select|0 +select|1 +acl|whoami',
  selective: 'on >p +ping (~s1:* +get +multi +exec) (~s2:* +set +discard)',
  lister: 'on >p ~list +sort +sort_ro +rpush +hello +reset',
  anyone: 'on nopass ~* +get +multi +exec +discard +watch +acl|whoami',
  disabled: 'off >p +@all ~*',
  // The last: it is whoever makes the users on the real server.
  default: 'off',
};

const everywhere = [
  ...[
    'PING',
    'ACL WHOAMI',
    'GET app:1',
    'GET shared:1',
    'GET other',
    'SET app:1 x',
    'SET out:1 x',
    'SET both:1 x',
  ],
  ...[
    'GET out:1',
    'GET both:1',
    'MGET app:1 other',
    'MSET out:1 a both:2 b',
    'MSET out:1 a no b',
    'DEL out:1',
  ],
  ...['SET both:1 y GET', 'SET out:1 y GET', 'COPY both:1 out:2', 'COPY out:1 both:2', 'GETEX shared:1'],
  ...[
    'STRLEN app:1',
    'EXISTS other',
    'TOUCH shared:1',
    'KEYS app:*',
    'DBSIZE',
    'FLUSHALL',
    'nosuch a b',
    'GET',
    'get',
  ],
  ...['CONFIG GET maxmemory-policy', 'CONFIG SET maxmemory 0', 'CONFIG', 'CONFIG nosuch', 'CONFIG RESETSTAT'],
  ...['CLIENT GETNAME', 'CLIENT SETNAME me', 'CLIENT KILL TYPE pubsub', 'CLIENT nosuch', 'OBJECT HELP x'],
  ...[
    'SELECT 1',
    'SELECT 0',
    'SELECT 2',
    'SELECT 0',
    'PUBLISH news:1 x',
    'PUBLISH other x',
    'SPUBLISH other x',
  ],
  ...['PUBSUB CHANNELS', 'EVAL return{KEYS[1]} 1 both:1', 'EVAL return{KEYS[1]} 1 no', 'EVAL return{1} 0'],
  ...[
    'RPUSH list 2 1',
    'SORT list',
    'SORT list BY v*',
    'SORT list GET v*',
    'SORT list BY nosort',
    'SORT_RO list GET #',
  ],
  ...[
    'SORT list LIMIT 0 1 BY w*',
    'SORT list STORE both:9',
    'ZUNIONSTORE out:1 1 no',
    'XREAD STREAMS app:1 0',
  ],
  ...[
    'MULTI',
    'GET app:1',
    'SET both:1 z',
    'DISCARD',
    'MULTI',
    'GET app:1',
    'EXEC',
    'MULTI',
    'GET no',
    'nosuch',
  ],
  ...[
    'FLUSHALL',
    'EXEC',
    'EXEC',
    'WATCH app:1',
    'WATCH no',
    'UNWATCH',
    'AUTH',
    'AUTH a b c',
    'AUTH nobody x',
  ],
  ...['AUTH disabled p', 'AUTH p', 'ACL WHOAMI', 'ACL NOSUCH', 'ACL GETUSER reader', 'ACL USERS', 'ACL LIST'],
  ...['ACL DRYRUN reader GET app:1', 'ACL DRYRUN reader GET no', 'ACL DRYRUN reader SET app:1 x'],
  ...[
    'ACL DRYRUN listener PUBLISH no x',
    'ACL DRYRUN nobody GET a',
    'ACL DRYRUN reader nosuch',
    'ACL DRYRUN reader GET',
  ],
  ...['HELLO 2', 'HELLO 2 AUTH reader wrong', 'HELLO 4', 'HELLO x', 'HELLO 2 SETNAME', 'MEMORY USAGE app:1'],
  ...['BLPOP no 0', 'BLPOP', 'DEBUG JMAP', 'MONITORX', 'SUBSCRIBE other', 'RESET', 'ACL WHOAMI', 'PING'],
];

async function play(client: RawClient, lines: readonly string[]): Promise<[string, PlainReply][]> {
  const replies: [string, PlainReply][] = [];
  for (const line of lines) {
    const reply = await client.call(...line.split(' '));
    // The id of the client is another one.
    const isGreeting = line.startsWith('HELLO') && Array.isArray(reply);
    replies.push([line, isGreeting ? reply.filter((item) => typeof item !== 'number') : reply]);
  }
  return replies;
}

function asList(rules: Readonly<Record<string, string>>): { name: string; rules: string }[] {
  return Object.entries(rules).map(([name, text]) => ({ name, rules: text }));
}

const stages = [
  ['redis-7.0', 'pooled'],
  ['redis-8.0', 'pinned'],
  ['valkey-9.1', 'pooled'],
] as const;

describe.each(stages.filter(([name]) => serverNames.includes(name)))('before %s, %s', (name, sessions) => {
  let real: TestServer;
  let upstream: TestServer;
  let gateway: TestGateway;

  const prepare = async (server: TestServer): Promise<void> => {
    const client = server === real ? await connect(real.port) : await server.client();
    if (server === real) expect(await client.call('AUTH', 'admin', 'admin-password')).toBe('OK');
    await client.call('FLUSHALL');
    for (const key of ['app:1', 'shared:1', 'both:1', 'out:1', 's1:1', 'v1', 'v2'])
      await client.call('SET', key, '1');
    await client.call('DEL', 'app:1');
    await client.call('XADD', 'app:1', '1-1', 'a', 'b');
    client.close();
  };

  const connect = async (port: number): Promise<RawClient> => RawClient.connect({ port });

  beforeAll(async () => {
    [real, upstream] = await Promise.all([
      startServer(name),
      startServer(name, { password: upstreamPassword }),
    ]);
    gateway = await startGateway({
      primary: upstream.url,
      config: { acl: { users: asList(users) }, upstream: { sessions } },
    });
    // Texts are those of the primary once it is known what that is.
    await waitUntil(async () => {
      const { primary } = await gateway.admin('/api/v1/status');
      return JSON.stringify(primary).includes(upstream.version);
    }, 'the version of the primary');
    const client = await real.client();
    for (const [user, rules] of Object.entries(users)) {
      expect(await client.call('ACL', 'SETUSER', user, 'reset', ...rules.split(' '))).toBe('OK');
    }
    client.close();
  });

  it.each(Object.keys(users).filter((user) => user !== 'admin'))(
    'tells %s what the server would',
    async (user) => {
      await Promise.all([prepare(real), prepare(upstream)]);
      const transcripts = [];
      for (const { port } of [real, gateway]) {
        const client = await connect(port);
        const login = user === 'default' ? ['PING'] : [`AUTH ${user} p`];
        transcripts.push(await play(client, [...login, ...everywhere]));
        client.close();
      }
      expect(transcripts[1]).toEqual(transcripts[0]);
    },
  );
});
