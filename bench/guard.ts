/**
 * Whether single operations have become slower: this tree beside another revision, in turns, in processes of their own,
 * with the benchmarks of this tree. `node bench/run.mjs guard [--against REVISION] [--rounds N]`. It reports and never
 * fails because of a figure; machines are noisy, and the fastest of many runs is compared.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { runCleanups, temporaryFolder } from '../test/support/cleanup.ts';
import { describeMachine, showTable, spreadOf } from './measure.ts';

const folder = path.resolve(import.meta.dirname, '..');
/** No further round begins after it. */
const LIMIT_MS = 40_000;
const CHILD_LIMIT_MS = 60_000;
/** A ratio beyond it is pointed out. */
const REMARKABLE = 1.25;

type Timings = Map<string, number[]>;

/** Prints a table; `args` as on the command line. */
export async function run(args: readonly string[]): Promise<void> {
  const options = {
    against: { type: 'string', default: 'HEAD~1' },
    rounds: { type: 'string', default: '5' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  try {
    const revision = git('rev-parse', '--verify', '--short', `${values.against}^{commit}`);
    if (revision === undefined) {
      console.log(`micro: there is no ${values.against} to compare with`);
      return;
    }
    const other = checkOut(revision);
    const [before, now]: [Timings, Timings] = [new Map(), new Map()];
    const begun = performance.now();
    let rounds = 0;
    for (; rounds < Number(values.rounds) && performance.now() - begun < LIMIT_MS; rounds++) {
      const turns = [() => time(other, before), () => time(folder, now)];
      for (const turn of rounds % 2 === 0 ? turns : turns.reverse()) {
        const failure = turn();
        if (failure !== '') {
          console.log(`micro: cannot be compared with ${revision}: ${failure}`);
          return;
        }
      }
    }
    report(revision, before, now, rounds);
  } finally {
    await runCleanups();
  }
}

function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** The sources of that revision beside the benchmarks and helpers of this one. */
function checkOut(revision: string): string {
  const copy = temporaryFolder('guard');
  const archive = execFileSync('git', ['archive', revision, 'src', 'package.json'], {
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x', '-C', copy], { input: archive });
  for (const part of ['bench', 'test/support']) {
    fs.cpSync(path.join(folder, part), path.join(copy, part), { recursive: true });
  }
  fs.symlinkSync(path.join(folder, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/** Adds the times of one process. Says why when there are none. */
function time(tree: string, into: Timings): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.mjs', 'micro/raw', '10'], {
    cwd: tree,
    encoding: 'utf8',
    timeout: CHILD_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) return /^\w*Error.*$/m.exec(stderr)?.[0] ?? `exit status ${status}`;
  const found = JSON.parse(stdout) as Record<string, number[]>;
  for (const [name, values] of Object.entries(found)) into.set(name, [...(into.get(name) ?? []), ...values]);
  return '';
}

function report(revision: string, before: Timings, now: Timings, rounds: number): void {
  const rows = [['nanoseconds, least', revision, 'now', 'ratio', '']];
  for (const [name, values] of now) {
    const [then, here] = [spreadOf(before.get(name) ?? []).min, spreadOf(values).min];
    const ratio = here / then;
    let remark = '';
    if (ratio > REMARKABLE) remark = 'slower';
    if (ratio < 1 / REMARKABLE) remark = 'faster';
    rows.push([name, then.toFixed(1), here.toFixed(1), ratio.toFixed(2), remark]);
  }
  console.log(`micro against ${revision}: ${rounds} processes of each in turns; ${describeMachine()}`);
  console.log(showTable(rows));
}
