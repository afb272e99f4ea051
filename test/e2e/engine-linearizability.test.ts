/**
 * Many clients over four workers on a few hot keys of each type: their histories must be linearizable, and transactions
 * must be seen as a whole or not at all. As many rounds as LOCKSTEP_TEST_ROUNDS says, each with keys of its own.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { counterModel, hashModel, listModel, setModel, stringModel } from '../support/command-models.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { isLinearizable, type Model, type Operation } from '../support/linearizability.ts';
import { RawClient } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';

const rounds = Number(process.env.LOCKSTEP_TEST_ROUNDS ?? 12);
const CLIENTS = 12;
/** Operations of a client in a round. */
const OPERATIONS = 20;
const ACCOUNTS = 8;

type Call = readonly string[];
type History = Operation<Call>[];

interface Kind {
  readonly name: string;
  readonly model: Model<Call>;
  /** The next command, without its key; `token` is a value that nobody else has. */
  command(random: Random, token: string): Call;
}

const WORDS = ['a', 'b', 'c'];

const kinds: readonly Kind[] = [
  {
    name: 'string',
    model: stringModel,
    command: (random, token) =>
      random.pick([
        ['GET'],
        ['GET'],
        ['SET', token],
        ['GETSET', token],
        ['SETNX', token],
        ['GETDEL'],
        ['CAS'],
        ['CAS'],
      ]),
  },
  {
    name: 'text',
    model: stringModel,
    command: (random) => random.pick([['GET'], ['APPEND', random.pick(WORDS)]]),
  },
  {
    name: 'counter',
    model: counterModel,
    command: (random) => random.pick([['INCR'], ['DECR'], ['INCRBY', String(random.integer(9))]]),
  },
  {
    name: 'list',
    model: listModel,
    command: (random, token) =>
      random.pick([['LPUSH', token], ['RPUSH', token], ['LPOP'], ['RPOP'], ['LRANGE', '0', '-1'], ['LLEN']]),
  },
  {
    name: 'set',
    model: setModel,
    command: (random) => {
      const member = random.pick(WORDS);
      return random.pick([['SADD', member], ['SREM', member], ['SISMEMBER', member], ['SMEMBERS'], ['SPOP']]);
    },
  },
  {
    name: 'hash',
    model: hashModel,
    command: (random) => {
      const field = random.pick(WORDS);
      const value = String(random.integer(100));
      return random.pick([
        ...[
          ['HGET', field],
          ['HSET', field, value],
          ['HSETNX', field, value],
          ['HDEL', field],
        ],
        ...[['HINCRBY', field, value], ['HGETALL']],
      ]);
    },
  },
];

/** What the clients have seen, in the order in which they saw it. */
class Recorder {
  readonly histories = new Map<string, History>();
  #clock = 0;

  async record(client: RawClient, key: string, call: Call): Promise<void> {
    if (call[0] === 'CAS') return this.#change(client, key, call);
    const calledAt = this.#clock++;
    const [name, ...args] = call;
    this.#note(key, call, calledAt, await client.call(name, key, ...args));
  }

  /** Reads the key, and changes it unless somebody else has: two operations. */
  async #change(client: RawClient, key: string, call: Call): Promise<void> {
    await client.call('WATCH', key);
    const readAt = this.#clock++;
    const old = (await client.call('GET', key)) as string | null;
    this.#note(key, ['GET'], readAt, old);
    const value = `${call[0]}${this.#clock}`;
    const calledAt = this.#clock++;
    const replies = await client.pipeline([['MULTI'], ['SET', key, value], ['EXEC']]);
    this.#note(key, ['CAS', old ?? '', value], calledAt, replies[2]);
  }

  #note(key: string, call: Call, calledAt: number, reply: unknown): void {
    const returnedAt = this.#clock++;
    const history = this.histories.get(key) ?? [];
    this.histories.set(key, history);
    history.push({ call, result: JSON.stringify(inOrder(call[0], reply)), calledAt, returnedAt });
  }
}

/** Sets and hashes have no order. */
function inOrder(name: string, reply: unknown): unknown {
  if (name === 'SMEMBERS') return [...(reply as string[])].sort();
  if (name !== 'HGETALL') return reply;
  const flat = reply as string[];
  return flat
    .flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1]]] : []))
    .sort()
    .flat();
}

function kindOf(key: string): Kind {
  return kinds.find(({ name }) => key.startsWith(`${name}:`))!;
}

/** Histories that could not have happened one by one. */
function wrongOnes({ histories }: Recorder): string[] {
  return [...histories]
    .filter(([key, history]) => !isLinearizable(history, kindOf(key).model))
    .map(([key, history]) => `${key}\n${history.map((one) => JSON.stringify(one)).join('\n')}`);
}

