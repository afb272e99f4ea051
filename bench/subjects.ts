/** What is measured: a server, twemproxy in front of one, the gateway in front of one, and of one with a shadow. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { freePort, spawnChild, stopChild } from '../test/support/child.ts';
import { onCleanup, temporaryFolder } from '../test/support/cleanup.ts';
import { startGateway, type TestGateway } from '../test/support/gateway.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { type ServerName, startServer, toolPath } from '../test/support/servers.ts';
import { waitUntil } from '../test/support/wait.ts';

export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Waits until nothing is left to do for the commands sent so far; says what went wrong on the way. */
  readonly settle: () => Promise<string>;
}

const nothingToSettle = async (): Promise<string> => '';

export async function startServerAlone(server: ServerName): Promise<Subject> {
  const { port, pid, version } = await startServer(server);
  return { name: `${server.split('-')[0]} ${version}`, port, pid, settle: nothingToSettle };
}

export async function startTwemproxy(server: ServerName): Promise<Subject> {
  const backend = await startServer(server);
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
  return { name: 'twemproxy', port, pid: child.pid ?? 0, settle: nothingToSettle };
}

export async function startLockstep(
  server: ServerName,
  workers: number,
  withShadow: boolean,
): Promise<Subject> {
  const primary = await startServer(server);
  const shadow = withShadow ? await startServer(server) : undefined;
  const gateway = await startGateway({
    primary: primary.url,
    workers,
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
  });
  await answers(gateway.port);
  return {
    name: `lockstep ${workers}w ${gateway.transport}${withShadow ? ' +shadow' : ''}`,
    port: gateway.port,
    pid: gateway.pid,
    settle: withShadow ? () => settleShadow(gateway) : nothingToSettle,
  };
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

async function answers(port: number): Promise<void> {
  const works = async (): Promise<boolean> => {
    const client = await RawClient.connect({ port });
    const reply = await client.call('SET', 'probe', '1');
    client.close();
    return reply === 'OK';
  };
  await waitUntil(works, `port ${port} to answer`);
}
