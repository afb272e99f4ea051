/** Commands on lists that wait. Which of two clients came first is told by unit tests. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';

const ROUNDS: readonly (readonly [wait: string, push: string])[] = [
  ['BLPOP l1 l2 50', 'RPUSH l2 x y'],
  ['BRPOP l1 50', 'LPUSH l1 x'],
  ['BLMOVE l3 l4 LEFT LEFT 50', 'RPUSH l3 v'],
  ['BRPOPLPUSH l3 l4 50', 'RPUSH l3 w'],
  ['BLMPOP 50 2 l5 l6 RIGHT COUNT 3', 'RPUSH l6 1 2 3 4'],
  ['BLMPOP 50 2 l7 l8 LEFT', 'RPUSH l8 1 2'],
];

export const listBlockingCases: readonly ConformanceCase[] = [
  commandsCase('waiting for lists: served at once', [
    'RPUSH l a b c d e f g h',
    'BLPOP l 0',
    'BRPOP none l 1',
    'BLMOVE l m LEFT RIGHT 0',
    'BRPOPLPUSH l m 0',
    'BLMPOP 0 2 none l LEFT COUNT 2',
    'BLMPOP 0 2 none l RIGHT',
    'BLMOVE l l LEFT RIGHT 0',
    'LRANGE l 0 -1',
    'LRANGE m 0 -1',
  ]),
  commandsCase('waiting for lists: timed out', [
    'BLPOP none 0.02',
    'BRPOP none none2 0.02',
    'BLMOVE none m LEFT RIGHT 0.02',
    'BRPOPLPUSH none m 0.02',
    'BLMPOP 0.02 1 none LEFT',
    'BLMPOP 0.001 2 none none RIGHT COUNT 5',
    'BLPOP none 0x0.01p-1',
    'BLPOP none 1e-2',
  ]),
  commandsCase('waiting for lists: bad arguments', [
    'BLPOP',
    'BLPOP k',
    'BLPOP k abc',
    'BLPOP k -1',
    'BLPOP k -0.5',
    'BLPOP k -inf',
    'BLPOP k nan',
    'BRPOP k 1x',
    'BLMOVE a b UP DOWN 0',
    'BLMOVE a b LEFT DOWN x',
    'BLMOVE a b LEFT RIGHT x',
    'BLMOVE a b LEFT RIGHT -1',
    'BLMOVE a b LEFT RIGHT',
    'BRPOPLPUSH a b x',
    'BRPOPLPUSH a b',
    'BLMPOP 0 0 k LEFT',
    'BLMPOP x 0 k LEFT',
    'BLMPOP x 1 k LEFT',
    'BLMPOP -1 1 k LEFT',
    'BLMPOP 0 1 k MIDDLE',
    'BLMPOP 0 2 k LEFT',
    'BLMPOP 0 1 k LEFT COUNT 0',
    'BLMPOP 0 1 k LEFT COUNT',
    'BLMPOP 0 1 k LEFT LEFT',
    'SET s 1',
    'BLPOP s 0',
    'BLPOP s x',
    'BRPOP none s 0',
    'BLMOVE s k LEFT LEFT 0',
    'BRPOPLPUSH s k 0',
    'BLMPOP 0 2 none s LEFT',
    'RPUSH l x',
    'BLMOVE l s LEFT LEFT 0',
    'LRANGE l 0 -1',
  ]),
  {
    // Redis 7.0 has no check, and the time overflows.
    notOn: ['redis-7.0'],
    ...commandsCase('waiting for lists: beyond the end of time', [
      'BLPOP k 9223372036854775',
      'BLPOP k 9223372036854776',
      'BLPOP k 1e300',
      'BLPOP k inf',
    ]),
  },
  commandsCase('waiting for lists: not in a transaction', [
    'MULTI',
    'BLPOP k 0',
    'BRPOP k k2 5',
    'BLMOVE a b LEFT LEFT 0',
    'BRPOPLPUSH a b 0',
    'BLMPOP 0 1 k LEFT',
    'RPUSH k x',
    'BLPOP k 0',
    'BLPOP k -1',
    'EXEC',
  ]),
  {
    name: 'waiting for lists: served by another client',
    play: async (t) => {
      const [waiter, pusher] = [await t.connect('waiter'), await t.connect('pusher')];
      for (const protocol of ['2', '3']) {
        await pusher.quiet('FLUSHALL');
        await waiter.quiet('HELLO', protocol);
        for (const [wait, push] of ROUNDS) {
          waiter.send(...wait.split(' '));
          await pusher.call(...push.split(' '));
          await waiter.read(wait);
        }
        waiter.sendAll(['SET before 1', 'BLPOP l 50', 'SET after 1', 'GET after', 'BLPOP l 0.02', 'PING']);
        await waiter.read('before');
        await pusher.calls(['GET after', 'MULTI', 'RPUSH l a', 'LPOP l', 'EXEC', 'RPUSH l b']);
        await waiter.reads(5);
      }
      await waiter.settle();
    },
  },
  {
    name: 'waiting for lists: CLIENT UNBLOCK',
    play: async (t) => {
      const [waiter, admin] = [await t.connect('waiter'), await t.connect('admin')];
      for (const protocol of ['2', '3']) {
        await waiter.quiet('HELLO', protocol);
        const id = String(await waiter.quiet('CLIENT', 'ID'));
        for (const wait of ['BLPOP l 0', 'BLMOVE a b LEFT LEFT 0']) {
          for (const how of [[], ['TIMEOUT'], ['ERROR']]) {
            waiter.send(...wait.split(' '));
            await admin.until(['CLIENT UNBLOCK', id, ...how].join(' '), (count) => count === 1);
            await waiter.read(`${wait} ${how}`);
          }
        }
        t.note(`not blocked ${JSON.stringify(await admin.quiet('CLIENT', 'UNBLOCK', id))}`);
      }
      await admin.calls([
        'CLIENT UNBLOCK',
        'CLIENT UNBLOCK x',
        'CLIENT UNBLOCK 1 SOON',
        'CLIENT UNBLOCK x SOON',
      ]);
      await admin.calls(['CLIENT UNBLOCK 1 ERROR x', 'CLIENT UNBLOCK -1', 'CLIENT UNBLOCK 99999999']);
      await waiter.settle();
    },
  },
];
