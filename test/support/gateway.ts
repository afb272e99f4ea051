/**
 * Starts the built gateway (`dist/main.js`) as a process of its own, the way an operator would, and talks to it only
 * through what it shows outside: sockets, admin API, metrics, log lines, signals, exit status.
 */
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { type ExitStatus, hasExited, spawnChild, stopChild, waitForExit } from './child.ts';
import { onCleanup, removeFolder, temporaryFolder } from './cleanup.ts';
import { MetricsPage } from './metrics-text.ts';
import { RawClient } from './raw-client.ts';
import { waitUntil } from './wait.ts';

export type TransportName = 'native' | 'node';

/** Any part of the configuration file; objects are merged, anything else replaces the default. */
export type ConfigPart = { readonly [key: string]: unknown };

export interface GatewayOptions {
  /** Address of the primary; the engine when absent. */
  readonly primary?: string;
  readonly shadow?: string;
  /** 2 when absent. */
  readonly workers?: number;
  readonly config?: ConfigPart;
  /** LOCKSTEP_TEST_TRANSPORT when absent, else native. */
  readonly transport?: TransportName;
  readonly env?: Readonly<Record<string, string>>;
  /** Command line arguments after `start --config FILE`. */
  readonly args?: readonly string[];
  readonly startTimeoutMs?: number;
}

export interface LogRecord {
  readonly msg?: string;
  readonly level?: number | string;
  readonly [key: string]: unknown;
}

export interface TestGateway {
  readonly host: string;
  /** Port of the first TCP listener. */
  readonly port: number;
  /** Every bound address, as in the ready line. */
  readonly listen: readonly string[];
  readonly adminUrl: string;
  readonly pid: number;
  readonly transport: TransportName;
  readonly configFile: string;
  /** Log lines so far, parsed; a line that is no JSON is `{ msg: line }`. */
  readonly logs: readonly LogRecord[];
  readonly running: boolean;
  client(): Promise<RawClient>;
  /** One request to the admin API, as `fetch`. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** JSON of a successful request; throws with the body of any other. `method` and `body` are optional. */
  admin(path: string, method?: string, body?: unknown): Promise<Record<string, unknown>>;
  metrics(): Promise<MetricsPage>;
  /** Waits until nothing accepted is left to compare: the shadow has caught up. */
  shadowIdle(timeoutMs?: number): Promise<void>;
  /** Writes the configuration file anew, merged into what the gateway was started with. */
  writeConfig(config: ConfigPart): void;
  signal(signal: NodeJS.Signals): void;
  waitForLog(msg: string | RegExp, timeoutMs?: number): Promise<LogRecord>;
  /** SIGTERM; throws unless it exits 0 within `timeoutMs` (60 s). Nothing happens when it has been stopped already. */
  stop(timeoutMs?: number): Promise<void>;
  /** Ends it without a drain. */
  kill(): Promise<void>;
}

export const mainFile = path.resolve(import.meta.dirname, '../../dist/main.js');

/** The transport the suite is run on. */
export function testTransport(): TransportName {
  return process.env.LOCKSTEP_TEST_TRANSPORT === 'node' ? 'node' : 'native';
}

/** Starts the gateway on free ports and returns once it has said that it is ready. Throws with its log otherwise. */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  if (!fs.existsSync(mainFile)) throw new Error('dist/main.js is missing: run "npm run build" first');
  const folder = temporaryFolder('gateway');
  const gateway = new GatewayProcess(options, folder);
  onCleanup(() => gateway.dispose());
  await gateway.start();
  return gateway;
}

