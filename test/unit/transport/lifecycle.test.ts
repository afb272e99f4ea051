import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/transport/transport.ts';
import { compiledProgram } from './compiled.ts';
import {
  Bench,
  Condition,
  cleanUp,
  echo,
  endOf,
  kinds,
  onCleanUp,
  once,
  type Recorder,
  rawClient,
  rawServer,
  readRaw,
  temporaryPath,
} from './harness.ts';

afterEach(cleanUp);

function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

/** A port nobody listens on. */
async function freePort(): Promise<Address> {
  const { server, address } = await rawServer(() => {});
  server.close();
  await once(server, 'close');
  return address;
}

/** A listening socket whose queue is full, so that connects neither succeed nor fail. */
async function fullBacklog(): Promise<Address> {
  // Node.js accepts whatever it listens for, so somebody who never accepts is needed.
  const program = `
    import socket, sys
    server = socket.socket()
    server.bind(('127.0.0.1', 0))
    server.listen(0)
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
  `.replace(/^ {4}/gm, '');
  const child = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  onCleanUp(() => child.kill());
  const port = Number(String(await once(child.stdout, 'data')));
  const address: Address = { kind: 'tcp', host: '127.0.0.1', port };
  const fillers: Socket[] = [];
  onCleanUp(() => {
    for (const filler of fillers) filler.destroy();
  });
  for (let index = 0; index < 4; index++) {
    const filler = connect(endOf(address));
    filler.on('error', () => {});
    fillers.push(filler);
  }
  await once(fillers[0] as Socket, 'connect');
  return address;
}

async function pairOf(bench: Bench): Promise<[Recorder, Recorder]> {
  const { address } = await bench.listen();
  const client = bench.connect(address);
  const server = await bench.nextAccepted();
  await client.until(() => client.isConnected);
  return [client, server];
}

