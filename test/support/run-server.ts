/**
 * Runs one real server in the foreground, for a person: `npm run server -- valkey-9.1 --port 7000`. Arguments after
 * the name go to the server. `npm run server -- fetch` only fetches everything the tests and benchmarks use.
 */
import { freePort, spawnChild, waitForExit } from './child.ts';
import { allServerNames } from './server-catalogue.ts';
import { ensurePrograms, serverCommand } from './server-programs.ts';

async function main(wanted: string | undefined, args: readonly string[]): Promise<void> {
  if (wanted === 'fetch') {
    await ensurePrograms(undefined, console.log);
    return;
  }
  const name = allServerNames.find((candidate) => candidate === wanted);
  if (!name) throw new Error(`name a server: ${allServerNames.join(', ')}, or "fetch"`);
  await ensurePrograms([name], console.log);
  const program = await serverCommand(name);
  const port = args.includes('--port') ? [] : ['--port', String(await freePort())];
  const usual = ['--bind', '127.0.0.1', '--save', '', '--enable-debug-command', 'yes', ...port];
  const child = spawnChild(program.command, [...program.args, ...usual, ...args], { stdio: 'inherit' });
  process.on('SIGINT', () => child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const status = await waitForExit(child, 2 ** 31 - 1);
  process.exitCode = status?.code ?? 1;
}

main(process.argv[2], process.argv.slice(3)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
