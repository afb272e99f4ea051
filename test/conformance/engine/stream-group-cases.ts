/** Reading streams, and consumer groups. Idle times are left out: they depend on the moment. */
import { type ConformanceCase, commandsCase, showReply } from '../transcript.ts';

const THREE = ['XADD s 1-1 a 1', 'XADD s 2-1 b 2', 'XADD s 3-1 c 3'];

/** As `commandsCase`, without idle times of pending entries and consumers. */
function withoutTimes(name: string, commands: readonly string[]): ConformanceCase {
  return {
    name,
    play: async (t) => {
      for (const protocol of ['2', '3']) {
        const peer = await t.connect(`resp${protocol}`);
        await peer.quiet('HELLO', protocol);
        await peer.quiet('FLUSHALL');
        for (const command of commands) {
          const reply = showReply(await peer.client.callTyped(...command.split(' ')));
          const masked = reply
            .replace(/(array\[\$"\d+-\d+" \$"[^"]*" ):\d+/g, '$1IDLE')
            .replace(/(\$"idle" ):\d+/g, '$1IDLE')
            .replace(/,? \$"(inactive|active-time)" :-?\d+/g, '');
          t.note(`${protocol}: ${command} -> ${masked}`);
        }
      }
    },
  };
}

const WAITS: readonly (readonly [string, ...string[]])[] = [
  ['XREAD BLOCK 0 STREAMS s $', 'XADD s 2-1 b 2'],
  ['XREAD BLOCK 0 STREAMS none s $ $', 'XDEL s 2-1', 'XADD s 2-2 b 2'],
  ['XREAD BLOCK 0 COUNT 1 STREAMS s new 9 0', 'XADD new 1-1 a 1'],
  ['XREAD BLOCK 0 STREAMS s $', 'DEL s', 'XADD s 1-1 a 1', 'XADD s 5-1 a 1'],
];

const READ = 'XREADGROUP GROUP g c BLOCK 0 STREAMS s >';
const GROUP_WAITS: readonly (readonly [string, ...string[]])[] = [
  [READ, 'XADD s 2-1 b 2'],
  [READ, 'XGROUP DESTROY s h', 'XGROUP DESTROY s g'],
  [READ, 'DEL s'],
  [READ, 'SET s 1'],
  [READ, 'FLUSHDB'],
  [READ, 'XDEL s 1-1', 'XADD s 3-1 c 3'],
  [READ, 'XGROUP SETID s g 0', 'XADD s 3-1 c 3'],
  [
    'XREADGROUP GROUP g c NOACK BLOCK 0 COUNT 1 STREAMS s >',
    'MULTI',
    'XADD s 2-1 b 2',
    'XADD s 3-1 c 3',
    'EXEC',
  ],
];

export const streamGroupCases: readonly ConformanceCase[] = [
  commandsCase('streams: XREAD', [
    ...THREE,
    'XADD t 5-1 x 1',
    'XREAD STREAMS s 0',
    'XREAD STREAMS s t 1-1 0',
    'XREAD COUNT 1 STREAMS s t 1-1 0',
    'XREAD COUNT 0 STREAMS s 0',
    'XREAD COUNT -1 STREAMS s 2',
    'XREAD STREAMS s t none 3-1 0-0 0',
    'XREAD STREAMS s 3-1',
    'XREAD STREAMS s $',
    'XREAD STREAMS none $',
    'XREAD STREAMS s s 2 0',
    'XREAD BLOCK 0 STREAMS s 0',
    'XREAD BLOCK 10 STREAMS s $',
    'XREAD BLOCK 10 COUNT 2 STREAMS none s 0 $',
    'XREAD BLOCK x STREAMS s 0',
    'XREAD BLOCK -1 STREAMS s 0',
    'XREAD BLOCK 1.5 STREAMS s 0',
    'XREAD COUNT x STREAMS s 0',
    'XREAD STREAMS s',
    'XREAD COUNT 1 BLOCK 0',
    'XREAD BOGUS 1 STREAMS s 0',
    'XREAD STREAMS s x',
    'XREAD STREAMS s -',
    'XREAD STREAMS s >',
    'XREAD GROUP g c STREAMS s >',
    'XREAD NOACK STREAMS s 0',
    'XREAD STREAMS s 18446744073709551615-18446744073709551615',
    'SET string 1',
    'XREAD STREAMS string 0',
    'XREAD STREAMS s string 0 0',
    'MULTI',
    'XREAD BLOCK 0 STREAMS s $',
    'XREAD BLOCK 0 STREAMS s 2-1',
    'EXEC',
    'XDEL s 3-1',
    'XREAD STREAMS s 2-1',
    'XDEL s 1-1 2-1',
    'XREAD STREAMS s 0',
  ]),
  {
    // Redis 7.4 has `+`; Redis 7.2 has not, and its text is that of 7.0.
    ...commandsCase('streams: XREAD from the last entry', [
      'XREAD STREAMS none +',
      ...THREE,
      'XREAD STREAMS s +',
      'XREAD COUNT 5 STREAMS s none + +',
      'XDEL s 3-1',
      'XREAD STREAMS s +',
      'XGROUP CREATE s g 0',
      'XREADGROUP GROUP g c STREAMS s +',
    ]),
  },
  withoutTimes('streams: groups', [
    'XGROUP CREATE s g $',
    'XGROUP CREATE s g $ MKSTREAM',
    'XGROUP CREATE s g $ MKSTREAM',
    'XINFO STREAM s',
    'XINFO GROUPS s',
    ...THREE,
    'XGROUP CREATE s g2 2-1 ENTRIESREAD 2',
    'XGROUP CREATE s g3 0 ENTRIESREAD -1',
    'XGROUP CREATE s g4 $',
    'XGROUP CREATE s g5 x',
    'XGROUP CREATE s g5 -',
    'XGROUP CREATE s g5 0 ENTRIESREAD -2',
    'XGROUP CREATE s g5 0 ENTRIESREAD x',
    'XGROUP CREATE s g5 0 ENTRIESREAD',
    'XGROUP CREATE s g5 0 BOGUS',
    'XGROUP CREATE s g5',
    'XINFO GROUPS s',
    'XINFO STREAM s FULL',
    'XGROUP CREATECONSUMER s g c1',
    'XGROUP CREATECONSUMER s g c1',
    'XGROUP CREATECONSUMER s none c1',
    'XGROUP CREATECONSUMER none g c1',
    'XGROUP SETID s g 0',
    'XGROUP SETID s g $',
    'XGROUP SETID s g +',
    'XGROUP SETID s g - ENTRIESREAD 1',
    'XGROUP SETID s g x',
    'XGROUP SETID s none 0',
    'XGROUP SETID none g 0',
    'XGROUP SETID s g 0 MKSTREAM',
    'XGROUP DELCONSUMER s g c1',
    'XGROUP DELCONSUMER s g c1',
    'XGROUP DELCONSUMER s none c1',
    'XGROUP DESTROY s g2',
    'XGROUP DESTROY s g2',
    'XGROUP DESTROY none g2',
    'XINFO GROUPS s',
    'XGROUP NONE s g',
    'SET string 1',
    'XGROUP CREATE string g $',
    'XGROUP DESTROY string g',
    'XGROUP SETID string g 0',
    'XACK string g 1',
    'XPENDING string g',
    'XCLAIM string g c 0 1',
    'XAUTOCLAIM string g c 0 0',
    'XREADGROUP GROUP g c STREAMS string >',
  ]),
  withoutTimes('streams: reading in a group', [
    ...THREE,
    'XGROUP CREATE s g 0',
    'XREADGROUP GROUP g c1 COUNT 1 STREAMS s >',
    'XINFO GROUPS s',
    'XREADGROUP GROUP g c2 STREAMS s >',
    'XREADGROUP GROUP g c2 STREAMS s >',
    'XREADGROUP GROUP g c2 STREAMS s s > >',
    'XREADGROUP GROUP g c1 STREAMS s 0',
    'XREADGROUP GROUP g c2 STREAMS s 0',
    'XREADGROUP GROUP g c2 COUNT 1 STREAMS s 0',
    'XREADGROUP GROUP g c2 STREAMS s 2-1',
    'XREADGROUP GROUP g c2 STREAMS s 9',
    'XPENDING s g',
    'XPENDING s g - + 10',
    'XPENDING s g - + 10 c2',
    'XINFO GROUPS s',
    'XINFO CONSUMERS s g',
    'XINFO STREAM s FULL',
    'XDEL s 2-1',
    'XREADGROUP GROUP g c2 STREAMS s 0',
    'XACK s g 2-1',
    'XACK s g 2-1 1-1 9-9',
    'XACK s none 1-1',
    'XACK none g x',
    'XACK s g x',
    'XPENDING s g',
    'XADD s 4-1 d 4',
    'XADD s 5-1 e 5',
    'XREADGROUP GROUP g c1 NOACK COUNT 1 STREAMS s >',
    'XINFO GROUPS s',
    'XGROUP CREATECONSUMER s g new',
    'XREADGROUP GROUP g new NOACK BLOCK 10 STREAMS s >',
    'XREADGROUP GROUP g new BLOCK 10 STREAMS s >',
    'XREADGROUP GROUP g new BLOCK 0 STREAMS s 0',
    'XPENDING s g',
    'XGROUP SETID s g 1',
    'XREADGROUP GROUP g c9 STREAMS s >',
    'XPENDING s g - + 10',
    'XGROUP DELCONSUMER s g c9',
    'XPENDING s g',
    'XREADGROUP GROUP none c STREAMS s >',
    'XREADGROUP GROUP g c STREAMS none >',
    'XREADGROUP GROUP g c STREAMS s $',
    'XREADGROUP GROUP g c STREAMS s x',
    'XREADGROUP COUNT 1 BLOCK 1 STREAMS s >',
    'XREADGROUP GROUP g c COUNT 1 BLOCK',
    'XREADGROUP GROUP g c COUNT x STREAMS s >',
    'XREADGROUP GROUP g c BLOCK -1 STREAMS s >',
    'XREADGROUP GROUP g c BOGUS STREAMS s >',
    'XINFO STREAM s FULL COUNT 1',
    'XGROUP CREATECONSUMER s g c',
    'MULTI',
    'XREADGROUP GROUP g c BLOCK 0 STREAMS s >',
    'EXEC',
    'XDEL s 3-1 4-1 5-1 1-1',
    'XINFO GROUPS s',
    'XTRIM s MAXLEN 0',
    'XINFO GROUPS s',
  ]),
  withoutTimes('streams: pending entries', [
    ...THREE,
    'XADD s 4-1 d 4',
    'XGROUP CREATE s g 0',
    'XPENDING s g',
    'XPENDING s g - + 10',
    'XREADGROUP GROUP g c1 COUNT 3 STREAMS s >',
    'XPENDING s g',
    'XPENDING s g - + 2',
    'XPENDING s g (1-1 (3-1 10',
    'XPENDING s g - + 0',
    'XPENDING s g - + -1',
    'XPENDING s g - + 10 none',
    'XPENDING s g IDLE 100000 - + 10',
    'XPENDING s g IDLE 0 - + 10 c1',
    'XPENDING s g IDLE x - + 10',
    'XPENDING s g IDLE 0 - +',
    'XPENDING s g -',
    'XPENDING s g - +',
    'XPENDING s g - + x',
    'XPENDING s g x + 1',
    'XPENDING s g - x 1',
    'XPENDING s g - + 1 c1 more',
    'XPENDING s g IDLE 1 - + 1 c1 more',
    'XPENDING s none',
    'XPENDING none g',
    'XCLAIM s g c2 0 1-1',
    'XCLAIM s g c2 100000 2-1',
    'XCLAIM s g c2 0 2-1 JUSTID',
    'XCLAIM s g c3 0 2-1 3-1 9-9 RETRYCOUNT 7 IDLE 0',
    'XCLAIM s g c3 0 4-1',
    'XCLAIM s g c3 0 4-1 FORCE JUSTID TIME 1000',
    'XPENDING s g - + 10 c2',
    'XCLAIM s g c3 0 4-1 LASTID 4-1',
    'XINFO GROUPS s',
    'XCLAIM s g c3 -5 4-1 IDLE -5',
    'XCLAIM s g c3 0 IDLE 5',
    'XCLAIM s g c3 x 1-1',
    'XCLAIM s g c3 0 x',
    'XCLAIM s g c3 0 1-1 x 2-1',
    'XCLAIM s g c3 0 1-1 IDLE x',
    'XCLAIM s g c3 0 1-1 TIME x',
    'XCLAIM s g c3 0 1-1 RETRYCOUNT x',
    'XCLAIM s g c3 0 1-1 LASTID x',
    'XCLAIM s g c3 0 1-1 LASTID',
    'XCLAIM s none c3 0 1-1',
    'XCLAIM none g c3 x 1-1',
    'XDEL s 2-1',
    'XCLAIM s g c4 0 1-1 2-1 3-1',
    'XPENDING s g',
    'XAUTOCLAIM s g c5 0 0 COUNT 1',
    'XAUTOCLAIM s g c5 0 (1-1 COUNT 1 JUSTID',
    'XAUTOCLAIM s g c6 100000 0',
    'XDEL s 3-1 1-1',
    'XAUTOCLAIM s g c6 0 - COUNT 2',
    'XAUTOCLAIM s g c6 0 0-0',
    'XPENDING s g',
    'XAUTOCLAIM s g c6 0 0 COUNT 0',
    'XAUTOCLAIM s g c6 0 0 COUNT x',
    'XAUTOCLAIM s g c6 0 0 COUNT',
    'XAUTOCLAIM s g c6 0 0 BOGUS',
    'XAUTOCLAIM s g c6 x 0',
    'XAUTOCLAIM s g c6 0 x',
    'XAUTOCLAIM s none c6 0 0',
    'XAUTOCLAIM none g c6 0 0',
    'XINFO CONSUMERS s g',
    'XINFO CONSUMERS s none',
    'XINFO STREAM s FULL COUNT 2',
  ]),
  {
    // Since Redis 7.2 who reads nothing is a consumer as well, and errors name the command.
    ...commandsCase('streams: readers of Redis 7.2', [
      'XADD s 1-1 a 1',
      'XGROUP CREATE s g $',
      'XREAD STREAMS s 0 1',
      'XREADGROUP GROUP g c STREAMS s > x',
      'XREADGROUP GROUP g c1 STREAMS s >',
      'XREADGROUP GROUP g c2 NOACK STREAMS s >',
      'XINFO STREAM s FULL',
      'XADD s 2-1 a 1',
      'XREADGROUP GROUP g c1 STREAMS s >',
      'XINFO STREAM s FULL',
      'XCLAIM s g c3 0 2-1',
      'XINFO STREAM s FULL',
    ]),
  },
  {
    // To Redis 7.0 who claims nothing is no consumer.
    notOn: ['redis-7.0'],
    ...commandsCase('streams: who claims nothing', [
      ...['XADD s 1-1 a 1', 'XGROUP CREATE s g 0', 'XREADGROUP GROUP g c1 STREAMS s >'],
      ...['XCLAIM s g c4 100000 1-1', 'XINFO STREAM s FULL'],
    ]),
  },
  withoutTimes('streams: how far groups are', [
    ...THREE,
    'XADD s 4-1 d 4',
    ...['0', '1-1', '1-2', '2-1', '3-1', '4-1', '5-1'].map((id) => `XGROUP CREATE s g${id} ${id}`),
    'XGROUP CREATE s r 2-1 ENTRIESREAD 2',
    'XGROUP CREATE s wrong 0 ENTRIESREAD 3',
    'XINFO GROUPS s',
    'XREADGROUP GROUP g0 c COUNT 1 STREAMS s >',
    'XREADGROUP GROUP g1-2 c COUNT 1 STREAMS s >',
    'XREADGROUP GROUP wrong c COUNT 1 STREAMS s >',
    'XDEL s 3-1',
    'XINFO GROUPS s',
    'XREADGROUP GROUP g0 c COUNT 1 STREAMS s >',
    'XREADGROUP GROUP g1-2 c COUNT 1 STREAMS s >',
    'XREADGROUP GROUP r c COUNT 1 STREAMS s >',
    'XINFO GROUPS s',
    'XDEL s 1-1',
    'XINFO GROUPS s',
    'XTRIM s MAXLEN 1',
    'XINFO GROUPS s',
    'XADD s 6-1 f 6',
    'XINFO GROUPS s',
    'XREADGROUP GROUP g2-1 c STREAMS s >',
    'XINFO GROUPS s',
    'XDEL s 6-1',
    'XINFO GROUPS s',
    'XTRIM s MAXLEN 0',
    'XINFO GROUPS s',
    'XADD s 7-1 g 7',
    'XINFO GROUPS s',
  ]),
  {
    // A group or a key that goes: Redis 7.0 has errors of its own.
    name: 'streams: members of a group that wait',
    play: async (t) => {
      const [waiter, other] = [await t.connect('waiter'), await t.connect('other')];
      for (const protocol of ['2', '3']) {
        await other.quiet('FLUSHALL');
        await waiter.quiet('HELLO', protocol);
        for (const [wait, ...commands] of GROUP_WAITS) {
          await other.calls(['DEL s', 'XADD s 1-1 a 1', 'XGROUP CREATE s g $', 'XGROUP CREATE s h $']);
          waiter.send(...wait.split(' '));
          await other.until('CLIENT LIST', (list) => String(list).includes('flags=b'));
          await other.calls(commands);
          await waiter.read(wait);
        }
      }
      await waiter.settle();
    },
  },
  {
    name: 'streams: clients that wait',
    play: async (t) => {
      const [waiter, other] = [await t.connect('waiter'), await t.connect('other')];
      for (const protocol of ['2', '3']) {
        await other.quiet('FLUSHALL');
        await waiter.quiet('HELLO', protocol);
        await other.calls(['XADD s 1-1 a 1', 'XGROUP CREATE s g $', 'XGROUP CREATE s g2 $']);
        for (const [wait, ...commands] of WAITS) {
          waiter.send(...wait.split(' '));
          await other.until('CLIENT LIST', (list) => String(list).includes('flags=b'));
          await other.calls(commands);
          await waiter.read(wait);
        }
      }
      await waiter.settle();
    },
  },
];
