/** Commands that wait for keys, for clients of several workers: against a model with one thread, and case by case. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from '../memory/check-arena.ts';
import { fuzzSteps } from '../memory/fuzzing.ts';
import { BlockingModel } from './blocking-model.ts';
import { makeEngine, type TestEngine, type TestEngineClient } from './in-process-engine.ts';

const WORKERS = 3;

/** Engines of several workers over one memory, in one thread. */
function makeWorkers(shards = 8): TestEngine[] {
  const first = makeEngine({ shards, workers: WORKERS });
  const engines = [first];
  for (let worker = 1; worker < WORKERS; worker++) {
    engines.push(makeEngine({ memory: first.memory, worker, workers: WORKERS }));
  }
  return engines;
}

function settle(engines: readonly TestEngine[]): void {
  for (const { engine } of engines) {
    engine.mailbox.receive();
    engine.runLater();
    engine.later.resume();
  }
}

function advance(engines: readonly TestEngine[], durationMs: number): void {
  for (const { clock } of engines) clock.advance(durationMs);
  settle(engines);
}

/** What a client has got without having asked just now. */
function pushed(client: TestEngineClient): string {
  const text = client.pushed;
  client.pushed = '';
  return text;
}

function waits(client: TestEngineClient, command: string): void {
  expect(client.line(command)).toBe('');
  expect(client.client.isWaiting).toBe(true);
}

