import { afterEach, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import type {
  Address,
  ConnectionHandler,
  ConnectionId,
  Transport,
} from '../../../src/transport/transport.ts';
import { testSeed } from '../../support/seed.ts';
import { Bench, Condition, cleanUp, kinds } from './harness.ts';

const STEPS = 3000;
const LONGEST_WRITE = 300_000;
/** Byte number n of every stream is n modulo 251, so that a lost, doubled or misplaced byte shows. */
const PERIOD = 251;
const stream = Uint8Array.from({ length: LONGEST_WRITE + PERIOD }, (_, index) => index % PERIOD);

afterEach(cleanUp);

/** Checks the promises of ConnectionHandler for one connection. */
class Checker implements ConnectionHandler {
  id: ConnectionId = -2;
  sent = 0;
  received = 0;
  isClosed = false;
  wasClosedHere = false;
  hasEnded = false;
  isPaused = false;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    world.opened++;
  }

  connected(connection: ConnectionId): void {
    this.check(connection, 'connected');
  }

  data(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    this.check(connection, 'data');
    if (this.hasEnded) throw new Error('data after the end');
    for (let at = start; at < end; at++) {
      if (bytes[at] !== this.received++ % PERIOD) throw new Error(`wrong byte ${this.received - 1}`);
    }
    this.world.step();
  }

  ended(connection: ConnectionId): void {
    this.check(connection, 'ended');
    if (this.hasEnded) throw new Error('two ends');
    this.hasEnded = true;
    if (this.world.random.integer(2) === 0) this.world.transport.shutdown(connection);
  }

  drained(connection: ConnectionId): void {
    this.check(connection, 'drained');
  }

  closed(connection: ConnectionId, _error: string): void {
    if (connection !== this.id || this.isClosed) throw new Error('closed twice');
    this.isClosed = true;
    this.world.live.splice(this.world.live.indexOf(this), 1);
    this.world.opened--;
    this.world.changed();
  }

  private check(connection: ConnectionId, what: string): void {
    if (connection !== this.id) throw new Error(`${what} for another connection`);
    if (this.isClosed || this.wasClosedHere) throw new Error(`${what} after the close`);
  }
}

class World extends Condition {
  readonly transport: Transport;
  readonly random: Random;
  readonly live: Checker[] = [];
  address: Address = { kind: 'unix', path: '' };
  opened = 0;
  steps = 0;

  constructor(transport: Transport, random: Random) {
    super();
    this.transport = transport;
    this.random = random;
  }

  accept(connection: ConnectionId): Checker | undefined {
    // The last ones may still be in the kernel's queue when everything is closed.
    if (this.steps >= STEPS || this.random.integer(20) === 0) return undefined;
    return this.add(new Checker(this), connection);
  }

  connect(): void {
    const checker = new Checker(this);
    const options = { address: this.address, connectTimeoutMs: 5000, keepAliveMs: 0 };
    this.add(checker, this.transport.connect(options, checker));
  }

  /** One random thing to a random connection. */
  step(): void {
    if (this.steps >= STEPS) return;
    this.steps++;
    this.changed();
    if (this.live.length < 6 || (this.live.length < 60 && this.random.integer(8) === 0)) this.connect();
    const checker = this.live[this.random.integer(this.live.length)] as Checker;
    const what = this.random.integer(100);
    if (what < 55)
      this.write(checker, this.random.integer(this.random.integer(10) === 0 ? LONGEST_WRITE : 2000));
    else if (what < 70) this.transport.pauseReading(checker.id);
    else if (what < 90) this.transport.resumeReading(checker.id);
    else if (what < 93) this.transport.shutdown(checker.id);
    else if (what < 96) this.close(checker, this.random.integer(3) * 50);
    else if (what < 98) this.transport.flush();
    else this.transport.peer(checker.id);
    if (this.transport.pendingBytes(checker.id) < 0) throw new Error('less than nothing is pending');
  }

  private write(checker: Checker, length: number): void {
    const start = checker.sent % PERIOD;
    checker.sent += length;
    this.transport.write(checker.id, stream, start, start + length);
  }

  private close(checker: Checker, lingerMs: number): void {
    checker.wasClosedHere = true;
    this.transport.close(checker.id, lingerMs);
    if (checker.isClosed) throw new Error('closed before close() returned');
  }

  private add(checker: Checker, connection: ConnectionId): Checker {
    if (this.live.some((other) => other.id === connection)) throw new Error('an id in use was given again');
    checker.id = connection;
    this.live.push(checker);
    return checker;
  }
}

describe.each(kinds)('%s transport: random operations', (kind) => {
  it('keep every promise', async () => {
    const seed = testSeed(`transport ${kind}`);
    const bench = new Bench(kind);
    const world = new World(bench.transport, createRandom(seed));
    const listener = await bench.transport.listen(
      { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, backlog: 511, reusePort: false },
      (connection) => world.accept(connection),
    );
    world.address = listener.address;
    bench.transport.onBatchEnd(() => world.step());
    // Timers stand for code outside batches, and keep the game going when every connection is paused.
    const timer = setInterval(() => world.step(), 1);
    await world.until(() => world.steps >= STEPS);
    clearInterval(timer);
    const left = [...world.live];
    for (const checker of left) checker.wasClosedHere = true;
    for (const [index, checker] of left.entries()) bench.transport.close(checker.id, (index % 2) * 100);
    await world.until(() => world.opened === 0);
    expect(left.every((checker) => checker.isClosed)).toBe(true);
  });
});
