/** `docs/commands.md` is what the catalogue says. LOCKSTEP_UPDATE=1 writes it. */
import * as fs from 'node:fs';
import { expect, it } from 'vitest';
import { commandsPage } from '../../support/commands-page.ts';

const page = new URL('../../../docs/commands.md', import.meta.url);

it('docs/commands.md is up to date', () => {
  if (process.env.LOCKSTEP_UPDATE === '1') fs.writeFileSync(page, commandsPage());
  expect(fs.readFileSync(page, 'utf8')).toBe(commandsPage());
});
