import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { OperationalError } from '../../../src/base/errors.ts';
import type { TlsClientOptions, TlsServerOptions } from '../../../src/transport/transport.ts';
import { makeCertificates } from '../../support/certificates.ts';
import {
  Bench,
  cleanUp,
  echo,
  endOf,
  hangUp,
  kinds,
  onCleanUp,
  once,
  type Recorder,
  rawClient,
} from './harness.ts';

afterEach(cleanUp);

function material() {
  const made = makeCertificates();
  const read = (file: string): string => readFileSync(file, 'utf8');
  return {
    authority: read(made.authority),
    server: { certificate: read(made.server.certificate), key: read(made.server.key) },
    client: { certificate: read(made.client.certificate), key: read(made.client.key) },
  };
}

const ours = material();
const theirs = material();
const server: TlsServerOptions = { ...ours.server, authority: ours.authority, clientCertificates: 'none' };
const trusting: TlsClientOptions = { authority: ours.authority, verify: true };
const certified: TlsClientOptions = { ...trusting, ...ours.client };

describe.each(kinds)('%s transport: TLS', (kind) => {
  it('carries traffic both ways next to plain connections', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const secure = await bench.listen({ tls: server });
    const plain = await bench.listen();
    const clients: Recorder[] = [];
    for (let index = 0; index < 20; index++) {
      clients.push(bench.connect(secure.address, { tls: trusting }), bench.connect(plain.address));
    }
    for (const [index, client] of clients.entries()) client.send(`number ${index}`);
    await Promise.all(clients.map((client, index) => client.untilText(`number ${index}`)));
    expect(new Set(clients.map((client) => client.id)).size).toBe(40);
    expect(Math.max(...clients.map((client) => client.id))).toBeLessThan(100);
    for (const client of clients) bench.transport.shutdown(client.id);
    await Promise.all(clients.map((client) => client.untilClosed()));
    expect(clients.every((client) => client.error === '')).toBe(true);
    const again = bench.connect(secure.address, { tls: trusting });
    again.send('reused ids');
    await again.untilText('reused ids');
    expect(again.id).toBeLessThan(100);
  });

  it('writes between TLS and plain connections in one batch', async () => {
    const bench = new Bench(kind);
    const secure = await bench.listen({ tls: server });
    const plain = await bench.listen();
    const [tlsClient, plainClient] = [
      bench.connect(secure.address, { tls: trusting }),
      bench.connect(plain.address),
    ];
    await bench.until(() => bench.accepted.length === 2);
    await plainClient.until(() => plainClient.isConnected && tlsClient.isConnected);
    // Whatever arrives on one is sent to the other, as a gateway does.
    const [first, second] = bench.accepted as [Recorder, Recorder];
    first.onData = (bytes, start, end) => bench.transport.write(second.id, bytes, start, end);
    second.onData = (bytes, start, end) => bench.transport.write(first.id, bytes, start, end);
    tlsClient.send('from TLS');
    plainClient.send('from plain');
    await Promise.all([plainClient.untilText('from TLS'), tlsClient.untilText('from plain')]);
  });

  it('moves megabytes and reports what waits', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen({ tls: server });
    const peer = connectTls({ ...endOf(address), ca: ours.authority, servername: 'localhost' } as never);
    onCleanUp(() => peer.destroy());
    await once(peer, 'secureConnect');
    const recorder = await bench.nextAccepted();
    const bytes = Buffer.alloc(12 * 1024 * 1024, 'tls ');
    bench.transport.write(recorder.id, bytes, 0, bytes.length);
    expect(bench.transport.pendingBytes(recorder.id)).toBe(bytes.length);
    bench.transport.shutdown(recorder.id);
    let received = 0;
    peer.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(peer, 'end');
    expect(received).toBe(bytes.length);
    await recorder.untilClosed();
    expect(recorder.drainedCount).toBeGreaterThan(0);
  });

  it('half-closes from the client', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen({ tls: server });
    const client = bench.connect(address, { tls: trusting });
    client.send('question');
    bench.transport.shutdown(client.id);
    const recorder = await bench.nextAccepted();
    await recorder.until(() => recorder.endedCount === 1);
    expect(recorder.text).toBe('question');
    recorder.send('answer');
    bench.transport.shutdown(recorder.id);
    await client.untilText('answer');
    await Promise.all([client.untilClosed(), recorder.untilClosed()]);
  });

  it('refuses what it cannot verify with the code of node:tls', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen({ tls: server });
    const attempt = async (tls: TlsClientOptions): Promise<string> => {
      const client = bench.connect(address, { tls });
      await client.untilClosed();
      expect(client.calls).toEqual(['closed']);
      return client.error;
    };
    expect(await attempt({ authority: theirs.authority, verify: true })).toMatch(/CERT|ISSUER|SIGNATURE/);
    expect(await attempt({ verify: true })).toMatch(/CERT|ISSUER|SIGNATURE/);
    expect(await attempt({ ...trusting, serverName: 'other.example' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await attempt({ ...trusting, serverName: '10.0.0.1' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await attempt({ ...trusting, certificate: 'no PEM', key: 'no PEM' })).toMatch(/^ERR_/);
    const careless = bench.connect(address, { tls: { verify: false } });
    await careless.until(() => careless.isConnected);
    const named = bench.connect(address, { tls: { ...trusting, serverName: 'localhost' } });
    await named.until(() => named.isConnected);
  });

  it.each(['optional', 'required'] as const)('client certificates %s', async (clientCertificates) => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = await bench.listen({ tls: { ...server, clientCertificates } });
    const good = bench.connect(address, { tls: certified });
    good.send('good');
    await good.untilText('good');
    const none = hangUp(bench.connect(address, { tls: trusting }));
    none.send('none');
    if (clientCertificates === 'optional') {
      await none.untilText('none');
    } else {
      await none.untilClosed();
      expect(none.error).not.toBe('');
    }
    const bad = hangUp(bench.connect(address, { tls: { ...trusting, ...theirs.client } }));
    bad.send('bad');
    await bad.untilClosed();
    expect(bad.received).toBe(0);
    expect(bench.accepted.length).toBe(clientCertificates === 'optional' ? 2 : 1);
  });

  it('replaces certificates while running', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const listener = await bench.listen({ tls: server });
    const old = bench.connect(listener.address, { tls: trusting });
    old.send('one');
    await old.untilText('one');
    listener.replaceTls({ ...server, ...theirs.server });
    const fresh = bench.connect(listener.address, { tls: { authority: theirs.authority, verify: true } });
    fresh.send('two');
    await fresh.untilText('two');
    old.send(' and on');
    await old.untilText('one and on');
    listener.replaceTls({ ...server, clientCertificates: 'required' });
    const anonymous = hangUp(bench.connect(listener.address, { tls: trusting }));
    anonymous.send('three');
    await anonymous.untilClosed();
    expect(anonymous.received).toBe(0);
    expect(() => listener.replaceTls({ ...server, key: theirs.server.key })).toThrow(OperationalError);
    const unchanged = bench.connect(listener.address, { tls: certified });
    unchanged.send('four');
    await unchanged.untilText('four');
  });

  it('survives clients that fail, leave or keep silent during the handshake', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = await bench.listen({ tls: server });
    for (let round = 0; round < 20; round++) {
      const garbage = await rawClient(address);
      garbage.on('error', () => {});
      garbage.write('PING\r\n');
      await closed(garbage);
      const leaving = await rawClient(address);
      leaving.resetAndDestroy();
    }
    const silent = await rawClient(address);
    silent.on('error', () => {});
    const client = bench.connect(address, { tls: trusting });
    client.send('fine');
    await client.untilText('fine');
    expect(bench.accepted.length).toBe(1);
    bench.transport.destroy();
    await closed(silent);
    expect(client.closedCount).toBe(1);
  });

  it('gives up on a server that does not shake hands', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const client = bench.connect(address, { tls: trusting, connectTimeoutMs: 30 });
    await client.untilClosed();
    expect(client.calls).toEqual(['closed']);
    expect(client.error).toBe('ETIMEDOUT');
  });

  it('rejects unusable certificates when listening', async () => {
    const bench = new Bench(kind);
    const broken = bench.listen({ tls: { ...server, certificate: 'no PEM' } });
    await expect(broken).rejects.toMatchObject({ code: 'tls_material' });
  });

  it('shares a TLS port and closes with a linger time', async () => {
    const bench = new Bench(kind);
    const first = await bench.listen({ tls: server, reusePort: true });
    await bench.listen({ tls: server, reusePort: true, address: first.address });
    const client = bench.connect(first.address, { tls: trusting });
    const recorder = await bench.nextAccepted();
    recorder.send('-ERR bye\r\n');
    bench.transport.close(recorder.id, 1000);
    await client.until(() => client.endedCount === 1);
    expect(client.text).toBe('-ERR bye\r\n');
    bench.transport.close(client.id, 0);
    await Promise.all([client.untilClosed(), recorder.untilClosed()]);
    expect([client.error, recorder.error]).toEqual(['', '']);
  });
});

async function closed(socket: Socket | TLSSocket): Promise<void> {
  socket.resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
