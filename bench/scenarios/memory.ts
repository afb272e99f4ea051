/** Resident memory: idle, by idle client, and by key. Every round starts every process anew. */
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCleanups } from '../../test/support/cleanup.ts';
import { startServer } from '../../test/support/servers.ts';
import { runTool } from '../load.ts';
import { residentBytes, showSpread, spreadOf } from '../measure.ts';
import type { Goal, Plan, Section } from '../report.ts';
import { PRIMARY, type Subject, startLockstep, startServerAlone } from '../subjects.ts';

const MB = 2 ** 20;
const KEYS = 1_000_000;
const HASHES = 200_000;
/** Of commands that keep nothing. */
const WARM_UPS = 300_000;
const CLIENTS = 1000;
const SETTLE_MS = 1500;

const IDLE = 'idle gateway, 2 workers, MB';
const IDLE_ENGINE = 'idle engine, 2 workers, MB';
const CLIENT = 'an idle client of the gateway, KB';

/** Figures by row, one for each round. */
type Figures = Map<string, number[]>;

function note(figures: Figures, row: string, value: number): void {
  figures.set(row, [...(figures.get(row) ?? []), value]);
}

/** Opens clients that have each sent one command, and closes them at the end. */
async function withIdleClients(port: number, count: number, then: () => Promise<void>): Promise<void> {
  const sockets: net.Socket[] = [];
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write('*2\r\n$3\r\nGET\r\n$4\r\nnone\r\n'));
      socket.once('data', () => resolve());
      socket.once('error', reject);
      sockets.push(socket);
    });
  try {
    for (let left = count; left > 0; left -= 50) await Promise.all(Array.from({ length: 50 }, open));
    await then();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function measureIdle(figures: Figures): Promise<void> {
  const { url } = await startServer(PRIMARY);
  const gateway = await startLockstep('gateway', { primary: url, workers: 2 });
  const pid = gateway.pids[0] ?? 0;
  await sleep(SETTLE_MS);
  note(figures, IDLE, residentBytes(pid) / MB);
  // The first clients make room that later ones use: what the table is about is one client more.
  await withIdleClients(gateway.port, CLIENTS, async () => {});
  await sleep(SETTLE_MS);
  const before = residentBytes(pid);
  await withIdleClients(gateway.port, CLIENTS, async () => {
    await sleep(SETTLE_MS);
    note(figures, CLIENT, (residentBytes(pid) - before) / CLIENTS / 1024);
  });
}

/**
 * Bytes of resident memory by which the process grows for each key. It has had clients before, with commands that are
 * as long and keep nothing: what it needs to serve them (of an engine 10 MB, once) is not the keys'.
 */
async function measureKeys(figures: Figures, plan: Plan): Promise<string> {
  const share = plan.quick ? 0.1 : 1;
  const engine = await startLockstep('engine', { workers: 2 });
  await sleep(SETTLE_MS);
  note(figures, IDLE_ENGINE, residentBytes(engine.pids[0] ?? 0) / MB);
  const subjects: Subject[] = [engine, await startServerAlone(PRIMARY), await startServerAlone('redis-8.0')];
  const fields = Array.from({ length: 10 }, (_, index) => [`field:${index}`, 'value:67890']).flat();
  const loads = [
    ['string of 64 bytes, key of 16', KEYS * share, ['SET', 'key:__rand_int__', 'v'.repeat(64)]],
    ['hash of 10 fields of 7 + 11 bytes', HASHES * share, ['HSET', 'h:0:__rand_int__', ...fields]],
  ] as const;
  for (const subject of subjects) {
    const pid = subject.pids[0] ?? 0;
    const send = (keys: number, command: readonly string[]): Promise<string> => {
      const options = ['-c', 4, '-P', 100, '-n', keys, '-r', keys, '--sequential', '-q'];
      return runTool(['-p', subject.port, ...options, ...command]);
    };
    await send(WARM_UPS * share, ['DEL', 'key:__rand_int__', 'v'.repeat(64)]);
    for (const [name, keys, command] of loads) {
      const before = residentBytes(pid);
      await send(keys, command);
      note(figures, `${subject.name}, bytes of a ${name}`, (residentBytes(pid) - before) / keys);
    }
  }
  return `${engine.name}, bytes of a ${loads[0][0]}`;
}

export async function run(plan: Plan): Promise<Section> {
  const figures: Figures = new Map();
  let ofKey = '';
  for (let round = 0; round < plan.rounds; round++) {
    await measureIdle(figures);
    ofKey = await measureKeys(figures, plan);
    await runCleanups();
  }
  const goal = (text: string, row: string, limit: number, rival = ''): Goal => ({
    goal: text,
    figure: showSpread(figures.get(row) ?? [], 1),
    rival,
    isMet: spreadOf(figures.get(row) ?? []).median <= limit,
  });
  const rows = [...figures].map(([row, values]) => [row, showSpread(values, 1)]);
  return {
    name: 'memory',
    title: 'Memory',
    text: [
      `Resident memory of the whole process. Keys are ${KEYS} (hashes ${HASHES}), each sent once to a ` +
        `process that had only had commands that keep nothing; idle clients are ${CLIENTS} that have each had a reply.`,
    ],
    tables: [{ title: 'Resident memory', rows: [['', 'min / median / max'], ...rows] }],
    goals: [
      goal('memory: idle with 2 workers at most 120 MB', IDLE, 120),
      goal('memory: idle engine with 2 workers at most 120 MB', IDLE_ENGINE, 120),
      goal('memory: at most 6 KB for an idle client', CLIENT, 6),
      goal('engine: at most 106 bytes for a key of 16 bytes with a value of 64', ofKey, 106, 'Valkey 9.1'),
    ],
  };
}
