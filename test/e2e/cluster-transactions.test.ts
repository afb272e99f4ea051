/**
 * Transactions, watched keys and plain commands in pipelines, on slots that are on their way all the time: each reply
 * is the one that its command must have, and a transaction runs once or not at all.
 */
import { expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway } from '../support/gateway.ts';
import { expectVerdicts, tellAll } from '../support/load/verdicts.ts';
import type { RawClient } from '../support/raw-client.ts';
import { moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import { testSeed } from '../support/seed.ts';
import { startServer } from '../support/servers.ts';

const tags = ['{one}', '{two}'];
const clientsPerTag = 4;
const batches = Number(process.env.LOCKSTEP_TEST_STEPS ?? 60);
const mostSteps = 5;

/** One client has its counter to itself, so that it can tell what every reply must be. */
class Counter {
  readonly #client: RawClient;
  readonly #random: Random;
  readonly #key: string;
  readonly #other: string;
  #count = 0;
  #commands: string[][] = [];
  #checks: ((reply: unknown) => void)[] = [];
  /** Transactions on keys that were watched. */
  watched = 0;
  /** Those of them that did not run, because the slot had moved. */
  aborted = 0;

  constructor(client: RawClient, tag: string, random: Random) {
    client.timeoutMs = 120_000;
    this.#client = client;
    this.#random = random;
    this.#key = `${tag}${random.integer(2 ** 31)}`;
    this.#other = `${this.#key}:other`;
  }

  async run(): Promise<void> {
    const steps = [this.#plain, this.#transaction, this.#watched, this.#unwatched, this.#discarded];
    for (let batch = 0; batch < batches; batch++) {
      this.#commands = [];
      this.#checks = [];
      const count = 1 + this.#random.integer(mostSteps);
      for (let step = 0; step < count; step++) this.#random.pick(steps).call(this);
      const replies = await this.#client.pipeline(this.#commands);
      for (const [at, reply] of replies.entries()) this.#checks[at]!(reply);
    }
    expect(Number(await this.#client.call('GET', this.#key))).toBe(this.#count);
    this.#client.close();
  }

  #add(command: string[], check: (reply: unknown) => void): void {
    const at = this.#commands.push(command);
    this.#checks.push((reply) => {
      const shown = this.#commands.map((words) => words[0]).join(' ');
      try {
        check(reply);
      } catch (error) {
        throw new Error(`${JSON.stringify(reply)} at ${at} of ${shown}: ${(error as Error).message}`);
      }
    });
  }

  #says(command: string[], wanted: unknown): void {
    this.#add(command, (reply) => expect(reply).toEqual(wanted));
  }

  #plain(): void {
    this.#add(['INCR', this.#key], (reply) => expect(reply).toBe(++this.#count));
    this.#says(['SET', this.#other, 'v'], 'OK');
  }

  #queue(mayAbort: boolean): void {
    this.#says(['MULTI'], 'OK');
    this.#says(['INCR', this.#key], 'QUEUED');
    this.#says(['SET', this.#other, 'w'], 'QUEUED');
    this.#says(['INCR', this.#key], 'QUEUED');
    this.#add(['EXEC'], (reply) => {
      if (mayAbort) this.watched += 1;
      if (mayAbort && reply === null) {
        this.aborted += 1;
        return;
      }
      expect(reply).toEqual([this.#count + 1, 'OK', this.#count + 2]);
      this.#count += 2;
    });
  }

  #transaction(): void {
    this.#queue(false);
  }

  #watched(): void {
    this.#says(['WATCH', this.#key, this.#other], 'OK');
    this.#add(['GET', this.#key], (reply) => expect(Number(reply)).toBe(this.#count));
    this.#queue(true);
  }

  #unwatched(): void {
    this.#says(['WATCH', this.#key], 'OK');
    this.#says(['UNWATCH'], 'OK');
    if (this.#random.next() < 0.5) this.#plain();
    this.#queue(false);
  }

  #discarded(): void {
    if (this.#random.next() < 0.5) this.#says(['WATCH', this.#key], 'OK');
    this.#says(['MULTI'], 'OK');
    this.#says(['SET', this.#key, 'never'], 'QUEUED');
    this.#says(['DISCARD'], 'OK');
  }
}

function sumOf(counters: readonly Counter[], what: 'watched' | 'aborted'): number {
  return counters.reduce((sum, counter) => sum + counter[what], 0);
}

async function move(cluster: TestCluster, isOver: () => boolean): Promise<number> {
  let moved = 0;
  for (; !isOver(); moved++) {
    const slot = slotOf(tags[moved % tags.length]!);
    const from = await ownerOf(cluster, slot);
    const at = cluster.masters.indexOf(from);
    await moveSlot(slot, from, cluster.masters[(at + 1) % cluster.masters.length]!);
  }
  return moved;
}

it.each(['without', 'with'])(
  '%s a shadow',
  async (shadow) => {
    const cluster = await startCluster('valkey-9.1');
    const mirror = shadow === 'with' ? { shadow: (await startServer('valkey-9.1')).url } : {};
    const upstream = { cluster: { retryForMs: 120_000 } };
    const gateway = await startGateway({ primary: cluster.url, ...mirror, config: { ...tellAll, upstream } });
    const random = createRandom(testSeed(`transactions on the move, ${shadow} a shadow`));
    const counters: Counter[] = [];
    for (const tag of tags)
      for (let index = 0; index < clientsPerTag; index++)
        counters.push(new Counter(await gateway.client(), tag, random));
    let isOver = false;
    const running = Promise.all(counters.map((counter) => counter.run())).finally(() => {
      isOver = true;
    });
    const [moved] = await Promise.all([move(cluster, () => isOver), running]);
    const [watched, aborted] = [sumOf(counters, 'watched'), sumOf(counters, 'aborted')];
    console.log(
      `moved ${moved} slots; ${aborted} of ${watched} watched transactions did not run because of it`,
    );
    expect(aborted).toBeLessThan(watched);
    if (shadow === 'without') return;
    await gateway.shadowIdle();
    await expectVerdicts(gateway, { divergent: 0, dropped: 0, dirtySlots: 0 });
  },
  300_000,
);
