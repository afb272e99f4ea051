/**
 * The catalogue against the four real servers: what COMMAND and COMMAND DOCS of each say about every command must be
 * what the definitions say, its `variants` included. Keys and slots are asked for as well.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keySlot } from '../../src/base/slot.ts';
import type { ArgumentGrammar, CommandDefinition } from '../../src/commands/definition.ts';
import { legacyRange } from '../../src/commands/key-range.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { findKeys, KeyList, keyFlagsAt } from '../../src/routing/keys.ts';
import type { RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';
import { viewOf } from '../unit/commands/view.ts';
import { keyVectors } from '../unit/routing/key-vectors.ts';
import {
  type Documented,
  describeSpec,
  grammarText,
  isPresent,
  type Reported,
  readCommands,
  readDocs,
} from './catalogue-server.ts';

const table = buildCommandTable();

/** Where a server's own `since` is not what the definition says, and why. */
const SINCE_EXCEPTIONS: Readonly<Record<string, string>> = {
  'client|pause redis-7.0': 'Redis 7.0 says 2.9.50, a development version; later servers say 3.0.0',
};
/** Patch releases of Redis 8.0 differ in whether they call these specs incomplete; the keys are the same. */
const INCOMPLETE_VARIES = new Set(['xread', 'xreadgroup', 'georadius', 'georadiusbymember']);

