/**
 * CPU time per command of the process under test, which a busy machine disturbs less than throughput. All subjects run
 * in turn within each round; redis-benchmark is the load: 50 clients, 64-byte values, GET and SET, P=1 and P=16.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { runCleanups } from '../test/support/cleanup.ts';
import { type ServerName, toolPath } from '../test/support/servers.ts';
import { cpuSeconds, describeMachine, showTable, spreadOf } from './measure.ts';
import { type Subject, startLockstep, startServerAlone, startTwemproxy } from './subjects.ts';

const execute = promisify(execFile);

interface Settings {
  readonly rounds: number;
  readonly commands: number;
  readonly workers: readonly number[];
  readonly server: ServerName;
  readonly json: string | undefined;
}

interface Case {
  readonly command: 'get' | 'set';
  readonly depth: number;
}
const cases: readonly Case[] = [
  { command: 'get', depth: 1 },
  { command: 'set', depth: 1 },
  { command: 'get', depth: 16 },
  { command: 'set', depth: 16 },
];

/** Microseconds of CPU per command, by subject and case. */
type Measurements = Map<string, Map<Case, number[]>>;

function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      commands: { type: 'string', default: '100000' },
      workers: { type: 'string', default: '1,2' },
      server: { type: 'string', default: 'valkey-9.1' },
      json: { type: 'string' },
    },
  });
  return {
    rounds: Number(values.rounds),
    commands: Number(values.commands),
    workers: values.workers.split(',').map(Number),
    server: values.server as ServerName,
    json: values.json,
  };
}

/** Prints the tables; `args` as on the command line. */
export async function run(args: readonly string[]): Promise<void> {
  const settings = readSettings(args);
  try {
    const subjects = [await startServerAlone(settings.server), await startTwemproxy(settings.server)];
    for (const workers of settings.workers) {
      subjects.push(
        await startLockstep(settings.server, workers, false),
        await startLockstep(settings.server, workers, true),
      );
    }
    console.log(`${describeMachine()}; ${settings.rounds} rounds of ${settings.commands} commands`);
    const measurements: Measurements = new Map();
    for (let round = 0; round < settings.rounds; round++)
      await playRound(subjects, settings, round, measurements);
    report(subjects, measurements);
    if (settings.json !== undefined) fs.writeFileSync(settings.json, toJson(measurements));
  } finally {
    await runCleanups();
  }
}

/** The order of the subjects turns from round to round, so that none always comes first. */
async function playRound(
  subjects: readonly Subject[],
  settings: Settings,
  round: number,
  into: Measurements,
): Promise<void> {
  for (const one of cases) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(turn + round) % subjects.length] as Subject;
      // Pipelined commands are too quick for a clock of 10 ms unless there are more of them.
      const commands = settings.commands * (one.depth === 1 ? 1 : 4);
      const microseconds = await measure(subject, one, commands);
      const ofSubject = into.get(subject.name) ?? new Map<Case, number[]>();
      into.set(subject.name, ofSubject);
      ofSubject.set(one, [...(ofSubject.get(one) ?? []), microseconds]);
    }
  }
}

async function measure(subject: Subject, one: Case, commands: number): Promise<number> {
  const tool = await toolPath('redis-benchmark');
  const before = cpuSeconds(subject.pid);
  const options = [
    '-p',
    subject.port,
    '-c',
    50,
    '-n',
    commands,
    '-P',
    one.depth,
    '-t',
    one.command,
    '-d',
    64,
    '-r',
    100_000,
    '-q',
  ];
  await execute(tool.command, [...tool.args, '-h', '127.0.0.1', ...options.map(String)], {
    timeout: 300_000,
  });
  const trouble = await subject.settle();
  const used = cpuSeconds(subject.pid) - before;
  if (trouble !== '') console.log(`${subject.name}: ${trouble}`);
  return (used * 1e6) / commands;
}

function title(one: Case): string {
  return `${one.command.toUpperCase()} P=${one.depth}`;
}

function report(subjects: readonly Subject[], measurements: Measurements): void {
  const spreads = (name: string): readonly string[] =>
    cases.map((one) => {
      const { min, median, max } = spreadOf(measurements.get(name)?.get(one) ?? []);
      return `${min.toFixed(2)} / ${median.toFixed(2)} / ${max.toFixed(2)}`;
    });
  console.log('\nCPU microseconds per command (min / median / max)');
  console.log(
    showTable([['', ...cases.map(title)], ...subjects.map(({ name }) => [name, ...spreads(name)])]),
  );
  const rival = measurements.get('twemproxy');
  const ratios = (name: string): readonly string[] =>
    cases.map((one) => {
      const ours = spreadOf(measurements.get(name)?.get(one) ?? []).median;
      return `${((100 * ours) / spreadOf(rival?.get(one) ?? []).median).toFixed(0)} %`;
    });
  console.log('\nmedian as a share of twemproxy');
  console.log(showTable([['', ...cases.map(title)], ...subjects.map(({ name }) => [name, ...ratios(name)])]));
}

function toJson(measurements: Measurements): string {
  const rows = [...measurements].map(([name, byCase]) => [
    name,
    Object.fromEntries([...byCase].map(([one, values]) => [title(one), values])),
  ]);
  return JSON.stringify(Object.fromEntries(rows), null, 2);
}
