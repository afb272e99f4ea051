/** TLS on both sides of the gateway: who is let in, who is trusted, and certificates replaced while clients talk. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { temporaryFolder } from '../support/cleanup.ts';
import { type ConfigPart, startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const certificates = makeCertificates();
/** Of another authority. */
const foreign = makeCertificates();
const folder = temporaryFolder('tls-listeners');
/** Enough connections to meet every one of three workers. */
const manyClients = 24;

function read(file: string): string {
  return fs.readFileSync(file, 'utf8');
}

function trusting(from: TestCertificates, shown?: TestCertificates): tls.ConnectionOptions {
  const own = shown ? { cert: read(shown.client.certificate), key: read(shown.client.key) } : {};
  return { ca: read(from.authority), servername: 'localhost', ...own };
}

function portOf(gateway: TestGateway, index: number): number {
  return Number(gateway.listen[index]?.split(':').at(-1));
}

/** The answer to PING, or why there was none: TLS 1.3 refuses a client only after it believes to be connected. */
async function ping(port: number, options?: tls.ConnectionOptions): Promise<string> {
  const part = options === undefined ? {} : { tls: options };
  const client = await RawClient.connect({ port, ...part }).catch((error: Error) => error);
  if (client instanceof Error) return `refused: ${client.message}`;
  try {
    return String(await client.call('PING'));
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  } finally {
    client.close();
  }
}

/** Well-formed, and refused by every TLS library of today. */
function makeWeakCertificate({ certificate, key }: { certificate: string; key: string }): void {
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:512',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ];
  execFileSync('openssl', args, { stdio: 'ignore', timeout: 30_000 });
}

