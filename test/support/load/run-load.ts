/**
 * Runs the mixed load: many clients, seeded, over a set of hot keys, some of them blocking. Runs in the caller's
 * process. Judges replies only by what one client can know; whether two servers agree is for the caller to find out.
 */
import { LoadClient, type LoadCounts, type LoadTarget } from './load-client.ts';
import { exactly, Mix } from './mix.ts';
import { createGroups } from './mix-streams.ts';
import { blockingBuilders, defaultShares, type FamilyShares, MixTable } from './mix-table.ts';

export interface LoadOptions {
  readonly target: LoadTarget;
  readonly seed: number;
  /** Commands after which clients stop, give or take a batch per client. Infinity: until `stop`. */
  readonly commands: number;
  readonly clients?: number;
  /** How many of the clients mostly block. */
  readonly blockingClients?: number;
  readonly hotKeys?: number;
  readonly prefix?: string;
  readonly shares?: FamilyShares;
  readonly wrongTypeShare?: number;
  readonly maxPipeline?: number;
  /** Every eighth client works in database 1. */
  readonly twoDatabases?: boolean;
  readonly resp3?: 'half' | 'none' | 'all';
  readonly reconnect?: boolean;
}

export interface LoadResult {
  readonly seed: number;
  readonly commands: number;
  readonly replies: number;
  readonly seconds: number;
  readonly byCommand: ReadonlyMap<string, number>;
  readonly errors: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  readonly failureCount: number;
  /** Keys that were given a time to live, or might have been. */
  readonly mayExpire: ReadonlySet<string>;
}

export interface RunningLoad {
  /** Commands written so far. */
  readonly issued: () => number;
  readonly answered: () => number;
  readonly failureCount: () => number;
  /** Makes clients end after the batch they are in. */
  readonly stop: () => void;
  /** Rejects, naming the clients that hang, when no reply has come for `stallMs` (90 s). */
  readonly result: Promise<LoadResult>;
}

const STALL_MS = 90_000;

export function startLoad(options: LoadOptions): RunningLoad {
  const counts: LoadCounts = {
    commands: 0,
    replies: 0,
    byCommand: new Map(),
    errors: new Map(),
    failures: [],
    failureCount: 0,
  };
  const mayExpire = new Set<string>();
  const clientCount = options.clients ?? 64;
  const blockingCount = options.blockingClients ?? Math.floor(clientCount / 8);
  const table = new MixTable(options.shares ?? defaultShares);
  const state = { stopping: false };
  const startedAt = process.hrtime.bigint();
  const ended = (): boolean => state.stopping || counts.commands >= options.commands;
  const clients: LoadClient[] = [];
  let working = clientCount - blockingCount;
  for (let index = 0; index < clientCount; index++) {
    const blocking = index >= clientCount - blockingCount;
    const refill = blocking
      ? (mix: Mix) => (working === 0 || state.stopping ? undefined : refillBlocking(mix))
      : (mix: Mix) => (ended() ? undefined : refillMixed(mix, table, options.maxPipeline ?? 16));
    const client = new LoadClient({ ...clientBase(options, index, mayExpire), counts, refill });
    clients.push(client);
    if (!blocking) client.finished.then(() => working--);
  }
  return {
    issued: () => counts.commands,
    answered: () => counts.replies,
    failureCount: () => counts.failureCount,
    stop: () => {
      state.stopping = true;
    },
    result: waitForEnd(clients, counts).then(() => ({
      seed: options.seed,
      ...counts,
      mayExpire,
      seconds: Number(process.hrtime.bigint() - startedAt) / 1e9,
    })),
  };
}

/** Runs a load to its end. */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  return startLoad(options).result;
}

function clientBase(options: LoadOptions, index: number, mayExpire: Set<string>) {
  const mix = new Mix({
    seed: options.seed,
    clientIndex: index,
    hotKeys: options.hotKeys ?? 1000,
    prefix: options.prefix ?? '',
    wrongTypeShare: options.wrongTypeShare ?? 0.003,
    mayExpire,
  });
  const resp3 = options.resp3 === 'all' || (options.resp3 !== 'none' && index % 2 === 1);
  const database = options.twoDatabases === true && index % 8 === 3 ? 1 : 0;
  return { target: options.target, mix, resp3, database, reconnect: options.reconnect ?? false };
}

function refillMixed(mix: Mix, table: MixTable, maxPipeline: number): void {
  if (mix.clientIndex === 0 && mix.batches++ === 0) createGroups(mix);
  const depth = mix.chance(0.4) ? 1 : mix.between(1, maxPipeline);
  while (mix.expected.length < depth) table.next(mix);
}

function refillBlocking(mix: Mix): void {
  mix.pick(blockingBuilders)(mix);
  if (mix.chance(0.3)) {
    const token = mix.token();
    mix.add(63, ['ECHO', token], exactly(token));
  }
}

async function waitForEnd(clients: readonly LoadClient[], counts: LoadCounts): Promise<void> {
  let seen = -1;
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (counts.replies !== seen) {
        seen = counts.replies;
        return;
      }
      const hanging = clients
        .map((client) => client.describe())
        .filter((line) => !line.includes('next nothing'));
      for (const client of clients) client.destroy();
      reject(new Error(`no reply for ${STALL_MS} ms:\n${hanging.join('\n')}\n${counts.failures.join('\n')}`));
    }, STALL_MS);
  });
  try {
    await Promise.race([Promise.all(clients.map((client) => client.finished)), stalled]);
  } finally {
    clearInterval(timer);
  }
}

/** Counts as a table, most frequent first. */
export function showCounts(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort((left, right) => right[1] - left[1]);
  return rows.map(([name, count]) => `${String(count).padStart(9)}  ${name}`).join('\n');
}
