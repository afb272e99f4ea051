/** Strings: parts of them, sums of floats, common parts, several with a time. */
import { createRandom } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';
import { type ConformanceCase, commandsCase } from '../transcript.ts';

/** The same for both stages. */
const floatSeed = testSeed('INCRBYFLOAT');
const lcsSeed = testSeed('LCS');

const FLOATS = [
  '1',
  '-1',
  '0',
  '-0',
  '+5',
  '0.1',
  '.5',
  '5.',
  '1e3',
  '1E-3',
  '1e17',
  '1e25',
  '123456789012345678901234567890',
  '0.00000000000000001',
  '0.000000000000000005',
  '0.0000000000000000149999',
  '3.14159265358979323846264338327950288',
  '18446744073709551616',
  '18446744073709551617',
  '-9223372036854775809',
  '0x10',
  '0x1.8p3',
  '0x.1p-3',
  '1e4931',
  '1e4932',
  '1e4933',
  '2e4932',
  '1e-4950',
  '1e-4960',
  '1e99999999999999999999',
  '1e-99999999999999999999',
  '0e99999999999',
  'inf',
  '-infinity',
  'nan',
  ' 1',
  '1 ',
  '',
  'x',
  '1e',
  '1e+',
  '.',
  '-',
  '1_0',
  '0x',
  '0x1p',
  '1,5',
];

