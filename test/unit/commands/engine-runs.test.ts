/**
 * * Which commands of the catalogue the engine does not have yet: exactly those of `test/engine-missing.json`, a list
 * that may only shrink. A command that gets its `run` is taken off the list.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { buildCommandTable } from '../../../src/commands/table.ts';

const listed: readonly string[] = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../engine-missing.json'), 'utf8'),
);

it('every command has its run, or is on the list of those that lack it', () => {
  const { definitions } = buildCommandTable();
  const missing = definitions
    .filter(({ run, subcommands }) => run === undefined && subcommands === undefined)
    .map(({ name }) => name);
  expect(missing.sort()).toEqual([...listed].sort());
});
