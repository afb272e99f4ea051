/**
 * A rolling restart under load: `lockstep start --take-over` while connections send pipelines at a fixed rate. Nobody
 * connects again: a connection that ends, an error, a reply that is not the next number, and a count on the server
 * that is not that of the replies, each is an error.
 *
 *   node --import ./test/support/typescript.mjs bench/rolling-restart.ts [rate] [seconds] [restarts] [connections]
 */
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/child.ts';
import { runCleanups } from '../test/support/cleanup.ts';
import { startGateway, type TestGateway } from '../test/support/gateway.ts';
import { encodeCommand } from '../test/support/raw-client.ts';
import { startServer } from '../test/support/servers.ts';
import { waitUntil } from '../test/support/wait.ts';

const [rate = 50_000, seconds = 20, restarts = 3, connectionCount = 100] = process.argv.slice(2).map(Number);
const DEPTH = 10;

const totals = { commands: 0, errors: 0, ended: 0, late: 0 };
/** Milliseconds from a pipeline to its last reply; all, and those that a restart fell into. */
const waits: { readonly all: number[]; readonly restarting: number[] } = { all: [], restarting: [] };
let isRestarting = false;

/** One client that counts up a key of its own. */
class Connection {
  readonly #socket: net.Socket;
  readonly #batch: Buffer;
  count = 0;
  #expected = '';
  #received = '';
  #sentAtMs = 0;
  isStopping = false;

  constructor(socket: net.Socket, key: string) {
    this.#socket = socket;
    this.#batch = Buffer.concat(Array.from({ length: DEPTH }, () => encodeCommand(['INCR', key])));
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.isStopping) totals.ended += 1;
    });
  }

  get isIdle(): boolean {
    return this.#expected === '';
  }

  /** It is time for a pipeline. Who still waits for the last one sends none. */
  tick(): void {
    if (!this.isIdle) {
      totals.late += 1;
      return;
    }
    for (let number = 1; number <= DEPTH; number++) this.#expected += `:${this.count + number}\r\n`;
    this.#sentAtMs = performance.now();
    this.#socket.write(this.#batch);
  }

  stop(): void {
    this.isStopping = true;
    this.#socket.end();
  }

  #receive(chunk: Buffer): void {
    this.#received += chunk.toString('latin1');
    if (this.#received.length < this.#expected.length) return;
    const wait = performance.now() - this.#sentAtMs;
    waits.all.push(wait);
    if (isRestarting) waits.restarting.push(wait);
    if (this.#received !== this.#expected) totals.errors += 1;
    totals.commands += DEPTH;
    this.count += DEPTH;
    this.#expected = '';
    this.#received = '';
  }
}

function connect(port: number, key: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(new Connection(socket, key)));
  });
}

/** Ticks at the rate. What this process has slept through is not made up for: no client sends two pipelines at once. */
function drive(connections: readonly Connection[]): NodeJS.Timeout {
  const startedMs = performance.now();
  let ticks = 0;
  return setInterval(() => {
    const due = ((performance.now() - startedMs) * rate) / 1000 / DEPTH;
    ticks = Math.max(ticks, Math.floor(due) - connections.length / 2);
    for (; ticks < due; ticks++) connections[ticks % connections.length]?.tick();
  }, 1);
}

function percentiles(values: number[]): Record<string, number> {
  values.sort((one, other) => one - other);
  const at = (share: number): number =>
    Math.round(10 * (values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0)) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), mostMs: at(1) };
}

async function main(): Promise<void> {
  const primary = await startServer('valkey-9.1');
  const ports = [await freePort(), await freePort()];
  const start = (): Promise<TestGateway> =>
    startGateway({
      primary: primary.url,
      args: ['--take-over'],
      config: { listen: [{ address: `127.0.0.1:${ports[0]}` }], admin: { listen: `127.0.0.1:${ports[1]}` } },
    });
  let gateway = await start();
  const connections = await Promise.all(
    Array.from({ length: connectionCount }, (_, at) => connect(ports[0]!, `bench:${at}`)),
  );
  const startedMs = performance.now();
  const timer = drive(connections);
  for (let restart = 1; restart <= restarts; restart++) {
    await sleep((seconds * 1000) / (restarts + 1));
    const old = gateway;
    isRestarting = true;
    gateway = await start();
    await waitUntil(() => !old.running, 'the old process to end');
    await old.stop();
    isRestarting = false;
  }
  await sleep(Math.max(0, startedMs + seconds * 1000 - performance.now()));
  clearInterval(timer);
  await waitUntil(() => totals.ended > 0 || connections.every(({ isIdle }) => isIdle), 'the last replies');
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  for (const connection of connections) connection.stop();
  const direct = await primary.client();
  const counts = (await direct.call('MGET', ...connections.map((_, at) => `bench:${at}`))) as string[];
  direct.close();
  const wrongCounts = counts.filter((count, at) => Number(count) !== connections[at]?.count).length;
  const shown = {
    perSecond: Math.round(totals.commands / elapsedSeconds),
    restarts,
    connections: connectionCount,
    ...totals,
    wrongCounts,
    all: percentiles(waits.all),
    whileRestarting: percentiles(waits.restarting),
  };
  process.stdout.write(`${JSON.stringify(shown)}\n`);
  if (totals.errors + totals.ended + wrongCounts > 0) process.exitCode = 1;
}

await main().finally(runCleanups);
