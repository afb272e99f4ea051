/** Inline commands, protocol errors, big values, long pipelines, unknown commands and bytes of every kind. */
import { type ConformanceCase, commandsCase } from './transcript.ts';

/** Frames a server answers with a protocol error and a close. Each is sent after two good commands. */
const badFrames: readonly (readonly [string, string])[] = [
  ['simple string as argument', '*1\r\n+PING\r\n'],
  ['integer as argument', '*2\r\n$3\r\nGET\r\n:1\r\n'],
  ['count is text', '*x\r\n'],
  ['count too big', '*2147483648\r\n'],
  ['count overflows', '*99999999999999999999\r\n'],
  ['bulk length is text', '*1\r\n$x\r\n'],
  ['bulk length negative', '*1\r\n$-1\r\n'],
  ['bulk length too big', '*1\r\n$536870913\r\n'],
  ['bulk length overflows', '*1\r\n$99999999999999999999\r\n'],
  ['bulk length empty', '*1\r\n$\r\nPING\r\n'],
  ['bulk length with spaces', '*1\r\n$ 4\r\nPING\r\n'],
  ['unbalanced double quote', 'SET k "v\r\n'],
  ['unbalanced single quote', "SET k 'v\r\n"],
  ['text after a quote', 'SET k "v"x\r\n'],
  ['endless inline', 'x'.repeat(200_000)],
  ['endless count line', `*${'1'.repeat(200_000)}`],
  ['endless length line', `*1\r\n$${'1'.repeat(200_000)}`],
];

const inlineTexts: readonly string[] = [
  'PING\r\n',
  'PING\n',
  'ping hello\r\n',
  '   PING   \r\n',
  'SET k "a b"\r\n',
  'GET k\r\n',
  "SET k 'a \\' b'\r\n",
  'GET k\r\n',
  'SET k "\\x41\\n\\"\\\\ \\a"\r\n',
  'GET k\r\n',
  'NOSUCH a b\r\n',
  'GET\r\n',
  '\tPING\t\r\n',
  '"PING"\r\n',
  'SET "" empty\r\n',
];

