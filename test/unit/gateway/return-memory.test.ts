/** That memory used for starting is given back to the system: in a process of its own, whose memory is its own. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const MB = 2 ** 20;

const script = `
import { returnMemory } from './src/gateway/return-memory.ts';
let objects = Array.from({ length: 1_000_000 }, (_, number) => ({ number, name: 'object ' + number }));
const before = process.memoryUsage.rss();
objects = objects.length;
await returnMemory();
console.log(JSON.stringify({ before, after: process.memoryUsage.rss(), objects }));
`;

it.skipIf(!process.features.inspector)(
  'gives back what nothing refers to any longer',
  () => {
    const args = ['--import', './test/support/typescript.mjs', '--input-type=module', '-e', script];
    const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
    const { before, after, objects } = JSON.parse(output) as Record<string, number>;
    expect(objects).toBe(1_000_000);
    expect(before - after).toBeGreaterThan(40 * MB);
  },
  150_000,
);
