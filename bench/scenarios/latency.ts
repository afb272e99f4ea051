/** Latency at fixed rates, measured from when each command was meant to be sent. */
import { stringCase } from '../cases.ts';
import { measure } from '../load.ts';
import { showSpread, spreadOf } from '../measure.ts';
import { type OpenResult, openLoad } from '../open-loop.ts';
import type { Goal, Plan, Section, Table } from '../report.ts';
import { PRIMARY, type Subject, startGatewayBefore, startServerAlone, startTwemproxy } from '../subjects.ts';

const CONNECTIONS = 50;
const ONE = 'Lockstep, 1 worker';
const SHADOW = 'with a shadow, 100 %';
const LOW_RATE = 5000;
/** Commands for finding out how much a subject can do. */
const PROBE = 40_000;

type Percentile = 'p50' | 'p99' | 'p999' | 'p9999';
const percentiles: readonly (readonly [Percentile, string])[] = [
  ['p50', 'p50'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
  ['p9999', 'p99.99'],
];

interface Level {
  readonly name: string;
  readonly rate: number;
}

class Results {
  readonly #all = new Map<string, OpenResult[]>();
  readonly #overloads = new Map<string, number>();

  async add(subject: Subject, level: Level, seconds: number): Promise<void> {
    const result = await openLoad({
      port: subject.port,
      connections: CONNECTIONS,
      rate: level.rate,
      warmupSeconds: seconds / 5,
      seconds,
      valueBytes: 64,
      keys: 10_000,
      readPercent: 50,
    });
    await subject.settle();
    const id = `${subject.name}\n${level.name}`;
    if (result === undefined || result.lost > 0) {
      this.#overloads.set(id, (this.#overloads.get(id) ?? 0) + 1);
      return;
    }
    this.#all.set(id, [...(this.#all.get(id) ?? []), result]);
  }

  /** One for each round, in microseconds. */
  values(subject: string, level: string, percentile: Percentile): number[] {
    return (this.#all.get(`${subject}\n${level}`) ?? []).map((result) => result[percentile]);
  }

  cell(subject: string, level: string, percentile: Percentile): string {
    const overloads = this.#overloads.get(`${subject}\n${level}`) ?? 0;
    const spread = showSpread(this.values(subject, level, percentile), 0);
    return overloads === 0 ? spread : `${spread} (${overloads} x overloaded)`;
  }
}

/** Half of what a subject can do with 50 clients, each of which waits for its reply. */
async function halfLoad(subject: Subject): Promise<number> {
  await measure(subject, stringCase('SET', {}), PROBE);
  const { rate } = await measure(subject, stringCase('GET', {}), PROBE);
  return Math.round(rate / 2);
}

export async function run(plan: Plan): Promise<Section> {
  const server = await startServerAlone(PRIMARY);
  const one = await startGatewayBefore(ONE, 1);
  const shadow = await startGatewayBefore(SHADOW, 1, 1);
  const subjects = [server, await startTwemproxy(), one, shadow];
  const levels: Level[] = [{ name: `${LOW_RATE} per second`, rate: LOW_RATE }];
  const halves = [
    ['half load of the shadow', await halfLoad(shadow)],
    ['half load', await halfLoad(one)],
  ] as const;
  for (const [name, rate] of halves) levels.push({ name: `${name}, ${rate} per second`, rate });
  const runs = subjects.length * levels.length * plan.rounds;
  const seconds = plan.quick ? 0.5 : Math.max(0.5, plan.seconds / runs / 1.25);
  const results = new Results();
  for (let round = 0; round < plan.rounds; round++) {
    for (const level of levels) {
      for (let turn = 0; turn < subjects.length; turn++) {
        await results.add(subjects[(turn + round) % subjects.length] as Subject, level, seconds);
      }
    }
  }
  return {
    name: 'latency',
    title: 'Latency at fixed rates',
    text: [
      `Half GET and half SET of 64 bytes on ${CONNECTIONS} connections by \`bench/open-loop.c\`: commands ` +
        'come due at random with a fixed mean rate, whatever the answers do, and each is measured from when ' +
        `it was due. ${seconds.toFixed(1)} seconds a run. Half load is half of what the gateway (with a ` +
        'shadow, without) does with 50 clients that wait for their replies.',
    ],
    tables: levels.map((level) => table(results, subjects, level)),
    goals: goals(results, server.name, levels),
  };
}

function table(results: Results, subjects: readonly Subject[], level: Level): Table {
  const rows = subjects.map(({ name }) => [
    name,
    ...percentiles.map(([percentile]) => results.cell(name, level.name, percentile)),
  ]);
  return {
    title: `Microseconds at ${level.name}`,
    rows: [['', ...percentiles.map(([, title]) => title)], ...rows],
  };
}

function goals(results: Results, server: string, levels: readonly Level[]): Goal[] {
  const [, halfOfShadow = levels[0] as Level, half = levels[0] as Level] = levels;
  const added = (percentile: Percentile, limit: number): Goal => {
    const direct = results.values(server, half.name, percentile);
    const ours = results.values(ONE, half.name, percentile);
    const more = ours.map((value, index) => value - (direct[index] ?? Number.NaN));
    return {
      goal: `passthrough at half load: adds at most ${limit} us to the ${percentile}`,
      figure: `${showSpread(more, 0)} us`,
      rival: server,
      isMet: spreadOf(more).median <= limit,
    };
  };
  const plain = results.values(ONE, halfOfShadow.name, 'p99');
  const mirrored = results.values(SHADOW, halfOfShadow.name, 'p99').map((value, index) => {
    return value / (plain[index] ?? Number.NaN);
  });
  return [
    added('p50', 60),
    added('p99', 150),
    {
      goal: 'shadow at its half load: p99 of clients at most 1.1 x that without a shadow',
      figure: showSpread(mirrored),
      rival: ONE,
      isMet: spreadOf(mirrored).median <= 1.1,
    },
  ];
}
