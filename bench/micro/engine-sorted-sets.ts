/** Commands on sorted sets in the engine, without sockets: `node bench/run.mjs micro/engine-sorted-sets [times]`. */
import { SystemClock } from '../../src/base/clock.ts';
import { createRandom } from '../../src/base/random.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { NO_OUTPUT } from '../../src/engine/client.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createEngineMemory } from '../../src/engine/engine-memory.ts';
import { QueuedCommand } from '../../src/engine/queued-command.ts';
import { describeMachine } from '../measure.ts';
import { repeat, showTimings, type Timing } from './timing.ts';

const LARGE = 100_000;
let times = 100_000;

const table = buildCommandTable();
const memory = createEngineMemory(
  { databases: 16, shards: 64, arenaBytes: 2 ** 28, compatibility: 'valkey-9' },
  1,
  table.catalogueCount,
);
const clock = new SystemClock();
const identity = { port: 0, address: '', maxClients: 0 };
const engine = new Engine({
  memory,
  worker: 0,
  workers: 1,
  compatibility: 'valkey-9',
  table,
  clock,
  identity,
});
const client = engine.connect(NO_OUTPUT);

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

function execute(one: QueuedCommand): void {
  engine.execute(client, one);
  engine.writer.reset();
}

/** The commands by turns. */
function each(label: string, ...texts: readonly string[]): Timing {
  const commands = texts.map(command);
  return repeat(label, times, (count) => {
    let next = 0;
    for (let left = count; left > 0; left--) {
      execute(commands[next]);
      next = next + 1 === commands.length ? 0 : next + 1;
    }
    return engine.writer.length;
  });
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  times = Number(args[0] ?? times);
  const random = createRandom(1);
  for (let at = 0; at < 10; at++) execute(command(`ZADD small ${at} member:${at}`));
  for (let at = 0; at < 100; at++) execute(command(`ZADD hundred ${at} member:${at}`));
  for (let at = 0; at < LARGE; at++) execute(command(`ZADD large ${random.integer(LARGE)} member:${at}`));
  for (let at = 0; at < LARGE; at++) {
    execute(command(`GEOADD places ${random.integer(360) - 180} ${random.next() * 170 - 85} place:${at}`));
  }
  const some = (text: (member: number) => string): string[] =>
    Array.from({ length: 1000 }, () => text(random.integer(LARGE)));

  const lower = some((at) => `ZADD large ${random.integer(LARGE)} member:${at}`);
  const higher = lower.map((text) => text.replace(/large \d+/, `large ${LARGE + random.integer(LARGE)}`));

  const timings: Timing[] = [
    each('ZADD and ZREM, a new set each time', 'ZADD new 1 m', 'ZREM new m'),
    each('ZADD and ZPOPMIN, 10 members', 'ZADD small -1 new', 'ZPOPMIN small'),
    each('ZADD and ZPOPMIN, 100 000 members', 'ZADD large -1 new', 'ZPOPMIN large'),
    each('ZADD, other score, 10 members', 'ZADD small 3.5 member:2', 'ZADD small 7.5 member:2'),
    each('ZADD, other score, 100 000 members', ...lower, ...higher),
    each('ZINCRBY 1, 100 000 members', ...some((at) => `ZINCRBY large 1 member:${at}`)),
    each('ZSCORE, 10 members', 'ZSCORE small member:5'),
    each('ZSCORE, 100 000 members', ...some((at) => `ZSCORE large member:${at}`)),
    each('ZRANK, 100 000 members', ...some((at) => `ZRANK large member:${at}`)),
    each('ZCOUNT, 100 000 members', ...some((at) => `ZCOUNT large ${at} ${at + 1000}`)),
    each('ZRANGE 0 9 of 10', 'ZRANGE small 0 9'),
    each('ZRANGE 0 99 of 100', 'ZRANGE hundred 0 99'),
    each('ZRANGE 0 99 WITHSCORES of 100', 'ZRANGE hundred 0 99 WITHSCORES'),
    each('ZRANGE of 10 anywhere, 100 000 members', ...some((at) => `ZRANGE large ${at} ${at + 9}`)),
    each('ZRANGEBYSCORE of about 10', ...some((at) => `ZRANGEBYSCORE large ${at} ${at + 10}`)),
    each('ZUNIONSTORE of 10 and 100', 'ZUNIONSTORE union 2 small hundred'),
    each('GEODIST', ...some((at) => `GEODIST places place:${at} place:7`)),
    each('GEOSEARCH, 100 km', ...some((at) => `GEOSEARCH places FROMMEMBER place:${at} BYRADIUS 100 km ASC`)),
  ];

  console.log(describeMachine());
  console.log(showTimings(timings));
}