describe('clients that wait', () => {
  it('are served in order, whichever worker they belong to, before the next command', () => {
    const engines = makeWorkers();
    const clients = [0, 1, 2, 0, 1].map((worker) => engines[worker].client());
    for (const client of clients) waits(client, 'BLPOP k 0');
    const pusher = engines[1].client();
    expect(pusher.line('RPUSH k a b c')).toBe(':3\r\n');
    expect(pusher.line('EXISTS k')).toBe(':0\r\n');
    settle(engines);
    expect(clients.map(pushed)).toEqual(
      ['a', 'b', 'c'].map((text) => `*2\r\n$1\r\nk\r\n$1\r\n${text}\r\n`).concat('', ''),
    );
    expect(clients.map(({ client }) => client.isWaiting)).toEqual([false, false, false, true, true]);
    expect(engines[0].engine.blocking.count).toBe(2);
  });

  it('get what a transaction has left, not what was there in between', () => {
    const engines = makeWorkers();
    const waiter = engines[1].client();
    waits(waiter, 'BLPOP a b 0');
    const other = engines[0].client();
    for (const command of ['MULTI', 'RPUSH b 1', 'DEL b', 'RPUSH b 2', 'RPUSH a 3']) other.line(command);
    expect(other.line('EXEC')).toBe('*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n');
    settle(engines);
    expect(pushed(waiter)).toBe('*2\r\n$1\r\na\r\n$1\r\n3\r\n');
    expect(other.line('LRANGE b 0 -1')).toBe('*1\r\n$1\r\n2\r\n');
  });

  it('hand on along a chain of lists in other shards', () => {
    const engines = makeWorkers(16);
    const links = Array.from({ length: 10 }, (_, at) => engines[at % WORKERS].client());
    links.forEach((client, at) => {
      waits(client, `BLMOVE k${at} k${at + 1} LEFT RIGHT 0`);
    });
    const last = engines[2].client();
    waits(last, 'BLPOP k10 0');
    engines[0].client().line('RPUSH k0 x');
    settle(engines);
    for (const link of links) expect(pushed(link)).toBe('$1\r\nx\r\n');
    expect(pushed(last)).toBe('*2\r\n$3\r\nk10\r\n$1\r\nx\r\n');
  });

  it('keep their database, their protocol and their silence', () => {
    const engines = makeWorkers();
    const [three, silent, elsewhere] = [1, 2, 2].map((worker) => engines[worker].client());
    three.line('HELLO 3');
    waits(three, 'BLMOVE from to LEFT LEFT 1');
    silent.line('CLIENT REPLY SKIP');
    waits(silent, 'BLPOP k 0');
    elsewhere.line('SELECT 5');
    waits(elsewhere, 'BLPOP k 0');
    const pusher = engines[0].client();
    pusher.line('RPUSH k zero');
    pusher.line('SELECT 5');
    pusher.line('RPUSH k five');
    advance(engines, 1000);
    expect(pushed(three)).toBe('_\r\n');
    expect(pushed(silent)).toBe('');
    expect(silent.client.isWaiting).toBe(false);
    expect(silent.line('PING')).toBe('+PONG\r\n');
    expect(pushed(elsewhere)).toBe('*2\r\n$1\r\nk\r\n$4\r\nfive\r\n');
  });

  it('are told when their time is up, each by its own worker, and not before', () => {
    const engines = makeWorkers();
    const clients = ['0.05', '0', '0.2', '0.0501', '0.1'].map((timeout, at) => {
      const client = engines[at % WORKERS].client();
      waits(client, `BRPOP a b ${timeout}`);
      return client;
    });
    advance(engines, 49);
    expect(clients.map(pushed)).toEqual(['', '', '', '', '']);
    advance(engines, 1);
    expect(clients.map(pushed)).toEqual(['*-1\r\n', '', '', '', '']);
    advance(engines, 1000);
    expect(clients.map(pushed)).toEqual(['', '', '*-1\r\n', '*-1\r\n', '*-1\r\n']);
    expect(engines[0].engine.blocking.count).toBe(1);
  });

  it('do not wait in a transaction', () => {
    const client = makeEngine().client();
    client.line('MULTI');
    for (const command of ['BLPOP k 0', 'BLMOVE a b LEFT LEFT 0', 'BLMPOP 0 1 k LEFT']) client.line(command);
    expect(client.line('EXEC')).toBe('*3\r\n*-1\r\n$-1\r\n*-1\r\n');
  });

  it('take nothing when they are gone, and leave no memory behind', () => {
    const engines = makeWorkers();
    const used = engines[0].engine.store.usedBytes();
    const gone = [0, 1, 2].map((worker) => engines[worker].client());
    for (const client of gone) waits(client, 'BLPOP k other k third 0');
    gone.forEach((client, worker) => {
      engines[worker].engine.disconnect(client.client);
    });
    settle(engines);
    expect(engines[0].engine.store.usedBytes()).toBe(used);
    const pusher = engines[0].client();
    pusher.line('RPUSH k x');
    expect(pusher.line('LLEN k')).toBe(':1\r\n');
    expect(engines[0].engine.blocking.count).toBe(0);
  });

  it('wait on where a key gets another type, and answer to one in the way', () => {
    const engines = makeWorkers();
    const [waiter, mover] = [engines[1].client(), engines[2].client()];
    waits(waiter, 'BLPOP k 0');
    waits(mover, 'BLMOVE from to LEFT LEFT 0');
    const other = engines[0].client();
    for (const command of ['SET k v', 'DEL k', 'SET to v', 'RPUSH from x', 'RPUSH k y']) other.line(command);
    settle(engines);
    expect(pushed(waiter)).toBe('*2\r\n$1\r\nk\r\n$1\r\ny\r\n');
    expect(pushed(mover)).toBe('-WRONGTYPE Operation against a key holding the wrong kind of value\r\n');
    expect(other.line('LRANGE from 0 -1')).toBe('*1\r\n$1\r\nx\r\n');
  });

  it('can be let go by any worker', () => {
    const engines = makeWorkers();
    const [first, second] = [engines[1].client(), engines[2].client()];
    second.line('HELLO 3');
    waits(first, 'BLPOP a b 0');
    waits(second, 'BLMOVE b a LEFT LEFT 0');
    const other = engines[0].client();
    expect(other.line(`CLIENT UNBLOCK ${first.client.id}`)).toBe(':1\r\n');
    expect(other.line(`CLIENT UNBLOCK ${first.client.id} TIMEOUT`)).toBe(':0\r\n');
    expect(other.line(`CLIENT UNBLOCK ${second.client.id} error`)).toBe(':1\r\n');
    expect(other.line(`CLIENT UNBLOCK ${other.client.id}`)).toBe(':0\r\n');
    expect(other.line('CLIENT UNBLOCK x')).toBe('-ERR value is not an integer or out of range\r\n');
    expect(other.line('CLIENT UNBLOCK 1 SOON')).toBe(
      '-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n',
    );
    settle(engines);
    expect(pushed(first)).toBe('*-1\r\n');
    expect(pushed(second)).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n');
  });

  it.each(['BLPOP k 0', 'BLPOP k k other 0', 'BLMOVE k other LEFT LEFT 0'])(
    'need memory: %s without it is an error and changes nothing',
    (command) => {
      let failures = 0;
      for (let nth = 1; nth < 20; nth++) {
        const { engine, client } = makeEngine({ shards: 1 });
        const { arena } = engine.store.shards[0];
        const used = engine.store.usedBytes();
        const one = client();
        failAllocation(arena, nth);
        const reply = one.line(command);
        failAllocation(arena, 0);
        checkArena(arena);
        if (reply === '') break;
        expect(reply).toMatch(/^-OOM/);
        expect(one.client.isWaiting).toBe(false);
        expect(engine.store.usedBytes()).toBe(used);
        failures += 1;
      }
      expect(failures).toBeGreaterThan(3);
    },
  );
});

describe('what several workers do at random', () => {
  it('is what one server with one thread would do', () => {
    const random = createRandom(testSeed('blocking'));
    const play = new RandomPlay(random);
    for (let step = 0; step < fuzzSteps(8000); step++) play.step();
    play.finish();
  });
});

const KEYS = ['a', 'b', 'c', 'd', 'e'];

class RandomPlay {
  readonly engines = makeWorkers(4);
  readonly #used = this.engines[0].engine.store.usedBytes();
  readonly #model = new BlockingModel();
  readonly #random: Random;
  readonly #clients: TestEngineClient[] = [];
  #values = 0;

