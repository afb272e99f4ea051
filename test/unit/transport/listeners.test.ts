import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { OperationalError } from '../../../src/base/errors.ts';
import type { Address, Transport } from '../../../src/transport/transport.ts';
import { connectWaker } from '../../../src/transport/wake.ts';
import {
  Bench,
  Condition,
  cleanUp,
  echo,
  kinds,
  nextTurns,
  once,
  type Recorder,
  rawClient,
  temporaryPath,
} from './harness.ts';

afterEach(cleanUp);

describe.each(kinds)('%s transport: listeners', (kind) => {
  const listen = (transport: Transport, address: Address) =>
    transport.listen({ address, backlog: 8, reusePort: false }, () => undefined);

  it('serves a unix socket with the permissions asked for and removes it', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const socketPath = temporaryPath('socket');
    const address: Address = { kind: 'unix', path: socketPath };
    const listener = await bench.listen({ address, mode: 0o770 });
    expect(fs.statSync(socketPath).mode & 0o777).toBe(0o770);
    const client = bench.connect(address);
    client.send('over a file');
    await client.untilText('over a file');
    const server = await bench.nextAccepted();
    expect(bench.transport.peer(server.id).remote).toBe(`unix:${socketPath}:0`);
    expect(bench.transport.peer(client.id).remote).toBe(`unix:${socketPath}:0`);
    bench.transport.shutdown(client.id);
    await client.untilClosed();
    listener.close();
    expect(fs.existsSync(socketPath)).toBe(false);
  });

  it('half-closed and paused unix connections neither spin nor lose data', async () => {
    const bench = new Bench(kind);
    const socketPath = temporaryPath('socket');
    const address: Address = { kind: 'unix', path: socketPath };
    bench.prepare = (recorder) => bench.transport.pauseReading(recorder.id);
    await bench.listen({ address });
    const peer = await rawClient(address);
    peer.end('final', () => peer.destroy());
    await once(peer, 'close');
    const server = await bench.nextAccepted();
    let batches = 0;
    bench.transport.onBatchEnd(() => batches++);
    const other = bench.connect(address);
    await other.until(() => other.isConnected);
    await nextTurns(50);
    expect(batches).toBeLessThan(20);
    bench.transport.resumeReading(server.id);
    await server.until(() => server.endedCount === 1);
    expect(server.text).toBe('final');
    batches = 0;
    await nextTurns(50);
    expect(batches).toBeLessThan(20);
    bench.transport.shutdown(server.id);
    await server.untilClosed();
  });

  it('takes over a stale socket file and no other', async () => {
    const bench = new Bench(kind);
    const stale = temporaryPath('stale');
    const maker = spawn('python3', [
      '-c',
      `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(stale)})`,
    ]);
    await once(maker, 'exit');
    expect(fs.existsSync(stale)).toBe(true);
    const listener = await listen(bench.transport, { kind: 'unix', path: stale });
    await expect(listen(bench.transport, { kind: 'unix', path: stale })).rejects.toThrow('EADDRINUSE');
    listener.close();
    const file = temporaryPath('file');
    fs.writeFileSync(file, 'precious');
    await expect(listen(bench.transport, { kind: 'unix', path: file })).rejects.toThrow('EADDRINUSE');
    expect(fs.readFileSync(file, 'utf8')).toBe('precious');
    const long: Address = { kind: 'unix', path: `/tmp/${'x'.repeat(200)}` };
    await expect(listen(bench.transport, long)).rejects.toThrow(OperationalError);
  });

  it('says why it cannot listen', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    await expect(listen(bench.transport, address)).rejects.toThrow('EADDRINUSE');
    await expect(listen(bench.transport, address)).rejects.toMatchObject({ code: 'listen_failed' });
    const nobody: Address = { kind: 'tcp', host: '192.0.2.1', port: 0 };
    await expect(listen(bench.transport, nobody)).rejects.toThrow('EADDRNOTAVAIL');
    const unknown: Address = { kind: 'tcp', host: 'name.invalid', port: 0 };
    await expect(listen(bench.transport, unknown)).rejects.toMatchObject({ code: 'listen_failed' });
  });

  it('stops accepting when closed and keeps what it accepted', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const listener = await bench.listen();
    const client = bench.connect(listener.address);
    client.send('before');
    await client.untilText('before');
    listener.close();
    listener.close();
    const late = bench.connect(listener.address);
    await late.untilClosed();
    expect(late.error).toBe('ECONNREFUSED');
    client.send(', after');
    await client.untilText('before, after');
    expect(() => listener.replaceTls({ certificate: '', key: '', clientCertificates: 'none' })).toThrow(
      OperationalError,
    );
  });

  it('listens on one port several times', async () => {
    const benches = [new Bench(kind), new Bench(kind)] as const;
    for (const bench of benches) bench.prepare = echo;
    const first = await benches[0].listen({ reusePort: true });
    const second = await benches[1].listen({ reusePort: true, address: first.address });
    expect(second.address).toEqual(first.address);
    const clients: Recorder[] = [];
    // The kernel spreads connections by hash, so a few dozen reach both.
    for (let index = 0; index < 64; index++) clients.push(benches[0].connect(first.address));
    for (const client of clients) client.send('x');
    await Promise.all(clients.map((client) => client.untilText('x')));
    expect(benches[0].accepted.length).toBeGreaterThan(0);
    expect(benches[1].accepted.length).toBeGreaterThan(0);
    const taken = listen(benches[0].transport, first.address);
    await expect(taken).rejects.toThrow('EADDRINUSE');
  });
});

describe.each(kinds)('%s transport: wake-ups on one thread', (kind) => {
  it('run inside a batch and stop with the transport', async () => {
    const bench = new Bench(kind);
    const woken = new Condition();
    let count = 0;
    let hooksRun = 0;
    bench.transport.onBatchEnd(() => hooksRun++);
    const token = bench.transport.createWake(() => {
      count++;
      woken.changed();
    });
    const waker = connectWaker(token);
    for (let round = 0; round < 1000; round++) waker.wake();
    await woken.until(() => count > 0);
    await nextTurns(5);
    expect(count).toBe(1);
    expect(hooksRun).toBe(1);
    waker.wake();
    await woken.until(() => count === 2);
    bench.transport.destroy();
    waker.wake();
    connectWaker({ ...token, port: undefined }).wake();
    await nextTurns(5);
    expect(count).toBe(2);
    waker.close();
  });
});
