/**
 * Starts and stops real Redis and Valkey servers for tests and benchmarks: loopback only, nothing saved, one folder
 * per server. Servers end after their test file (`setup.ts`) or with the process.
 */
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, hasExited, spawnChild, stopChild } from './child.ts';
import { keepFolder, onCleanup, removeFolder, temporaryFolder } from './cleanup.ts';
import { RawClient, type RawClientOptions } from './raw-client.ts';
import type { ServerName } from './server-catalogue.ts';
import { serverCommand } from './server-programs.ts';

export type { ServerName } from './server-catalogue.ts';
export { serverNames, toolPath } from './server-programs.ts';

const loopback = '127.0.0.1';
const startAttempts = 5;
const startTimeoutMs = 20_000;
const busOffset = 10_000;

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  readonly clientCertificates?: 'none' | 'optional' | 'required';
}

/** An address to listen at, in a network namespace or in that of the tests. */
export interface ServerPlace {
  readonly address: string;
  readonly namespace?: string;
}

export interface StartOptions {
  /** Command line arguments, after the usual ones: `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
  /** A free one when absent. */
  readonly port?: number;
  /** Listens on a unix socket as well, see `unixPath`. */
  readonly unixSocket?: boolean;
  /** Listens with TLS as well, see `tlsPort`. Paths of PEM files. */
  readonly tls?: TlsFiles;
  readonly password?: string;
  /** Loopback when absent. Elsewhere others may come as well, without a password. */
  readonly place?: ServerPlace;
  /** Sentinel instead of a server; needs `configuration`. */
  readonly sentinel?: boolean;
  /** Lines of a configuration file, which the server may rewrite. */
  readonly configuration?: readonly string[];
}

export interface TestServer {
  readonly name: ServerName;
  readonly product: 'redis' | 'valkey';
  /** As the server itself reports it, such as `9.1.2`. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** `redis://` or `valkey://`, with the password where there is one. */
  readonly url: string;
  readonly unixPath: string | undefined;
  readonly tlsPort: number | undefined;
  /** Holds `server.log` and whatever the server writes. */
  readonly folder: string;
  readonly running: boolean;
  /** A new connection on the TCP port, authenticated where there is a password. */
  client(): Promise<RawClient>;
  log(): string;
  /** Resolves once the process is gone. SIGKILL after 10 s. The data are gone too. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops if needed and starts again on the same ports with the same arguments. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

interface Ports {
  readonly port: number;
  readonly tlsPort: number | undefined;
}

/** Starts a server and returns once it answers. Throws with the end of its log when it does not. */
export async function startServer(name: ServerName, options: StartOptions = {}): Promise<TestServer> {
  const folder = temporaryFolder(name);
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(options);
    const server = new ServerProcess(name, options, folder, ports);
    try {
      await server.start();
      onCleanup(() => server.dispose());
      return server;
    } catch (error) {
      await server.stop('SIGKILL');
      const portTaken = /Address already in use|Could not create server TCP|Failed listening/.test(
        server.log(),
      );
      if (portTaken && options.port === undefined && attempt < startAttempts) continue;
      keepFolder(folder);
      throw error;
    }
  }
}

async function choosePorts(options: StartOptions): Promise<Ports> {
  const port = options.port ?? (await freePort(busOffset));
  let tlsPort: number | undefined;
  while (options.tls && (tlsPort === undefined || tlsPort === port)) tlsPort = await freePort(busOffset);
  return { port, tlsPort };
}

class ServerProcess implements TestServer {
  readonly name: ServerName;
  readonly product: 'redis' | 'valkey';
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly unixPath: string | undefined;
  readonly folder: string;
  version = '';
  private readonly options: StartOptions;
  private child: ChildProcess | undefined;