export const wireCases: readonly ConformanceCase[] = [
  ...badFrames.map(([name, bytes]) => ({
    name: `protocol error: ${name}`,
    // Valkey 9.1 takes `"v"x` for one argument.
    notOn: name === 'text after a quote' ? (['valkey-9.1'] as const) : [],
    play: async (t: Parameters<ConformanceCase['play']>[0]) => {
      const [peer, other] = [await t.connect('a'), await t.connect('other')];
      await other.calls(['SET k 1', 'WATCH k', 'MULTI', 'GET k']);
      peer.sendAll(['SET k 2', 'GET k']);
      peer.raw(bytes);
      await peer.closed();
      await other.calls(['EXEC', 'GET k']);
    },
  })),
  {
    name: 'inline commands',
    play: async (t) => {
      const peer = await t.connect();
      for (const text of inlineTexts) {
        peer.raw(text);
        await peer.read(JSON.stringify(text));
      }
    },
  },
  {
    name: 'empty inline lines are passed over',
    // Valkey 8.0 takes what follows a line of blanks for an inline command.
    notOn: ['valkey-8.0'],
    play: async (t) => {
      const peer = await t.connect();
      peer.raw('\r\n\n\r\n   \r\n');
      await peer.settle();
    },
  },
  {
    name: 'inline, arrays and nothing at all in one write',
    play: async (t) => {
      const peer = await t.connect();
      peer.raw(
        'SET k 1\r\n*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n\r\n*0\r\nINCR k\r\n*-1\r\n*-5\r\n*1\r\n$4\r\nPING\r\nGET k\n',
      );
      await peer.reads(5);
      await peer.settle();
    },
  },
  {
    name: 'a command that comes byte by byte',
    play: async (t) => {
      const peer = await t.connect();
      for (const text of [
        '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nval\r\n\r\n',
        '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n',
        'GET k\r\n',
      ]) {
        for (const character of text) {
          peer.raw(character);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await peer.read('reply');
      }
    },
  },
  {
    name: 'every byte value in key, field and value',
    play: async (t) => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      for (const protocol of ['2', '3']) {
        const peer = await t.connect(`resp${protocol}`);
        await peer.quiet('HELLO', protocol);
        await peer.call('SET', all, all);
        await peer.call('GET', all);
        await peer.call('HSET', 'h', all, all);
        await peer.call('HGETALL', 'h');
        await peer.call('GET', '');
        await peer.call('SET', '', '');
        await peer.call('GET', '');
        await peer.call('ECHO', '\r\n$-1\r\n');
      }
    },
  },
  {
    name: 'big values',
    play: async (t) => {
      const peer = await t.connect();
      const million = 'x'.repeat(1 << 20);
      await peer.call('SET', 'big', million);
      await peer.calls(['GET big', 'STRLEN big', 'GETRANGE big 1000000 1000010']);
      const huge = Buffer.alloc(5 << 20, 'abcdefghijklmnopqrstuvwxyz');
      await peer.call('SET', 'huge', huge);
      await peer.calls(['STRLEN huge', 'GET huge', 'APPEND huge end', 'GETRANGE huge -10 -1']);
      peer.send('SET', 'other', huge);
      peer.sendAll(['GET big', 'GET other', 'PING', 'GET huge', 'DEL huge other big']);
      await peer.reads(6);
    },
  },
  {
    name: 'commands and replies with many elements',
    play: async (t) => {
      const peer = await t.connect();
      const members = Array.from({ length: 10_000 }, (_, index) => `member-${index}`);
      await peer.callList(['RPUSH', 'l', ...members]);
      await peer.calls(['LRANGE l 0 -1', 'LLEN l']);
      await peer.callList(['MSET', ...members.flatMap((member, index) => [member, String(index)])]);
      await peer.callList(['MGET', ...members]);
      await peer.callList(['DEL', ...members]);
    },
  },
  {
    name: 'ten thousand commands in one write come back in order',
    play: async (t) => {
      const peer = await t.connect();
      const commands: string[] = [];
      for (let index = 0; index < 2500; index++) {
        commands.push(
          ...[
            `SET k${index % 100} ${index}`,
            `GET k${(index * 7) % 100}`,
            `INCR n${index % 10}`,
            `ECHO ${index}`,
          ],
        );
      }
      peer.sendAll(commands);
      await peer.reads(10_000);
    },
  },
  {
    name: 'long pipelines of several clients at once',
    play: async (t) => {
      const peers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => t.connect(name)));
      for (const [number, peer] of peers.entries()) {
        const commands: string[] = [];
        for (let index = 0; index < 2000; index++)
          commands.push(...[`INCR own${number}:${index % 50}`, `ECHO ${number}-${index}`]);
        peer.sendAll(commands);
      }
      for (const peer of peers) await peer.reads(4000);
    },
  },
  commandsCase('unknown commands and wrong numbers of arguments', [
    'NOSUCH',
    'NOSUCH a',
    'NOSUCH a b c',
    'GET',
    'GET a b',
    'SET a',
    'set',
    'MSET a',
    'MSET a b c',
    'ECHO',
    'ECHO a b',
    'PING a b',
    'LPUSH a',
    'XADD',
    'ZADD k',
    'CONFIG',
    'CONFIG BOGUS',
    'CONFIG GET',
    'OBJECT',
    'OBJECT BOGUS k',
    'XGROUP',
    'XGROUP BOGUS',
    'SCRIPT',
    'SCRIPT BOGUS',
    'COMMAND BOGUS',
    'EVAL',
    'DEBUG',
    'gEt k',
    'Config Get maxmemory',
    'COMMAND GETKEYS',
    'COMMAND GETKEYS GET',
    'COMMAND GETKEYS MSET a b c d',
  ]),
  {
    name: 'unknown commands with odd bytes and long arguments',
    play: async (t) => {
      const peer = await t.connect();
      await peer.call('NO\r\nSUCH', 'a\r\nb');
      await peer.call("quo'te", "'x'");
      await peer.call('', 'x');
      await peer.call('x'.repeat(300), 'y'.repeat(300));
      await peer.call('NOSUCH', ...Array.from({ length: 50 }, () => 'argument'));
      await peer.call('CONFIG', 'x'.repeat(300));
      await peer.call('GET ', 'x');
      await peer.call(Buffer.from([0, 255, 128]), 'x');
    },
  },
  commandsCase('replies of every RESP3 type', [
    'DEBUG PROTOCOL string',
    'DEBUG PROTOCOL integer',
    'DEBUG PROTOCOL double',
    'DEBUG PROTOCOL null',
    'DEBUG PROTOCOL array',
    'DEBUG PROTOCOL set',
    'DEBUG PROTOCOL map',
    'DEBUG PROTOCOL bignum',
    'DEBUG PROTOCOL true',
    'DEBUG PROTOCOL false',
    'DEBUG PROTOCOL verbatim',
    'DEBUG PROTOCOL attrib',
    'PING',
  ]),
];