describe('listeners', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const server = await startServer('valkey-9.1');
    const withTls = (clientCertificates: string): ConfigPart => {
      const { certificate, key } = certificates.server;
      const material = { certificate, key, authority: certificates.authority, clientCertificates };
      return { address: '127.0.0.1:0', tls: material };
    };
    // The unix socket belongs to one worker: the others must still give each address its own settings.
    const unix = { address: `unix:${path.join(folder, 'plain.sock')}` };
    const listen = [
      { address: '127.0.0.1:0' },
      unix,
      withTls('none'),
      withTls('optional'),
      withTls('required'),
    ];
    gateway = await startGateway({ primary: server.url, workers: 3, config: { listen } });
  });

  const plain = 0;
  const [none, optional, required] = [2, 3, 4];

  it('with and without TLS serve side by side, on every worker', async () => {
    const ways = [undefined, trusting(certificates)];
    const ports = [portOf(gateway, plain), portOf(gateway, none)];
    const pings = Array.from({ length: manyClients * 2 }, (_, turn) =>
      ping(ports[turn % 2] as number, ways[turn % 2]),
    );
    expect(new Set(await Promise.all(pings))).toEqual(new Set(['PONG']));
    const unix = await RawClient.connect({ unixPath: path.join(folder, 'plain.sock') });
    expect(await unix.call('PING')).toBe('PONG');
    unix.close();
  });

  it('with TLS do not serve who speaks without', async () => {
    expect(await ping(portOf(gateway, none))).toMatch(/^refused: /);
    expect(await ping(portOf(gateway, none), trusting(certificates))).toBe('PONG');
  });

  it('refuse old versions and weak ciphers, which this client would take', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const by = (options: tls.ConnectionOptions): Promise<string> =>
      ping(portOf(gateway, none), { ...trusting(certificates), ...options });
    expect(await by(old)).toMatch(/^refused: .*alert protocol version/);
    const tls12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
    expect(await by({ ...tls12, ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toMatch(/^refused: .*alert handshake/);
    expect(await by({ ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe('PONG');
  });

  it('show a certificate that only their authority vouches for', async () => {
    expect(await ping(portOf(gateway, none), trusting(foreign))).toMatch(/^refused: .*certificate/);
  });

  it.each([
    { listener: none, shown: 'no certificate', client: undefined, served: true },
    { listener: none, shown: 'a foreign certificate', client: foreign, served: true },
    { listener: optional, shown: 'no certificate', client: undefined, served: true },
    { listener: optional, shown: 'a good certificate', client: certificates, served: true },
    { listener: optional, shown: 'a foreign certificate', client: foreign, served: false },
    { listener: required, shown: 'no certificate', client: undefined, served: false },
    { listener: required, shown: 'a good certificate', client: certificates, served: true },
    { listener: required, shown: 'a foreign certificate', client: foreign, served: false },
  ])('listener $listener serves who shows $shown: $served', async ({ listener, client, served }) => {
    const answers = Array.from({ length: 8 }, () =>
      ping(portOf(gateway, listener), trusting(certificates, client)),
    );
    for (const answer of await Promise.all(answers)) {
      if (served) expect(answer).toBe('PONG');
      else expect(answer).toMatch(/^refused: /);
    }
  });

  it('carry large values in both directions', async () => {
    const client = await RawClient.connect({ port: portOf(gateway, none), tls: trusting(certificates) });
    const value = Buffer.alloc(3_000_000, 'large value ');
    expect(await client.call('SET', 'large', value)).toBe('OK');
    expect(await client.call('GET', 'large')).toBe(value.toString());
    client.close();
  });
});

describe('upstreams', () => {
  let primary: TestServer;
  let shadow: TestServer;

  beforeAll(async () => {
    const { server, authority } = certificates;
    primary = await startServer('valkey-9.1', {
      tls: { ...server, authority, clientCertificates: 'required' },
    });
    shadow = await startServer('redis-8.0', { tls: { ...server, authority } });
  });

  const secure = (server: TestServer): string => `rediss://127.0.0.1:${server.tlsPort}`;

  it('are reached with TLS, a client certificate shown where one is asked for', async () => {
    const { authority, client: shown } = certificates;
    const gateway = await startGateway({
      primary: secure(primary),
      shadow: secure(shadow),
      config: { primary: { tls: { authority, ...shown } }, shadow: { tls: { verify: false } } },
    });
    const client = await gateway.client();
    expect(await client.call('SET', 'secret', 'kept')).toBe('OK');
    // A pinned connection is made the same way.
    expect(
      await client.pipeline([['MULTI'], ['APPEND', 'secret', ' well'], ['GET', 'secret'], ['EXEC']]),
    ).toEqual(['OK', 'QUEUED', 'QUEUED', [9, 'kept well']]);
    await gateway.shadowIdle();
    const direct = await shadow.client();
    expect(await direct.call('GET', 'secret')).toBe('kept well');
    const metrics = await gateway.metrics();
    expect(metrics.sum('comparisons_total', { verdict: 'match' })).toBeGreaterThanOrEqual(2);
    expect(metrics.sum('upstream_up')).toBe(2);
    client.close();
    direct.close();
  });

  it.each([
    {
      name: 'an authority that is not known',
      tls: () => ({ ...certificates.client }),
      code: /UNABLE_TO|SELF_SIGNED/,
    },
    {
      name: 'the wrong authority',
      tls: () => ({ ...certificates.client, authority: foreign.authority }),
      code: /UNABLE_TO|SELF_SIGNED|CERT_SIGNATURE/,
    },
    {
      name: 'the wrong name',
      tls: () => ({ ...certificates.client, authority: certificates.authority, serverName: 'other.example' }),
      code: /ERR_TLS_CERT_ALTNAME_INVALID/,
    },
    {
      name: 'no client certificate',
      tls: () => ({ authority: certificates.authority }),
      code: /ALERT_CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/,
    },
  ])('with $name are down, and everybody hears why', async ({ tls: material, code }) => {
    const gateway = await startGateway({
      primary: secure(primary),
      workers: 1,
      config: { primary: { tls: material() } },
    });
    const client = await gateway.client();
    await waitUntil(async () => {
      const { error } = (await client.call('GET', 'secret')) as { error: string };
      expect(error).toMatch(/^ERR lockstep: the primary is unreachable \(\w+\), the command was not sent$/);
      return code.test(error);
    }, 'the reason in the reply');
    const readiness = await waitUntil(async () => {
      const response = await gateway.request('/readyz');
      const body = (await response.json()) as { reason: string };
      return response.status === 503 && code.test(body.reason) && body;
    }, 'the reason in /readyz');
    expect(readiness.reason).toMatch(/^the primary is down: /);
    client.close();
  });

  it('that speak no TLS are down as well', async () => {
    const gateway = await startGateway({
      primary: `rediss://127.0.0.1:${primary.port}`,
      workers: 1,
      config: { primary: { connectTimeoutMs: 200 } },
    });
    const client = await gateway.client();
    expect(await client.call('PING')).toEqual({
      error: expect.stringContaining('the primary is unreachable'),
    });
    client.close();
  });
});

describe('certificates replaced while the gateway runs', () => {
  const files = { certificate: path.join(folder, 'live.pem'), key: path.join(folder, 'live.key') };
  let gateway: TestGateway;

  function install(from: TestCertificates): void {
    fs.copyFileSync(from.server.certificate, files.certificate);
    fs.copyFileSync(from.server.key, files.key);
  }

  function connect(): Promise<RawClient> {
    return RawClient.connect({ port: portOf(gateway, 0), tls: { rejectUnauthorized: false } });
  }

  /** The error of a reload that must fail. */
  async function reload(): Promise<string> {
    const response = await gateway.request('/api/v1/config/reload', { method: 'POST' });
    expect(response.status).toBe(422);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('tls_material');
    return error.message;
  }

  function issuerOf(client: RawClient): string {
    return (client.socket as tls.TLSSocket).getPeerCertificate().fingerprint256;
  }

  async function issuers(): Promise<Set<string>> {
    const clients = await Promise.all(Array.from({ length: manyClients }, connect));
    const seen = new Set(clients.map(issuerOf));
    for (const client of clients) client.close();
    return seen;
  }

  beforeAll(async () => {
    install(certificates);
    const server = await startServer('valkey-8.0');
    const listen = [{ address: '127.0.0.1:0', tls: files }];
    gateway = await startGateway({ primary: server.url, workers: 3, config: { listen } });
  });

  it('are shown to new clients by every worker, and old ones live on', async () => {
    const old = await connect();
    const before = issuerOf(old);
    expect(await issuers()).toEqual(new Set([before]));
    install(foreign);
    gateway.signal('SIGHUP');
    expect(await gateway.waitForLog('configuration reloaded')).toMatchObject({
      changed: ['listen[0].tls'],
      needsRestart: [],
    });
    const after = await issuers();
    expect(after.size).toBe(1);
    expect(after).not.toEqual(new Set([before]));
    expect(await old.call('PING')).toBe('PONG');
    old.close();
  });

  it('that do not fit together, or that nobody could use, are refused and the old ones stay', async () => {
    const [before] = await issuers();
    fs.copyFileSync(certificates.server.key, files.key);
    expect(await reload()).toMatch(/listen\[0\]\.tls\.key: is not the key of the certificate/);
    makeWeakCertificate(files);
    expect(await reload()).toMatch(/listen\[0\]\.tls: the certificate or key is refused: .*KEY_TOO_SMALL/);
    expect(await issuers()).toEqual(new Set([before]));
    install(certificates);
    expect(await gateway.admin('/api/v1/config/reload', 'POST')).toMatchObject({
      changed: ['listen[0].tls'],
    });
    expect(await issuers()).not.toEqual(new Set([before]));
  });
});
