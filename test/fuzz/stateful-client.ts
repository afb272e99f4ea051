/**
 * Clients that put their connections into every state there is, and leave it in every way: for the test that nothing
 * of it is left for whoever gets the connection next.
 */
import * as net from 'node:net';
import type { Random } from '../../src/base/random.ts';
import { encodeCommand } from '../support/load/wire.ts';

type Words = readonly (string | number)[];

/** Keys that these clients watch, track and read, and that others change. */
export const TOUCHED = Array.from({ length: 6 }, (_, at) => `touched:${at}`);
/** Nobody pushes to these. */
const NEVER = 'never:filled';

/** One way into a state, as it would be sent. `resp`: the protocol it is for; 0: either. */
const WAYS_IN: readonly { readonly resp: 0 | 2 | 3; make(random: Random, key: string): Words[] }[] = [
  { resp: 0, make: (_, key) => [['MULTI'], ['SET', key, 'queued'], ['SELECT', 4]] },
  {
    resp: 0,
    make: (_, key) => [
      ['WATCH', key],
      ['GET', key],
    ],
  },
  { resp: 0, make: (_, key) => [['WATCH', key], ['MULTI'], ['GET', key]] },
  { resp: 0, make: (_, key) => [['MULTI'], ['NOSUCHCOMMAND', key]] },
  {
    resp: 0,
    make: (_, key) => [
      ['SUBSCRIBE', `channel:${key}`],
      ['PSUBSCRIBE', 'pattern:*'],
    ],
  },
  { resp: 0, make: (_, key) => [['SSUBSCRIBE', `shard:${key}`]] },
  {
    resp: 3,
    make: (_, key) => [
      ['CLIENT', 'TRACKING', 'ON'],
      ['GET', key],
    ],
  },
  { resp: 3, make: () => [['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'touched:']] },
  {
    resp: 3,
    make: (_, key) => [
      ['CLIENT', 'TRACKING', 'ON', 'OPTIN'],
      ['CLIENT', 'CACHING', 'YES'],
      ['GET', key],
    ],
  },
  {
    resp: 3,
    make: (_, key) => [
      ['CLIENT', 'TRACKING', 'ON', 'OPTOUT', 'NOLOOP'],
      ['GET', key],
      ['SET', key, 'own'],
    ],
  },
  {
    resp: 0,
    make: (random) => [
      ['CLIENT', 'REPLY', random.pick(['OFF', 'SKIP'])],
      ['INCR', 'silent'],
    ],
  },
  { resp: 0, make: () => [['CLIENT', 'NO-EVICT', 'ON']] },
  { resp: 0, make: () => [['CLIENT', 'NO-TOUCH', 'ON']] },
  {
    resp: 0,
    make: () => [
      ['CLIENT', 'SETNAME', 'left-behind'],
      ['CLIENT', 'SETINFO', 'LIB-NAME', 'left-lib'],
    ],
  },
  { resp: 0, make: () => [['READONLY']] },
  {
    resp: 0,
    make: (random) => [
      ['SELECT', 1 + random.integer(5)],
      ['GET', 'database'],
    ],
  },
  { resp: 0, make: (random) => [['HELLO', random.pick([2, 3]), 'SETNAME', 'greeted']] },
  { resp: 0, make: () => [['BLPOP', NEVER, 0.02]] },
  { resp: 0, make: () => [['BLMOVE', NEVER, NEVER, 'LEFT', 'LEFT', 0]] },
  { resp: 0, make: () => [['XREAD', 'BLOCK', 20, 'STREAMS', NEVER, '$']] },
  { resp: 0, make: () => [['MONITOR']] },
  {
    resp: 0,
    make: () => [
      ['AUTH', 'somebody', 'password'],
      ['WATCH', 'touched:0'],
    ],
  },
  { resp: 0, make: () => [['WAIT', 1, 10]] },
];

const WAYS_OUT: readonly (readonly Words[])[] = [
  [['EXEC']],
  [['DISCARD']],
  [['RESET']],
  [['UNSUBSCRIBE'], ['PUNSUBSCRIBE'], ['SUNSUBSCRIBE']],
  [['UNWATCH']],
  [['CLIENT', 'TRACKING', 'OFF']],
  [['CLIENT', 'REPLY', 'ON']],
  [['QUIT']],
  [],
];

function bytesOf(commands: readonly Words[]): Buffer {
  return Buffer.from(commands.map(encodeCommand).join(''), 'latin1');
}

function settled(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Connects, goes through some states, leaves. Resolves when the connection is gone. */
export async function playStateful(port: number, random: Random): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  const closed = settled(socket);
  socket.on('error', () => undefined);
  let heard = false;
  const first = new Promise<void>((resolve) => {
    socket.on('data', () => {
      heard = true;
      resolve();
    });
    socket.on('close', resolve);
  });
  const resp = random.pick([2, 3] as const);
  const commands: Words[] = [['HELLO', resp]];
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const way = random.pick(WAYS_IN.filter((one) => one.resp === 0 || one.resp === resp));
    commands.push(...way.make(random, random.pick(TOUCHED)));
    commands.push(...random.pick(WAYS_OUT));
  }
  const all = bytesOf(commands);
  // At any byte, at once or after the first answer, with FIN or with a reset.
  const end = random.next() < 0.6 ? all.length : random.integer(all.length);
  socket.write(all.subarray(0, end));
  if (end >= bytesOf(commands.slice(0, 1)).length && random.next() < 0.7) await first;
  if (heard && random.next() < 0.5) await new Promise((resolve) => setImmediate(resolve));
  const leave = random.integer(4);
  if (leave < 2) socket.end();
  else if (leave === 2) socket.resetAndDestroy();
  else socket.destroy();
  // Who only ends may be blocked or subscribed: then nothing more is said, and the gateway closes.
  await closed;
}
