/** Figures for the page: what is computed between two readings, and the stream that tells them. */
import { afterEach, describe, expect, test } from 'vitest';
import { momentBetween, type Reading, sampleBetween } from '../../../src/admin/live-sample.ts';
import type { LiveLimits } from '../../../src/admin/live-stream.ts';
import { type AdminServer, startAdmin } from '../../../src/admin/server.ts';
import { EventParser, type ServerEvent } from '../../../src/page/event-parser.ts';
import type { CounterReport } from '../../../src/telemetry/counters.ts';
import { readCounters } from '../../../src/telemetry/counters.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { DIVERGENCE_KINDS, WorkerMetrics } from '../../../src/telemetry/metrics.ts';
import { waitUntil } from '../../support/wait.ts';
import { FakeGateway } from './fake-gateway.ts';

const LABELS = ['get', 'set', 'get'];

function makeWorkers(count: number): WorkerMetrics[] {
  const bytes = WorkerMetrics.bytes(LABELS.length);
  return Array.from({ length: count }, () => new WorkerMetrics(new SharedArrayBuffer(bytes), LABELS.length));
}

function read(workers: readonly WorkerMetrics[]): CounterReport {
  return readCounters({ labels: LABELS, workers, nodes: (target) => (target === 0 ? ['a:1', 'b:2'] : []) });
}

async function reading(atMs: number, counters: CounterReport): Promise<Reading> {
  return { atMs, counters, status: await (await FakeGateway.make()).status() };
}

describe('counters', () => {
  test('are summed over workers and over ids with one label', () => {
    const [one, other] = makeWorkers(2) as [WorkerMetrics, WorkerMetrics];
    one.countCommand(0, 0, 0);
    other.countCommand(2, 0, 1);
    other.countCommand(99, 0, 2);
    one.countComparison(2, 1);
    one.countDivergence(2, DIVERGENCE_KINDS.indexOf('ttl'));
    other.addShadowDropped(3, 5);
    one.setUpstream(0, 1, 4, true);
    other.setUpstream(0, 1, 3, false);
    other.addClientBytes(1, 10);
    const report = read([one, other]);
    const none = DIVERGENCE_KINDS.map(() => 0);
    expect(report.commands).toEqual([
      { command: 'other', primary: [0, 0, 1], verdicts: [0, 0, 0, 0, 0], kinds: none },
      { command: 'get', primary: [1, 1, 0], verdicts: [0, 1, 0, 0, 0], kinds: [0, 0, 0, 0, 0, 0, 1] },
    ]);
    expect(report.dropped[3]).toBe(5);
    expect(report.nodes).toEqual([{ target: 'primary', name: 'b:2', up: true, connections: 7 }]);
    expect(report.workers.map(({ bytesOut }) => bytesOut)).toEqual([0, 10]);
  });
});

describe('a sample', () => {
  test('has rates of what came in between, and percentiles of its own time', async () => {
    const workers = makeWorkers(1);
    const [worker] = workers as [WorkerMetrics];
    worker.observeDuration(0, 5);
    const before = await reading(1000, read(workers));
    for (let count = 0; count < 6; count++) worker.countCommand(0, 0, count === 0 ? 1 : 0);
    for (let count = 0; count < 4; count++) worker.countComparison(0, 0);
    worker.countComparison(1, 1);
    for (let count = 0; count < 100; count++) worker.observeDuration(0, 0.0004);
    worker.addBusy(1);
    worker.addShadowDropped(0, 8);
    const after = await reading(3000, read(workers));
    const sample = sampleBetween(before, after);
    expect(sample).toMatchObject({
      atMs: 3000,
      seconds: 2,
      commandsPerSecond: 3,
      errorsPerSecond: 0.5,
      failedPerSecond: 0,
      matchPerSecond: 2,
      divergentPerSecond: 0.5,
      droppedPerSecond: 4,
      // Half of the bucket from 250 to 500.
      primaryP50Us: 375,
      primaryP99Us: 498,
      shadowP50Us: null,
      queueCommands: 1,
      dirtySlots: 3,
    });
    const moment = momentBetween(before, after, 7);
    expect(moment.workers).toEqual([
      { busyRatio: 0.5, clients: 0, bytesInPerSecond: 0, bytesOutPerSecond: 0 },
    ]);
    expect(moment).toMatchObject({ divergences: 7, dropped: { queue_commands: 8 } });
    expect(moment.verdicts).toMatchObject({ match: 4, divergent: 1 });
    expect(moment.divergentCommands.map(({ command }) => command)).toEqual(['set']);
    expect(moment.busiestCommands).toMatchObject([{ command: 'get', perSecond: 3, count: 6, errors: 1 }]);
  });
});

describe('the stream', () => {
  let server: AdminServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(gateway: FakeGateway, live: Partial<LiveLimits>): Promise<string> {
    const logger = createLogger({ level: 'silent', pretty: false });
    server = await startAdmin({ control: gateway, logger, live });
    return `http://${server.address}/api/v1/live`;
  }

  async function watch(url: string): Promise<{ events: ServerEvent[]; ended: Promise<void>; stop(): void }> {
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const events: ServerEvent[] = [];
    const parser = new EventParser();
    const readAll = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body!)
        events.push(...parser.feed(decoder.decode(chunk as Uint8Array, { stream: true })));
    };
    const ended = readAll().catch(() => undefined);
    return { events, ended, stop: () => abort.abort() };
  }

  test('tells the history first, then the present again and again', async () => {
    const url = await start(await FakeGateway.make(), { watchedMs: 5, unwatchedMs: 5, historyLength: 3 });
    const first = await watch(url);
    await waitUntil(() => first.events.length > 6, 'some events');
    expect(first.events.map(({ event }) => event)).toEqual([
      'history',
      ...first.events.slice(1).map(() => 'moment'),
    ]);
    const moment = JSON.parse(first.events[1]!.data) as Record<string, unknown>;
    expect(moment).toMatchObject({ status: { state: 'running' }, busiestCommands: [{ command: 'get' }] });
    const second = await watch(url);
    await waitUntil(() => second.events.length > 1, 'the events of another');
    expect(JSON.parse(second.events[0]!.data)).toHaveLength(3);
    first.stop();
    second.stop();
  });

  test('reads no counters in between while nobody watches', async () => {
    const gateway = await FakeGateway.make();
    const url = await start(gateway, { watchedMs: 1, unwatchedMs: 3_600_000 });
    const watcher = await watch(url);
    await waitUntil(() => gateway.counted > 3, 'readings');
    watcher.stop();
    let before = -1;
    const isQuiet = (): boolean => {
      const quiet = gateway.counted === before;
      before = gateway.counted;
      return quiet;
    };
    await waitUntil(isQuiet, 'the readings to end');
  });

  test('has a limit to watchers, and ends with the drain', async () => {
    const url = await start(await FakeGateway.make(), { maxClients: 1 });
    const watcher = await watch(url);
    expect((await fetch(url)).status).toBe(503);
    server?.drain();
    await watcher.ended;
    expect((await fetch(url)).status).toBe(503);
  });
});
