/** Hashes: every command and option, errors, both protocols. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';
import { allPages, countDraws } from './collections.ts';

const LONG = 'v'.repeat(65);
const pairs = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => [`f${index}`, String(index)]).flat();

export const hashEngineCases: readonly ConformanceCase[] = [
  commandsCase('fields of hashes', [
    'HSET h a 1 b two',
    'HSET h a 2 c 3 c 4',
    'HGETALL h',
    'HKEYS h',
    'HVALS h',
    'HLEN h',
    'HGET h a',
    'HGET h none',
    'HGET none a',
    'HMGET h a none b a',
    'HMGET none a b',
    'HMSET h d 5',
    'HSETNX h a 9',
    'HSETNX h e 6',
    'HSETNX new e 6',
    'HEXISTS h a',
    'HEXISTS h none',
    'HEXISTS none a',
    'HSTRLEN h b',
    'HSTRLEN h none',
    'HSTRLEN none a',
    'HDEL h none',
    'HDEL h a a b',
    'HGETALL h',
    'HDEL h c d e f',
    'EXISTS h',
    'HDEL none a',
    'HGETALL none',
    'HKEYS none',
    'HVALS none',
    'HLEN none',
    'HSET h 12 34 -5 -6 007 9007199254740993',
    'HGET h 12',
    'HGETALL h',
    'HSET h',
    'HSET h a',
    'HSET h a 1 b',
    'HMSET h a',
    'HMSET h a 1 b',
    'HSETNX h a',
    'HGET h',
    'HMGET h',
    'HDEL h',
    'HEXISTS h',
  ]),
  commandsCase('hashes among other types', [
    'SET str x',
    'HSET str a 1',
    'HMSET str a 1',
    'HSETNX str a 1',
    'HGET str a',
    'HMGET str a',
    'HGETALL str',
    'HKEYS str',
    'HVALS str',
    'HLEN str',
    'HEXISTS str a',
    'HSTRLEN str a',
    'HDEL str a',
    'HINCRBY str a 1',
    'HINCRBY str a x',
    'HRANDFIELD str',
    'HRANDFIELD str 1 FOO',
    'HSCAN str 0',
    'HSET h a 1',
    'GET h',
    'SADD h a',
    'TYPE h',
    'EXPIRE h 100',
    'HSET h a 2',
    'TTL h',
    'SET h 1',
    'TYPE h',
  ]),
  commandsCase('numbers in hashes', [
    'HINCRBY h n 5',
    'HINCRBY h n -7',
    'HGET h n',
    'HINCRBY h n x',
    'HINCRBY h n 1.5',
    'HINCRBY h n 9223372036854775808',
    'HSET h t abc s 01 e 5x',
    'HINCRBY h t 1',
    'HINCRBY h s 1',
    'HINCRBY h e 1',
    'HSET h m 9223372036854775807',
    'HINCRBY h m 1',
    'HINCRBY h m -1',
    'HINCRBY h m -9223372036854775808',
    'HGET h m',
    'HSET h l -9223372036854775808',
    'HINCRBY h l -1',
    'HINCRBY h l 9223372036854775807',
    'HINCRBY h big 9007199254740993',
    'HINCRBY h big 1',
    'HINCRBY h big -9007199254740994',
    'HINCRBY h n',
    'HINCRBY h n 1 2',
  ]),
  commandsCase('random fields without chance', [
    'HRANDFIELD none',
    'HRANDFIELD none 1',
    'HRANDFIELD none -1 WITHVALUES',
    'HRANDFIELD none x',
    'HSET h a 1',
    'HRANDFIELD h',
    'HRANDFIELD h 0',
    'HRANDFIELD h 0 WITHVALUES',
    'HRANDFIELD h 5',
    'HRANDFIELD h 5 WITHVALUES',
    'HRANDFIELD h -2',
    'HRANDFIELD h -2 WITHVALUES',
    'HSET h b 2 c 3',
    'HRANDFIELD h 3 withvalues',
    'HRANDFIELD h 100',
    'HRANDFIELD h x',
    'HRANDFIELD h x WITHVALUES',
    'HRANDFIELD h 1 FOO',
    'HRANDFIELD h 1 WITHVALUES x',
    'HRANDFIELD h -9223372036854775808',
    'HRANDFIELD h -9223372036854775807 WITHVALUES',
    'HRANDFIELD h -4611686018427387904 WITHVALUES',
    'HRANDFIELD h 4611686018427387904 WITHVALUES',
  ]),
  commandsCase('HSCAN of small hashes', [
    'HSET h a 1 ab 2 b 3',
    'HSCAN h 0',
    'HSCAN h 0 COUNT 1',
    'HSCAN h 0 MATCH a*',
    'HSCAN h 0 MATCH 3',
    'HSCAN h x',
    'HSCAN h 0 COUNT 0',
    'HSCAN h 0 COUNT x',
    'HSCAN h 0 MATCH',
    'HSCAN h 0 FOO',
    'HSCAN none 0',
    'HSCAN none 0 FOO',
    'HSCAN h',
  ]),
  {
    // Redis 7.0 does not have it.
    ...commandsCase('HSCAN without values', [
      'HSET h a 1 ab 2 b 3',
      'HSCAN h 0 NOVALUES',
      'HSCAN h 0 NOVALUES MATCH a* COUNT 5',
      'HSCAN h 0 count 1 match * novalues NOVALUES',
      'HSCAN none 0 NOVALUES',
    ]),
  },
  {
    name: 'hashes of every form',
    play: async (t) => {
      const peer = await t.connect();
      for (const fields of [pairs(512), pairs(513), [...pairs(3), 'long', LONG], [...pairs(3), LONG, 'x']]) {
        await peer.call('DEL', 'h');
        await peer.callList(['HSET', 'h', ...fields]);
        await peer.call('HLEN', 'h');
        await peer.call('HMGET', 'h', 'f0', 'f511', 'f512', 'long', LONG);
        t.note(((await peer.quiet('HKEYS', 'h')) as string[]).sort().join(' ').slice(0, 3000));
        await peer.call('HSET', 'h', 'f0', LONG);
        await peer.call('HSET', 'h', 'f1', 'short', 'one more', '');
        await peer.call('HINCRBY', 'h', 'f2', '1000000');
        await peer.call('HDEL', 'h', 'f0', 'none');
        await peer.call('HMGET', 'h', 'f0', 'f1', 'f2', 'one more');
        t.note(((await peer.quiet('HVALS', 'h')) as string[]).sort().join(' ').slice(0, 3000));
      }
    },
  },
  {
    name: 'HSCAN of a hash that grows and shrinks gives out what stays',
    play: async (t) => {
      const peer = await t.connect();
      await peer.callList(['HSET', 'h', ...pairs(2000)]);
      for (const change of ['HSET', 'HDEL'] as const) {
        const seen = await allPages(peer, ['HSCAN', 'h'], async (page) => {
          const names = Array.from({ length: 100 }, (_, index) => `${page % 50}:${index}`);
          await peer.quiet(
            change,
            'h',
            ...(change === 'HSET' ? names.flatMap((name) => [name, 'v']) : names),
          );
        });
        const fields = seen.filter((_, index) => index % 2 === 0 && seen[index].startsWith('f'));
        t.note(`${change}: ${new Set(fields).size}`);
      }
    },
  },
  {
    name: 'random fields are equally likely',
    play: async (t) => {
      const peer = await t.connect();
      for (const fields of [pairs(10), [...pairs(9), LONG, 'x']]) {
        await peer.quiet('DEL', 'h');
        await peer.quiet('HSET', 'h', ...fields);
        await countDraws(t, peer, ['HRANDFIELD', 'h', '-5000'], 1);
        await countDraws(t, peer, ['HRANDFIELD', 'h', '3'], 1500);
        await countDraws(t, peer, ['HRANDFIELD', 'h', '8'], 1500);
      }
    },
  },
];
