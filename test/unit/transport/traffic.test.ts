import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/transport/transport.ts';
import { Bench, cleanUp, echo, kinds, type Recorder, rawClient, rawServer, readRaw } from './harness.ts';

const TOTAL_BYTES = 20 * 1024 * 1024;

afterEach(cleanUp);

function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8)) & 255;
  return bytes;
}

describe.each(kinds)('%s transport: traffic', (kind) => {
  it('echoes many connections at once', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = await bench.listen();
    const clients: Recorder[] = [];
    for (let index = 0; index < 200; index++) clients.push(bench.connect(address));
    for (let round = 0; round < 3; round++) {
      for (const [index, client] of clients.entries()) {
        client.chunks = [];
        client.send(`message ${round} of ${index};`);
      }
      await Promise.all(clients.map((client, index) => client.untilText(`message ${round} of ${index};`)));
    }
    expect(new Set(clients.map((client) => client.id)).size).toBe(200);
    expect(Math.max(...clients.map((client) => client.id))).toBeLessThan(512);
    expect(clients.every((client) => client.calls[0] === 'connected')).toBe(true);
  });

  it('joins interleaved writes of a batch in order', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const clients = [bench.connect(address), bench.connect(address)] as const;
    await bench.until(() => bench.accepted.length === 2);
    const [first, second] = bench.accepted as [Recorder, Recorder];
    let expected = '';
    for (let index = 0; index < 5000; index++) {
      first.send(`${index},`);
      second.send(`${index},`);
      expected += `${index},`;
    }
    await Promise.all(clients.map((client) => client.untilText(expected)));
  });

  it('sends what was written before the connection was open', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const client = bench.connect(address);
    client.send('early');
    expect(bench.transport.pendingBytes(client.id)).toBe(5);
    const server = await bench.nextAccepted();
    await server.untilText('early');
    await client.until(() => bench.transport.pendingBytes(client.id) === 0);
    expect(client.isConnected).toBe(true);
  });

  it('writes far more than its buffer at once and reports the wait', async () => {
    const bench = new Bench(kind);
    const bytes = pattern(TOTAL_BYTES);
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.pause();
    const server = await bench.nextAccepted();
    bench.transport.write(server.id, bytes, 0, bytes.length);
    bench.transport.flush();
    expect(bench.transport.pendingBytes(server.id)).toBeGreaterThan(1024 * 1024);
    server.send('tail');
    expect(server.drainedCount).toBe(0);
    const got = await readRaw(peer, TOTAL_BYTES + 4);
    expect(got.length).toBe(TOTAL_BYTES + 4);
    expect(got.subarray(0, TOTAL_BYTES).equals(bytes)).toBe(true);
    expect(got.subarray(TOTAL_BYTES).toString()).toBe('tail');
    await server.until(() => server.drainedCount > 0);
    expect(bench.transport.pendingBytes(server.id)).toBe(0);
  });

  it('keeps the order of many small writes to a slow reader', async () => {
    const bench = new Bench(kind);
    const line = Buffer.from('0123456789abcdef'.repeat(64));
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.pause();
    const server = await bench.nextAccepted();
    const count = TOTAL_BYTES / line.length;
    for (let index = 0; index < count; index++) bench.transport.write(server.id, line, 0, line.length);
    const got = await readRaw(peer, TOTAL_BYTES);
    expect(got.length).toBe(TOTAL_BYTES);
    for (let at = 0; at < got.length; at += line.length) {
      if (!got.subarray(at, at + line.length).equals(line)) throw new Error(`wrong bytes at ${at}`);
    }
  });

  it('one slow reader does not hold up the others', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = await bench.listen();
    const slow = await rawClient(address);
    slow.pause();
    slow.write(Buffer.alloc(TOTAL_BYTES));
    const server = await bench.nextAccepted();
    await server.until(() => bench.transport.pendingBytes(server.id) > 0);
    const quick = bench.connect(address);
    quick.send('quick');
    await quick.untilText('quick');
    expect(bench.transport.pendingBytes(server.id)).toBeGreaterThan(0);
  });

  it('pauses and resumes reading', async () => {
    const bench = new Bench(kind);
    bench.prepare = (recorder) => bench.transport.pauseReading(recorder.id);
    const { address } = await bench.listen();
    const paused = await rawClient(address);
    paused.write('held back');
    const server = await bench.nextAccepted();
    // Another connection's traffic shows that turns of the loop pass meanwhile.
    bench.prepare = echo;
    const other = bench.connect(address);
    for (let round = 1; round <= 5; round++) {
      other.send('x');
      await other.until(() => other.received === round);
    }
    expect(server.received).toBe(0);
    bench.transport.resumeReading(server.id);
    await server.untilText('held back');
  });

  it('stops a fast sender while paused', async () => {
    const bench = new Bench(kind);
    bench.prepare = (recorder) => {
      recorder.keepsData = false;
      recorder.onData = () => bench.transport.pauseReading(recorder.id);
    };
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.write(Buffer.alloc(TOTAL_BYTES));
    const server = await bench.nextAccepted();
    while (server.received < TOTAL_BYTES) {
      const before = server.received;
      await server.until(() => server.received > before);
      expect(server.received - before).toBeLessThanOrEqual(4 * 1024 * 1024);
      bench.transport.resumeReading(server.id);
    }
    expect(peer.destroyed).toBe(false);
  });

  it('runs the hooks after the handlers and before the output leaves', async () => {
    const bench = new Bench(kind);
    const order: string[] = [];
    bench.transport.onBatchEnd(() => order.push('first'));
    bench.transport.onBatchEnd(() => {
      order.push('second');
      const server = bench.accepted[0];
      if (server !== undefined && order.includes('data')) server.send('from the hook');
    });
    bench.prepare = (recorder) => {
      recorder.onData = () => {
        order.push('data');
        recorder.send('from the handler, ');
      };
    };
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.write('go');
    const got = await readRaw(peer, 'from the handler, from the hook'.length);
    expect(got.toString()).toBe('from the handler, from the hook');
    const at = order.indexOf('data');
    expect(order.slice(at, at + 3)).toEqual(['data', 'first', 'second']);
  });

  it('names both ends', async () => {
    const bench = new Bench(kind);
    const { address } = (await bench.listen()) as { address: Address & { kind: 'tcp' } };
    const client = bench.connect(address);
    const server = await bench.nextAccepted();
    await client.until(() => client.isConnected);
    const seen = bench.transport.peer(server.id);
    expect(seen.local).toBe(`127.0.0.1:${address.port}`);
    expect(seen.remote).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(bench.transport.peer(client.id)).toEqual({ local: seen.remote, remote: seen.local });
    bench.transport.close(client.id, 0);
    await client.untilClosed();
    expect(bench.transport.peer(client.id)).toEqual({ local: '', remote: '' });
  });

  it('serves IPv6', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const listening = bench.listen({ address: { kind: 'tcp', host: '::1', port: 0 } });
    const listener = await listening.catch(() => undefined);
    // A machine without IPv6 cannot run this case.
    if (listener === undefined) return;
    const client = bench.connect(listener.address);
    client.send('six');
    await client.untilText('six');
    expect(bench.transport.peer(client.id).remote).toMatch(/^\[::1\]:\d+$/);
  });

  it('tries every address of a name', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = (await bench.listen()) as { address: Address & { kind: 'tcp' } };
    const client = bench.connect({ kind: 'tcp', host: 'localhost', port: address.port });
    client.send('by name');
    await client.untilText('by name');
  });

  it('moves bulk data through an echo between transports', async () => {
    const bench = new Bench(kind);
    bench.prepare = echo;
    const { address } = await bench.listen();
    const bytes = pattern(TOTAL_BYTES / 4);
    const client = bench.connect(address);
    bench.transport.write(client.id, bytes, 0, bytes.length);
    await client.until(() => client.received === bytes.length);
    expect(Buffer.concat(client.chunks).equals(bytes)).toBe(true);
  });

  it('passes on pieces of its input among other output, to several connections', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const clients = [bench.connect(address), bench.connect(address)] as const;
    await bench.until(() => bench.accepted.length === 2);
    const { transport, accepted } = bench;
    for (const one of accepted) {
      one.onData = (bytes, start, end) => {
        for (let at = start; at < end; at++) {
          for (const target of accepted) {
            if (bytes[at] === 0x2c && target === one) target.send('<');
            transport.write(target.id, bytes, at, at + 1);
            if (bytes[at] === 0x2c && target !== one) target.send('>');
          }
        }
      };
    }
    const text = Array.from({ length: 1000 }, (_, index) => `${index}`).join(',');
    for (const client of clients) {
      for (const each of clients) each.chunks = [];
      client.send(text);
      const whole = text.length + 999;
      await Promise.all(clients.map((each) => each.until(() => each.text.length === whole)));
      const forms = [text.replaceAll(',', '<,'), text.replaceAll(',', ',>')];
      expect(forms).toContain(clients[0].text);
      expect(forms).toContain(clients[1].text);
      expect(clients[0].text).not.toBe(clients[1].text);
    }
    for (const one of accepted) {
      one.onData = (bytes, start, end) => {
        transport.write(one.id, bytes, start, end);
        transport.close(one.id, 60_000);
      };
    }
    for (const client of clients) client.send('the last words');
    await Promise.all(clients.map((client) => client.until(() => client.endedCount === 1)));
    for (const client of clients) expect(client.text.endsWith('the last words')).toBe(true);
  });

  it('takes data and the last words of a peer that goes away', async () => {
    const { address } = await rawServer((socket) => {
      socket.on('data', () => {});
      socket.end('-ERR too many\r\n');
    });
    const bench = new Bench(kind);
    const client = bench.connect(address);
    await client.until(() => client.endedCount === 1);
    expect(client.text).toBe('-ERR too many\r\n');
    bench.transport.shutdown(client.id);
    await client.untilClosed();
    expect(client.error).toBe('');
  });
});

