/** The compiled command table: look-up, ids, properties, learnt commands. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import * as tableModule from '../../../src/commands/table.ts';
import { viewOf } from './view.ts';

const { buildCommandTable, UNKNOWN_COMMAND } = tableModule;

function lookup(table: tableModule.CommandTable, ...args: string[]): number {
  const view = viewOf(...args);
  return table.lookup(view.bytes, view.spans, view.count);
}

function has(table: tableModule.CommandTable, name: string, bit: number): boolean {
  return (table.bits[table.byName(name)] & bit) !== 0;
}

describe('look-up', () => {
  const table = buildCommandTable();
  const random = createRandom(20260711);

  function randomCase(name: string): string {
    return [...name].map((letter) => (random.next() < 0.5 ? letter.toUpperCase() : letter)).join('');
  }

  it('finds every command and subcommand in any case', () => {
    for (let id = 0; id < table.count; id += 1) {
      const name = table.definitions[id].name;
      expect(lookup(table, ...randomCase(name).split('|'), 'x', 'y'), `${name} (seed 20260711)`).toBe(id);
      expect(table.byName(randomCase(name))).toBe(id);
    }
  });

  it('gives the container for no subcommand and for an unknown one', () => {
    const client = table.byName('client');
    expect(lookup(table, 'client')).toBe(client);
    expect(lookup(table, 'client', 'nonsense')).toBe(client);
    expect(lookup(table, 'get', 'setname')).toBe(table.byName('get'));
  });

  it('does not find what is not there', () => {
    for (const name of ['', 'gett', 'ge', 'setname', 'client|setname', 'G\x05T', 'x'.repeat(300), 'kéys']) {
      expect(lookup(table, name), name).toBe(UNKNOWN_COMMAND);
    }
    expect(table.lookup(new Uint8Array(0), new Int32Array(0), 0)).toBe(UNKNOWN_COMMAND);
    expect(table.byName('nonsense')).toBe(UNKNOWN_COMMAND);
  });

  it('tells apart bytes that only differ in bit 5', () => {
    const fresh = buildCommandTable();
    const id = fresh.learn({ name: 'mod.a', arity: 1, flags: [], keys: [] });
    expect(lookup(fresh, 'MOD.A')).toBe(id);
    expect(lookup(fresh, 'mod\x0ea')).toBe(UNKNOWN_COMMAND);
  });
});

describe('catalogue', () => {
  const table = buildCommandTable();

  it('has no two commands of one name', () => {
    expect(new Set(table.definitions.map((definition) => definition.name)).size).toBe(table.count);
    expect(() => new tableModule.CommandTable([...allCommands, allCommands[0]])).toThrow('two definitions');
  });

  it('names subcommands after their container', () => {
    for (const definition of allCommands) {
      expect(definition.name).not.toContain('|');
      for (const subcommand of definition.subcommands ?? []) {
        expect(subcommand.name.split('|')[0]).toBe(definition.name);
        expect(subcommand.subcommands).toBeUndefined();
      }
    }
  });

  it('gives the same ids every time', () => {
    expect(buildCommandTable().labels).toEqual(table.labels);
  });

  it('lists the subcommands of a container', () => {
    const names = table.subcommandIds(table.byName('object')).map((id) => table.labels[id]);
    expect(names).toContain('object|encoding');
    expect(names).not.toContain('object');
    expect(table.subcommandIds(table.byName('get'))).toEqual([]);
  });
});

describe('properties', () => {
  const table = buildCommandTable();
  const range = (name: string): number[] => {
    const id = table.byName(name);
    return [table.firstKey[id], table.lastKey[id], table.keyStep[id]];
  };

  it('compiles plain key ranges', () => {
    expect(range('get')).toEqual([1, 1, 1]);
    expect(range('mget')).toEqual([1, -1, 1]);
    expect(range('mset')).toEqual([1, -1, 2]);
    expect(range('blpop')).toEqual([1, -2, 1]);
    expect(range('object|encoding')).toEqual([2, 2, 1]);
    expect(range('sinterstore')).toEqual([1, -1, 1]);
    expect(range('rename')).toEqual([1, 2, 1]);
    for (const name of ['ping', 'eval', 'xread', 'sort', 'migrate', 'georadius', 'zunionstore', 'msetex']) {
      expect(range(name), name).toEqual([0, 0, 0]);
    }
  });

  it('marks single keys, movable keys and optional keys', () => {
    expect(has(table, 'get', tableModule.BIT_SINGLE_KEY)).toBe(true);
    expect(has(table, 'mget', tableModule.BIT_SINGLE_KEY)).toBe(false);
    expect(has(table, 'rename', tableModule.BIT_SINGLE_KEY)).toBe(false);
    expect(has(table, 'sort', tableModule.BIT_MOVABLE_KEYS)).toBe(true);
    expect(has(table, 'sinterstore', tableModule.BIT_MOVABLE_KEYS)).toBe(false);
    expect(has(table, 'ping', tableModule.BIT_KEYED)).toBe(false);
    expect(has(table, 'eval', tableModule.BIT_KEYS_OPTIONAL)).toBe(true);
  });

  it('counts scripts as writes and what only reads as reads', () => {
    for (const name of ['set', 'eval', 'evalsha', 'fcall', 'flushall', 'xreadgroup', 'script|load']) {
      expect(has(table, name, tableModule.BIT_WRITE), name).toBe(true);
    }
    for (const name of ['get', 'eval_ro', 'fcall_ro', 'pfcount', 'publish', 'spublish', 'xread', 'vsim']) {
      expect(has(table, name, tableModule.BIT_WRITE), name).toBe(false);
    }
  });

  it('marks what changes keys or scripts without naming them', () => {
    const marked = (bit: number): string[] =>
      table.labels.filter((_, id) => (table.bits[id] & bit) !== 0).sort();
    expect(marked(tableModule.BIT_ALL_KEYS)).toEqual(['cluster|flushslot', 'flushall', 'flushdb', 'swapdb']);
    expect(marked(tableModule.BIT_SCRIPTS)).toEqual([
      'function|delete',
      'function|flush',
      'function|load',
      'function|restore',
      'script|flush',
      'script|load',
    ]);
  });

  it('marks how sessions treat a command', () => {
    expect(has(table, 'client|setname', tableModule.BIT_LOCAL)).toBe(true);
    expect(has(table, 'client|no-evict', tableModule.BIT_PIN)).toBe(true);
    expect(has(table, 'psync', tableModule.BIT_STREAM)).toBe(true);
    expect(has(table, 'watch', tableModule.BIT_TRANSACTION)).toBe(true);
    expect(has(table, 'watch', tableModule.BIT_NO_MULTI)).toBe(true);
    expect(has(table, 'blpop', tableModule.BIT_BLOCKING | tableModule.BIT_EFFECT)).toBe(true);
    expect(has(table, 'ssubscribe', tableModule.BIT_SUBSCRIBE)).toBe(true);
    expect(has(table, 'client', tableModule.BIT_CONTAINER)).toBe(true);
    expect(has(table, 'client|id', tableModule.BIT_CONTAINER)).toBe(false);
    expect(has(table, 'auth', tableModule.BIT_NO_AUTH)).toBe(true);
    expect(has(table, 'info', tableModule.BIT_NOT_COMPARED)).toBe(true);
    expect(has(table, 'get', tableModule.BIT_NOT_COMPARED)).toBe(false);
  });
});

describe('learning', () => {
  const keys = [
    {
      flags: ['RW', 'update'],
      begin: { type: 'index', index: 1 },
      find: { type: 'range', lastKey: 0, step: 1, limit: 0 },
    },
  ] as const;

  it('adds a command with its subcommands under the label other', () => {
    const table = buildCommandTable();
    const before = table.count;
    const subcommands = [{ name: 'BF.TOOL|Get', arity: 3, flags: ['readonly'], keys }];
    const id = table.learn({ name: 'BF.TOOL', arity: -2, flags: ['write'], keys: [], subcommands });
    expect(id).toBe(before);
    expect(table.catalogueCount).toBe(before);
    expect(table.count).toBe(before + 2);
    expect(lookup(table, 'bf.tool')).toBe(id);
    const get = lookup(table, 'bf.TOOL', 'gET', 'k');
    expect(get).toBe(id + 1);
    expect(table.labels[get]).toBe('other');
    expect(table.firstKey[get]).toBe(1);
    expect(table.bits[get] & tableModule.BIT_MIRRORED).not.toBe(0);
    expect(table.definitions[get].compare.rule).toBe('shape');
  });

  it('does not add what is known, but adds its new subcommands', () => {
    const table = buildCommandTable();
    const before = table.count;
    expect(table.learn({ name: 'GET', arity: 2, flags: ['readonly'], keys: [] })).toBe(table.byName('get'));
    expect(table.count).toBe(before);
    const subcommands = [{ name: 'client|future', arity: 2, flags: [], keys: [] }];
    expect(table.learn({ name: 'client', arity: -2, flags: [], keys: [], subcommands })).toBe(
      table.byName('client'),
    );
    expect(lookup(table, 'CLIENT', 'FUTURE')).toBe(before);
    expect(table.bits[before] & tableModule.BIT_MIRRORED).toBe(0);
  });

  it('stops when the table is full', () => {
    const table = buildCommandTable();
    let last = 0;
    for (let index = 0; index < 5000; index += 1) {
      last = table.learn({ name: `module.command${index}`, arity: 1, flags: [], keys: [] });
    }
    expect(last).toBe(UNKNOWN_COMMAND);
    expect(table.count).toBe(4096);
    expect(lookup(table, 'MODULE.command7')).toBeGreaterThan(0);
    expect(lookup(table, 'module.command4999')).toBe(UNKNOWN_COMMAND);
  });
});
