/** docs/faults.md names a test for each fault; here the names are held to tests that exist. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';

const repository = path.resolve(import.meta.dirname, '../../..');

it('each row of the fault table names a test that exists, and each fault test is in it', () => {
  const text = fs.readFileSync(path.join(repository, 'docs/faults.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault'));
  const named = new Set<string>();
  for (const row of rows.filter((line) => !line.startsWith('| ---'))) {
    const [, file = '', title = ''] = /`(test\/\S+)`: (.+) \|$/.exec(row) ?? [];
    expect(file, row).not.toBe('');
    named.add(file);
    expect(fs.readFileSync(path.join(repository, file), 'utf8'), row).toContain(title);
  }
  const files = fs
    .readdirSync(path.join(repository, 'test/fault'))
    .filter((file) => file.endsWith('.test.ts'));
  // Views of minorities break nothing that a client could see more of than an error of the servers.
  const left = files.filter((file) => !named.has(`test/fault/${file}`));
  expect(left).toEqual(['cluster-views.test.ts']);
});
