/** What mirroring and comparing costs: no shadow, a shadow with no key sampled, and one with all. */
import { fillStrings, stringCases } from '../cases.ts';
import { Matrix } from '../matrix.ts';
import type { Plan, Section } from '../report.ts';
import { startGatewayBefore } from '../subjects.ts';

const NONE = 'no shadow';
const ALL = 'shadow, 100 % sampled';

export async function run(plan: Plan): Promise<Section> {
  const subjects = [
    await startGatewayBefore(NONE, 1),
    await startGatewayBefore('shadow, 0 % sampled', 1, 0),
    await startGatewayBefore(ALL, 1, 1),
  ];
  if (!plan.quick) {
    subjects.push(await startGatewayBefore('no shadow, 2 workers', 2));
    subjects.push(await startGatewayBefore('100 %, 2 workers', 2, 1));
  }
  const cases = stringCases([{ depth: 1 }, { depth: 16 }, { depth: 128 }]).slice(0, plan.quick ? 4 : 6);
  for (const subject of subjects) await fillStrings(subject, cases);
  const matrix = await new Matrix(subjects, cases).run(plan);
  return {
    name: 'shadow',
    title: 'Shadow',
    text: [
      'Processor time of the gateway with one worker unless the column says otherwise, until every command has been ' +
        'mirrored and its two replies compared; the time of the two servers is not in it.',
    ],
    tables: [...matrix.tables(), matrix.ratioTable(ALL, [NONE])],
    goals: [
      matrix.goal(
        'shadow at 100 % with comparison: at most 1.9 x the processor time of passthrough',
        1.9,
        ALL,
        NONE,
        cases.slice(0, 4).map(({ title }) => title),
      ),
    ],
  };
}
