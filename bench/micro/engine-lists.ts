/** Commands on lists in the engine, without sockets: `node bench/run.mjs micro/engine-lists [times]`. */
import { SystemClock } from '../../src/base/clock.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { type EngineClient, NO_OUTPUT } from '../../src/engine/client.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createEngineMemory } from '../../src/engine/engine-memory.ts';
import { QueuedCommand } from '../../src/engine/queued-command.ts';
import { describeMachine } from '../measure.ts';
import { repeat, showTimings, type Timing } from './timing.ts';

const WORKERS = 2;
let times = 200_000;

const table = buildCommandTable();
const memory = createEngineMemory(
  { databases: 16, shards: 64, arenaBytes: 2 ** 28, compatibility: 'valkey-9' },
  WORKERS,
  table.catalogueCount,
);
const clock = new SystemClock();
const identity = { port: 0, address: '', maxClients: 0 };
const engines = Array.from(
  { length: WORKERS },
  (_, worker) =>
    new Engine({ memory, worker, workers: WORKERS, compatibility: 'valkey-9', table, clock, identity }),
);
const [own, other] = engines;
const client = own.connect(NO_OUTPUT);

/** A command as the scanner leaves it. */
function command(text: string): QueuedCommand {
  const args = text.split(' ').map((argument) => Buffer.from(argument));
  const spans = new Int32Array(2 * args.length);
  let at = 0;
  args.forEach((argument, index) => {
    spans[2 * index] = at;
    at += argument.length;
    spans[2 * index + 1] = at;
  });
  return new QueuedCommand(-1, { bytes: Buffer.concat(args), spans, count: args.length });
}

function execute(engine: Engine, by: EngineClient, one: QueuedCommand): void {
  engine.execute(by, one);
  engine.writer.reset();
}

function each(label: string, ...texts: readonly string[]): Timing {
  const commands = texts.map(command);
  return repeat(label, times, (count) => {
    for (let left = count; left > 0; left -= commands.length) {
      for (const one of commands) execute(own, client, one);
    }
    return own.writer.length;
  });
}

/** A client waits, another one pushes: both commands, and serving. */
function served(label: string, waiting: Engine, wait: string, push: string): Timing {
  const waiter = waiting.connect(NO_OUTPUT);
  const [waits, pushes] = [command(wait), command(push)];
  return repeat(label, times, (count) => {
    for (let left = count; left > 0; left -= 2) {
      execute(waiting, waiter, waits);
      execute(own, client, pushes);
      waiting.mailbox.receive();
      waiting.later.resume();
    }
    return waiting.blocking.count;
  });
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  times = Number(args[0] ?? times);
  const value = 'v'.repeat(64);
  for (let at = 0; at < 100; at++) execute(own, client, command(`RPUSH hundred ${value}`));
  for (let at = 0; at < 100_000; at++) execute(own, client, command(`RPUSH long ${value}`));
  for (let at = 0; at < 10; at++) execute(own, client, command(`RPUSH short ${value}`));

  const timings: Timing[] = [
    each('LPUSH and RPOP, a new list each time', `LPUSH new ${value}`, 'RPOP new'),
    each('LPUSH and RPOP, 10 elements', `LPUSH short ${value}`, 'RPOP short'),
    each('LPUSH and RPOP, 100 000 elements', `LPUSH long ${value}`, 'RPOP long'),
    each('LRANGE 0 99 of 100', 'LRANGE hundred 0 99'),
    each('LINDEX 5 of 10', 'LINDEX short 5'),
    each('LLEN', 'LLEN long'),
    each('LMOVE within a list of 10', 'LMOVE short short LEFT RIGHT'),
    served('BLPOP and RPUSH, one worker', own, 'BLPOP queue 0', `RPUSH queue ${value}`),
    served('BLPOP and RPUSH, two workers', other, 'BLPOP queue 0', `RPUSH queue ${value}`),
    served('BLPOP of three shards, two workers', other, 'BLPOP queue x y 0', `RPUSH queue ${value}`),
  ];
  // Somebody waits in the shard, for another key.
  execute(other, other.connect(NO_OUTPUT), command('BLPOP {long}x 0'));
  timings.push(each('the same, while somebody waits in the shard', `LPUSH long ${value}`, 'RPOP long'));

  console.log(describeMachine());
  console.log(showTimings(timings));
}