export const stringPartCases: readonly ConformanceCase[] = [
  commandsCase('GETRANGE and SETRANGE', [
    'SET k Hello',
    'GETRANGE k 0 -1',
    'GETRANGE k 1 2',
    'GETRANGE k -3 -1',
    'GETRANGE k -1 -3',
    'GETRANGE k 3 1',
    'GETRANGE k -100 2',
    'GETRANGE k 2 100',
    'GETRANGE k 5 10',
    'GETRANGE k -100 -50',
    'GETRANGE k 0 -100',
    'GETRANGE none 0 -1',
    'GETRANGE k x 1',
    'GETRANGE k 0 x',
    'GETRANGE k 0 9223372036854775807',
    'GETRANGE k -9223372036854775808 9223372036854775807',
    'GETRANGE k 9223372036854775808 0',
    'GETRANGE none x 1',
    'SUBSTR k 1 3',
    'SUBSTR none 0 1',
    'SET n 12345',
    'GETRANGE n 1 2',
    'SETRANGE k 1 a',
    'GET k',
    'SETRANGE k 10 xyz',
    'GET k',
    'SETRANGE none 0 x',
    'SETRANGE e 0 ',
    'EXISTS e',
    'SETRANGE k 3 ',
    'SETRANGE p 3 ab',
    'GET p',
    'OBJECT ENCODING p',
    'SETRANGE n 1 9',
    'GET n',
    'OBJECT ENCODING n',
    'SETRANGE k -1 x',
    'SETRANGE k x x',
    'SETRANGE k 536870911 xx',
    'SETRANGE k 9223372036854775807 x',
    'SETRANGE q 536870911 xx',
    'SETRANGE q 536870911 ',
    'SET t v EX 100',
    'SETRANGE t 2 w',
    'TTL t',
    'RPUSH l a',
    'SETRANGE l 0 x',
    'GETRANGE l 0 1',
    'SETRANGE l -1 x',
    'SETRANGE k 1',
    'GETRANGE k 1',
  ]),
  {
    name: 'INCRBYFLOAT and HINCRBYFLOAT of all kinds of numbers',
    play: async (t) => {
      const peer = await t.connect();
      for (const text of FLOATS) {
        await peer.quiet('SET', 'k', text);
        await peer.call('INCRBYFLOAT', 'k', '0');
        await peer.quiet('SET', 'k', '1.5');
        await peer.call('INCRBYFLOAT', 'k', text);
        await peer.call('INCRBYFLOAT', 'new', text);
        await peer.quiet('HSET', 'h', 'f', text);
        await peer.call('HINCRBYFLOAT', 'h', 'f', '1');
        await peer.call('HINCRBYFLOAT', 'h2', 'f', text);
      }
      await peer.calls(['GET k', 'GET new', 'HGETALL h2', 'SET n 3', 'INCRBYFLOAT n 1', 'OBJECT ENCODING n']);
      await peer.calls([
        'INCRBYFLOAT n 1.0e0',
        'INCR n',
        'OBJECT ENCODING n',
        'RPUSH l a',
        'INCRBYFLOAT l 1',
      ]);
      await peer.calls(['HINCRBYFLOAT l f 1', 'HINCRBYFLOAT l f x', 'INCRBYFLOAT n', 'HINCRBYFLOAT h f']);
      await peer.calls([
        'SET t 1 EX 100',
        'INCRBYFLOAT t 1',
        'TTL t',
        'SET t 1e4932',
        'INCRBYFLOAT t 1e4932',
      ]);
    },
  },
  {
    name: 'INCRBYFLOAT of random numbers',
    play: async (t) => {
      const peer = await t.connect();
      const random = createRandom(floatSeed);
      const digits = (most: number): string =>
        Array.from({ length: 1 + random.integer(most) }, () => random.integer(10)).join('');
      const number = (): string => {
        const sign = random.pick(['', '-']);
        const exponent = random.integer(3) === 0 ? `e${random.integer(60) - 30}` : '';
        return `${sign}${digits(22)}.${digits(24)}${exponent}`;
      };
      for (let round = 0; round < 300; round++) {
        if (round % 5 === 0) await peer.call('SET', 'k', number());
        await peer.call('INCRBYFLOAT', 'k', number());
        await peer.call('HINCRBYFLOAT', 'h', String(round % 7), number());
      }
    },
  },
  commandsCase('LCS', [
    'MSET a ohmytext b mynewtext',
    'LCS a b',
    'LCS a b LEN',
    'LCS a b IDX',
    'LCS a b IDX MINMATCHLEN 4',
    'LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN',
    'LCS a b IDX WITHMATCHLEN MINMATCHLEN -5',
    'LCS a b IDX LEN',
    'LCS a b MINMATCHLEN',
    'LCS a b MINMATCHLEN x',
    'LCS a b FOO',
    'LCS a none',
    'LCS none none IDX',
    'LCS none b LEN',
    'LCS a a IDX',
    'MSET n 12321 m 213',
    'LCS n m IDX WITHMATCHLEN',
    'MSET x aaaabaaaab y baabaabaa',
    'LCS x y',
    'LCS x y IDX WITHMATCHLEN',
    'RPUSH l a',
    'LCS a l',
    'LCS l a FOO',
    'LCS a',
  ]),
  {
    name: 'LCS of long strings',
    play: async (t) => {
      const peer = await t.connect();
      const random = createRandom(lcsSeed);
      const text = (length: number): string =>
        Array.from({ length }, () => random.pick(['a', 'b', 'c', 'd'])).join('');
      for (const [left, right] of [
        [1500, 1400],
        [300, 7],
        [1, 2000],
      ]) {
        await peer.call('MSET', 'a', text(left), 'b', text(right));
        await peer.calls(['LCS a b', 'LCS a b LEN', 'LCS a b IDX MINMATCHLEN 5 WITHMATCHLEN']);
      }
      await peer.quiet('SETRANGE', 'a', '20000', 'x');
      await peer.quiet('SETRANGE', 'b', '20000', 'x');
      await peer.call('LCS', 'a', 'b', 'LEN');
    },
  },
  commandsCase(
    'DELIFEQ and MSETEX',
    [
      'SET k v',
      'DELIFEQ k w',
      'DELIFEQ k v',
      'DELIFEQ k v',
      'RPUSH l a',
      'DELIFEQ l a',
      'SET n 12',
      'DELIFEQ n 12',
      'DELIFEQ n',
      ...['1 a b', '0 a b', 'x a b', '-1 a b', '2 a b', '2 a b c', '1 a b c', '99999999999 a b'],
      ...['1 a b NX', '2 a b c d NX', '2 e b f d NX', '2 e b g d XX', '1 e b XX EX 10', '1 e b KEEPTTL'],
      ...[
        '1 e b',
        '1 e b NX XX',
        '1 e b EX',
        '1 e b EX 0',
        '1 e b EX x',
        '1 e b EX 10 PX 10',
        '1 a',
        '1 l x',
      ],
      ...['1 e b EX 10 EX 20', '1 e b EX 10 KEEPTTL', '1 e b KEEPTTL EX 10', '1 e b PXAT 1', '1 e b GET'],
      ...[
        '1 e b PERSIST',
        '1 e b IFEQ x',
        '2 z 1 z 2 NX',
        '2 z 1 z 2',
        '2 a',
        '1 none x XX EX 0',
        '1 e b PX 99999',
      ],
    ].flatMap((line) => (/^[A-Z]/.test(line) ? [line] : [`MSETEX ${line}`, 'MGET a c e f g z', 'TTL e'])),
  ),
];
