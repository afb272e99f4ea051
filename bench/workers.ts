/**
 * Why a command costs more with more workers: `node bench/run.mjs workers [--rounds 9] [--commands 24000] [--depth 16]
 * [--rates 40000,20000]`. GET by one worker and by four, as fast as the machine can, and at fixed rates: processor time
 * and how often a thread of the gateway went to sleep.
 */
import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import { runCleanups } from '../test/support/cleanup.ts';
import { fillStrings, stringCase } from './cases.ts';
import { type Case, measure } from './load.ts';
import { describeMachine, showSpread, showTable } from './measure.ts';
import { startGatewayBefore } from './subjects.ts';

/** How often threads of a process gave up their processor because there was nothing to do. */
function sleeps(pid: number): number {
  let sum = 0;
  for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
    const text = fs.readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    sum += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1]);
  }
  return sum;
}

/** Prints the table; `args` as on the command line. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '9' },
      commands: { type: 'string', default: '24000' },
      depth: { type: 'string', default: '16' },
      rates: { type: 'string', default: '40000,20000' },
    },
  });
  const commands = Number(values.commands);
  const plain = stringCase('GET', { depth: Number(values.depth) });
  const cases: Case[] = [plain];
  for (const rate of values.rates.split(',').map(Number))
    cases.push({ ...plain, title: `${plain.title}, ${rate} a second`, mostPerSecond: rate });
  console.log(describeMachine());
  try {
    const subjects = [await startGatewayBefore('1 worker', 1), await startGatewayBefore('4 workers', 4)];
    const rows = subjects.flatMap((subject) =>
      cases.map((one) => ({ subject, one, figures: [] as number[][] })),
    );
    for (const subject of subjects) await fillStrings(subject, [plain]);
    for (let round = -1; round < Number(values.rounds); round++) {
      for (const { subject, one, figures } of rows) {
        const pid = subject.pids[0] ?? 0;
        const before = sleeps(pid);
        const { cpu, rate } = await measure(subject, one, commands);
        // The first round warms up.
        if (round >= 0) figures.push([cpu, ((sleeps(pid) - before) * 1000) / commands, rate / 1000]);
      }
    }
    const head = ['', 'us per command', 'sleeps per 1000', 'thousands a second'];
    const shown = rows.map(({ subject, one, figures }) => [
      `${subject.name}: ${one.title}`,
      ...[0, 1, 2].map((at) => showSpread(figures.map((figure) => figure[at] ?? Number.NaN))),
    ]);
    console.log(showTable([head, ...shown]));
  } finally {
    await runCleanups();
  }
}