for (const name of serverNames) {
  describe(`catalogue against ${name}`, () => {
    let server: TestServer;
    let client: RawClient;
    let commands: ReadonlyMap<string, Reported>;
    let docs: ReadonlyMap<string, Documented>;

    beforeAll(async () => {
      server = await startServer(name, { args: ['--cluster-enabled', 'yes'] });
      client = await server.client();
      commands = readCommands(await client.call('COMMAND'));
      docs = readDocs(await client.call('COMMAND', 'DOCS'));
    });
    afterAll(() => server?.stop());

    function differences(compare: (definition: CommandDefinition, reported: Reported) => string[]): string[] {
      const found: string[] = [];
      for (const definition of table.definitions) {
        const reported = commands.get(definition.name);
        if (reported === undefined) continue;
        for (const difference of compare(definition, reported))
          found.push(`${definition.name}: ${difference}`);
      }
      return found;
    }

    it('has exactly the commands that the catalogue says it has', () => {
      const expected = table.definitions.filter((definition) =>
        isPresent(definition.since[server.product], server.version),
      );
      expect([...commands.keys()].sort()).toEqual(expected.map((definition) => definition.name).sort());
    });

    it('agrees on arity', () => {
      expect(
        differences((definition, reported) => {
          const arity = definition.variants?.[name]?.arity ?? definition.arity;
          return arity === reported.arity ? [] : [`${arity}, server ${reported.arity}`];
        }),
      ).toEqual([]);
    });

    it('agrees on flags', () => {
      expect(
        differences((definition, reported) => {
          const variant = definition.variants?.[name];
          const flags = new Set<string>([...definition.flags, ...(variant?.addFlags ?? [])]);
          for (const flag of variant?.removeFlags ?? []) flags.delete(flag);
          return same([...flags], reported.flags);
        }),
      ).toEqual([]);
    });

    it('agrees on ACL categories', () => {
      expect(
        differences((definition, reported) =>
          same(definition.variants?.[name]?.categories ?? definition.categories, reported.categories),
        ),
      ).toEqual([]);
    });

    it('agrees on key specs', () => {
      expect(
        differences((definition, reported) =>
          same(
            (definition.variants?.[name]?.keys ?? definition.keys).map(describeSpec),
            INCOMPLETE_VARIES.has(definition.name)
              ? reported.keys.map((spec) => spec.replace('+incomplete', ''))
              : reported.keys,
          ),
        ),
      ).toEqual([]);
    });

    it('agrees on first key, last key and step', () => {
      expect(
        differences((definition, reported) => {
          const { first, last, step } = legacyRange(definition.variants?.[name]?.keys ?? definition.keys);
          return same([`${first},${last},${step}`], [reported.range.join(',')]);
        }),
      ).toEqual([]);
    });

    it('agrees on the version that introduced each command', () => {
      const found = differences((definition) => {
        const since = docs.get(definition.name)?.since;
        const expected = definition.since[server.product];
        const known = since === undefined || since === expected;
        return known || `${definition.name} ${name}` in SINCE_EXCEPTIONS
          ? []
          : [`${expected}, server ${since}`];
      });
      expect(found).toEqual([]);
    });

    it.runIf(name === 'valkey-9.1')('agrees on arguments and tips', () => {
      const found = differences((definition, reported) => {
        const grammar = definition.arguments
          .map((argument: ArgumentGrammar) => grammarText(argument))
          .join(' ');
        const wrong =
          grammar === docs.get(definition.name)?.grammar
            ? []
            : [`${grammar}`, `server ${docs.get(definition.name)?.grammar}`];
        const tips = [...(definition.tips ?? [])];
        if (definition.request) tips.push(`request_policy:${definition.request}`);
        if (definition.response) tips.push(`response_policy:${definition.response}`);
        return [...wrong, ...same(tips, reported.tips)];
      });
      expect(found).toEqual([]);
    });

    it('finds the keys that COMMAND GETKEYS finds', async () => {
      const list = new KeyList();
      const found: string[] = [];
      for (const { args, keys, refused } of keyVectors) {
        const view = viewOf(...args);
        const id = table.lookup(view.bytes, view.spans, view.count);
        if (!commands.has(table.definitions[id].name)) continue;
        const reply = await client.call('COMMAND', 'GETKEYS', ...args);
        const own = findKeys(table, id, view, list) ? list.count : 0;
        const expected = refused ? 'refused' : keys.map((index) => args[index]).join(' ');
        const actual = Array.isArray(reply) && reply.length > 0 ? reply.join(' ') : 'refused';
        if (actual !== expected || own !== keys.length)
          found.push(`${args.join(' ')}: ${JSON.stringify(reply)}`);
      }
      expect(found).toEqual([]);
    });

    it('agrees with COMMAND GETKEYSANDFLAGS', async () => {
      const list = new KeyList();
      const found: string[] = [];
      for (const { args, refused } of keyVectors) {
        const view = viewOf(...args);
        const id = table.lookup(view.bytes, view.spans, view.count);
        const definition = table.definitions[id];
        if (refused || !commands.has(definition.name) || definition.variants?.[name]?.keys !== undefined)
          continue;
        const reply = await client.call('COMMAND', 'GETKEYSANDFLAGS', ...args);
        findKeys(table, id, view, list);
        const own = Array.from({ length: list.count }, (_, at) => keyFlagsAt(table, id, view, list, at));
        const theirs = (reply as PlainReply[][]).map((pair) => flagNames(pair[1]));
        own.forEach((flags, at) => {
          const mine = flags.filter((flag) => flag !== 'variable_flags' && flag !== 'incomplete');
          const other = theirs[at].filter((flag) => flag !== 'variable_flags' && flag !== 'incomplete');
          found.push(...same(mine, other).map((text) => `${args.join(' ')} [${at}]: ${text}`));
        });
      }
      expect(found).toEqual([]);
    });

    it('agrees with CLUSTER KEYSLOT', async () => {
      const keys = [
        '',
        'foo',
        '{a}b',
        'a{b}c{d}',
        '{}x',
        'x{y',
        'x}y{z}',
        '{{a}}',
        '\u00ff',
        'k'.repeat(300),
      ];
      for (const key of keys) {
        const bytes = Buffer.from(key);
        expect(keySlot(bytes, 0, bytes.length), key).toBe(await client.call('CLUSTER', 'KEYSLOT', key));
      }
    });
  });
}

function flagNames(reply: PlainReply): string[] {
  return (Array.isArray(reply) ? reply : (reply as { set: readonly PlainReply[] }).set).map(String);
}

function same(own: readonly string[], server: readonly string[]): string[] {
  const left = [...own].sort().join(' ');
  const right = [...server].sort().join(' ');
  return left === right ? [] : [`${left}, server ${right}`];
}