  constructor(name: ServerName, options: StartOptions, folder: string, ports: Ports) {
    this.name = name;
    this.product = name.startsWith('redis') ? 'redis' : 'valkey';
    this.options = options;
    this.host = options.place?.address ?? loopback;
    this.folder = folder;
    this.port = ports.port;
    this.tlsPort = ports.tlsPort;
    this.unixPath = options.unixSocket ? path.join(folder, 'socket') : undefined;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get url(): string {
    const credentials =
      this.options.password === undefined ? '' : `:${encodeURIComponent(this.options.password)}@`;
    return `${this.product}://${credentials}${this.host}:${this.port}`;
  }

  get running(): boolean {
    return this.child !== undefined && !hasExited(this.child);
  }

  async start(): Promise<void> {
    const program = await serverCommand(this.name);
    const args = [...program.args, ...this.configurationArguments(), ...this.usualArguments()];
    const output = fs.openSync(path.join(this.folder, 'output.log'), 'a');
    const { namespace } = this.options.place ?? {};
    const prefix = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    const [command, ...words] = [...prefix, program.command, ...args, ...(this.options.args ?? [])];
    this.child = spawnChild(command!, words, {
      cwd: this.folder,
      stdio: ['ignore', output, output],
    });
    fs.closeSync(output);
    await this.waitUntilReady();
  }

  async client(): Promise<RawClient> {
    const options: RawClientOptions = { host: this.host, port: this.port };
    const client = await RawClient.connect(options);
    if (this.options.password !== undefined) await client.call('AUTH', this.options.password);
    return client;
  }

  log(): string {
    const parts = ['output.log', 'server.log'].map((file) => path.join(this.folder, file));
    return parts.map((file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')).join('');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child) await stopChild(this.child, signal);
  }

  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends the server after its test file; one that crashed leaves its folder behind and fails the file. */
  async dispose(): Promise<void> {
    const crashed = this.child?.signalCode === 'SIGSEGV' || this.child?.signalCode === 'SIGABRT';
    await this.stop('SIGKILL');
    if (crashed) {
      keepFolder(this.folder);
      throw new Error(`${this.name} crashed, see ${this.folder}`);
    }
    removeFolder(this.folder);
  }

  private configurationArguments(): string[] {
    const lines = this.options.configuration;
    if (!lines) return [];
    const file = path.join(this.folder, 'server.conf');
    if (!fs.existsSync(file)) fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return this.options.sentinel ? [file, '--sentinel'] : [file];
  }

  private usualArguments(): string[] {
    const common = [
      '--bind',
      this.host,
      '--port',
      String(this.port),
      '--dir',
      this.folder,
      '--logfile',
      'server.log',
    ];
    if (this.options.place !== undefined) common.push('--protected-mode', 'no');
    if (this.options.sentinel) return [...common, ...this.tlsArguments()];
    const args = [...common, '--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes'];
    args.push('--enable-protected-configs', 'yes', '--enable-module-command', 'yes');
    if (this.unixPath) args.push('--unixsocket', this.unixPath, '--unixsocketperm', '700');
    if (this.options.password !== undefined) args.push('--requirepass', this.options.password);
    return [...args, ...this.tlsArguments()];
  }

  private tlsArguments(): string[] {
    const { tls } = this.options;
    if (tls === undefined) return [];
    const clients = { none: 'no', optional: 'optional', required: 'yes' }[tls.clientCertificates ?? 'none'];
    const files = [
      '--tls-cert-file',
      tls.certificate,
      '--tls-key-file',
      tls.key,
      '--tls-ca-cert-file',
      tls.authority,
    ];
    return ['--tls-port', String(this.tlsPort), ...files, '--tls-auth-clients', clients];
  }

  private async waitUntilReady(): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline && this.running) {
      if (await this.answers()) return;
      await sleep(20);
    }
    const state = this.running ? `did not answer within ${startTimeoutMs} ms` : 'stopped at once';
    const end = this.log().split('\n').slice(-15).join('\n');
    throw new Error(`${this.name} on port ${this.port} ${state}; see ${this.folder}\n${end}`);
  }

  private async answers(): Promise<boolean> {
    const client = await RawClient.connect({
      host: this.host,
      port: this.port,
      connectTimeoutMs: 1_000,
    }).catch(() => undefined);
    if (!client) return false;
    client.timeoutMs = 2_000;
    try {
      if (this.options.password !== undefined) await client.call('AUTH', this.options.password);
      if ((await client.call('PING')) !== 'PONG') return false;
      const info = String(await client.call('INFO', 'server'));
      // Another server may have taken the port between its choice and our bind.
      if (!info.includes(`process_id:${this.pid}`)) return false;
      const version = /valkey_version:(\S+)/.exec(info) ?? /redis_version:(\S+)/.exec(info);
      this.version = version?.[1] ?? '';
      return true;
    } catch {
      return false;
    } finally {
      client.close();
    }
  }
}
