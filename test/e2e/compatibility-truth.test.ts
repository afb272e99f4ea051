/** What the compatibility report can say, asked of the real servers: all of it, for every pair of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Compatibility, compatibilityOf, hasSince } from '../../src/commands/compatibility.ts';
import type { CommandDefinition } from '../../src/commands/definition.ts';
import type { KnownOption } from '../../src/commands/option-table.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { lacksOption } from '../../src/compare/compatibility-report.ts';
import type { ServerIdentity } from '../../src/compare/identity.ts';
import { isWithin } from '../../src/compare/known-differences.ts';
import { otherAnswers } from '../../src/compare/other-answers.ts';
import { otherForms } from '../../src/compare/other-forms.ts';
import type { RawClient } from '../support/raw-client.ts';
import { type ServerName, serverNames, startServer, type TestServer } from '../support/servers.ts';
import { isFailure, type Probe, play, probes } from './compatibility-probes.ts';

const LEVELS: Readonly<Record<ServerName, Compatibility>> = {
  'redis-7.0': compatibilityOf('redis-7.0'),
  'redis-8.0': compatibilityOf('redis-8'),
  'valkey-8.0': compatibilityOf('valkey-8'),
  'valkey-9.1': compatibilityOf('valkey-9'),
};

interface Subject {
  readonly name: ServerName;
  readonly level: Compatibility;
  readonly identity: ServerIdentity;
  readonly server: TestServer;
  readonly client: RawClient;
  readonly inCluster: TestServer;
}

const { definitions, options } = buildCommandTable();
const subjects: Subject[] = [];

beforeAll(async () => {
  for (const name of serverNames) {
    const [server, inCluster] = await Promise.all([
      startServer(name),
      startServer(name, { args: ['--cluster-enabled', 'yes'] }),
    ]);
    const { product, version } = server;
    const client = await server.client();
    subjects.push({ name, level: LEVELS[name], identity: { product, version }, server, client, inCluster });
  }
}, 120_000);

/** Arguments with which an option is taken where it is known; those of COMMAND DOCS where trying it would do harm. */
const TRIALS: Readonly<Record<string, string | 'documents'>> = {
  'set IFEQ': 'SET k v IFEQ v',
  'hscan NOVALUES': 'HSCAN fields 0 NOVALUES',
  'zscan NOSCORES': 'ZSCAN zs 0 NOSCORES',
  'hsetex NX': 'HSETEX nokey1 NX FIELDS 1 f v',
  'hsetex XX': 'HSETEX nokey2 XX FIELDS 1 f v',
  'zrank WITHSCORE': 'ZRANK zs m WITHSCORE',
  'zrevrank WITHSCORE': 'ZREVRANK zs m WITHSCORE',
  'geosearch BYPOLYGON': 'GEOSEARCH zs BYPOLYGON 3 0 0 0 1 1 1',
  'geosearchstore BYPOLYGON': 'GEOSEARCHSTORE target zs BYPOLYGON 3 0 0 0 1 1 1',
  'bgsave CANCEL': 'documents',
  'shutdown SAFE': 'documents',
  'shutdown FAILOVER': 'documents',
  'cluster|replicate NO ONE': 'documents',
  'cluster|setslot TIMEOUT': 'documents',
  'client|kill PRIMARY': 'CLIENT KILL TYPE PRIMARY',
};

/** Values for the filters of clients, of which each takes one. */
const FILTER_VALUES: Readonly<Record<string, string>> = {
  ADDR: '1.2.3.4:5',
  LADDR: '1.2.3.4:5',
  USER: 'default',
  SKIPME: 'yes',
  MAXAGE: '1000000',
  IDLE: '1000000',
  FLAGS: 'b',
  CAPA: 'r',
  DB: '9',
  IP: '1.2.3.4',
  TYPE: 'pubsub',
  ID: '999999',
  NAME: 'nobody',
  'LIB-NAME': 'nothing',
  'LIB-VER': 'nothing',
};

async function takes(subject: Subject, { command, name }: KnownOption): Promise<boolean> {
  const { client } = subject;
  if (command.startsWith('config|')) {
    const reply = (await client.call('CONFIG', 'GET', name)) as readonly string[];
    return reply.includes(name);
  }
  const trial = TRIALS[`${command} ${name}`];
  if (trial === 'documents') {
    const text = JSON.stringify(await client.call('COMMAND', 'DOCS', command));
    return text.includes(`"token","${name.split(' ')[0]}"`);
  }
  if (trial !== undefined) return !isFailure(await play(client, [trial]));
  const [container, subcommand] = command.split('|');
  const plain = name.replace(/^NOT-/, '');
  const value = FILTER_VALUES[plain];
  // Those that do not concern this client itself, and so harm nobody. SKIPME alone would, with others: it is with ID.
  const filters = command === 'client|kill' && name.startsWith('NOT-') ? ['ID', '999999'] : [];
  return !isFailure(await client.call(container!, subcommand!, ...filters, name, value!));
}

