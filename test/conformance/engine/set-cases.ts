/** Sets: every command and option, errors, both protocols. Replies whose order is a server's own affair are sorted. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';
import { allPages, countDraws } from './collections.ts';

const LONG = 'm'.repeat(65);
const numbers = (count: number): string =>
  Array.from({ length: count }, (_, index) => String(index)).join(' ');

export const setEngineCases: readonly ConformanceCase[] = [
  commandsCase('members of sets', [
    'SADD s 3 1 2 2 1',
    'SADD s 1 4',
    'SMEMBERS s',
    'SCARD s',
    'SISMEMBER s 1',
    'SISMEMBER s 01',
    'SISMEMBER none 1',
    'SMISMEMBER s 1 9 4 x',
    'SMISMEMBER none a b',
    'SREM s 9',
    'SREM s 1 1 2',
    'SMEMBERS s',
    'SREM none a',
    'SREM s 3 4 5',
    'EXISTS s',
    'SCARD none',
    'SMEMBERS none',
    'SADD big 9223372036854775807 -9223372036854775808 9007199254740993 5 -32769 32768 -2147483649',
    'SMEMBERS big',
    'SREM big 9223372036854775807',
    'SISMEMBER big 9223372036854775807',
    'SISMEMBER big 9007199254740993',
    'SISMEMBER big 9223372036854775808',
    'SMEMBERS big',
    'SADD s',
    'SREM s',
    'SISMEMBER s',
    'SMISMEMBER s',
    'SCARD s s',
  ]),
  commandsCase('sets among other types', [
    'SET str x',
    'SADD s 1',
    'SADD str 1',
    'SREM str 1',
    'SISMEMBER str 1',
    'SMISMEMBER str 1',
    'SCARD str',
    'SMEMBERS str',
    'SPOP str',
    'SPOP str x',
    'SPOP str 0',
    'SRANDMEMBER str',
    'SRANDMEMBER str x',
    'SRANDMEMBER str 1',
    'SSCAN str 0',
    'SSCAN str x',
    'SMOVE s str 1',
    'SMOVE str s 1',
    'SMOVE none str 1',
    'SINTER none str',
    'SINTER str none',
    'SINTER none none str',
    'SINTERSTORE d none str',
    'SINTERCARD 2 none str',
    'SUNION s str',
    'SUNIONSTORE d s str',
    'SDIFF none str',
    'SDIFF s str',
    'SDIFFSTORE d none str',
    'SUNIONSTORE str s s',
    'TYPE str',
    'GET s',
    'INCR s',
    'SET s 1',
    'TYPE s',
  ]),
  commandsCase('moving members', [
    'SADD s 1 2 3',
    'SMOVE s s 1',
    'SMOVE s s 9',
    'SMOVE s none 9',
    'SMOVE none t 1',
    'SMOVE s t 1',
    'SMEMBERS t',
    'SADD t 2',
    'SMOVE s t 2',
    'SMOVE s t 3',
    'EXISTS s',
    'SMEMBERS t',
    'SMOVE s',
  ]),
  commandsCase('random members without chance', [
    'SPOP none',
    'SPOP none 1',
    'SPOP none 0',
    'SRANDMEMBER none',
    'SRANDMEMBER none 1',
    'SRANDMEMBER none -1',
    'SADD s 1',
    'SPOP s 0',
    'SPOP s -1',
    'SPOP s x',
    'SPOP s 1.5',
    'SPOP s 9223372036854775808',
    'SPOP s 1 2',
    'SRANDMEMBER s',
    'SRANDMEMBER s 0',
    'SRANDMEMBER s 5',
    'SRANDMEMBER s -3',
    'SRANDMEMBER s x',
    'SRANDMEMBER s -9223372036854775808',
    'SRANDMEMBER s 1 2',
    'SPOP s 1',
    'EXISTS s',
    'SADD s 1',
    'SPOP s',
    'EXISTS s',
    'SADD s 1 2 3',
    'SRANDMEMBER s 3',
    'SPOP s 9223372036854775807',
    'EXISTS s',
    'SADD s member',
    'SPOP s',
    'SADD s 3 2 1',
    'EXPIRE s 100',
    'SREM s 1',
    'TTL s',
  ]),
  commandsCase('unions, intersections, differences', [
    'SADD a 1 2 3 4',
    'SADD b 3 4 5',
    'SADD c 4 9',
    'SUNION a b c',
    'SUNION a',
    'SUNION none none',
    'SINTER a b c',
    'SINTER a',
    'SINTER a a',
    'SINTER a none b',
    'SDIFF a b c',
    'SDIFF b a',
    'SDIFF a a',
    'SDIFF none a',
    'SDIFF a none',
    'SUNIONSTORE d a b none',
    'SMEMBERS d',
    'SINTERSTORE d a b',
    'SMEMBERS d',
    'SDIFFSTORE d a b',
    'SMEMBERS d',
    'EXPIRE d 100',
    'SDIFFSTORE d d b',
    'TTL d',
    'SDIFFSTORE d d d',
    'EXISTS d',
    'SINTERSTORE a a a',
    'SMEMBERS a',
    'SUNIONSTORE a a b',
    'SMEMBERS a',
    'SUNIONSTORE a none',
    'EXISTS a',
    'SINTERSTORE none2 none b',
    'SADD w 3 x',
    'SINTER w b',
    'SINTERSTORE v w b',
    'SMEMBERS v',
    'SUNION',
    'SINTERSTORE d',
    'SDIFFSTORE d',
  ]),
  commandsCase('SINTERCARD', [
    'SADD a 1 2 3 4',
    'SADD b 2 3 4 5',
    'SINTERCARD 2 a b',
    'SINTERCARD 2 a b LIMIT 2',
    'SINTERCARD 2 a b LIMIT 0',
    'SINTERCARD 2 a b LIMIT 100',
    'SINTERCARD 2 a b limit 1 LIMIT 2',
    'SINTERCARD 2 a none LIMIT 1',
    'SINTERCARD 1 a LIMIT',
    'SINTERCARD 1 a LIMIT -1',
    'SINTERCARD 1 a LIMIT x',
    'SINTERCARD 1 a FOO 1',
    'SINTERCARD 0 a',
    'SINTERCARD -1 a',
    'SINTERCARD x a',
    'SINTERCARD 2 a',
    'SINTERCARD 3 a b',
    'SINTERCARD 1',
  ]),
  commandsCase('SSCAN of small sets', [
    'SADD s 1 2 12 13',
    'SSCAN s 0',
    'SSCAN s 0 COUNT 1',
    'SSCAN s 0 MATCH 1*',
    'SSCAN s 0 MATCH 1? COUNT 100',
    'SSCAN s 0 MATCH [2-3]',
    'SSCAN s 0 MATCH [^1]',
    'SSCAN s 0 MATCH \\1',
    'SSCAN s 99',
    'SSCAN s x',
    'SSCAN s -0',
    'SSCAN s +1',
    'SSCAN s 01',
    'SSCAN s -01',
    'SSCAN s 18446744073709551615',
    'SSCAN s 18446744073709551616',
    'SSCAN s 0 COUNT',
    'SSCAN s 0 COUNT 0',
    'SSCAN s 0 COUNT -1',
    'SSCAN s 0 COUNT x',
    'SSCAN s 0 MATCH',
    'SSCAN s 0 FOO',
    'SSCAN none x',
    'SSCAN none 0',
    'SSCAN none 0 FOO',
    'SSCAN s',
  ]),
  {
    // Redis 7.2 reads cursors as Redis 7.0 does.
    ...commandsCase('SSCAN of newer servers', ['SADD s 1', 'SSCAN s -1', 'SSCAN s 0 NOVALUES']),
  },
  {
    name: 'sets of every form',
    play: async (t) => {
      const peer = await t.connect();
      for (const members of [
        numbers(512),
        numbers(513),
        `${numbers(127)} x`,
        `${numbers(128)} x`,
        LONG,
        'x y',
      ]) {
        await peer.call('DEL', 's');
        await peer.callList(['SADD', 's', ...members.split(' ')]);
        await peer.call('SCARD', 's');
        await peer.callList(['SMISMEMBER', 's', '0', '127', '128', '511', '512', 'x', LONG]);
        t.note(((await peer.quiet('SMEMBERS', 's')) as string[]).sort().join(' ').slice(0, 3000));
        await peer.call('SADD', 's', 'one more');
        await peer.call('SREM', 's', '0', 'x', LONG, 'nobody');
        await peer.call('SCARD', 's');
        t.note(((await peer.quiet('SUNION', 's', 'none')) as string[]).sort().join(' ').slice(0, 3000));
      }
    },
  },
  {
    name: 'SSCAN of a set that grows and shrinks gives out what stays',
    play: async (t) => {
      const peer = await t.connect();
      await peer.callList([
        'SADD',
        's',
        ...numbers(2000)
          .split(' ')
          .map((member) => `stays:${member}`),
      ]);
      for (const change of ['SADD', 'SREM'] as const) {
        const seen = await allPages(peer, ['SSCAN', 's'], async (page) => {
          const members = numbers(100)
            .split(' ')
            .map((member) => `${page % 50}:${member}`);
          await peer.quiet(change, 's', ...members);
        });
        t.note(`${change}: ${new Set(seen.filter((member) => member.startsWith('stays:'))).size}`);
      }
    },
  },
  {
    name: 'random members are equally likely',
    play: async (t) => {
      const peer = await t.connect();
      for (const members of [numbers(10), `${numbers(9)} x`, `${numbers(9)} ${LONG}`]) {
        await peer.quiet('DEL', 's');
        await peer.quiet('SADD', 's', ...members.split(' '));
        await countDraws(t, peer, ['SRANDMEMBER', 's', '-5000'], 1);
        await countDraws(t, peer, ['SRANDMEMBER', 's', '3'], 1500);
        await countDraws(t, peer, ['SRANDMEMBER', 's', '8'], 1500);
        await countDraws(t, peer, ['SPOP', 's', '4'], 1500, ['SADD', 's', ...members.split(' ')]);
      }
    },
  },
];
