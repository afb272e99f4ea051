/** What must hold for every definition, so that nothing is mirrored or compared that would report false differences. */
import { describe, expect, it } from 'vitest';
import type { ArgumentGrammar, CommandDefinition } from '../../../src/commands/definition.ts';
import {
  BIT_ALL_KEYS,
  BIT_BLOCKING,
  BIT_EFFECT,
  BIT_MIRRORED,
  BIT_READONLY,
  BIT_SCRIPTS,
  BIT_WRITE,
  buildCommandTable,
} from '../../../src/commands/table.ts';

/** Commands that write and are not mirrored, and why. */
const UNMIRRORED_WRITES: Readonly<Record<string, string>> = {
  migrate: 'its effect depends on a third server',
  pfdebug: 'changes the encoding of a value for tests of the server',
  'cluster|flushslot': 'administration of the cluster, whose slots the shadow does not share',
};
/** Commands that read and are not mirrored, and why. */
const UNMIRRORED_READS: Readonly<Record<string, string>> = {
  randomkey: 'random, and null or not by keys of any slot',
  lolwut: 'art',
  clusterscan: 'its cursor belongs to a node of one cluster',
};
/** Mirrored although they name no key, and why that is right. */
const MIRRORED_WITHOUT_KEYS: Readonly<Record<string, string>> = {
  flushall: 'all keys',
  flushdb: 'all keys',
  swapdb: 'all keys',
  keys: 'compared by shape',
  dbsize: 'compared by shape',
  scan: 'compared as a page',
  'script|load': 'later EVALSHA need it',
  'script|flush': 'later EVALSHA depend on it',
  'function|load': 'later FCALL need it',
  'function|delete': 'later FCALL depend on it',
  'function|flush': 'later FCALL depend on it',
  'function|restore': 'later FCALL need it',
  'function|list': 'compared by shape',
};
const RULES_THAT_TOLERATE_OTHER_SLOTS = ['shape', 'cursor', 'ignore'];

const table = buildCommandTable();
const definitions = table.definitions;

function named(holds: (definition: CommandDefinition, bits: number) => boolean): string[] {
  return definitions.filter((definition, id) => holds(definition, table.bits[id])).map(({ name }) => name);
}

describe('definitions', () => {
  it('are complete', () => {
    for (const definition of definitions) {
      expect(definition.summary, definition.name).toMatch(/^[A-Z].{8,105}\.$/);
      expect(definition.name).toMatch(/^[a-z_-]+(\|[a-z-]+)?$/);
      expect(definition.arity).not.toBe(0);
      const { redis, valkey } = definition.since;
      expect(redis ?? valkey, definition.name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('mirror what writes, apart from a few', () => {
    const unmirrored = named((_, bits) => (bits & BIT_WRITE) !== 0 && (bits & BIT_MIRRORED) === 0);
    expect(unmirrored.sort()).toEqual(Object.keys(UNMIRRORED_WRITES).sort());
  });

  it('mirror what reads keys, apart from a few', () => {
    const unmirrored = named((_, bits) => (bits & BIT_READONLY) !== 0 && (bits & BIT_MIRRORED) === 0);
    expect(unmirrored.sort()).toEqual(Object.keys(UNMIRRORED_READS).sort());
  });

  it('mirror nothing that touches no data', () => {
    const keyless = named(({ keys }, bits) => keys.length === 0 && (bits & BIT_MIRRORED) !== 0);
    expect(keyless.sort()).toEqual(Object.keys(MIRRORED_WITHOUT_KEYS).sort());
  });

  it('compare replies that depend on other slots only by shape, unless the command is ordered against all', () => {
    for (const name of Object.keys(MIRRORED_WITHOUT_KEYS)) {
      const id = table.byName(name);
      if ((table.bits[id] & (BIT_ALL_KEYS | BIT_SCRIPTS)) !== 0) continue;
      expect(RULES_THAT_TOLERATE_OTHER_SLOTS, name).toContain(definitions[id].compare.rule);
    }
  });

  it('never send a command to the shadow that may wait there', () => {
    const verbatim = named((_, bits) => (bits & BIT_BLOCKING) !== 0 && (bits & BIT_MIRRORED) !== 0).filter(
      (name) => (table.bits[table.byName(name)] & BIT_EFFECT) === 0,
    );
    expect(verbatim).toEqual([]);
  });

  it('do not mirror what changes the connection or the session', () => {
    const sessions = ['local', 'pin', 'subscribe', 'transaction', 'stream'];
    expect(named(({ session }, bits) => sessions.includes(session) && (bits & BIT_MIRRORED) !== 0)).toEqual(
      [],
    );
  });

  it('compare random and time-dependent replies by shape or not at all', () => {
    const loose = ['shape', 'cursor', 'ignore', 'ttl'];
    const strict = named(({ tips, compare, mirror, compareWith }) => {
      const isRandom = tips?.includes('nondeterministic_output') === true;
      return isRandom && mirror === 'verbatim' && compareWith === undefined && !loose.includes(compare.rule);
    });
    // Idle times are left out of what XINFO CONSUMERS compares.
    expect(strict).toEqual(['xinfo|consumers']);
    const ordered = named(({ tips, compare, mirror }) => {
      const isUnordered = tips?.includes('nondeterministic_output_order') === true;
      return isUnordered && mirror !== 'none' && compare.rule === 'exact';
    });
    expect(ordered).toEqual([]);
  });

  it('have grammars whose keys point at key specs', () => {
    const visit = (definition: CommandDefinition, grammar: readonly ArgumentGrammar[]): void => {
      for (const argument of grammar) {
        if (argument.keySpecIndex !== undefined) {
          expect(argument.keySpecIndex, definition.name).toBeLessThan(definition.keys.length);
        }
        visit(definition, argument.arguments ?? []);
      }
    };
    for (const definition of definitions) visit(definition, definition.arguments);
  });
});
