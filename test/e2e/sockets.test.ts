/** Where the gateway listens and where it connects to: TCP, IPv6, unix sockets, many at once, shared by workers. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const workers = 3;
const folder = temporaryFolder('sockets');
const socketPath = path.join(folder, 'gateway.sock');
let server: TestServer;
let gateway: TestGateway;

/** The unix socket stands between the TCP listeners: only one worker has it, and the others must not be confused. */
const listen = [
  { address: '127.0.0.1:0' },
  { address: `unix:${socketPath}`, unixMode: '750' },
  { address: '[::1]:0' },
  { address: 'localhost:0', backlog: 64 },
];

function portOf(address: string | undefined): number {
  return Number((address ?? '').slice((address ?? '').lastIndexOf(':') + 1));
}

/** How many sockets listen on a port of 127.0.0.1, as the kernel says. */
function listeningSockets(port: number): number {
  const place = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => line.includes(` ${place} 00000000:0000 0A `)).length;
}

async function connected(count: number): Promise<void> {
  const told = async (): Promise<boolean> => (await gateway.metrics()).sum('client_connections') === count;
  await waitUntil(told, `${count} clients to be counted`);
}

beforeAll(async () => {
  const args = ['--bind', '127.0.0.1', '::1'];
  server = await startServer('valkey-9.1', { unixSocket: true, args });
  gateway = await startGateway({ primary: server.url, workers, config: { listen } });
});

describe('several listeners', () => {
  it('are all in the ready line and in the status, with the ports they got', async () => {
    expect(gateway.listen).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
      `unix:${socketPath}`,
      expect.stringMatching(/^\[::1\]:[1-9]\d*$/),
      expect.stringMatching(/^localhost:[1-9]\d*$/),
    ]);
    expect(await gateway.admin('/api/v1/status')).toMatchObject({ listen: gateway.listen, workers });
  });

  it('serve the same data', async () => {
    const clients = await Promise.all([
      RawClient.connect({ port: portOf(gateway.listen[0]) }),
      RawClient.connect({ unixPath: socketPath }),
      RawClient.connect({ host: '::1', port: portOf(gateway.listen[2]) }),
      RawClient.connect({ host: 'localhost', port: portOf(gateway.listen[3]) }),
    ]);
    for (const client of clients)
      await client.call('RPUSH', 'doors', Number(await client.call('CLIENT', 'ID')));
    const ids = await Promise.all(clients.map((client) => client.call('CLIENT', 'ID')));
    for (const client of clients)
      expect(await client.call('LRANGE', 'doors', 0, -1)).toEqual(ids.map(String));
    for (const client of clients) client.close();
  });

  it('tell a client which one it came through', async () => {
    const overIpv6 = await RawClient.connect({ host: '::1', port: portOf(gateway.listen[2]) });
    const overUnix = await RawClient.connect({ unixPath: socketPath });
    expect(await overIpv6.call('CLIENT', 'INFO')).toContain(` laddr=${gateway.listen[2]} `);
    expect(await overUnix.call('CLIENT', 'INFO')).toContain(` laddr=${socketPath}:0 `);
    overIpv6.close();
    overUnix.close();
  });

  it('share a TCP port among the workers', async () => {
    const clients = await Promise.all(Array.from({ length: 96 }, () => gateway.client()));
    const ids = (await Promise.all(clients.map((client) => client.call('CLIENT', 'ID')))).map(Number);
    expect(new Set(ids).size).toBe(clients.length);
    expect(listeningSockets(gateway.port)).toBe(workers);
    await connected(clients.length);
    for (const client of clients) client.close();
    await connected(0);
  });
});

describe('unix sockets', () => {
  it('have the permissions that are set, and go with the gateway', async () => {
    const own = path.join(folder, 'own.sock');
    const second = await startGateway({
      primary: server.url,
      config: { listen: [{ address: `unix:${own}`, unixMode: '750' }] },
    });
    expect(fs.statSync(own).mode & 0o777).toBe(0o750);
    await second.stop();
    expect(fs.existsSync(own)).toBe(false);
  });

  it('of a gateway that was killed are taken over; of a living one they are not', async () => {
    const own = path.join(folder, 'left.sock');
    const options = { primary: server.url, config: { listen: [{ address: `unix:${own}` }] } };
    const first = await startGateway(options);
    const args = ['start', '--primary', server.url, '--listen', `unix:${own}`, '--admin', '127.0.0.1:0'];
    const refused = await runMain(args);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^lockstep: .*left\.sock.*EADDRINUSE.* \[listen_failed\]\n$/);
    await first.kill();
    expect(fs.existsSync(own)).toBe(true);
    await startGateway(options);
    const client = await RawClient.connect({ unixPath: own });
    expect(await client.call('PING')).toBe('PONG');
    client.close();
  });
});

describe('keepalive', () => {
  /** Timers of the gateway's ends of connections: the kernel's 2 is keepalive, 1 is a retransmission. */
  function timers(fits: (local: string, remote: string) => boolean): string[] {
    const lines = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1, -1);
    const columns = lines.map((line) => line.trim().split(/\s+/));
    const ends = columns.filter(
      ([, local = '', remote = '', state]) => state === '01' && fits(local, remote),
    );
    return ends.map((column) => String(column[5]).slice(0, 2));
  }

  it('watches over clients and servers that only listen', async () => {
    const own = await startServer('redis-8.0');
    const through = await startGateway({ primary: own.url, workers: 1 });
    const client = await through.client();
    expect(await client.call('PING')).toBe('PONG');
    const hex = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const all = (found: readonly string[]): boolean =>
      found.length > 0 && found.every((timer) => timer === '02');
    await waitUntil(
      () => all(timers((local) => local.endsWith(hex(through.port)))),
      'keepalive of the client',
    );
    await waitUntil(
      () => all(timers((_, remote) => remote.endsWith(hex(own.port)))),
      'keepalive of the server',
    );
    client.close();
  });
});

describe('upstreams', () => {
  it.each([
    ['a unix socket', () => `unix://${server.unixPath}`],
    ['a unix socket and its database', () => `unix://${server.unixPath}?db=3`],
    ['IPv6', () => `redis://[::1]:${server.port}`],
    ['a host name', () => `valkey://localhost:${server.port}/2`],
  ])('by %s', async (_name, url) => {
    const through = await startGateway({ primary: url(), workers: 1 });
    const client = await through.client();
    expect(await client.call('SET', 'way', url())).toBe('OK');
    const direct = await server.client();
    const database = /(?:db=|\/)(\d)$/.exec(url())?.[1] ?? '0';
    await direct.call('SELECT', database);
    expect(await direct.call('GET', 'way')).toBe(url());
    const node = url().replace(/^\w+:\/\/|\?.*$|\/\d$/g, '');
    const up = (await through.metrics()).find('upstream_up', { target: 'primary' });
    expect(up).toEqual([{ labels: { target: 'primary', node }, value: 1 }]);
    client.close();
    direct.close();
  });
});

describe('a taken port', () => {
  it('of another gateway, whose workers share it, is not shared with us', async () => {
    const run = await runMain([
      'start',
      '--primary',
      server.url,
      '--listen',
      `127.0.0.1:${gateway.port}`,
      '--admin',
      '127.0.0.1:0',
      '--workers',
      '2',
    ]);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(
      new RegExp(`^lockstep: .*127\\.0\\.0\\.1:${gateway.port}.* \\[listen_failed\\]\\n$`),
    );
  });
});
