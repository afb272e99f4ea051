/** Commands learnt from real servers: as good to route and to mirror by as those of the catalogue. */
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../src/commands/catalogue.ts';
import { readCommandReply } from '../../../src/commands/command-reply.ts';
import { geoSearchCommands } from '../../../src/commands/geo/search.ts';
import { listBlockingCommands } from '../../../src/commands/list/blocking.ts';
import { scriptCommands } from '../../../src/commands/scripting/scripts.ts';
import { sortedSetAlgebraCommands } from '../../../src/commands/sorted-set/algebra.ts';
import {
  BIT_BLOCKING,
  BIT_KEYED,
  BIT_MIRRORED,
  BIT_READONLY,
  BIT_WRITE,
  buildCommandTable,
  CommandTable,
  UNKNOWN_COMMAND,
} from '../../../src/commands/table.ts';
import { decodeReply } from '../../../src/resp/reply.ts';
import { findKeys, KeyList } from '../../../src/routing/keys.ts';
import { serverNames, startServer } from '../../support/servers.ts';
import { viewOf } from './view.ts';

/** Left out of the catalogue, and learnt again: plain and counted keys, STORE, subcommands, commands that block. */
const missing = [
  ...sortedSetAlgebraCommands,
  ...geoSearchCommands,
  ...listBlockingCommands,
  ...scriptCommands,
];
const commands = [
  'ZUNIONSTORE to 2 a b WEIGHTS 1 2',
  'ZINTER 2 a b',
  'GEOSEARCHSTORE to from FROMMEMBER m BYRADIUS 1 km',
  'GEOSEARCH from FROMMEMBER m BYRADIUS 1 km',
  'BLPOP a b c 0',
  'BLMPOP 0 2 a b LEFT',
  'BLMOVE a b LEFT RIGHT 0',
  'EVAL script 2 a b c',
  'EVALSHA_RO digest 1 a b',
  'SCRIPT LOAD text',
  'SCRIPT EXISTS digest',
];

function keysOf(table: CommandTable, text: string): number[] | undefined {
  const view = viewOf(...text.split(' '));
  const list = new KeyList();
  const id = table.lookup(view.bytes, view.spans, view.count);
  return findKeys(table, id, view, list) ? Array.from(list.indexes.slice(0, list.count)) : undefined;
}

describe.each(serverNames)('COMMAND of %s', (name) => {
  it.each([2, 3])('teaches what the catalogue lacks, in RESP%i', async (resp) => {
    const client = await (await startServer(name)).client();
    if (resp === 3) await client.hello3();
    const bytes = await client.callBytes('COMMAND');
    client.close();
    const listed = readCommandReply(decodeReply(bytes, 0, bytes.length));
    const full = buildCommandTable();
    expect(full.unknownOf(listed)).toEqual([]);

    const table = new CommandTable(allCommands.filter((definition) => !missing.includes(definition)));
    const news = table.unknownOf(listed);
    const names = missing
      .map((definition) => definition.name)
      .filter((one) => listed.some((entry) => entry.name === one));
    expect(news.map((entry) => entry.name).sort()).toEqual(names.sort());
    for (const command of structuredClone(news))
      expect(table.learn(command)).toBeGreaterThanOrEqual(table.catalogueCount);
    expect(table.unknownOf(listed)).toEqual([]);

    for (const text of commands) {
      expect(keysOf(table, text), text).toEqual(keysOf(full, text));
      const view = viewOf(...text.split(' '));
      const learnt = table.lookup(view.bytes, view.spans, view.count);
      const known = full.lookup(view.bytes, view.spans, view.count);
      expect(learnt, text).not.toBe(UNKNOWN_COMMAND);
      expect(table.definitions[learnt].name).toBe(full.definitions[known].name);
      expect(table.labels[learnt]).toBe('other');
      expect(table.arity[learnt]).toBe(full.arity[known]);
      const bits = BIT_KEYED | BIT_READONLY | BIT_BLOCKING;
      expect(table.bits[learnt] & bits, text).toBe(full.bits[known] & bits);
      if (!text.startsWith('SCRIPT'))
        expect(table.bits[learnt] & BIT_WRITE, text).toBe(full.bits[known] & BIT_WRITE);
    }
    for (const [text, isMirrored] of [
      ['zunionstore', true],
      ['geosearch', true],
      ['eval', true],
      ['eval_ro', true],
      ['blpop', false],
      ['script|load', false],
    ] as const) {
      expect((table.bits[table.byName(text)] & BIT_MIRRORED) !== 0, text).toBe(isMirrored);
    }
  });
});

describe('readCommandReply', () => {
  it('reads what servers before Redis 7.0 tell', () => {
    const entry = (name: string, flags: string, range: readonly number[]): string => {
      const words = flags.split(' ').filter((word) => word !== '');
      const list = words.map((word) => `+${word}\r\n`).join('');
      const numbers = range.map((at) => `:${at}\r\n`).join('');
      return `*7\r\n$${name.length}\r\n${name}\r\n:-2\r\n*${words.length}\r\n${list}${numbers}*1\r\n+@slow\r\n`;
    };
    const entries = [
      entry('x.get', 'readonly fast', [1, 1, 1]),
      entry('x.del', 'write', [1, -1, 1]),
      entry('x.eval', 'write movablekeys', [0, 0, 0]),
      entry('x.ping', '', [0, 0, 0]),
    ];
    const bytes = Buffer.from(`*${entries.length + 1}\r\n*-1\r\n${entries.join('')}`);
    const table = buildCommandTable();
    for (const command of readCommandReply(decodeReply(bytes, 0, bytes.length))) table.learn(command);
    expect(keysOf(table, 'X.GET a')).toEqual([1]);
    expect(keysOf(table, 'x.del a b c')).toEqual([1, 2, 3]);
    expect(keysOf(table, 'x.eval a b')).toBeUndefined();
    expect(keysOf(table, 'x.ping a')).toEqual([]);
    expect(table.bits[table.byName('x.get')] & BIT_READONLY).not.toBe(0);
    expect(table.bits[table.byName('x.eval')] & BIT_WRITE).not.toBe(0);
  });

  it('makes nothing of another reply', () => {
    for (const text of ['+OK\r\n', '*0\r\n', '*-1\r\n', '*2\r\n$1\r\na\r\n*1\r\n:1\r\n']) {
      const bytes = Buffer.from(text);
      expect(readCommandReply(decodeReply(bytes, 0, bytes.length))).toEqual([]);
    }
  });
});