  constructor(random: Random) {
    this.#random = random;
    for (let at = 0; at < 12; at++) this.#clients.push(this.engines[at % WORKERS].client());
  }

  step(): void {
    const random = this.#random;
    // One that has been served may not have heard of it yet.
    const idle = this.#clients.flatMap(({ client }, at) => (client.isWaiting ? [] : [at]));
    const at = idle.length === 0 ? -1 : random.pick(idle);
    const kind = random.integer(20);
    if (kind === 0) this.#pass();
    else if (kind === 1 || at < 0) this.#replace(random.integer(this.#clients.length));
    else if (kind < 8) this.#write(at, 1);
    else if (kind === 8) this.#write(at, 2 + random.integer(4));
    else this.#wait(at);
    this.#compare();
  }

  finish(): void {
    for (let at = 0; at < this.#clients.length; at++) this.#replace(at);
    // A waiter that another worker has served is given back by its own, when it hears of it.
    settle(this.engines);
    const { engine } = this.engines[0];
    for (const { arena } of engine.store.shards) checkArena(arena);
    this.engines[0].client().line('FLUSHALL');
    expect(engine.blocking.count).toBe(0);
    expect(engine.store.usedBytes()).toBe(this.#used);
  }

  #write(at: number, count: number): void {
    const client = this.#clients[at];
    const replies: string[] = [];
    if (count > 1) client.line('MULTI');
    for (let left = count; left > 0; left--) {
      const [command, reply] = this.#command();
      replies.push(reply);
      const got = client.line(command);
      if (count === 1) expect(got, command).toBe(reply);
      else expect(got).toBe('+QUEUED\r\n');
    }
    if (count > 1) expect(client.line('EXEC')).toBe(`*${count}\r\n${replies.join('')}`);
    this.#model.serve();
  }

  /** A command that does not wait, done in the model, and its reply. */
  #command(): [command: string, reply: string] {
    const random = this.#random;
    const model = this.#model;
    const [key, other] = [random.pick(KEYS), random.pick(KEYS)];
    const [front, front2] = [random.integer(2) === 0, random.integer(2) === 0];
    switch (random.integer(8)) {
      case 0:
        return [`${front ? 'LPOP' : 'RPOP'} ${key}`, model.pop(key, front)];
      case 1:
        return [`DEL ${key}`, model.delete(key)];
      case 2:
        return [
          `LMOVE ${key} ${other} ${side(front)} ${side(front2)}`,
          model.move(key, other, front, front2) ?? '$-1\r\n',
        ];
      default: {
        const texts = Array.from({ length: 1 + random.integer(3) }, () => `v${this.#values++}`);
        return [`${front ? 'LPUSH' : 'RPUSH'} ${key} ${texts.join(' ')}`, model.push(key, front, texts)];
      }
    }
  }

  #wait(at: number): void {
    const random = this.#random;
    const model = this.#model;
    const keys = Array.from({ length: 1 + random.integer(3) }, () => random.pick(KEYS));
    const [front, front2] = [random.integer(2) === 0, random.integer(2) === 0];
    const timeout = random.pick([0, 0.01, 0.02, 5]);
    const deadlineMs = timeout === 0 ? Number.POSITIVE_INFINITY : this.#nowMs() + timeout * 1000;
    const isMove = random.integer(3) === 0;
    const to = random.pick(KEYS);
    const command = isMove
      ? `BLMOVE ${keys[0]} ${to} ${side(front)} ${side(front2)} ${timeout}`
      : `${front ? 'BLPOP' : 'BRPOP'} ${keys.join(' ')} ${timeout}`;
    const reply = model.wait({
      client: at,
      keys: isMove ? [keys[0]] : keys,
      attempt: () => (isMove ? model.move(keys[0], to, front, front2) : model.popFirst(keys, front)),
      deadlineMs,
    });
    expect(this.#clients[at].line(command), command).toBe(reply ?? '');
    model.serve();
  }

  /** Time passes. */
  #pass(): void {
    advance(this.engines, 7);
    this.#model.expire(this.#nowMs());
  }

  #nowMs(): number {
    return this.engines[0].clock.monotonicMs;
  }

  /** A client goes, whatever it does, and another one comes. */
  #replace(at: number): void {
    const { engine } = this.engines[at % WORKERS];
    engine.disconnect(this.#clients[at].client);
    engine.later.resume();
    this.#model.forget(at);
    this.#model.served = this.#model.served.filter(([client]) => client !== at);
    this.#clients[at] = this.engines[at % WORKERS].client();
  }

  #compare(): void {
    if (this.#random.integer(3) > 0) settle(this.engines);
    else return;
    const replies = this.#clients.map(() => '');
    for (const [client, reply] of this.#model.served) replies[client] += reply;
    this.#model.served = [];
    expect(this.#clients.map(pushed)).toEqual(replies);
    expect(this.engines[0].engine.blocking.count).toBe(this.#model.waits.size);
  }
}

function side(front: boolean): string {
  return front ? 'LEFT' : 'RIGHT';
}