export interface FinishedRun extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line to its end: `runMain(['--version'])`. Killed after `timeoutMs`, with code null. */
export async function runMain(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeoutMs = 60_000,
): Promise<FinishedRun> {
  const child = spawnChild(process.execPath, [mainFile, ...args], {
    env: gatewayEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const status = (await waitForExit(child, timeoutMs)) ?? { code: null, signal: 'SIGKILL' as const };
  if (!hasExited(child)) await stopChild(child, 'SIGKILL');
  await closed;
  return { ...output, ...status };
}

/** The environment without this suite's own settings: the gateway would read LOCKSTEP_* as configuration. */
function gatewayEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(LOCKSTEP_|VITEST|NODE_ENV$|TEST$)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** Objects are merged key by key; arrays and scalars of `part` replace what was there. */
export function mergeConfig(base: ConfigPart, part: ConfigPart): ConfigPart {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(part)) {
    const before = merged[key];
    merged[key] = isPart(before) && isPart(value) ? mergeConfig(before, value) : value;
  }
  return merged;
}

function isPart(value: unknown): value is ConfigPart {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function initialConfig(options: GatewayOptions, transport: TransportName): ConfigPart {
  const config: ConfigPart = {
    listen: [{ address: '127.0.0.1:0' }],
    workers: options.workers ?? 2,
    transport,
    admin: { listen: '127.0.0.1:0' },
    log: { level: 'info', pretty: false },
    ...(options.primary === undefined ? {} : { primary: { url: options.primary } }),
    ...(options.shadow === undefined ? {} : { shadow: { url: options.shadow } }),
  };
  return mergeConfig(config, options.config ?? {});
}

class GatewayProcess implements TestGateway {
  readonly host = '127.0.0.1';
  readonly transport: TransportName;
  readonly configFile: string;
  readonly logs: LogRecord[] = [];
  port = 0;
  listen: readonly string[] = [];
  adminUrl = '';
  private readonly options: GatewayOptions;
  private readonly folder: string;
  private config: ConfigPart;
  private child: ChildProcess | undefined;

  constructor(options: GatewayOptions, folder: string) {
    this.options = options;
    this.folder = folder;
    this.transport = options.transport ?? testTransport();
    this.config = initialConfig(options, this.transport);
    this.configFile = path.join(folder, 'lockstep.yaml');
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get running(): boolean {
    return this.child !== undefined && !hasExited(this.child);
  }

  async start(): Promise<void> {
    this.writeConfig({});
    const args = [mainFile, 'start', '--config', this.configFile, ...(this.options.args ?? [])];
    const child = spawnChild(process.execPath, args, {
      env: gatewayEnvironment(this.options.env ?? {}),
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream)
        readline.createInterface({ input: stream }).on('line', (line) => this.logs.push(parseLine(line)));
    }
    const timeoutMs = this.options.startTimeoutMs ?? 60_000;
    const ready = await waitUntil(
      () => this.logs.find((record) => record.msg === 'ready') ?? !this.running,
      'the gateway to be ready',
      timeoutMs,
    ).catch(() => true as const);
    if (ready === true) throw await this.failure(`not ready within ${timeoutMs} ms`);
    this.readReadyLine(ready);
  }

  client(): Promise<RawClient> {
    return RawClient.connect({ host: this.host, port: this.port });
  }

  request(pathname: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.adminUrl}${pathname}`, { signal: AbortSignal.timeout(60_000), ...init });
  }

  async admin(pathname: string, method = 'GET', body?: unknown): Promise<Record<string, unknown>> {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await this.request(pathname, { method, ...json });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${pathname} answered ${response.status}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  }

  async metrics(): Promise<MetricsPage> {
    const response = await this.request('/metrics');
    return new MetricsPage(await response.text());
  }

  async shadowIdle(timeoutMs = 120_000): Promise<void> {
    const idle = async (): Promise<boolean> => (await this.metrics()).sum('shadow_queue_commands') === 0;
    await waitUntil(idle, 'the shadow to catch up', timeoutMs);
  }

  writeConfig(config: ConfigPart): void {
    this.config = mergeConfig(this.config, config);
    // Every JSON text is a YAML text.
    fs.writeFileSync(this.configFile, JSON.stringify(this.config, null, 2));
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async waitForLog(msg: string | RegExp, timeoutMs = 60_000): Promise<LogRecord> {
    const fits = (text = ''): boolean => (typeof msg === 'string' ? text.includes(msg) : msg.test(text));
    return waitUntil(() => this.logs.find((record) => fits(record.msg)), `the log line ${msg}`, timeoutMs);
  }

  async stop(timeoutMs = 60_000): Promise<void> {
    const child = this.child;
    if (!child) return;
    this.child = undefined;
    const status = await stopChild(child, 'SIGTERM', timeoutMs);
    if (status?.code === 0) return;
    throw await this.failure(status ? describe(status) : `not stopped ${timeoutMs} ms after SIGTERM`);
  }

  async kill(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child) await stopChild(child, 'SIGKILL');
  }

  /** One that died by itself, or does not drain, fails its test file. */
  async dispose(): Promise<void> {
    const child = this.child;
    const died = child !== undefined && hasExited(child);
    this.child = died ? undefined : child;
    try {
      if (died) throw await this.failure(describe({ code: child.exitCode, signal: child.signalCode }));
      await this.stop();
    } finally {
      removeFolder(this.folder);
    }
  }

  private readReadyLine(record: LogRecord): void {
    this.listen = Array.isArray(record.listen) ? record.listen.map(String) : [];
    const first = this.listen.find((address) => !address.startsWith('unix:')) ?? '';
    this.port = Number(first.slice(first.lastIndexOf(':') + 1));
    this.adminUrl = `http://${String(record.admin).replace(/^https?:\/\//, '')}`;
  }

  private async failure(what: string): Promise<Error> {
    if (this.child) await stopChild(this.child, 'SIGKILL');
    const exit = this.child && hasExited(this.child) ? ` (${describe(this.childStatus(this.child))})` : '';
    this.child = undefined;
    const end = this.logs.slice(-25).map((record) => JSON.stringify(record));
    return new Error(`gateway: ${what}${exit}\n${end.join('\n')}`);
  }

  private childStatus(child: ChildProcess): ExitStatus {
    return { code: child.exitCode, signal: child.signalCode };
  }
}

function describe(status: ExitStatus): string {
  return status.signal === null ? `exit status ${status.code}` : `ended by ${status.signal}`;
}

function parseLine(line: string): LogRecord {
  try {
    const parsed: unknown = JSON.parse(line);
    if (isPart(parsed)) return parsed;
  } catch {
    // Not every line is JSON: a failed start prints plain text.
  }
  return { msg: line };
}
