/** One run of `valkey-benchmark`, and what the process under test used meanwhile. */
import { spawnChild, stopChild, waitForExit } from '../test/support/child.ts';
import { toolPath } from '../test/support/servers.ts';
import { cpuByThread } from './measure.ts';
import type { Subject } from './subjects.ts';

export interface Case {
  readonly title: string;
  readonly clients: number;
  readonly depth: number;
  /** Bytes that stand for `__data__`. */
  readonly valueBytes: number;
  /** `__rand_int__` is below it. */
  readonly keys: number;
  /** Commands in a second; as many as can be when absent. */
  readonly mostPerSecond?: number;
  /** `tag` belongs into each key, so that a client that knows clusters can choose the node. */
  readonly command: (tag: string) => readonly string[];
}

export interface Sample {
  /** Microseconds of processor time per command. */
  readonly cpu: number;
  /** Commands per second. */
  readonly rate: number;
  /** Milliseconds, as the load tool saw them. */
  readonly p50: number;
  readonly p99: number;
}

const LIMIT_MS = 180_000;

/** Runs the tool to its end; throws where it fails, says that a reply was an error, or takes for ever. */
export async function runTool(args: readonly (string | number)[]): Promise<string> {
  const tool = await toolPath('valkey-benchmark');
  const child = spawnChild(tool.command, [...tool.args, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  }
  const closed = new Promise((resolve) => child.once('close', resolve));
  const status = await waitForExit(child, LIMIT_MS);
  if (status === undefined) await stopChild(child, 'SIGKILL');
  await closed;
  if (status?.code !== 0 || output.includes('Error from server')) {
    throw new Error(`valkey-benchmark ${args.join(' ').slice(0, 300)}: ${output.slice(-500)}`);
  }
  return output;
}

function toolArguments(subject: Subject, one: Case, commands: number): (string | number)[] {
  const shape = ['-c', one.clients, '-P', one.depth, '-n', commands, '-d', one.valueBytes, '-r', one.keys];
  if (one.mostPerSecond !== undefined) shape.push('--rps', one.mostPerSecond);
  const where = ['-h', '127.0.0.1', '-p', subject.port, ...subject.toolOptions];
  return [...where, ...shape, '--precision', 3, '--csv', ...one.command(subject.keyTag)];
}

/** The last line is the result: the name of the test, commands per second and latencies, all in quotes. */
function readResult(output: string): { rate: number; p50: number; p99: number } {
  const line = output.trim().split('\n').at(-1) ?? '';
  const numbers = [...line.matchAll(/"([\d.]+)"/g)].map((match) => Number(match[1])).slice(-7);
  const [rate, , , p50, , p99] = numbers;
  if (rate === undefined || p50 === undefined || p99 === undefined) throw new Error(`no result: ${output}`);
  return { rate, p50, p99 };
}

/**
 * Sends so many commands and waits until the subject has nothing left to do for them. The main thread's time ends with
 * the load: while the shadow catches up, it answers our questions whether it has.
 */
export async function measure(subject: Subject, one: Case, commands: number): Promise<Sample> {
  const before = subject.pids.map(cpuByThread);
  const result = readResult(await runTool(toolArguments(subject, one, commands)));
  const atEnd = subject.pids.map(cpuByThread);
  const trouble = await subject.settle();
  if (trouble !== '') console.log(`${subject.name}, ${one.title}: ${trouble}`);
  let used = 0;
  for (const [index, pid] of subject.pids.entries()) {
    for (const [thread, seconds] of cpuByThread(pid)) {
      const end = thread === String(pid) ? (atEnd[index]?.get(thread) ?? seconds) : seconds;
      used += end - (before[index]?.get(thread) ?? 0);
    }
  }
  return { ...result, cpu: (used * 1e6) / commands };
}
