/** Commands that wait: served at once, served later, timed out, unblocked, abandoned. */
import { type ConformanceCase, commandsCase, type Peer } from './transcript.ts';

/** Waits until the server says that `count` clients are blocked. */
async function waitBlocked(peer: Peer, count: number): Promise<void> {
  await peer.until('INFO clients', (info) => String(info).includes(`blocked_clients:${count}\r`));
}

export const blockingCases: readonly ConformanceCase[] = [
  commandsCase('served at once', [
    'RPUSH l a b c d e f',
    'BLPOP l 0',
    'BRPOP none l 1',
    'BLMOVE l m LEFT RIGHT 0',
    'BRPOPLPUSH l m 0',
    'BLMPOP 0 2 none l LEFT COUNT 2',
    'ZADD z 1 a 2.5 b 3 c',
    'BZPOPMIN z 0',
    'BZPOPMAX none z 0',
    'BZMPOP 0 1 z MIN',
    'XADD x 1-1 f v',
    'XREAD BLOCK 0 STREAMS x 0',
    'XGROUP CREATE x g 0',
    'XREADGROUP GROUP g c BLOCK 0 STREAMS x >',
    'LRANGE m 0 -1',
  ]),
  commandsCase('timed out', [
    'BLPOP none 0.02',
    'BRPOP none none2 0.02',
    'BLMOVE none m LEFT RIGHT 0.02',
    'BRPOPLPUSH none m 0.02',
    'BLMPOP 0.02 1 none LEFT',
    'BZPOPMIN none 0.02',
    'BZMPOP 0.02 1 none MIN',
    'XREAD BLOCK 20 STREAMS none $',
    'XADD x 1-1 f v',
    'XGROUP CREATE x g $',
    'XREADGROUP GROUP g c BLOCK 20 STREAMS x >',
    'WAIT 0 10',
    'WAIT 1 20',
  ]),
  commandsCase('bad arguments', [
    'BLPOP',
    'BLPOP k',
    'BLPOP k abc',
    'BLPOP k -1',
    'BLMOVE a b UP DOWN 0',
    'BLMPOP 0 0 k LEFT',
    'BLMPOP 0 1 k MIDDLE',
    'BZPOPMIN k x',
    'SET s 1',
    'BLPOP s 0',
    'BZPOPMIN s 0',
    'XREAD BLOCK -1 STREAMS k $',
    'XREAD BLOCK 10',
    'XREADGROUP GROUP g c BLOCK 10 STREAMS none >',
  ]),
  {
    name: 'served by another client',
    play: async (t) => {
      const [waiter, pusher] = [await t.connect('waiter'), await t.connect('pusher')];
      const rounds: readonly (readonly [string, string])[] = [
        ['BLPOP l1 l2 0', 'RPUSH l2 x y'],
        ['BRPOP l1 0', 'LPUSH l1 x'],
        ['BLMOVE l3 l4 LEFT LEFT 0', 'RPUSH l3 v'],
        ['BRPOPLPUSH l3 l4 0', 'RPUSH l3 w'],
        ['BLMPOP 0 2 l5 l6 RIGHT COUNT 3', 'RPUSH l6 1 2 3 4'],
        ['BZPOPMIN z1 0', 'ZADD z1 1 a 2 b'],
        ['BZPOPMAX z2 0', 'ZADD z2 1 a 2.5 b'],
        ['BZMPOP 0 2 z3 z4 MAX COUNT 2', 'ZADD z4 1 a 2 b 3 c'],
        ['XREAD BLOCK 0 STREAMS x $', 'XADD x 5-1 f v'],
        ['BLPOP late 0', 'RENAME l6 late'],
      ];
      for (const protocol of ['2', '3']) {
        await waiter.quiet('HELLO', protocol);
        for (const [wait, push] of rounds) {
          waiter.send(...wait.split(' '));
          await waitBlocked(pusher, 1);
          await pusher.call(...push.split(' '));
          await waiter.read(wait);
        }
        await pusher.quiet('FLUSHALL');
      }
      await waiter.settle();
    },
  },
  {
    name: 'a group read is served by XADD, and its group may go away',
    play: async (t) => {
      const [waiter, pusher] = [await t.connect('waiter'), await t.connect('pusher')];
      await pusher.calls(['XGROUP CREATE x g $ MKSTREAM']);
      waiter.sendAll(['XREADGROUP GROUP g c BLOCK 0 STREAMS x >']);
      await waitBlocked(pusher, 1);
      await pusher.calls(['XADD x 1-1 f v']);
      await waiter.read('read');
      waiter.sendAll(['XREADGROUP GROUP g c BLOCK 0 STREAMS x >']);
      await waitBlocked(pusher, 1);
      await pusher.calls(['DEL x']);
      await waiter.read('deleted');
    },
  },
  {
    name: 'who waits longest is served first, others keep waiting',
    play: async (t) => {
      const pusher = await t.connect('pusher');
      const waiters: Peer[] = [];
      for (let index = 0; index < 5; index++) {
        const waiter = await t.connect(`w${index}`);
        waiter.send('BLPOP', 'queue', '0');
        waiters.push(waiter);
        await waitBlocked(pusher, index + 1);
      }
      await pusher.call('RPUSH', 'queue', 'first', 'second');
      await waitBlocked(pusher, 3);
      await pusher.calls(['RPUSH queue third', 'RPUSH queue fourth', 'RPUSH queue fifth', 'LLEN queue']);
      for (const waiter of waiters) await waiter.read('BLPOP');
    },
  },
  {
    name: 'commands behind a waiting one come after it',
    play: async (t) => {
      const [waiter, pusher] = [await t.connect('waiter'), await t.connect('pusher')];
      waiter.sendAll(['SET before 1', 'BLPOP l 0', 'SET after 1', 'GET after', 'BLPOP l 0.02', 'PING']);
      await waiter.read('before');
      await waitBlocked(pusher, 1);
      await pusher.calls(['GET before', 'GET after', 'RPUSH l x']);
      await waiter.reads(5);
    },
  },
  {
    name: 'a client that leaves while it waits takes nothing',
    play: async (t) => {
      const [gone, reset, pusher] = [
        await t.connect('gone'),
        await t.connect('reset'),
        await t.connect('pusher'),
      ];
      gone.send('BLPOP', 'l', '0');
      reset.send('BLPOP', 'l', '0');
      await waitBlocked(pusher, 2);
      gone.client.close();
      reset.client.reset();
      await waitBlocked(pusher, 0);
      await pusher.calls(['RPUSH l kept', 'LRANGE l 0 -1']);
    },
  },
  {
    name: 'CLIENT UNBLOCK',
    play: async (t) => {
      const [waiter, admin] = [await t.connect('waiter'), await t.connect('admin')];
      const id = String(await waiter.quiet('CLIENT', 'ID'));
      for (const how of [[], ['TIMEOUT'], ['ERROR']]) {
        waiter.send('BLPOP', 'l', '0');
        await waitBlocked(admin, 1);
        t.note(`unblock ${how} ${JSON.stringify(await admin.quiet('CLIENT', 'UNBLOCK', id, ...how))}`);
        await waiter.read('BLPOP');
      }
      t.note(`not blocked ${JSON.stringify(await admin.quiet('CLIENT', 'UNBLOCK', id))}`);
      await waiter.settle();
    },
  },
  {
    name: 'a transaction serves the waiting client after it has run',
    play: async (t) => {
      const [waiter, pusher] = [await t.connect('waiter'), await t.connect('pusher')];
      waiter.send('BLPOP', 'l', '0');
      await waitBlocked(pusher, 1);
      await pusher.calls(['MULTI', 'RPUSH l a', 'LPOP l', 'EXEC', 'MULTI', 'RPUSH l b', 'RPUSH l c', 'EXEC']);
      await waiter.read('BLPOP');
      await pusher.call('LRANGE', 'l', '0', '-1');
    },
  },
];