describe.each(kinds)('%s transport: ends of connections', (kind) => {
  it('half-closes from the client: the server can still answer', async () => {
    const bench = new Bench(kind);
    const [client, server] = await pairOf(bench);
    client.send('question');
    bench.transport.shutdown(client.id);
    client.send('ignored');
    await server.until(() => server.endedCount === 1);
    expect(server.text).toBe('question');
    server.send('answer');
    await client.untilText('answer');
    expect(client.closedCount + server.closedCount).toBe(0);
    bench.transport.shutdown(server.id);
    await Promise.all([client.untilClosed(), server.untilClosed()]);
    expect([client.error, server.error]).toEqual(['', '']);
    expect([client.endedCount, client.closedCount, server.closedCount]).toEqual([1, 1, 1]);
  });

  it('half-closes from the server: the client can still speak', async () => {
    const bench = new Bench(kind);
    const [client, server] = await pairOf(bench);
    bench.transport.shutdown(server.id);
    await client.until(() => client.endedCount === 1);
    client.send('still here');
    await server.untilText('still here');
    bench.transport.shutdown(client.id);
    await Promise.all([client.untilClosed(), server.untilClosed()]);
    expect(server.calls).toEqual(['data', 'ended', 'closed']);
  });

  it('shutdown sends what waits before the FIN', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const peer = await rawClient(address, true);
    peer.pause();
    const server = await bench.nextAccepted();
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'a');
    bench.transport.write(server.id, bytes, 0, bytes.length);
    bench.transport.shutdown(server.id);
    const got = await readRaw(peer, Number.POSITIVE_INFINITY);
    expect(got.length).toBe(bytes.length);
    peer.end();
    await server.untilClosed();
  });

  it('reports a reset by the peer, and what came before it', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.write('last words');
    const server = await bench.nextAccepted();
    await server.untilText('last words');
    peer.resetAndDestroy();
    await server.untilClosed();
    expect(server.error).toBe('ECONNRESET');
    expect(server.endedCount).toBe(0);
  });

  it('close without linger resets, with linger sends everything first', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const first = await rawClient(address);
    const resetServer = await bench.nextAccepted(0);
    bench.transport.close(resetServer.id, 0);
    expect(resetServer.closedCount).toBe(0);
    // node:net has no reset that can be relied on: see NodeConnection.abort.
    if (kind === 'native') await expect(once(first, 'close')).rejects.toThrow('ECONNRESET');
    else await once(first.resume(), 'end');
    await resetServer.untilClosed();
    expect(resetServer.error).toBe('');

    const second = await rawClient(address);
    second.pause();
    second.write('unread input must not turn the FIN into a reset');
    const server = await bench.nextAccepted(1);
    await server.until(() => server.received > 0);
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'b');
    bench.transport.write(server.id, bytes, 0, bytes.length);
    bench.transport.close(server.id, 60_000);
    server.send('ignored');
    second.write('and more of it');
    expect((await readRaw(second, Number.POSITIVE_INFINITY)).length).toBe(bytes.length);
    await server.untilClosed();
    expect(server.calls.at(-1)).toBe('closed');
    expect(server.closedCount).toBe(1);
  });

  it('a linger time that passes ends a connection nobody reads from', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.pause();
    peer.on('error', () => {});
    const server = await bench.nextAccepted();
    const bytes = Buffer.alloc(20 * 1024 * 1024);
    bench.transport.write(server.id, bytes, 0, bytes.length);
    bench.transport.close(server.id, 20);
    await server.untilClosed();
    expect(bench.transport.pendingBytes(server.id)).toBe(0);
  });

  it('close while connecting, twice, and after the end', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const byNumber = bench.connect(address);
    bench.transport.close(byNumber.id, 0);
    bench.transport.close(byNumber.id, 0);
    const port = (address as { port: number }).port;
    const byName = bench.connect({ kind: 'tcp', host: 'localhost', port });
    bench.transport.close(byName.id, 1000);
    await Promise.all([byNumber.untilClosed(), byName.untilClosed()]);
    bench.transport.close(byName.id, 0);
    bench.transport.shutdown(byName.id);
    const after = bench.connect(address);
    await after.until(() => after.isConnected);
    expect([byNumber.calls, byName.calls]).toEqual([['closed'], ['closed']]);
  });

  it('gives up an outgoing connection whose peer takes nothing for keepAliveMs', async () => {
    const bench = new Bench(kind);
    const { address } = await rawServer((socket) => socket.pause());
    const client = bench.connect(address, { keepAliveMs: 1000 });
    await client.until(() => client.isConnected);
    client.send('x'.repeat(16 * 1024 * 1024));
    await client.untilClosed();
    expect(client.error).toBe('ETIMEDOUT');
  });

  it('reports a refused connection, an unknown name and a missing socket file', async () => {
    const bench = new Bench(kind);
    const refused = bench.connect(await freePort());
    expect(refused.closedCount).toBe(0);
    await refused.untilClosed();
    expect(refused.calls).toEqual(['closed']);
    expect(refused.error).toBe('ECONNREFUSED');
    const missing = bench.connect({ kind: 'unix', path: temporaryPath('missing') });
    await missing.untilClosed();
    expect(missing.error).toBe('ENOENT');
    const unknown = bench.connect({ kind: 'tcp', host: 'name.invalid', port: 1 });
    await unknown.untilClosed();
    expect(unknown.error).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('gives up connecting after the timeout', async () => {
    const bench = new Bench(kind);
    const client = bench.connect(await fullBacklog(), { connectTimeoutMs: 30 });
    await client.untilClosed();
    expect(client.calls).toEqual(['closed']);
    expect(client.error).toBe('ETIMEDOUT');
  });

  it('refuses a connection after a last word', async () => {
    const bench = new Bench(kind);
    const word = Buffer.from('-ERR max number of clients reached\r\n');
    const { address } = await bench.transport.listen(
      { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, backlog: 8, reusePort: false },
      (connection) => {
        bench.transport.write(connection, word, 0, word.length);
        return undefined;
      },
    );
    const peer = await rawClient(address, true);
    expect((await readRaw(peer, Number.POSITIVE_INFINITY)).equals(word)).toBe(true);
  });

  it('a failing handler surfaces and costs nobody else anything', async () => {
    const bench = new Bench(kind);
    const failures: unknown[] = [];
    const seen = new Condition();
    const previous = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => {
      failures.push(error);
      seen.changed();
    });
    onCleanUp(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of previous) process.on('uncaughtException', listener);
    });
    bench.prepare = (recorder) => {
      recorder.onData = (bytes, start, end) => {
        if (bytes[start] === 33) throw new Error('handler failed');
        bench.transport.write(recorder.id, bytes, start, end);
      };
    };
    const { address } = await bench.listen();
    const clients = Array.from({ length: 20 }, () => bench.connect(address));
    for (const [index, client] of clients.entries()) client.send(index % 5 === 0 ? '!' : 'fine');
    await Promise.all(
      clients.filter((_, index) => index % 5 !== 0).map((client) => client.untilText('fine')),
    );
    await seen.until(() => failures.length === 4);
    expect(failures.every((error) => (error as Error).message === 'handler failed')).toBe(true);
    (clients[0] as Recorder).send('again');
    await (clients[0] as Recorder).untilText('again');
  });

  it('opens and closes thousands of connections without leaking', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = await bench.listen();
    const warm = bench.connect(address);
    warm.send('x');
    await warm.untilText('x');
    const before = openDescriptors();
    let highest = 0;
    for (let round = 0; round < 20; round++) {
      const clients = Array.from({ length: 100 }, () => bench.connect(address));
      for (const client of clients) {
        highest = Math.max(highest, client.id);
        client.send('ping');
      }
      await Promise.all(clients.map((client) => client.untilText('ping')));
      for (const [index, client] of clients.entries()) {
        if (index % 3 === 0) bench.transport.shutdown(client.id);
        else bench.transport.close(client.id, index % 3 === 1 ? 0 : 1000);
      }
      await Promise.all(clients.map((client) => client.untilClosed()));
    }
    await Promise.all(bench.accepted.slice(1).map((server) => server.untilClosed()));
    expect(openDescriptors()).toBe(before);
    expect(highest).toBeLessThan(1000);
    expect(bench.accepted.every((server) => server.closedCount <= 1)).toBe(true);
  });

  it('destroy tells every connection at once and leaves no descriptor', async () => {
    const before = openDescriptors();
    const bench = new Bench(kind);
    const [client, server] = await pairOf(bench);
    const pending = bench.connect(await fullBacklog());
    bench.transport.createWake(() => {});
    bench.transport.destroy();
    expect([client.closedCount, server.closedCount, pending.closedCount]).toEqual([1, 1, 1]);
    bench.transport.destroy();
    client.send('ignored');
    bench.transport.flush();
    bench.transport.close(client.id, 0);
    const late = bench.connect({ kind: 'tcp', host: '127.0.0.1', port: 1 });
    expect(late.id).toBe(-1);
    await late.untilClosed();
    expect(late.error).toBe('ECANCELED');
    cleanUp();
    const tick = new Condition();
    const watch = setInterval(() => tick.changed(), 5);
    onCleanUp(() => clearInterval(watch));
    await tick.until(() => openDescriptors() <= before);
    expect([client.closedCount, server.closedCount, pending.closedCount]).toEqual([1, 1, 1]);
  });

  it('can be destroyed by its own handler, with the last word sent', async () => {
    const bench = new Bench(kind);
    bench.prepare = (recorder) => {
      recorder.onData = () => {
        recorder.send('goodbye');
        bench.transport.destroy();
      };
    };
    const { address } = await bench.listen();
    const peer = await rawClient(address, true);
    peer.write('go');
    expect((await readRaw(peer, Number.POSITIVE_INFINITY)).toString()).toBe('goodbye');
    expect((bench.accepted[0] as Recorder).closedCount).toBe(1);
  });

  it('waits for descriptors when the process has none left', async () => {
    const child = spawn(process.execPath, [compiledProgram('descriptors'), kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onCleanUp(() => child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    expect(await exit).toBe(0);
    expect(output).toContain('served again');
  });
});
