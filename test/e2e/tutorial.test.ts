/**
 * docs/tutorial.md does what it says: its commands run one after the other in one shell, on ports and in a folder of
 * their own, and show what is printed below them. Left out is only what installs programs.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { freePort, waitForExit } from '../support/child.ts';
import { onCleanup, temporaryFolder, trackProcess } from '../support/cleanup.ts';
import { ensurePrograms, toolPath } from '../support/server-programs.ts';

const root = path.resolve(import.meta.dirname, '../..');
const MARK = '@@ block';

interface Block {
  readonly commands: string;
  /** Texts that the output must hold, in this order. */
  readonly shown: readonly string[];
}

/** Every block of commands with the output below it. */
function readBlocks(text: string): Block[] {
  const blocks = [...text.matchAll(/^```(\S+)( \S+)?\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, language, mark, commands = ''], at) => {
    if (language !== 'sh' || mark === ' install') return [];
    const [, next, , shown = ''] = blocks[at + 1] ?? [];
    return [{ commands, shown: next === 'text' ? shown.trimEnd().split('\n') : [] }];
  });
}

/** The tools of the tests under the names that people call them by. */
async function linkTools(folder: string): Promise<void> {
  fs.mkdirSync(folder);
  for (const tool of ['redis-cli', 'redis-benchmark'] as const) {
    const { command, args } = await toolPath(tool);
    const words = [command, ...args].map((word) => `'${word}'`).join(' ');
    fs.writeFileSync(path.join(folder, tool), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  }
}

/** Runs the script to its end, and whatever it has left behind after that. */
async function runScript(file: string, tools: string): Promise<{ code: number | null; output: string }> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|TEST$|LOCKSTEP_(?!CACHE|TEST_SERVERS))/.test(name),
  );
  const env = { ...Object.fromEntries(kept), PATH: `${tools}:${process.env.PATH}` };
  const shell = spawn('bash', [file], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  trackProcess(shell);
  onCleanup(() => killGroup(shell.pid!));
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const status = await waitForExit(shell, 380_000);
  return { code: status?.code ?? null, output };
}

/** The servers, where the script has not come to their end. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('every command works, and shows what is printed below it', async () => {
  await ensurePrograms(['redis-7.0', 'valkey-9.1'], () => {});
  const folder = temporaryFolder('tutorial');
  const tools = path.join(folder, 'bin');
  await linkTools(tools);
  const ports = new Map<string, string>();
  for (const port of ['6379', '6380', '6381', '8379']) ports.set(port, String(await freePort()));
  const onOwnPorts = (text: string): string =>
    text.replace(/\b(6379|6380|6381|8379)\b/g, (port) => ports.get(port)!).replaceAll('/tmp', folder);

  const blocks = readBlocks(fs.readFileSync(path.join(root, 'docs/tutorial.md'), 'utf8'));
  expect(blocks.length).toBeGreaterThan(8);
  // The last of two -p counts. At a terminal redis-cli shows types, as it does with --no-raw.
  const defaults = [
    'redis-cli() { command redis-cli -p 6379 --no-raw "$@"; }',
    'redis-benchmark() { command redis-benchmark -p 6379 "$@"; }',
  ];
  const lines = blocks.map(({ commands }, at) => `printf '\\n${MARK} ${at}\\n'\n${commands}`);
  const file = path.join(folder, 'tutorial.sh');
  fs.writeFileSync(file, onOwnPorts([...defaults, 'set -e', ...lines].join('\n')));

  const { code, output } = await runScript(file, tools);
  expect(code, output).toBe(0);
  const parts = output.split(new RegExp(`^${MARK} \\d+\n`, 'm')).slice(1);
  expect(parts).toHaveLength(blocks.length);
  for (const [at, { shown, commands }] of blocks.entries()) {
    let from = 0;
    for (const text of shown) {
      const found = parts[at]!.indexOf(onOwnPorts(text), from);
      expect(
        found,
        `${text}\nis not where it should be below\n${commands}\nbut\n${parts[at]}`,
      ).toBeGreaterThanOrEqual(0);
      from = found;
    }
  }
}, 400_000);