describe.runIf(kinds.includes('native'))('native transport: turn', () => {
  it('delivers to others in the midst of a handler, whose input stays as it is', async () => {
    const bench = new Bench('native');
    const { address } = await bench.listen();
    const [first, second] = [bench.connect(address), bench.connect(address)];
    await bench.until(() => bench.accepted.length === 2);
    const [slow, quick] = bench.accepted as [Recorder, Recorder];
    for (const one of bench.accepted) one.onData = (bytes, start, end) => one.send(copied(bytes, start, end));
    first.send('which is which');
    await first.untilText('which is which');
    const [busy, other] = slow.received > 0 ? [slow, quick] : [quick, slow];
    const text = 'x'.repeat(50_000);
    let [after, passedOn] = ['', ''];
    busy.onData = (bytes, start, end) => {
      // What is read meanwhile must not get into what is passed on.
      bench.transport.write(busy.id, bytes, start, end);
      second.send('one');
      second.onData = () => {
        if (second.text === 'one') second.send('two');
      };
      // The other connection, both ends of it and one more come to their events meanwhile.
      const late = bench.connect(address);
      while (second.text !== 'onetwo' || !late.isConnected || bench.accepted.length < 3)
        bench.transport.turn?.();
      const piece = copied(bytes, start, end);
      after += piece;
      passedOn += piece + piece;
      bench.transport.write(busy.id, bytes, start, end);
    };
    first.chunks = [];
    first.send(text);
    await bench.until(() => bench.accepted.length === 3);
    await busy.until(() => after.length === text.length);
    expect(after === text).toBe(true);
    await first.until(() => first.text.length === 2 * text.length);
    expect(first.text === passedOn).toBe(true);
    expect(other.text).toBe('onetwo');
  });
});

function copied(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.slice(start, end)).toString('latin1');
}