describe('commands and options', () => {
  it('a command is on a server exactly where the report says so', async () => {
    const wrong: string[] = [];
    for (const { name, level, client } of subjects) {
      const all = new Set<string>(
        ((await client.call('COMMAND', 'LIST')) as string[]).map((one) => one.toLowerCase()),
      );
      const told = (await client.call('COMMAND', 'INFO')) as readonly (readonly unknown[])[];
      for (const subcommand of told.flatMap((one) => one[9] as readonly (readonly unknown[])[]))
        all.add(String(subcommand[0]).toLowerCase());
      for (const definition of definitions) {
        if (hasSince(level, definition.since) !== all.has(definition.name))
          wrong.push(`${name} ${definition.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('an option is taken exactly where the report says so', async () => {
    const wrong: string[] = [];
    for (const subject of subjects) {
      // Options of commands on keys that are not there are not always looked at.
      await play(subject.client, ['HSET fields f v', 'ZADD zs 1 m']);
      for (const option of options.options) {
        const definition = definitionOf(option.command);
        if (!hasSince(subject.level, definition.since)) continue;
        if ((await takes(subject, option)) === lacksOption(subject.level, option))
          wrong.push(`${subject.name} ${option.command} ${option.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

function definitionOf(name: string): CommandDefinition {
  const found = definitions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no command is called ${name}`);
  return found;
}

async function look(subject: Subject, probe: Probe): Promise<string> {
  const server = probe.cluster === true ? subject.inCluster : subject.server;
  const client = await server.client();
  if (probe.cluster !== true) await client.call('FLUSHALL');
  const reply = await play(client, probe.lines);
  client.close();
  return JSON.stringify((probe.shown ?? ((whole) => whole))(reply));
}

describe('answers', () => {
  const cases = otherAnswers.flatMap((answer) => answer.commands.map((command) => ({ answer, command })));

  it.each(cases)(
    '$answer.id of $command: exactly the pairs that the report names differ',
    async ({ answer, command }) => {
      const probe = probes[answer.id]?.[command];
      expect(probe, 'there is no probe').toBeDefined();
      const able = subjects.filter(({ level }) => hasSince(level, definitionOf(command).since));
      const seen = new Map<Subject, string>();
      for (const subject of able) seen.set(subject, await look(subject, probe!));
      for (const one of able) {
        for (const other of able) {
          if (one === other) continue;
          const isNamed =
            (isWithin(one.identity, answer.left) && isWithin(other.identity, answer.right)) ||
            (isWithin(one.identity, answer.right) && isWithin(other.identity, answer.left));
          const pair = `${one.name} ${seen.get(one)} and ${other.name} ${seen.get(other)}`;
          expect(seen.get(one) !== seen.get(other), pair).toBe(isNamed);
        }
      }
    },
  );

  it('there is no probe without an entry', () => {
    for (const [id, byCommand] of Object.entries(probes)) {
      const entry = otherAnswers.find((one) => one.id === id);
      expect([...(entry?.commands ?? [])].sort(), id).toEqual(Object.keys(byCommand).sort());
    }
  });
});

describe('other forms', () => {
  it.each(otherForms)(
    '$command $option: the lines run where it is not there',
    async ({ command, option, lines }) => {
      const known = options.options.find((one) => one.command === command && one.name === option);
      if (option !== undefined) expect(known).toBeDefined();
      const lacking = subjects.filter(({ level }) =>
        known === undefined ? !hasSince(level, definitionOf(command).since) : lacksOption(level, known),
      );
      expect(lacking.length).toBeGreaterThan(0);
      for (const { name, server } of lacking) {
        const client = await server.client();
        await client.call('FLUSHALL');
        for (const line of lines) {
          const words = line
            .split(' ')
            .map((word) => ({ seconds: '100', 'parameter-value': '100' })[word] ?? word);
          const reply = await client.call(words[0]!, ...words.slice(1));
          expect(JSON.stringify(reply), `${name}: ${line}`).not.toContain('"error"');
        }
        client.close();
      }
    },
  );
});
