/**
 * Real clients that count up keys of their own and never stop: each reply is one more than the last one, so a command
 * that failed, was run twice or got another's reply is seen. They send nothing again by themselves.
 */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { onCleanup } from './cleanup.ts';
import { RawClient } from './raw-client.ts';
import type { TestServer } from './servers.ts';
import { waitUntil } from './wait.ts';

export class Counter {
  readonly key: string;
  /** In their order. */
  readonly replies: number[] = [];
  failure: Error | undefined = undefined;
  readonly #step: () => Promise<readonly unknown[]>;
  #isStopping = false;
  readonly #run: Promise<void>;

  /** `step` gives the replies of one or more INCR of the key. */
  constructor(key: string, step: () => Promise<readonly unknown[]>) {
    this.key = key;
    this.#step = step;
    this.#run = this.#count().catch((error: Error) => {
      this.failure = error;
    });
  }

  async #count(): Promise<void> {
    while (!this.#isStopping) for (const reply of await this.#step()) this.replies.push(Number(reply));
  }

  /** Ends after the step under way; throws what went wrong. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#run;
    if (this.failure !== undefined) throw new Error(`${this.key}: ${this.failure.message}`);
  }

  /** The last count of each server it has been on: a reply that is not one more than the last begins another. */
  get runs(): number[] {
    return this.replies.filter((reply, at) => this.replies[at + 1] !== reply + 1);
  }
}

/** Four at once: one command, a transaction, two commands, and a pipeline at a time. */
export async function startCounters(port: number): Promise<Counter[]> {
  const first = new Redis({ port, maxRetriesPerRequest: 0, retryStrategy: () => null });
  const second = createClient({ socket: { port, reconnectStrategy: false } });
  // The command that fails says so.
  first.on('error', () => undefined);
  second.on('error', () => undefined);
  await second.connect();
  const raw = await RawClient.connect({ port });
  onCleanup(() => {
    first.disconnect();
    if (second.isOpen) second.destroy();
    raw.close();
  });
  const batch = Array.from({ length: 50 }, () => ['INCR', 'raw']);
  return [
    new Counter('ioredis', async () => [await first.incr('ioredis')]),
    new Counter('ioredis:multi', async () => {
      const replies = (await first.multi().incr('ioredis:multi').incr('ioredis:multi').exec()) ?? [];
      return replies.map(([error, reply]) => error ?? reply);
    }),
    new Counter('node-redis', () => Promise.all([second.incr('node-redis'), second.incr('node-redis')])),
    new Counter('raw', () => raw.pipeline(batch)),
  ];
}

/** Resolves when each has had more replies; throws what one of them met. */
export async function moreReplies(counters: readonly Counter[], count = 20): Promise<void> {
  const before = counters.map(({ replies }) => replies.length);
  await waitUntil(
    () =>
      counters.every(({ replies, failure }, at) => failure || replies.length >= (before[at] ?? 0) + count),
    'the counters to go on',
  );
  for (const { key, failure } of counters)
    if (failure !== undefined) throw new Error(`${key}: ${failure.message}`);
}

/** What a server says of the counters. */
export async function countsOn(server: TestServer, counters: readonly Counter[]): Promise<number[]> {
  const direct = await server.client();
  const values = (await direct.call('MGET', ...counters.map(({ key }) => key))) as (string | null)[];
  direct.close();
  return values.map(Number);
}
