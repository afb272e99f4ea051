/**
 * Many clients of four workers wait for lists, sorted sets and a stream in every way there is, while others push, and
 * their time ends, they are let go, or they are killed: nothing is lost, nothing comes twice, and who came first is
 * served first.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';
import { testSeed } from '../support/seed.ts';
import { waitUntil } from '../support/wait.ts';

const PLAYING_MS = 120_000;
const PUSHES = 50;
const LISTS = ['l0', 'l1', 'l2'];
const SETS = ['z0', 'z1'];
/** What has been moved; nobody takes it from there. */
const MOVED = ['out0', 'out1'];
const STREAM = 's';

type Command = readonly string[];

/** Commands that take what they give: only a client that lives gets it. */
function popping(random: Random): Command {
  const lists = shuffled(random, LISTS);
  const sets = shuffled(random, SETS);
  const time = random.pick(['0.02', '0.1', '0.2']);
  return random.pick<Command>([
    ['BLPOP', ...lists, time],
    ['BRPOP', ...lists.slice(1), time],
    ['BLMPOP', time, '2', lists[0]!, lists[1]!, random.pick(['LEFT', 'RIGHT']), 'COUNT', '3'],
    ['BZPOPMIN', ...sets, time],
    ['BZPOPMAX', sets[0]!, time],
    ['BZMPOP', time, '2', ...sets, random.pick(['MIN', 'MAX']), 'COUNT', '2'],
  ]);
}

/** Commands whose elements stay: whoever waits may be killed at any time. */
function moving(random: Random, consumer: string): Command {
  const [list, to] = [random.pick(LISTS), random.pick(MOVED)];
  return random.pick<Command>([
    ['BLMOVE', list, to, random.pick(['LEFT', 'RIGHT']), 'RIGHT', '0.2'],
    ['BRPOPLPUSH', list, to, '0'],
    ['XREADGROUP', 'GROUP', 'g', consumer, 'COUNT', '2', 'BLOCK', '200', 'STREAMS', STREAM, '>'],
  ]);
}

function shuffled(random: Random, words: readonly string[]): string[] {
  const turn = random.integer(words.length);
  return [...words.slice(turn), ...words.slice(0, turn)];
}

/** One to three elements that nobody else pushes. */
function pushing(random: Random, next: () => string): readonly Command[] {
  const elements = Array.from({ length: 1 + random.integer(3) }, next);
  const [list, set] = [random.pick(LISTS), random.pick(SETS)];
  const scored = elements.flatMap((element) => [String(random.integer(5)), element]);
  const kind = random.integer(6);
  if (kind === 0) return [['ZADD', set, ...scored]];
  if (kind === 1) return elements.map((element) => ['XADD', STREAM, '*', 'e', element]);
  if (kind === 2) return [['MULTI'], ['RPUSH', list, ...elements], ['LLEN', list], ['EXEC']];
  if (kind === 3)
    return [['EVAL', "return redis.call('LPUSH', KEYS[1], unpack(ARGV))", '1', list, ...elements]];
  return [[random.pick(['LPUSH', 'RPUSH']), list, ...elements]];
}

/** All elements in a reply: they alone begin with `e`. */
function elementsOf(reply: PlainReply | undefined): string[] {
  if (Array.isArray(reply)) return reply.flatMap(elementsOf);
  return typeof reply === 'string' && /^e\d/.test(reply) ? [reply] : [];
}

/** Those who wait, push and disturb in one test, and what they got. */
class Race {
  readonly #random: Random;
  readonly #connect: () => Promise<RawClient>;
  readonly #poppers = new Set<number>();
  readonly #movers = new Set<number>();
  readonly got: string[] = [];
  made = 0;
  isOver = false;

  constructor(random: Random, connect: () => Promise<RawClient>) {
    this.#random = random;
    this.#connect = connect;
  }

