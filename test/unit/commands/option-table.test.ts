/** Which options are counted in which commands. */
import { expect, test } from 'vitest';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { commandUsage, optionUsage } from '../../../src/commands/usage.ts';
import { MAX_OPTIONS } from '../../../src/telemetry/metrics.ts';
import { viewOf } from './view.ts';

const table = buildCommandTable();

function counted(line: string): string[] {
  const view = viewOf(...line.split(' '));
  const id = table.lookup(view.bytes, view.spans, view.count);
  const found: string[] = [];
  const countOption = (option: number): number => found.push(table.options.options[option]!.name);
  if (table.options.concerns(id)) table.options.count(id, view, { countOption });
  return found;
}

test.each([
  ['GET IFEQ', []],
  ['SET k v', []],
  ['SET IFEQ IFEQ', []],
  ['SET k v EX 10', []],
  ['SET k v ifeq w GET', ['IFEQ']],
  ['SET k v IFEQ IFEQ', ['IFEQ']],
  ['SET k v GET IFEQ NX PX 5', ['IFEQ']],
  ['HSETEX k NX FIELDS 1 XX XX', ['NX']],
  ['HSETEX k EX 5 Xx FIELDS 1 f v', ['XX']],
  ['HSETEX k FIELDS 2 NX XX f v', []],
  ['HSCAN k 0 MATCH NOVALUES COUNT 5', []],
  ['HSCAN k 0 MATCH a NOVALUES', ['NOVALUES']],
  ['GEOSEARCH k FROMMEMBER BYPOLYGON BYRADIUS 1 km', []],
  ['GEOSEARCH k BYPOLYGON 3 0 0 0 1 1 1', ['BYPOLYGON']],
  ['CLIENT KILL TYPE primary', ['PRIMARY']],
  ['CLIENT KILL USER NAME', []],
  ['CLIENT LIST TYPE normal NAME x NOT-DB 3', ['NAME', 'NOT-DB']],
  ['CLIENT LIST ID 1 2 IDLE 5', ['IDLE']],
  ['CLUSTER REPLICATE no one', ['NO ONE']],
  ['CONFIG GET maxmemory primaryauth hash-seed', ['primaryauth', 'hash-seed']],
  ['CONFIG SET maxmemory primaryauth primaryuser x', ['primaryuser']],
])('%s', (line, names) => {
  expect(counted(line)).toEqual(names);
});

test('every option has a counter', () => {
  expect(table.options.options.length).toBeLessThanOrEqual(MAX_OPTIONS);
  const names = table.options.options.map(({ command, name }) => `${command} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});

test('how commands and options are written', () => {
  const usage = (name: string): string => commandUsage(table.definitions[table.byName(name)]!);
  const option = (name: string, of: string): string =>
    optionUsage(table.definitions[table.byName(name)]!, of);
  expect(usage('get')).toBe('GET key');
  expect(usage('delifeq')).toBe('DELIFEQ key value');
  expect(usage('hexpire')).toBe('HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]');
  expect(option('set', 'IFEQ')).toBe('SET … IFEQ comparison-value');
  expect(option('cluster|replicate', 'NO ONE')).toBe('CLUSTER REPLICATE … NO ONE');
  expect(option('config|get', 'primaryauth')).toBe('CONFIG GET primaryauth');
});
