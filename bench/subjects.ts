/** What is measured: servers, twemproxy and the gateway, each in front of a server of its own. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { freePort, spawnChild, stopChild } from '../test/support/child.ts';
import { onCleanup, temporaryFolder } from '../test/support/cleanup.ts';
import { startCluster } from '../test/support/cluster.ts';
import { type GatewayOptions, startGateway, type TestGateway } from '../test/support/gateway.ts';
import { RawClient, type RawClientOptions } from '../test/support/raw-client.ts';
import { type ServerName, type StartOptions, startServer, toolPath } from '../test/support/servers.ts';
import { waitUntil } from '../test/support/wait.ts';

export interface Subject {
  readonly name: string;
  readonly port: number;
  /** Processes whose time is counted. */
  readonly pids: readonly number[];
  /** More options for the load tool: TLS, cluster. */
  readonly toolOptions: readonly string[];
  /** Part of every key, for a load tool that chooses the node of a cluster itself. */
  readonly keyTag: string;
  /** Waits until nothing is left to do for the commands sent so far; says what went wrong on the way. */
  readonly settle: () => Promise<string>;
}

export const PRIMARY: ServerName = 'valkey-9.1';

type Part = Partial<Subject> & Pick<Subject, 'name' | 'port' | 'pids'>;

export function subjectOf(part: Part): Subject {
  return { toolOptions: [], keyTag: '', settle: async () => '', ...part };
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

export async function startServerAlone(server: ServerName, options: StartOptions = {}): Promise<Subject> {
  const { port, pid, version, product } = await startServer(server, options);
  return subjectOf({ name: `${capital(product)} ${version}`, port, pids: [pid] });
}

/** A cluster of three, driven by a tool that knows clusters. The time of all three is counted. */
export async function startClusterAlone(): Promise<Subject> {
  const { masters } = await startCluster(PRIMARY, 3);
  const port = masters[0]?.port ?? 0;
  const pids = masters.map(({ pid }) => pid);
  return subjectOf({ name: 'cluster alone', port, pids, toolOptions: ['--cluster'], keyTag: '{tag}:' });
}

export async function startTwemproxy(): Promise<Subject> {
  const backend = await startServer(PRIMARY);
  const program = await toolPath('nutcracker');
  const [port, statsPort] = [await freePort(), await freePort()];
  const folder = temporaryFolder('twemproxy');
  const file = path.join(folder, 'nutcracker.yml');
  const lines = [
    'pool:',
    `  listen: 127.0.0.1:${port}`,
    '  hash: fnv1a_64',
    '  distribution: ketama',
    '  redis: true',
    '  servers:',
    `    - 127.0.0.1:${backend.port}:1`,
  ];
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  const child = spawnChild(
    program.command,
    [...program.args, '-c', file, '-s', String(statsPort), '-v', '0', '-o', '/dev/null'],
    { stdio: 'ignore' },
  );
  onCleanup(async () => {
    await stopChild(child);
  });
  await answers(port);
  return subjectOf({ name: 'twemproxy', port, pids: [child.pid ?? 0] });
}

export interface Lockstep extends Subject {
  readonly gateway: TestGateway;
}

/** A gateway of its own as `options` say; without a primary it is the engine. */
export async function startLockstep(
  name: string,
  options: GatewayOptions,
  tls?: RawClientOptions['tls'],
): Promise<Lockstep> {
  const gateway = await startGateway({ transport: 'native', ...options });
  await answers(gateway.port, tls);
  const settle = options.shadow === undefined ? async () => '' : () => settleShadow(gateway);
  return { ...subjectOf({ name, port: gateway.port, pids: [gateway.pid], settle }), gateway };
}

/** In front of one server, and of a second as its shadow where `sample` is given. */
export async function startGatewayBefore(name: string, workers: number, sample?: number): Promise<Lockstep> {
  const primary = (await startServer(PRIMARY)).url;
  if (sample === undefined) return startLockstep(name, { primary, workers });
  const shadow = (await startServer(PRIMARY)).url;
  return startLockstep(name, { primary, workers, shadow, config: { shadow: { sample } } });
}

async function settleShadow(gateway: TestGateway): Promise<string> {
  await gateway.shadowIdle(120_000);
  const page = await gateway.metrics();
  const faults = [
    ['dropped', page.sum('shadow_dropped_total')],
    ['divergent', page.sum('comparisons_total', { verdict: 'divergent' })],
  ] as const;
  return faults
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

async function answers(port: number, tls?: RawClientOptions['tls']): Promise<void> {
  const works = async (): Promise<boolean> => {
    const client = await RawClient.connect(tls === undefined ? { port } : { port, tls });
    const reply = await client.call('SET', 'probe', '1');
    client.close();
    return reply === 'OK';
  };
  await waitUntil(works, `port ${port} to answer`);
}
