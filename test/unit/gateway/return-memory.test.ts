/** That memory used for starting is given back to the system: in a process of its own, whose memory is its own. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const MB = 2 ** 20;

const atOnce = `
import { returnMemory } from './src/gateway/return-memory.ts';
let objects = Array.from({ length: 1_000_000 }, (_, number) => ({ number, name: 'object ' + number }));
const before = process.memoryUsage.rss();
objects = objects.length;
await returnMemory();
console.log(JSON.stringify({ before, after: process.memoryUsage.rss(), objects }));
`;

/** With a client who has left when he is looked for the third time. The process ends when nobody looks any more. */
const whenIdle = `
import { returnMemoryWhenIdle } from './src/gateway/return-memory.ts';
let objects = Array.from({ length: 1_000_000 }, (_, number) => ({ number, name: 'object ' + number }));
const before = process.memoryUsage.rss();
objects = objects.length;
let looks = 0;
returnMemoryWhenIdle(() => ++looks === 3);
process.on('exit', () =>
  console.log(JSON.stringify({ before, after: process.memoryUsage.rss(), objects, looks })));
`;

function run(script: string): Record<string, number> {
  const args = ['--import', './test/support/typescript.mjs', '--input-type=module', '-e', script];
  const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  return JSON.parse(output) as Record<string, number>;
}

describe.runIf(process.features.inspector)('memory that nothing refers to any longer', () => {
  it('is given back at once', { timeout: 150_000 }, () => {
    const { before = 0, after = 0, objects } = run(atOnce);
    expect(objects).toBe(1_000_000);
    expect(before - after).toBeGreaterThan(40 * MB);
  });

  it('is given back when nobody is connected, once', { timeout: 150_000 }, () => {
    const { before = 0, after = 0, objects, looks } = run(whenIdle);
    expect(objects).toBe(1_000_000);
    expect(looks).toBe(3);
    expect(before - after).toBeGreaterThan(40 * MB);
  });
});