describe('clients of four workers', () => {
  let gateway: TestGateway;
  let clients: RawClient[];
  let transfers: RawClient[];
  let readers: RawClient[];

  beforeAll(async () => {
    gateway = await startGateway({ workers: 4, config: { engine: { arenaBytes: '64mb' } } });
    const connect = (count: number): Promise<RawClient[]> =>
      Promise.all(Array.from({ length: count }, () => RawClient.connect({ port: gateway.port })));
    clients = await connect(CLIENTS);
    transfers = await connect(4);
    readers = await connect(3);
  });

  const accounts = Array.from({ length: ACCOUNTS }, (_, at) => `account:${at}`);
  const copies = Array.from({ length: ACCOUNTS }, (_, at) => `copy:${at}`);

  async function work(recorder: Recorder, client: RawClient, random: Random, round: number): Promise<void> {
    for (let at = 0; at < OPERATIONS; at++) {
      const kind = random.pick(kinds);
      const key = `${kind.name}:${round}`;
      await recorder.record(client, key, kind.command(random, `t${random.integer(2 ** 30)}`));
    }
  }

  /** Moves money, and writes the same word to many keys, each in one transaction. */
  async function transfer(client: RawClient, random: Random, isOver: () => boolean): Promise<number> {
    let done = 0;
    for (; !isOver(); done++) {
      const amount = String(random.integer(50));
      const word = String(random.integer(2 ** 30));
      const replies = await client.pipeline([
        ['MULTI'],
        ['DECRBY', random.pick(accounts), amount],
        ['INCRBY', random.pick(accounts), amount],
        ...copies.map((copy) => ['SET', copy, word]),
        ['EXEC'],
      ]);
      expect(replies.at(-1)).toHaveLength(2 + copies.length);
    }
    return done;
  }

  async function look(client: RawClient, isOver: () => boolean): Promise<number> {
    let done = 0;
    for (; !isOver(); done++) {
      const replies = await client.pipeline([
        ['MGET', ...accounts],
        ['MULTI'],
        ...accounts.map((account) => ['GET', account]),
        ...copies.map((copy) => ['GET', copy]),
        ['EXEC'],
        [
          'EVAL',
          'local n = 0 for _, k in ipairs(KEYS) do n = n + redis.call("GET", k) end return n',
          String(ACCOUNTS),
          ...accounts,
        ],
      ]);
      const all = replies.at(-2) as string[];
      expect(sumOf(replies[0] as string[])).toBe(0);
      expect(sumOf(all.slice(0, ACCOUNTS))).toBe(0);
      expect(new Set(all.slice(ACCOUNTS)).size).toBe(1);
      expect(replies.at(-1)).toBe(0);
    }
    return done;
  }

  it('see every key as if commands came one by one, and transactions as a whole', {
    timeout: 24 * 3600 * 1000,
  }, async () => {
    const random = createRandom(testSeed('linearizability'));
    await clients[0].call(
      'MSET',
      ...accounts.flatMap((account) => [account, '0']),
      ...copies.flatMap((copy) => [copy, '']),
    );
    const figures = { operations: 0, histories: 0, transactions: 0, looks: 0 };
    let last = new Recorder();
    for (let round = 0; round < rounds; round++) {
      const recorder = new Recorder();
      let isOver = false;
      const others = [
        ...transfers.map((client) => transfer(client, createRandom(random.integer(2 ** 31)), () => isOver)),
        ...readers.map((client) => look(client, () => isOver)),
      ];
      const seeds = clients.map(() => random.integer(2 ** 31));
      await Promise.all(clients.map((client, at) => work(recorder, client, createRandom(seeds[at]), round)));
      isOver = true;
      const counts = await Promise.all(others);
      figures.transactions += counts.slice(0, transfers.length).reduce((sum, count) => sum + count, 0);
      figures.looks += counts.slice(transfers.length).reduce((sum, count) => sum + count, 0);
      figures.histories += recorder.histories.size;
      for (const history of recorder.histories.values()) figures.operations += history.length;
      expect(wrongOnes(recorder)).toEqual([]);
      last = recorder;
    }
    console.log(JSON.stringify(figures));
    expect(figures.transactions).toBeGreaterThan(0);
    expect(figures.looks).toBeGreaterThan(0);
    expect(overlapping(last)).toBeGreaterThan(0);
    expectRejected(last, random);
  });
});

function sumOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Number(text), 0);
}

/** Pairs of operations on a key that were under way at the same time: else there would be nothing to judge. */
function overlapping({ histories }: Recorder): number {
  let count = 0;
  for (const history of histories.values()) {
    for (const one of history) {
      for (const other of history)
        if (other.calledAt < one.calledAt && other.returnedAt > one.calledAt) count += 1;
    }
  }
  return count;
}

/** The checker can fail: the same histories with one result that cannot be are rejected. */
function expectRejected(recorder: Recorder, random: Random): void {
  const tamper = (kind: string, names: readonly string[], change: (result: string) => string): void => {
    const [, history] = [...recorder.histories].find(([key]) => key.startsWith(`${kind}:`))!;
    const places = history.flatMap(({ call }, at) => (names.includes(call[0]) ? [at] : []));
    const place = random.pick(places);
    const wrong = history.map((one, at) => (at === place ? { ...one, result: change(one.result) } : one));
    expect(isLinearizable(wrong, kindOf(`${kind}:`).model), `${kind} ${place}`).toBe(false);
  };
  tamper('counter', ['INCR', 'DECR', 'INCRBY'], (result) => String(Number(result) + 1000));
  tamper('text', ['APPEND'], (result) => String(Number(result) + 1));
  tamper('string', ['GET'], () => '"never written"');
  tamper('list', ['LPUSH', 'RPUSH'], (result) => String(Number(result) + 100));
  tamper('hash', ['HGETALL'], () => '["z","1"]');
  tamper('set', ['SMEMBERS'], () => '["z"]');
  expect(isLinearizable(staleRead(recorder), stringModel)).toBe(false);
}

/** The history of the text, and at its end a read that sees what an earlier one has seen. */
function staleRead({ histories }: Recorder): History {
  const [, history] = [...histories].find(([key]) => key.startsWith('text:'))!;
  const end = Math.max(...history.map(({ returnedAt }) => returnedAt));
  const appended = history.filter(({ call }) => call[0] === 'APPEND').length;
  const seen = history.filter(({ call }) => call[0] === 'GET').map(({ result }) => result);
  const stale = seen.find((result) => result.length < appended + 2) ?? 'null';
  return [...history, { call: ['GET'], result: stale, calledAt: end + 1, returnedAt: end + 2 }];
}
