/** Sockets that leave one transport and come into another, and the channels on which they go to another process. */
import * as fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Channel, ChannelListener, duplicate } from '../../../src/transport/channel.ts';
import {
  Bench,
  Condition,
  cleanUp,
  echo,
  kinds,
  onCleanUp,
  Recorder,
  rawClient,
  temporaryPath,
} from './harness.ts';

afterEach(cleanUp);

describe.runIf(kinds.includes('native')).each(kinds)('sockets of the native transport go to %s', (kind) => {
  it('a connection, with what it has not read', async () => {
    const [from, to] = [new Bench('native'), new Bench(kind)];
    const { address } = await from.listen();
    const peer = await rawClient(address);
    const first = await from.nextAccepted();
    peer.write('read by the first');
    await first.untilText('read by the first');
    from.transport.pauseReading(first.id);
    from.transport.flush();
    peer.write('and by the second');
    const descriptor = from.transport.detach(first.id);
    expect(descriptor).toBeGreaterThan(2);
    expect(from.transport.detach(first.id)).toBeLessThan(0);
    const second = new Recorder(to.transport);
    to.transport.adopt(descriptor, (id) => {
      second.id = id;
      return second;
    });
    await second.untilText('and by the second');
    expect(to.transport.peer(second.id)).toEqual({
      remote: `127.0.0.1:${peer.localPort}`,
      local: `127.0.0.1:${peer.remotePort}`,
    });
    const answered = new Promise((resolve) => peer.once('data', (chunk) => resolve(String(chunk))));
    second.send('answer');
    expect(await answered).toBe('answer');
    peer.end();
    await second.until(() => second.endedCount === 1);
    to.transport.close(second.id, 1000);
    await second.untilClosed();
    expect(first.closedCount).toBe(0);
  });

  it('not while output waits', async () => {
    const bench = new Bench('native');
    const { address } = await bench.listen();
    const peer = await rawClient(address);
    peer.pause();
    const server = await bench.nextAccepted();
    const bytes = new Uint8Array(32 * 1024 * 1024);
    bench.transport.write(server.id, bytes, 0, bytes.length);
    expect(bench.transport.detach(server.id)).toBeLessThan(0);
    peer.resume();
    await server.until(() => server.drainedCount === 1);
    const descriptor = bench.transport.detach(server.id);
    expect(descriptor).toBeGreaterThan(2);
    fs.closeSync(descriptor);
  });

  it('a listener, with those who wait in its queue', async () => {
    const [from, to] = [new Bench('native'), new Bench(kind)];
    const listener = await from.listen();
    const { address } = listener;
    const descriptor = duplicate(listener.descriptor);
    listener.leave();
    const peer = await rawClient(address);
    to.prepare = echo;
    const inherited = await to.listen({ address, descriptor });
    expect(inherited.address).toEqual(address);
    const answered = new Promise((resolve) => peer.once('data', (chunk) => resolve(String(chunk))));
    peer.write('waited');
    expect(await answered).toBe('waited');
  });
});

describe.runIf(kinds.includes('native'))('the node transport', () => {
  it('lets no connection go, but its listener', async () => {
    const bench = new Bench('node');
    const listener = await bench.listen();
    expect(listener.descriptor).toBeGreaterThan(2);
    await rawClient(listener.address);
    const server = await bench.nextAccepted();
    expect(bench.transport.canDetach(server.id)).toBe(false);
    expect(bench.transport.detach(server.id)).toBe(-1);
  });
});

describe.runIf(kinds.includes('native'))('channels', () => {
  class End extends Condition {
    readonly messages: { readonly message: unknown; readonly descriptors: readonly number[] }[] = [];
    isEnded = false;

    constructor(channel: Channel) {
      super();
      channel.events = {
        message: (message, descriptors) => {
          this.messages.push({ message, descriptors });
          this.changed();
        },
        ended: () => {
          this.isEnded = true;
          this.changed();
        },
      };
    }
  }

  async function pair(): Promise<{ left: Channel; right: Channel; path: string }> {
    const path = temporaryPath('channel');
    const found: Channel[] = [];
    const condition = new Condition();
    const listener = new ChannelListener(path, (channel) => {
      found.push(channel);
      condition.changed();
    });
    onCleanUp(() => listener.close());
    const left = Channel.connect(path)!;
    await condition.until(() => found.length === 1);
    const [right] = found;
    onCleanUp(() => {
      left.close();
      right!.close();
    });
    return { left, right: right!, path };
  }

  it('keep messages apart and in order, more of them than the kernel holds', async () => {
    const { left, right } = await pair();
    const end = new End(right);
    const text = 'x'.repeat(100_000);
    for (let number = 0; number < 40; number++) left.send({ number, text });
    await end.until(() => end.messages.length === 40);
    expect(end.messages.map(({ message }) => message)).toEqual(
      Array.from({ length: 40 }, (_, number) => ({ number, text })),
    );
  });

  it('pass descriptors, and tell the end after everything else', async () => {
    const { left, right } = await pair();
    const end = new End(right);
    const file = temporaryPath('file');
    fs.writeFileSync(file, 'contents');
    const descriptor = fs.openSync(file, 'r');
    left.send({ says: 'here' }, [descriptor, descriptor]);
    right.send({ says: 'nobody reads this' });
    left.close();
    fs.closeSync(descriptor);
    await end.until(() => end.isEnded);
    expect(end.messages.map(({ message }) => message)).toEqual([{ says: 'here' }]);
    const [one, other] = end.messages[0]!.descriptors;
    expect(fs.readFileSync(one!, 'utf8')).toBe('contents');
    fs.closeSync(one!);
    fs.closeSync(other!);
  });

  it('are for one user alone, and say where nobody listens', async () => {
    const { path } = await pair();
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(Channel.connect(temporaryPath('nobody'))).toBeUndefined();
  });
});
