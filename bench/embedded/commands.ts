/** Commands of every family in the engine without sockets: what is left of a command when transport is taken away. */
import { SystemClock } from '../../src/base/clock.ts';
import type { CommandView } from '../../src/commands/definition.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { NO_OUTPUT } from '../../src/engine/client.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createEngineMemory } from '../../src/engine/engine-memory.ts';
import { families } from '../families.ts';
import type { Operation } from '../micro/operations.ts';

/** Different keys of each command. */
const VARIANTS = 1000;
const VALUE = 'v'.repeat(64);

/** Commands as the scanner leaves them, all in one piece of memory, as what the transport has read. */
function commands(all: readonly (readonly string[])[]): CommandView[] {
  const bytes = Buffer.from(all.flat().join(''));
  let at = 0;
  return all.map((args) => {
    const spans = new Int32Array(2 * args.length);
    for (const [index, argument] of args.entries()) {
      spans[2 * index] = at;
      at += argument.length;
      spans[2 * index + 1] = at;
    }
    return { bytes, spans, count: args.length };
  });
}

function variant(args: readonly string[], number: number): string[] {
  const text = String(number).padStart(12, '0');
  return args.map((part) => part.replaceAll('__rand_int__', text).replaceAll('__data__', VALUE));
}

/** EVAL is left out: its interpreter comes with the worker. */
export function embeddedOperations(): Operation[] {
  const table = buildCommandTable();
  const settings = { databases: 16, shards: 64, arenaBytes: 2 ** 28, compatibility: 'valkey-9' } as const;
  const memory = createEngineMemory(settings, 1, table.catalogueCount);
  const engine = new Engine({
    memory,
    worker: 0,
    workers: 1,
    compatibility: 'valkey-9',
    table,
    clock: new SystemClock(),
    identity: { port: 0, address: '', maxClients: 0 },
  });
  const client = engine.connect(NO_OUTPUT);
  const execute = (one: CommandView): void => {
    engine.execute(client, one);
    engine.writer.reset();
  };
  const hundred = Array.from({ length: 100 }, (_, index) => `${index}:${VALUE}`);
  const ranked = hundred.flatMap((member, index) => [String(index), member]);
  for (const one of commands([
    ['RPUSH', 'hundred', ...hundred],
    ['ZADD', 'ranked', ...ranked],
  ]))
    execute(one);
  const measured = families.filter(({ name }) => name !== 'EVAL');
  return measured.map(({ name, command: args }) => {
    const variants = commands(Array.from({ length: VARIANTS }, (_, number) => variant(args, number)));
    return {
      name,
      count: name === 'LRANGE 100' || name === 'MSET 10' ? 5000 : 40_000,
      run: (count) => {
        for (let at = 0; at < count; at++) execute(variants[at % VARIANTS] as CommandView);
        return engine.writer.length;
      },
    };
  });
}
