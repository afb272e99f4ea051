/** Latency while a snapshot is written: open load at a fixed rate with and without BGSAVE after BGSAVE. */
import * as path from 'node:path';
import { temporaryFolder } from '../../test/support/cleanup.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { waitUntil } from '../../test/support/wait.ts';
import { runTool } from '../load.ts';
import { showSpread } from '../measure.ts';
import { type OpenResult, openLoad } from '../open-loop.ts';
import type { Plan, Section } from '../report.ts';
import { PRIMARY, type Subject, startLockstep, startServerAlone } from '../subjects.ts';

const RATE = 5000;
const KEYS = 500_000;

interface Saves {
  count: number;
  stop: boolean;
}

/** One BGSAVE after the other until told to stop. */
async function saveOnAndOn(subject: Subject, saves: Saves): Promise<void> {
  const client = await RawClient.connect({ port: subject.port });
  const idle = async (): Promise<boolean> =>
    String(await client.call('INFO', 'persistence')).includes('rdb_bgsave_in_progress:0');
  while (!saves.stop) {
    const reply = await client.call('BGSAVE');
    if (reply !== 'Background saving started') throw new Error(`BGSAVE: ${JSON.stringify(reply)}`);
    await waitUntil(idle, 'a snapshot to be complete');
    saves.count += 1;
  }
  client.close();
}

async function load(subject: Subject, seconds: number): Promise<OpenResult> {
  const { port } = subject;
  const rest = { valueBytes: 64, keys: 10_000, readPercent: 50, warmupSeconds: seconds / 5 };
  const result = await openLoad({ port, connections: 50, rate: RATE, seconds, ...rest });
  if (result === undefined) throw new Error(`${subject.name} is too slow for ${RATE} commands per second`);
  return result;
}

export async function run(plan: Plan): Promise<Section> {
  const snapshot = { path: path.join(temporaryFolder('snapshot'), 'dump.rdb') };
  const subjects: Subject[] = [await startServerAlone(PRIMARY)];
  for (const workers of [1, 2]) {
    const name = `engine, ${workers} worker${workers === 1 ? '' : 's'}`;
    const file = { ...snapshot, path: `${snapshot.path}${workers}` };
    subjects.push(await startLockstep(name, { workers, config: { engine: { snapshot: file } } }));
  }
  const keys = plan.quick ? KEYS / 10 : KEYS;
  for (const { port } of subjects) {
    const fill = ['-c', 4, '-P', 100, '-n', keys, '-r', keys, '-d', 64, '--sequential', '-q', '-t', 'set'];
    await runTool(['-p', port, ...fill]);
  }
  const seconds = Math.max(0.5, plan.seconds / (subjects.length * 2 * plan.rounds) / 1.3);
  const found = new Map<string, OpenResult[]>();
  const saved = new Map<string, number>();
  const add = (id: string, result: OpenResult): void => {
    found.set(id, [...(found.get(id) ?? []), result]);
  };
  for (let round = 0; round < plan.rounds; round++) {
    for (const subject of subjects) {
      add(subject.name, await load(subject, seconds));
      const saves: Saves = { count: 0, stop: false };
      const saving = saveOnAndOn(subject, saves);
      add(`${subject.name}, BGSAVE`, await load(subject, seconds));
      saves.stop = true;
      await saving;
      saved.set(`${subject.name}, BGSAVE`, (saved.get(`${subject.name}, BGSAVE`) ?? 0) + saves.count);
    }
  }
  const row = ([id, results]: [string, OpenResult[]]): string[] => {
    const of = (field: 'p50' | 'p99' | 'p999'): string =>
      showSpread(
        results.map((result) => result[field]),
        0,
      );
    return [id, of('p50'), of('p99'), of('p999'), String(saved.get(id) ?? '')];
  };
  return {
    name: 'snapshot',
    title: 'Latency while a snapshot is written',
    text: [
      `${keys} keys with values of 64 bytes, ${RATE} commands per second as above, microseconds. With ` +
        'BGSAVE, one snapshot is begun after the other for as long as the load lasts.',
    ],
    tables: [
      {
        title: 'Microseconds',
        rows: [['', 'p50', 'p99', 'p99.9', 'snapshots in all rounds'], ...[...found].map(row)],
      },
    ],
    goals: [],
  };
}
