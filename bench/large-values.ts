/**
 * How long small commands take while very long values pass: 50 clients with a pause between commands, beside one that
 * writes and reads without a pause, by how much of a turn the native transport gives one connection.
 */
import { spawnSync } from 'node:child_process';
import * as net from 'node:net';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { spawnChild, stopChild } from '../test/support/child.ts';
import { runCleanups } from '../test/support/cleanup.ts';
import { startGateway } from '../test/support/gateway.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { type ServerName, startServer } from '../test/support/servers.ts';
import { waitUntil } from '../test/support/wait.ts';
import { describeMachine, showTable } from './measure.ts';

const CLIENTS = 50;
const PAUSE_MS = 10;
/** Seconds without long values. */
const ALONE_SECONDS = 2;
const VALUE = Buffer.alloc(64, 'v');
const REPLY_BYTES = `$${VALUE.length}\r\n\r\n`.length + VALUE.length;
const REQUEST = Buffer.from('*2\r\n$3\r\nGET\r\n$5\r\nsmall\r\n');
const folder = path.resolve(import.meta.dirname, '..');

interface Settings {
  readonly mb: number;
  readonly seconds: number;
  readonly turns: readonly number[];
  readonly workers: number;
  readonly server: ServerName;
}

/** Prints the table; `args` as on the command line. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mb: { type: 'string', default: '512' },
      seconds: { type: 'string', default: '7' },
      turns: { type: 'string', default: '64,256,1024' },
      workers: { type: 'string', default: '2' },
      server: { type: 'string', default: 'valkey-9.1' },
    },
  });
  const settings: Settings = {
    mb: Number(values.mb),
    seconds: Number(values.seconds),
    turns: values.turns.split(',').map(Number),
    workers: Number(values.workers),
    server: values.server as ServerName,
  };
  console.log(`${describeMachine()}; ${CLIENTS} clients, values of ${settings.mb} MB, ${settings.seconds} s`);
  const rows = [['', 'commands', 'p50 ms', 'p99 ms', 'max ms', 'values passed']];
  try {
    const server = await startServer(settings.server);
    rows.push(...(await measure(`${settings.server} alone`, server.port, settings)));
    for (const turn of settings.turns) {
      compile(turn);
      const gateway = await startGateway({
        primary: server.url,
        workers: settings.workers,
        transport: 'native',
      });
      rows.push(...(await measure(`turns of ${turn} KB`, gateway.port, settings)));
      await gateway.stop();
    }
  } finally {
    compile(undefined);
    await runCleanups();
  }
  console.log(showTable(rows));
}

/** Builds the native transport with turns of so many kilobytes, or as it is. */
function compile(turn: number | undefined): void {
  const compiler = turn === undefined ? {} : { CC: `cc -DREAD_SHARE_MAXIMUM=${turn * 1024}u` };
  const options = { cwd: folder, env: { ...process.env, ...compiler }, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, ['native/build.mjs'], options);
  if (status !== 0 || !stdout.includes('the native transport\n')) throw new Error(`not compiled: ${stdout}`);
}

async function measure(name: string, port: number, settings: Settings): Promise<string[][]> {
  const setter = await RawClient.connect({ port });
  await setter.call('SET', 'small', VALUE);
  setter.close();
  const alone = await latencies(port, ALONE_SECONDS);
  const size = String(settings.mb * 1024 * 1024);
  const mover = spawnChild(
    process.execPath,
    [path.join(folder, 'bench/large-mover.mjs'), String(port), size],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let passed = 0;
  mover.stdout?.on('data', (bytes: Buffer) => {
    passed += bytes.toString().split('\n').length - 1;
  });
  await waitUntil(() => passed > 0, 'the first long value to pass', 120_000);
  passed = 0;
  const beside = await latencies(port, settings.seconds);
  await stopChild(mover, 'SIGKILL');
  return [row(name, alone, ''), row('  beside long values', beside, String(passed))];
}

function row(name: string, sorted: Float64Array, passed: string): string[] {
  const at = (share: number): string => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return (value ?? Number.NaN).toFixed(2);
  };
  return [name, String(sorted.length), at(0.5), at(0.99), at(1), passed];
}

/** Milliseconds that each command took, ascending. */
async function latencies(port: number, seconds: number): Promise<Float64Array> {
  const until = performance.now() + seconds * 1000;
  const taken: number[] = [];
  await Promise.all(Array.from({ length: CLIENTS }, () => talk(port, until, taken)));
  return Float64Array.from(taken).sort();
}

function talk(port: number, until: number, taken: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let sentAt = 0;
    let left = 0;
    const ask = (): void => {
      if (performance.now() >= until) {
        socket.end();
        return;
      }
      sentAt = performance.now();
      left = REPLY_BYTES;
      socket.write(REQUEST);
    };
    socket.setNoDelay(true);
    socket.on('connect', () => setTimeout(ask, Math.random() * PAUSE_MS));
    socket.on('data', (bytes) => {
      left -= bytes.length;
      if (left > 0) return;
      taken.push(performance.now() - sentAt);
      setTimeout(ask, PAUSE_MS);
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}
