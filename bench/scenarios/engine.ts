/** The engine beside the servers: one command of every family, and by number of workers. */
import { familyCases, fillFamilies, isSingleKey } from '../cases.ts';
import { Matrix } from '../matrix.ts';
import type { Goal, Plan, Section } from '../report.ts';
import { PRIMARY, startLockstep, startServerAlone } from '../subjects.ts';

const ONE = 'engine, 1 worker';

export async function run(plan: Plan): Promise<Section> {
  const valkey = await startServerAlone(PRIMARY);
  const redis = await startServerAlone('redis-8.0');
  const one = await startLockstep(ONE, { workers: 1 });
  const subjects = [valkey, redis, one];
  const cases = familyCases([1, 16]);
  const refill = async (): Promise<void> => {
    for (const subject of subjects) await fillFamilies(subject);
  };
  const matrix = await new Matrix(subjects, cases).run({ ...plan, seconds: plan.seconds * 0.7 }, refill);
  const several = [one];
  for (const workers of [2, 4]) several.push(await startLockstep(`engine, ${workers} workers`, { workers }));
  for (const subject of several) await fillFamilies(subject);
  const byWorkers = await new Matrix(several, cases.slice(0, 4)).run({
    ...plan,
    seconds: plan.seconds * 0.15,
  });
  return {
    name: 'engine',
    title: 'Engine',
    text: [
      'One command of every family, 50 clients, values of 64 bytes; 100,000 strings, 10,000 hashes of ten ' +
        'fields, lists, sets and sorted sets that grow while they are measured; the keyspace is emptied ' +
        'before every round.',
    ],
    tables: [
      ...matrix.tables(),
      matrix.ratioTable(ONE, [valkey.name, redis.name]),
      byWorkers.table('By workers: processor time per command, microseconds', 'cpu'),
      byWorkers.table('By workers: thousands of commands per second', 'rate', 1, 1e-3),
    ],
    goals: goals(matrix, valkey.name),
  };
}

function goals(matrix: Matrix, valkey: string): Goal[] {
  const single = matrix.cases.map(({ title }) => title).filter(isSingleKey);
  const limit = (share: number, depth: number): Goal =>
    matrix.goal(
      `engine: processor time per command at P=${depth} at most ${share} x Valkey 9.1`,
      share,
      ONE,
      valkey,
      [`GET P=${depth}`, `SET P=${depth}`],
    );
  return [
    limit(0.95, 1),
    limit(0.85, 16),
    matrix.goal('engine: never worse than Valkey 9.1 for commands on one key', 1, ONE, valkey, single),
  ];
}
