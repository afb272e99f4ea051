import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Address, WakeToken } from '../../../src/transport/transport.ts';
import { connectWaker } from '../../../src/transport/wake.ts';
import { compiledProgram } from './compiled.ts';
import {
  Bench,
  Condition,
  cleanUp,
  hangUp,
  type Kind,
  kinds,
  onCleanUp,
  once,
  type Recorder,
} from './harness.ts';

afterEach(cleanUp);

interface Message {
  readonly type: 'ready' | 'sent' | 'woken' | 'count';
  readonly address?: Address;
  readonly token?: WakeToken;
  readonly accepted?: number;
}

class EchoWorker extends Condition {
  readonly worker: Worker;
  readonly messages: Message[] = [];

  constructor(kind: Kind, port: number, token?: WakeToken, wakes = 0) {
    super();
    this.worker = new Worker(compiledProgram('echo-worker'), {
      workerData: { kind, port, token, wakes },
      transferList: token?.port === undefined ? [] : [token.port],
    });
    onCleanUp(() => void this.worker.terminate());
    this.worker.on('message', (message: Message) => {
      this.messages.push(message);
      this.changed();
    });
  }

  async first(type: Message['type']): Promise<Message> {
    await this.until(() => this.messages.some((message) => message.type === type));
    return this.messages.find((message) => message.type === type) as Message;
  }

  async ready(): Promise<Address & { kind: 'tcp' }> {
    return (await this.first('ready')).address as Address & { kind: 'tcp' };
  }

  stop(): Promise<unknown> {
    const exit = once(this.worker, 'exit');
    this.worker.postMessage('stop');
    return exit;
  }
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe.each(kinds)('%s transport: threads', (kind) => {
  it('workers share one port, and stop cleanly', async () => {
    const first = new EchoWorker(kind, 0);
    const address = await first.ready();
    const second = new EchoWorker(kind, address.port);
    await second.ready();
    const bench = new Bench(kind);
    const clients: Recorder[] = [];
    for (let index = 0; index < 64; index++) clients.push(hangUp(bench.connect(address)));
    for (const client of clients) client.send('x');
    await Promise.all(clients.map((client) => client.untilText('x')));
    for (const worker of [first, second]) {
      worker.worker.postMessage('count');
      expect((await worker.first('count')).accepted).toBeGreaterThan(0);
    }
    expect(await second.stop()).toBe(0);
    const late = bench.connect(address);
    late.send('y');
    await late.untilText('y');
    expect(await first.stop()).toBe(0);
    await Promise.all(clients.map((client) => client.untilClosed()));
  });

  it('another thread wakes this one, and bursts arrive as few wake-ups', async () => {
    const bench = new Bench(kind);
    const woken = new Condition();
    let count = 0;
    const callback = (): void => {
      count++;
      woken.changed();
    };
    const wakes = 100_000;
    const workers = [1, 2].map(() => new EchoWorker(kind, 0, bench.transport.createWake(callback), wakes));
    await Promise.all(workers.map((worker) => worker.first('sent')));
    await woken.until(() => count >= 1);
    expect(count).toBeLessThan(wakes);
    const { token } = await (workers[0] as EchoWorker).first('ready');
    const waker = connectWaker(token as WakeToken);
    waker.wake();
    await (workers[0] as EchoWorker).first('woken');
    await (workers[0] as EchoWorker).stop();
    // The woken thread is gone: nothing happens, and no foreign descriptor is written to.
    for (let index = 0; index < 100; index++) waker.wake();
    waker.close();
  });

  it('a terminated worker gives back its descriptors', async () => {
    const warm = new EchoWorker(kind, 0);
    await warm.ready();
    await warm.worker.terminate();
    const before = descriptors();
    const bench = new Bench(kind);
    for (let round = 0; round < 3; round++) {
      const worker = new EchoWorker(kind, 0);
      const address = await worker.ready();
      const client = hangUp(bench.connect(address));
      client.send('x');
      await client.untilText('x');
      await worker.worker.terminate();
      await client.untilClosed();
    }
    bench.transport.destroy();
    const settled = new Condition();
    const watch = setInterval(() => settled.changed(), 5);
    onCleanUp(() => clearInterval(watch));
    await settled.until(() => descriptors() <= before);
  });

  it('a worker that fails takes nobody with it', async () => {
    const worker = new EchoWorker(kind, 0);
    await worker.ready();
    const failure = new Promise<Error>((resolve) => worker.worker.once('error', resolve));
    worker.worker.postMessage('throw');
    expect((await failure).message).toBe('worker failed');
  });
});
