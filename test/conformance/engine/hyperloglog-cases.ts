/** HyperLogLogs: counts, and the very bytes that the servers keep. */
import { createRandom } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';
import { type ConformanceCase, commandsCase } from '../transcript.ts';

/** The same for both stages. */
const seed = testSeed('HyperLogLog');

export const hyperloglogEngineCases: readonly ConformanceCase[] = [
  commandsCase('HyperLogLogs', [
    'PFADD h a b c',
    'GET h',
    'PFADD h a',
    'PFCOUNT h',
    'GET h',
    'PFCOUNT h',
    'PFADD h d',
    'GET h',
    'PFADD e',
    'PFADD e',
    'GET e',
    'PFCOUNT e',
    'GET e',
    'OBJECT ENCODING e',
    'PFCOUNT none',
    'PFCOUNT none h e',
    'PFADD i c d e f g',
    'PFCOUNT h i',
    'PFMERGE m h i none',
    'GET m',
    'PFCOUNT m',
    'PFMERGE m',
    'PFMERGE new',
    'GET new',
    'PFDEBUG DECODE h',
    'PFDEBUG ENCODING h',
    'PFDEBUG TODENSE h',
    'PFDEBUG TODENSE h',
    'PFDEBUG ENCODING h',
    'PFDEBUG DECODE h',
    'GET h',
    'PFADD h x y z',
    'PFCOUNT h',
    'GET h',
    'PFCOUNT h i',
    'PFMERGE i h',
    'PFDEBUG ENCODING i',
    'GET i',
    'PFDEBUG GETREG e',
    'PFDEBUG FOO e',
    'PFDEBUG ENCODING none',
    'PFDEBUG GETREG',
    'SET s value',
    'PFADD s a',
    'PFCOUNT s',
    'PFMERGE d s',
    'PFMERGE s h',
    'PFDEBUG ENCODING s',
    'SET n 12345678901234567890',
    'PFADD n a',
    'RPUSH l a',
    'PFADD l a',
    'PFCOUNT l h',
    'PFMERGE l h',
    'PFMERGE d l',
    'SET t x EX 100',
    'COPY e t REPLACE',
    'EXPIRE t 100',
    'PFADD t a b',
    'TTL t',
    'PFMERGE t h',
    'TTL t',
    'PFADD',
    'PFCOUNT',
    'PFMERGE',
  ]),
  {
    name: 'broken HyperLogLogs',
    play: async (t) => {
      const peer = await t.connect();
      await peer.call('PFADD', 'h', 'a', 'b');
      for (const [offset, bytes] of [
        ['4', '\x02'],
        ['0', 'X'],
        ['16', '\x40\x00'],
      ]) {
        await peer.call('COPY', 'h', 'broken', 'REPLACE');
        await peer.call('SETRANGE', 'broken', offset, Buffer.from(bytes, 'latin1'));
        await peer.calls([
          'PFCOUNT broken',
          'PFCOUNT broken h',
          'PFMERGE h broken',
          'PFDEBUG TODENSE broken',
        ]);
      }
      await peer.calls(['COPY h longer', 'APPEND longer x', 'PFADD longer a', 'PFCOUNT longer']);
      await peer.calls(['PFDEBUG TODENSE h', 'APPEND h x', 'PFADD h a']);
      await peer.calls(['SET short HYLL', 'PFCOUNT short']);
    },
  },
  {
    name: 'HyperLogLogs with too many registers',
    play: async (t) => {
      const peer = await t.connect();
      await peer.call('PFADD', 'h', 'a', 'b');
      await peer.call('SETRANGE', 'h', '16', Buffer.from('\x7f\xff', 'latin1'));
      await peer.calls(['PFCOUNT h', 'PFCOUNT h none', 'PFMERGE m h', 'PFDEBUG TODENSE h']);
    },
    // Refused since the releases that check the length of every run; 8.0.1 takes some of them.
    notOn: ['valkey-8.0'],
  },
  {
    name: 'HyperLogLogs that grow, byte for byte',
    play: async (t) => {
      const peer = await t.connect();
      const random = createRandom(seed);
      for (let round = 0; round < 120; round++) {
        const count = 1 + random.integer(40);
        const start = random.integer(6000);
        const elements = Array.from({ length: count }, (_, at) => 'x'.repeat(at % 17) + (start + at));
        const key = random.pick(['a', 'b', 'c']);
        await peer.call('PFADD', key, ...elements);
        await peer.calls([`GET ${key}`, `PFCOUNT ${key}`, 'PFCOUNT a b c', `PFDEBUG ENCODING ${key}`]);
        if (round % 10 === 9) await peer.calls(['PFMERGE m a b', 'GET m', 'PFMERGE c a', 'DEL m']);
      }
      for (let round = 0; round < 10; round++) {
        const elements = Array.from({ length: 1000 }, (_, at) => `${round}:${at}`);
        await peer.callList(['PFADD', 'big', ...elements]);
        await peer.calls(['PFCOUNT big', 'PFCOUNT big a', 'GET big']);
      }
    },
  },
];
