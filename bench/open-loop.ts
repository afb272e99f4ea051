/** Runs `open-loop.c`, compiled when it is first needed, as a process of its own. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { spawnChild, stopChild, waitForExit } from '../test/support/child.ts';
import { temporaryFolder } from '../test/support/cleanup.ts';

export interface OpenLoad {
  readonly port: number;
  readonly connections: number;
  /** Commands per second, on average. */
  readonly rate: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly readPercent: number;
}

/** Microseconds from when a command was meant to be sent to its reply. */
export interface OpenResult {
  readonly sent: number;
  /** Without a reply five seconds after the end. */
  readonly lost: number;
  readonly errors: number;
  readonly recorded: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

let program: string | undefined;

function compiled(): string {
  if (program !== undefined && fs.existsSync(program)) return program;
  const file = path.join(temporaryFolder('open-loop'), 'open-loop');
  const source = path.join(import.meta.dirname, 'open-loop.c');
  execFileSync('cc', ['-O2', '-o', file, source, '-lm'], { stdio: ['ignore', 'inherit', 'inherit'] });
  program = file;
  return file;
}

/** Undefined where the subject falls so far behind that too many commands wait. */
export async function openLoad(load: OpenLoad): Promise<OpenResult | undefined> {
  const { port, connections, rate, warmupSeconds, seconds, valueBytes, keys, readPercent } = load;
  const args = [port, connections, rate, warmupSeconds, seconds, valueBytes, keys, readPercent].map(String);
  const child = spawnChild(compiled(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (bytes: Buffer) => {
    output.stdout += bytes.toString();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    output.stderr += bytes.toString();
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const status = await waitForExit(child, (warmupSeconds + seconds + 30) * 1000);
  if (status === undefined) await stopChild(child, 'SIGKILL');
  await closed;
  if (status?.code === 3) return undefined;
  if (status?.code !== 0) throw new Error(`open-loop ended with ${status?.code}: ${output.stderr}`);
  const result = JSON.parse(output.stdout) as OpenResult;
  if (result.errors > 0)
    throw new Error(`${result.errors} of ${result.sent} commands were answered by errors`);
  return result;
}