  /** Takes elements until there is nothing more to come. */
  async pop(): Promise<void> {
    const client = await this.#connect();
    const id = Number(await client.call('CLIENT', 'ID'));
    this.#poppers.add(id);
    for (let isIdle = false; !this.isOver || !isIdle; ) {
      const found = elementsOf(await client.call(...popping(this.#random)));
      this.got.push(...found);
      isIdle = found.length === 0;
    }
    this.#poppers.delete(id);
  }

  /** Moves elements, and comes again when it has been killed. */
  async move(consumer: string): Promise<void> {
    while (!this.isOver) {
      const client = await this.#connect();
      const id = Number(await client.call('CLIENT', 'ID'));
      this.#movers.add(id);
      while (!client.closed && !this.isOver) {
        await client.call(...moving(this.#random, consumer)).catch((error: Error) => {
          if (!client.closed) throw error;
        });
      }
      this.#movers.delete(id);
      client.close();
    }
  }

  async push(): Promise<void> {
    const client = await this.#connect();
    const next = (): string => `e${this.made++}`;
    for (let count = 0; count < PUSHES; count++) await client.pipeline(pushing(this.#random, next));
  }

  /** Lets some go who wait, and kills some. */
  async disturb(admin: RawClient): Promise<void> {
    const random = this.#random;
    while (!this.isOver) {
      const [popper, mover] = [random.pick([...this.#poppers, 0]), random.pick([...this.#movers, 0])];
      await admin.call('CLIENT', 'UNBLOCK', String(popper), random.pick(['TIMEOUT', 'ERROR']));
      if (random.integer(3) === 0) await admin.call('CLIENT', 'KILL', 'ID', String(mover));
    }
  }

  /** Who waits without end is killed. */
  async end(admin: RawClient): Promise<void> {
    this.isOver = true;
    for (const id of this.#movers) await admin.call('CLIENT', 'KILL', 'ID', String(id));
  }
}

/** All elements that are somewhere. */
async function elementsLeft(admin: RawClient): Promise<string[]> {
  const left: string[] = [];
  for (const key of [...LISTS, ...MOVED])
    left.push(...elementsOf(await admin.call('LRANGE', key, '0', '-1')));
  for (const key of SETS) left.push(...elementsOf(await admin.call('ZRANGE', key, '0', '-1')));
  return [...left, ...elementsOf(await admin.call('XRANGE', STREAM, '-', '+'))];
}

/** Of the stream, what has been read is one consumer's, and was given once. */
async function checkGroup(admin: RawClient): Promise<void> {
  const length = Number(await admin.call('XLEN', STREAM));
  const pending = (await admin.call('XPENDING', STREAM, 'g', '-', '+', '100000')) as PlainReply[][];
  const rest = await admin.call('XREADGROUP', 'GROUP', 'g', 'last', 'STREAMS', STREAM, '>');
  expect(pending.every((one) => one[3] === 1)).toBe(true);
  expect(pending.length + elementsOf(rest).length).toBe(length);
  expect(new Set(pending.map(([id]) => id)).size).toBe(pending.length);
}

describe('clients of four workers', () => {
  let gateway: TestGateway;
  const connect = (): Promise<RawClient> => RawClient.connect({ port: gateway.port });

  beforeEach(async () => {
    gateway = await startGateway({ workers: 4, config: { engine: { arenaBytes: '64mb' } } });
  });

  it(
    'lose nothing and get nothing twice, whatever happens to those who wait',
    async () => {
      const race = new Race(createRandom(testSeed('races of clients that wait')), connect);
      const admin = await connect();
      await admin.call('XGROUP', 'CREATE', STREAM, 'g', '$', 'MKSTREAM');
      const waiting = [
        ...Array.from({ length: 7 }, () => race.pop()),
        ...Array.from({ length: 6 }, (_, at) => race.move(`c${at}`)),
      ];
      const disturbing = race.disturb(admin);
      await Promise.all(Array.from({ length: 5 }, () => race.push()));
      await race.end(admin);
      await Promise.all([disturbing, ...waiting]);
      const found = [...race.got, ...(await elementsLeft(admin))];
      expect(found.sort()).toEqual(Array.from({ length: race.made }, (_, at) => `e${at}`).sort());
      expect(race.got.length).toBeGreaterThan(0);
      await checkGroup(admin);
    },
    PLAYING_MS,
  );

  it(
    'are served in the order in which they came, of those that are still there',
    async () => {
      const random = createRandom(testSeed('order of clients that wait'));
      const admin = await connect();
      const blocked = async (count: number): Promise<void> => {
        const isSo = async (): Promise<boolean> =>
          String(await admin.call('INFO', 'clients')).includes(`blocked_clients:${count}\r\n`);
        await waitUntil(isSo, `${count} blocked clients`);
      };
      // All from the left, so that elements which come at once are taken in their order.
      const commands: readonly Command[] = [
        ['BLPOP', 'q', '0'],
        ['BLPOP', 'none', 'q', '0'],
        ['BLMPOP', '0', '2', 'q', 'none', 'LEFT'],
        ['BLMOVE', 'q', 'moved', 'LEFT', 'RIGHT', '0'],
      ];
      const waiters: RawClient[] = [];
      for (let at = 0; at < 16; at++) {
        const client = await connect();
        waiters.push(client);
        client.sendCommand(...random.pick(commands));
        await blocked(at + 1);
      }
      // Some go, in each way, before anything comes.
      const leaving = waiters.filter(() => random.integer(4) === 0);
      const staying = waiters.filter((one) => !leaving.includes(one));
      for (const [at, client] of leaving.entries()) at % 2 === 0 ? client.close() : client.reset();
      await blocked(staying.length);
      // Pushes of several workers at once, numbered in the order in which they happen.
      const script =
        "for _ = 1, ARGV[1] do redis.call('RPUSH', KEYS[1], 'e' .. redis.call('INCR', KEYS[2])) end";
      const pushers = await Promise.all(Array.from({ length: 4 }, connect));
      let missing = staying.length;
      const pushing: Promise<unknown>[] = [];
      while (missing > 0) {
        const count = Math.min(missing, 1 + random.integer(3));
        missing -= count;
        pushing.push(random.pick(pushers).call('EVAL', script, '2', 'q', 'number', String(count)));
      }
      await Promise.all(pushing);
      const served: string[] = [];
      for (const client of staying) served.push(...elementsOf(await client.read()));
      expect(served).toEqual(staying.map((_, at) => `e${at + 1}`));
      expect(await admin.call('EXISTS', 'q')).toBe(0);
    },
    PLAYING_MS,
  );
});
