/** Runs scenarios, one or all, and writes what they found. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { runCleanups } from '../test/support/cleanup.ts';
import { toolPath } from '../test/support/servers.ts';
import { describeMachine } from './measure.ts';
import { documentText, type Plan, type Section, sectionText } from './report.ts';

/** Shares of the time of `all`. */
const shares: Readonly<Record<string, number>> = {
  passthrough: 22,
  shadow: 11,
  tls: 5,
  cluster: 8,
  engine: 30,
  latency: 12,
  snapshot: 6,
  memory: 6,
  micro: 1,
  embedded: 1,
};
export const scenarioNames = Object.keys(shares);

const folder = path.resolve(import.meta.dirname, '..');

interface Settings {
  readonly rounds: number;
  readonly minutes: number;
  readonly quick: boolean;
  readonly out: string | undefined;
  readonly json: string | undefined;
  readonly only: readonly string[];
}

function readSettings(name: string, args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      minutes: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      json: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const isAll = name === 'all';
  const { quick } = values;
  return {
    rounds: quick ? 1 : Number(values.rounds),
    minutes: quick ? 0 : Number(values.minutes ?? (isAll ? 18 : 2)),
    quick,
    out: values.out ?? (isAll && !quick ? path.join(folder, 'docs/benchmarks.md') : undefined),
    json: values.json,
    only: isAll ? (values.only?.split(',') ?? scenarioNames) : [name],
  };
}

/** `name` is a scenario or `all`; `args` as on the command line. */
export async function runSuite(name: string, args: readonly string[]): Promise<void> {
  const settings = readSettings(name, args);
  console.log(describeMachine());
  const total = settings.only.reduce((sum, scenario) => sum + (shares[scenario] ?? 0), 0);
  const sections: Section[] = [];
  const failures: string[] = [];
  for (const scenario of settings.only) {
    const seconds = (settings.minutes * 60 * (shares[scenario] ?? 0)) / total;
    const begun = performance.now();
    try {
      const section = await runScenario(scenario, {
        rounds: settings.rounds,
        seconds,
        quick: settings.quick,
      });
      sections.push(section);
      console.log(sectionText(section));
    } catch (error) {
      failures.push(`${scenario}: ${error instanceof Error ? error.stack : String(error)}`);
      console.error(failures.at(-1));
    }
    console.log(`(${scenario} took ${((performance.now() - begun) / 1000).toFixed(0)} s)`);
    // What was found is kept whatever happens to the rest.
    if (settings.out !== undefined)
      fs.writeFileSync(settings.out, await page(name, args, settings, sections));
    if (settings.json !== undefined) fs.writeFileSync(settings.json, JSON.stringify(sections, null, 2));
  }
  if (failures.length > 0) throw new Error(`${failures.length} scenarios failed:\n${failures.join('\n')}`);
}

async function runScenario(name: string, plan: Plan): Promise<Section> {
  const { run } = (await import(`./scenarios/${name}.ts`)) as { run: (plan: Plan) => Promise<Section> };
  try {
    return await run(plan);
  } finally {
    await runCleanups();
  }
}

async function page(
  name: string,
  args: readonly string[],
  settings: Settings,
  sections: readonly Section[],
): Promise<string> {
  return documentText(
    {
      machine: describeMachine(),
      commit:
        git('rev-parse', '--short', 'HEAD') +
        (git('status', '--porcelain', 'src', 'native') && ' and changes'),
      date: new Date().toISOString().slice(0, 10),
      versions: await versions(),
      command: `node bench/run.mjs ${[name, ...args].join(' ')}`,
      rounds: settings.rounds,
    },
    sections,
  );
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
}

async function versions(): Promise<string> {
  const texts: string[] = [`Node.js ${process.version.slice(1)}`];
  for (const tool of ['valkey-cli', 'redis-cli', 'nutcracker'] as const) {
    const { command, args } = await toolPath(tool);
    // twemproxy says its version on standard error.
    const text = execFileSync('sh', ['-c', '"$@" --version 2>&1', 'sh', command, ...args], {
      encoding: 'utf8',
    });
    texts.push(/\S+-\d\S+|^\S+ \d\S+/.exec(text)?.[0] ?? text.trim());
  }
  return texts.join(', ');
}
