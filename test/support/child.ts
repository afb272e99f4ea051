/**
 * Child processes of tests: started so that they end with the test process however that ends, stopped by pid and in
 * bounded time.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { trackProcess } from './cleanup.ts';

const parentDeathProgram = '/usr/bin/setpriv';
const hasParentDeath = fs.existsSync(parentDeathProgram);

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** As `spawn`; the child is killed when this process ends, even when it ends by SIGKILL (where setpriv exists). */
export function spawnChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = hasParentDeath
    ? spawn(parentDeathProgram, ['--pdeathsig', 'KILL', '--', command, ...args], options)
    : spawn(command, [...args], options);
  trackProcess(child);
  return child;
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

export function waitForExit(child: ChildProcess, timeoutMs: number): Promise<ExitStatus | undefined> {
  if (hasExited(child)) return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => {
    const done = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      resolve({ code, signal });
    };
    const timer = setTimeout(() => {
      child.off('exit', done);
      resolve(undefined);
    }, timeoutMs);
    child.once('exit', done);
  });
}

/**
 * Sends `signal`, waits `timeoutMs` and then kills. Gives the exit status, or undefined where it had to be killed.
 * A stopped (SIGSTOP) child is continued first.
 */
export async function stopChild(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
  timeoutMs = 10_000,
): Promise<ExitStatus | undefined> {
  if (!hasExited(child)) {
    child.kill('SIGCONT');
    child.kill(signal);
  }
  const status = await waitForExit(child, timeoutMs);
  if (status) return status;
  child.kill('SIGKILL');
  await waitForExit(child, 10_000);
  return undefined;
}

/**
 * A TCP port on loopback that nothing listens on, below the range the kernel gives to outgoing connections, so that
 * it stays free. The port `busOffset` above is free as well when that is not 0 (cluster bus).
 */
export async function freePort(busOffset = 0): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = 10_000 + Math.floor(Math.random() * 12_000);
    if (!(await canListen(port))) continue;
    if (busOffset === 0 || (await canListen(port + busOffset))) return port;
  }
  throw new Error('no free port found');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
