/** COMMAND on the engine beside COMMAND of the server that it is set to behave like: the same facts of each command. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import { RawClient } from '../../support/raw-client.ts';
import { type ServerName, serverNames, startServer } from '../../support/servers.ts';
import { type Reported, readCommands, readDocs } from '../catalogue-server.ts';

const levels = {
  'redis-7.0': 'redis-7.0',
  'redis-8.0': 'redis-8',
  'valkey-8.0': 'valkey-8',
  'valkey-9.1': 'valkey-9',
} as const;
/** The level between Redis 7.0 and 8.0, 7.2, is not among the servers. */
const names = serverNames.filter((name): name is keyof typeof levels & ServerName => name in levels);
/** Patch releases differ in whether they call these specs incomplete. */
const INCOMPLETE = / ?\+?incomplete/;

describe.each(names)('COMMAND on the engine as %s', (name) => {
  let server: RawClient;
  let engine: RawClient;

  beforeAll(async () => {
    const started = await startServer(name);
    const config = { engine: { compatibility: levels[name], arenaBytes: '64mb' } };
    const gateway = await startGateway({ config });
    server = await started.client();
    engine = await RawClient.connect({ port: gateway.port });
  });

  it('tells the same of every command', async () => {
    const [expected, told] = [await server.call('COMMAND'), await engine.call('COMMAND')].map(readCommands);
    expect(sorted(told!)).toEqual(sorted(expected!));
    expect(await engine.call('COMMAND', 'COUNT')).toBe(await server.call('COMMAND', 'COUNT'));
    const [listed, known] = [await engine.call('COMMAND', 'LIST'), await server.call('COMMAND', 'LIST')];
    expect(namesOf(listed)).toEqual(namesOf(known));
    expect(namesOf(listed)).toEqual([...told!.keys()].sort());
  });

  it.runIf(name === 'valkey-9.1')('documents the same arguments', async () => {
    const [expected, told] = [
      readDocs(await server.call('COMMAND', 'DOCS')),
      readDocs(await engine.call('COMMAND', 'DOCS')),
    ];
    expect([...told].sort()).toEqual([...expected].sort());
  });

  it('shows arguments to people as the server does', async () => {
    const commands = [
      'georadius',
      'sort',
      'xgroup|create',
      'client|kill',
      'cluster|setslot',
      'migrate',
      'set',
    ];
    const shown = async (client: RawClient): Promise<string[]> =>
      displayTexts(await client.call('COMMAND', 'DOCS', ...commands)).sort();
    expect(await shown(engine)).toEqual(await shown(server));
  });

  it.each([2, 3])('lists, filters and finds keys as the server does in RESP%i', async (resp) => {
    await server.call('HELLO', resp);
    await engine.call('HELLO', resp);
    for (const line of LINES) {
      const args = line.split(' ');
      const [expected, told] = [await server.callTyped(...args), await engine.callTyped(...args)];
      expect(plain(told), line).toEqual(plain(expected));
    }
  });
});

/** Names of commands in order. */
function namesOf(list: unknown): string[] {
  return (list as string[]).map((name) => name.toLowerCase()).sort();
}

/** What stands behind `display_text` anywhere in a reply. */
function displayTexts(reply: unknown): string[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((one, at) => (one === 'display_text' ? [String(reply[at + 1])] : displayTexts(one)));
}

/** Sets and lists of names have no order: the same leaves, of the same types. */
function plain(reply: unknown): unknown {
  return JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
    .split(/[[\]{},]/)
    .sort();
}

function sorted(commands: ReadonlyMap<string, Reported>): unknown[] {
  return [...commands].sort().map(([name, { arity, flags, range, categories, keys }]) => ({
    ...{ name, arity, range },
    flags: [...flags].sort(),
    categories: [...categories].sort(),
    keys: keys.map((spec) => spec.replace(INCOMPLETE, '')),
  }));
}

const LINES = [
  ...['COMMAND INFO get nosuch', 'COMMAND INFO ping', 'COMMAND DOCS nosuch', 'COMMAND BOGUS'],
  ...['COMMAND LIST FILTERBY', 'COMMAND LIST FILTERBY foo bar', 'COMMAND LIST FILTERBY MODULE x'],
  ...['COMMAND LIST FILTERBY ACLCAT nosuch', 'COMMAND LIST FILTERBY ACLCAT hyperloglog', 'COMMAND LIST x'],
  ...['COMMAND LIST FILTERBY PATTERN xgr*', 'COMMAND GETKEYS', 'COMMAND GETKEYS get', 'COMMAND GETKEYS ping'],
  ...['COMMAND GETKEYS nosuch x', 'COMMAND GETKEYS config get x', 'COMMAND GETKEYS mset a 1 b 2'],
  ...['COMMAND GETKEYS eval x 0', 'COMMAND GETKEYS eval x 2 a b c', 'COMMAND GETKEYS zunionstore d 2 a b'],
  ...['COMMAND GETKEYSANDFLAGS set a b', 'COMMAND GETKEYSANDFLAGS lmove a b left right'],
  ...['COMMAND GETKEYS xread streams a b 0 0', 'COMMAND GETKEYSANDFLAGS ping', 'COMMAND GETKEYS eval x 3 a'],
];
