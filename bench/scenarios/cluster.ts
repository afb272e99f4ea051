/** Routing: the gateway as a plain server before a cluster of three, beside a client that knows clusters. */
import { startCluster } from '../../test/support/cluster.ts';
import { fillStrings, stringCases } from '../cases.ts';
import { Matrix } from '../matrix.ts';
import type { Plan, Section } from '../report.ts';
import { type Lockstep, PRIMARY, startClusterAlone, startGatewayBefore, startLockstep } from '../subjects.ts';

const ONE = 'Lockstep, 1 worker';

export async function run(plan: Plan): Promise<Section> {
  const before = async (name: string, workers: number): Promise<Lockstep> => {
    const { url } = await startCluster(PRIMARY, 3);
    return startLockstep(name, { primary: url, workers });
  };
  const single = 'Lockstep before one server';
  const subjects = [
    await startClusterAlone(),
    await startGatewayBefore(single, 1),
    await before(ONE, 1),
    await before('Lockstep, 2 workers', 2),
  ];
  const cases = stringCases([{ depth: 1 }, { depth: 16 }]);
  for (const subject of subjects) await fillStrings(subject, cases);
  const matrix = await new Matrix(subjects, cases).run(plan);
  return {
    name: 'cluster',
    title: 'Cluster routing',
    text: [
      'Three primaries of Valkey 9.1. Alone, `valkey-benchmark --cluster` chooses the node, and the time is ' +
        'that of all three nodes; behind the gateway its clients speak to one address, and the time is that ' +
        'of the gateway.',
      'Predixy 7.0.1, the C++ proxy with cluster routing, took 5.4 / 5.0 microseconds for GET / SET at P=1 ' +
        'and 0.69 / 0.60 at P=16 on a machine of two cores, before a single server (measured once, when the ' +
        'project began).',
    ],
    tables: [...matrix.tables(), matrix.ratioTable(ONE, [single])],
    goals: [],
  };
}
