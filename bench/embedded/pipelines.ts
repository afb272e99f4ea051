/**
 * Commands of every family in the engine without sockets, as clients with pipelines send them: bytes that the reader
 * scans, with keys at random among as many as under load. What `commands.ts` leaves out is in here: reading, and memory
 * that is not in the processor's cache. `node bench/compare-builds.mjs` plays it to two builds in turns.
 */
import { SystemClock } from '../../src/base/clock.ts';
import { createRandom } from '../../src/base/random.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { NO_OUTPUT } from '../../src/engine/client.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createEngineMemory } from '../../src/engine/engine-memory.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../src/resp/limits.ts';
import { CommandReader, CommandScanner, SCAN_COMPLETE } from '../../src/resp/scan-command.ts';
import { type FamilyCommand, families, familyData, SMALL_HASHES } from '../families.ts';
import type { Operation } from '../micro/operations.ts';

const DEPTH = 16;
const BATCHES = 2500;
/** Members that every set has before it is measured: the load brings sets to about as many. */
const MEMBERS = 50;
const DIGITS = 12;
const PLACE = /__rand_int__/g;
const VALUE = 'v'.repeat(64);

function frame(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`;
}

export interface PreparedOperation extends Operation {
  /** Chooses other keys and members. Not part of what is measured. */
  prepare(): void;
}

export class Pipelines {
  readonly #engine: Engine;
  readonly #random = createRandom(1);
  readonly #input = new Uint8Array(2 ** 20);
  readonly #execute: (batch: Uint8Array) => void;

  constructor() {
    const table = buildCommandTable();
    const settings = { databases: 16, shards: 64, arenaBytes: 2 ** 28, compatibility: 'valkey-9' } as const;
    const clock = new SystemClock();
    const engine = new Engine({
      memory: createEngineMemory(settings, 1, table.catalogueCount),
      worker: 0,
      workers: 1,
      compatibility: 'valkey-9',
      table,
      clock,
      identity: { port: 0, address: '', maxClients: 0 },
    });
    this.#engine = engine;
    const client = engine.connect(NO_OUTPUT);
    const reader = new CommandReader(DEFAULT_REQUEST_LIMITS);
    const scanner = new CommandScanner();
    const input = this.#input;
    this.#execute = (batch) => {
      input.set(batch);
      clock.refresh();
      engine.context.ahead?.begin(input, 0, batch.length, 0);
      reader.feed(input, 0, batch.length);
      while (reader.next(scanner) === SCAN_COMPLETE) engine.execute(client, scanner);
      reader.release();
      engine.runLater();
      engine.writer.reset();
    };
    this.refill();
  }

  /** The keyspace as it is before a round of the load. */
  refill(): void {
    this.#play([['FLUSHALL']]);
    for (const { keys, command } of familyData) {
      for (let key = 0; key < keys; key++) this.#play([filled(command, key)]);
    }
    while (this.#engine.isBusy) this.#engine.runLater();
  }

  /** All but EVAL: its interpreter comes with the worker. */
  operations(): PreparedOperation[] {
    const found = families.filter(({ name }) => name !== 'EVAL').map((family) => this.#operation(family));
    for (const { name, count, prepare, run } of found) {
      if (name !== 'ZADD' && name !== 'SADD') continue;
      for (let left = MEMBERS * SMALL_HASHES; left > 0; left -= count) {
        prepare();
        run(count);
      }
    }
    return found;
  }

  #operation({ name, keys, command }: FamilyCommand): PreparedOperation {
    const text = frame(command.map((part) => part.replace('__data__', VALUE))).repeat(DEPTH);
    const places = [...text.matchAll(PLACE)].map(({ index }) => index);
    const batches = Array.from({ length: name === 'LRANGE 100' ? BATCHES / 10 : BATCHES }, () =>
      Buffer.from(text),
    );
    const prepare = (): void => {
      for (const batch of batches)
        for (const place of places) write(batch, place, this.#random.integer(keys));
    };
    const run = (): number => {
      for (const batch of batches) this.#execute(batch);
      return batches.length;
    };
    prepare();
    return { name, count: batches.length * DEPTH, prepare, run };
  }

  #play(commands: readonly (readonly string[])[]): void {
    this.#execute(Buffer.from(commands.map(frame).join('')));
  }
}

function filled(command: readonly string[], key: number): string[] {
  const digits = String(key).padStart(DIGITS, '0');
  return command.map((part) => part.replace('__data__', VALUE).replace(PLACE, digits));
}

function write(batch: Buffer, place: number, value: number): void {
  let rest = value;
  for (let at = place + DIGITS - 1; at >= place; at--) {
    batch[at] = 0x30 + (rest % 10);
    rest = Math.trunc(rest / 10);
  }
}
