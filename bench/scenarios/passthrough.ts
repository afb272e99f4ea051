/** The gateway before one server, beside that server alone and twemproxy. */
import { fillStrings, type Shape, stringCases } from '../cases.ts';
import { Matrix } from '../matrix.ts';
import type { Goal, Plan, Section } from '../report.ts';
import { PRIMARY, startGatewayBefore, startServerAlone, startTwemproxy } from '../subjects.ts';

const TWEMPROXY = 'twemproxy';
const ONE = 'Lockstep, 1 worker';
const FOUR = 'Lockstep, 4 workers';

const shapes: readonly Shape[] = [
  { depth: 1 },
  { depth: 16 },
  { depth: 128 },
  { clients: 1 },
  { clients: 1000 },
  { valueBytes: 4096 },
  { valueBytes: 1024 * 1024 },
];

export async function run(plan: Plan): Promise<Section> {
  const server = await startServerAlone(PRIMARY);
  const subjects = [server, await startTwemproxy(), await startGatewayBefore(ONE, 1)];
  const cases = stringCases(plan.quick ? shapes.slice(0, 2) : shapes);
  for (const subject of subjects) await fillStrings(subject, cases);
  const matrix = await new Matrix(subjects, cases).run({ ...plan, seconds: plan.seconds * 0.75 });
  const four = [subjects[2] as (typeof subjects)[0], await startGatewayBefore('Lockstep, 2 workers', 2)];
  four.push(await startGatewayBefore(FOUR, 4));
  const basic = cases.slice(0, 4);
  for (const subject of four.slice(1)) await fillStrings(subject, basic);
  const workers = await new Matrix(four, basic).run({ ...plan, seconds: plan.seconds * 0.25 });
  return {
    name: 'passthrough',
    title: 'Passthrough',
    text: [
      `${server.name} alone, and twemproxy and the gateway each before one of its own. 50 clients and ` +
        'values of 64 bytes unless the line says otherwise; P is the depth of the pipeline.',
      'One worker is at its limit here and four are not: they wake for fewer commands at once, as one worker ' +
        'does when it has time to spare. What that costs stands in ' +
        '[bench/README.md](../bench/README.md#what-several-workers-cost).',
    ],
    tables: [
      ...matrix.tables(),
      matrix.table('99th percentile as the load tool sees it, milliseconds', 'p99'),
      matrix.ratioTable(ONE, [TWEMPROXY, server.name]),
      { ...workers.table('By workers: processor time per command, microseconds', 'cpu') },
      { ...workers.table('By workers: thousands of commands per second', 'rate', 1, 1e-3) },
    ],
    goals: goals(matrix, workers),
  };
}

function goals(matrix: Matrix, workers: Matrix): Goal[] {
  const limit = (share: number, depth: number): Goal =>
    matrix.goal(
      `passthrough: processor time per command at P=${depth} at most ${share} x twemproxy`,
      share,
      ONE,
      TWEMPROXY,
      [`GET P=${depth}`, `SET P=${depth}`],
    );
  const basic = ['GET P=1', 'SET P=1', 'GET P=16', 'SET P=16'];
  return [
    limit(0.65, 1),
    limit(0.35, 16),
    workers.goal('workers: processor time per command at 4 at most 1.15 x that at 1', 1.15, FOUR, ONE, basic),
  ];
}
