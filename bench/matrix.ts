/**
 * Several subjects under the same cases. Within a round all subjects take turns at each case, and their order turns
 * from round to round, so that none always comes first and a slow moment of the machine meets all of them.
 */
import { type Case, measure, type Sample } from './load.ts';
import { ratiosOf, showSpread, spreadOf } from './measure.ts';
import type { Goal, Plan, Table } from './report.ts';
import type { Subject } from './subjects.ts';

/** What a run of the tool costs beside its commands. */
const OVERHEAD_SECONDS = 0.12;
const LEAST_SECONDS = 0.15;
/** The first run of a case warms up and tells the rate: so many commands, or turns of all its clients. */
const FIRST_COMMANDS = 10_000;
const FIRST_TURNS = 20;
const FIRST_TURNS_OF_LONG_VALUES = 3;
const LONG_VALUE = 65_536;

function firstCommands({ clients, depth, valueBytes }: Case): number {
  if (valueBytes > LONG_VALUE) return FIRST_TURNS_OF_LONG_VALUES * clients;
  return Math.max(FIRST_COMMANDS, FIRST_TURNS * clients * depth);
}

/** More figures than these do not stand in one line. */
const MANY = 4;

export type Field = keyof Sample;

export class Matrix {
  readonly subjects: readonly Subject[];
  readonly cases: readonly Case[];
  readonly #samples = new Map<string, Sample[]>();
  readonly #rates = new Map<string, number>();

  constructor(subjects: readonly Subject[], cases: readonly Case[]) {
    this.subjects = subjects;
    this.cases = cases;
  }

  /** `eachRound` runs before every round, to bring the data back to where they were. */
  async run(plan: Plan, eachRound?: (round: number) => Promise<void>): Promise<this> {
    const measurements = this.subjects.length * this.cases.length * (plan.rounds + 0.3);
    const seconds = Math.max(LEAST_SECONDS, plan.seconds / measurements - OVERHEAD_SECONDS);
    for (let round = 0; round < plan.rounds; round++) {
      await eachRound?.(round);
      for (const one of this.cases) {
        for (let turn = 0; turn < this.subjects.length; turn++) {
          const subject = this.subjects[(turn + round) % this.subjects.length] as Subject;
          await this.#measure(subject, one, seconds);
        }
      }
    }
    return this;
  }

  async #measure(subject: Subject, one: Case, seconds: number): Promise<void> {
    const id = `${subject.name}\n${one.title}`;
    const batch = one.clients * one.depth;
    const rate = this.#rates.get(id) ?? (await measure(subject, one, firstCommands(one))).rate;
    const commands = Math.max(5, Math.round((rate * seconds) / batch)) * batch;
    const sample = await measure(subject, one, commands);
    this.#rates.set(id, sample.rate);
    const samples = this.#samples.get(id) ?? [];
    samples.push(sample);
    this.#samples.set(id, samples);
  }

  /** One for each round. */
  values(subject: string, title: string, field: Field): number[] {
    return (this.#samples.get(`${subject}\n${title}`) ?? []).map((sample) => sample[field]);
  }

  ratios(ours: string, theirs: string, title: string, field: Field = 'cpu'): number[] {
    return ratiosOf(this.values(ours, title, field), this.values(theirs, title, field));
  }

  /** A row for each case, a column for each subject. */
  table(title: string, field: Field, digits = 2, scale = 1): Table {
    const head = ['', ...this.subjects.map(({ name }) => name)];
    const rows = this.cases.map((one) => [
      one.title,
      ...this.subjects.map(({ name }) =>
        showSpread(
          this.values(name, one.title, field).map((value) => value * scale),
          digits,
        ),
      ),
    ]);
    return { title, rows: [head, ...rows] };
  }

  /** Processor time and throughput of every subject. */
  tables(): Table[] {
    return [
      this.table('Processor time per command, microseconds', 'cpu'),
      this.table('Thousands of commands per second', 'rate', 1, 1e-3),
    ];
  }

  /** A row for each case: `ours` as a share of each of the others. */
  ratioTable(ours: string, others: readonly string[]): Table {
    const rows = this.cases.map((one) => [
      one.title,
      ...others.map((other) => showSpread(this.ratios(ours, other, one.title))),
    ]);
    return {
      title: `Processor time of ${ours}, as a share of others`,
      rows: [['', ...others], ...rows],
    };
  }

  /** Met when the median ratio of every one of the cases is at most `limit`. */
  goal(goal: string, limit: number, ours: string, theirs: string, titles: readonly string[]): Goal {
    const known = titles.filter((title) => this.ratios(ours, theirs, title).length > 0);
    const medians = known.map((title) => spreadOf(this.ratios(ours, theirs, title)).median);
    const show = (title: string): string => `${title}: ${showSpread(this.ratios(ours, theirs, title))}`;
    const within = medians.filter((median) => median <= limit).length;
    const worst = known[medians.indexOf(Math.max(...medians))] ?? '';
    const many = `${within} of ${known.length} within, worst ${show(worst)}`;
    const figure = known.length > MANY ? many : known.map(show).join('; ');
    return { goal, figure, rival: theirs, isMet: within === known.length && within > 0 };
  }
}
