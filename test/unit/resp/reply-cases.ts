/** Replies of every type, as wire text with one character per byte, with their meaning and their display. */

export type Meaning = string | null | readonly Meaning[] | { readonly [kind: string]: Meaning };

export interface ReplyCase {
  readonly wire: string;
  /** Character of the type that the scanner reports. */
  readonly type: string;
  /** Payload; null; elements, flattened for maps. */
  readonly value: Meaning;
  /** As `formatReply` shows it, and as it does with values redacted. */
  readonly shown: string;
  readonly redacted: string;
}

const scalars: readonly ReplyCase[] = [
  { wire: '+OK\r\n', type: '+', value: 'OK', shown: 'OK', redacted: 'OK' },
  { wire: '+\r\n', type: '+', value: '', shown: '', redacted: 'status(0)' },
  { wire: '+my secret\r\n', type: '+', value: 'my secret', shown: 'my secret', redacted: 'status(9)' },
  { wire: '+a\rb\nc\r\n', type: '+', value: 'a\rb\nc', shown: 'a\\rb\\nc', redacted: 'status(5)' },
  {
    wire: "-ERR unknown command 'secret'\r\n",
    type: '-',
    value: "ERR unknown command 'secret'",
    shown: "(error) ERR unknown command 'secret'",
    redacted: 'error ERR(28)',
  },
  { wire: '-secret\r\n', type: '-', value: 'secret', shown: '(error) secret', redacted: 'error(6)' },
  { wire: '-ERR\r\n', type: '-', value: 'ERR', shown: '(error) ERR', redacted: 'error ERR(3)' },
  { wire: ':42\r\n', type: ':', value: '42', shown: '(integer) 42', redacted: '(integer) 42' },
  { wire: ':-1\r\n', type: ':', value: '-1', shown: '(integer) -1', redacted: '(integer) -1' },
  { wire: '$5\r\nhello\r\n', type: '$', value: 'hello', shown: '"hello"', redacted: 'string(5)' },
  { wire: '$0\r\n\r\n', type: '$', value: '', shown: '""', redacted: 'string(0)' },
  { wire: '$-1\r\n', type: '$', value: null, shown: '(nil)', redacted: '(nil)' },
  {
    wire: '$9\r\na\r\nb"\\\x00\xff\t\r\n',
    type: '$',
    value: 'a\r\nb"\\\x00\xff\t',
    shown: '"a\\r\\nb\\"\\\\\\x00\\xff\\t"',
    redacted: 'string(9)',
  },
  { wire: '_\r\n', type: '_', value: null, shown: '(nil)', redacted: '(nil)' },
  { wire: '#t\r\n', type: '#', value: 't', shown: '(true)', redacted: '(true)' },
  { wire: '#f\r\n', type: '#', value: 'f', shown: '(false)', redacted: '(false)' },
  { wire: ',1.5e10\r\n', type: ',', value: '1.5e10', shown: '(double) 1.5e10', redacted: 'double(6)' },
  { wire: ',inf\r\n', type: ',', value: 'inf', shown: '(double) inf', redacted: 'double(3)' },
  {
    wire: '(3492890328409238509324850943850943825024385\r\n',
    type: '(',
    value: '3492890328409238509324850943850943825024385',
    shown: '(big number) 3492890328409238509324850943850943825024385',
    redacted: 'bignumber(43)',
  },
  {
    wire: '!21\r\nSYNTAX invalid syntax\r\n',
    type: '!',
    value: 'SYNTAX invalid syntax',
    shown: '(error) SYNTAX invalid syntax',
    redacted: 'error SYNTAX(21)',
  },
  { wire: '=8\r\ntxt:a\r\nb\r\n', type: '=', value: 'a\r\nb', shown: '"a\\r\\nb"', redacted: 'verbatim(4)' },
  { wire: '=2\r\nab\r\n', type: '=', value: 'ab', shown: '"ab"', redacted: 'verbatim(2)' },
];

const aggregates: readonly ReplyCase[] = [
  { wire: '*0\r\n', type: '*', value: [], shown: '[]', redacted: 'array(0)[]' },
  { wire: '*-1\r\n', type: '*', value: null, shown: '(nil)', redacted: '(nil)' },
  {
    wire: '*3\r\n:1\r\n$1\r\na\r\n*1\r\n_\r\n',
    type: '*',
    value: ['1', 'a', [null]],
    shown: '[(integer) 1,"a",[(nil)]]',
    redacted: 'array(3)[(integer) 1,string(1),array(1)[(nil)]]',
  },
  {
    wire: '%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n',
    type: '%',
    value: ['a', '1', 'b', []],
    shown: '{a=>(integer) 1,b=>{}}',
    redacted: 'map(2){status(1)=>(integer) 1,status(1)=>map(0){}}',
  },
  {
    wire: '~2\r\n:1\r\n:2\r\n',
    type: '~',
    value: ['1', '2'],
    shown: '~[(integer) 1,(integer) 2]',
    redacted: 'set(2)[(integer) 1,(integer) 2]',
  },
  {
    wire: '>2\r\n+x\r\n~0\r\n',
    type: '>',
    value: ['x', []],
    shown: '>[x,~[]]',
    redacted: 'push(2)[status(1),set(0)[]]',
  },
  {
    wire: '*2\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+OK\r\n',
    type: '*',
    value: [['subscribe', 'a', '1'], 'OK'],
    shown: '[>["subscribe","a",(integer) 1],OK]',
    redacted: 'array(2)[push(3)[string(9),string(1),(integer) 1],OK]',
  },
  {
    wire: '*2\r\n:1\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$9\r\nsubscribe\r\n:2\r\n',
    type: '*',
    value: ['1', '2'],
    shown: '[(integer) 1,(integer) 2]',
    redacted: 'array(2)[(integer) 1,(integer) 2]',
  },
  {
    wire: '*1\r\n>4\r\n$8\r\npmessage\r\n$9\r\na.pattern\r\n$1\r\na\r\n$1\r\nm\r\n>1\r\n:5\r\n:2\r\n',
    type: '*',
    value: ['2'],
    shown: '[(integer) 2]',
    redacted: 'array(1)[(integer) 2]',
  },
  {
    wire: '*2\r\n*1\r\n*1\r\n:1\r\n:2\r\n',
    type: '*',
    value: [[['1']], '2'],
    shown: '[[[(integer) 1]],(integer) 2]',
    redacted: 'array(2)[array(1)[array(1)[(integer) 1]],(integer) 2]',
  },
];

const attributes: readonly ReplyCase[] = [
  { wire: '|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n', type: '$', value: 'a', shown: '"a"', redacted: 'string(1)' },
  {
    wire: '|0\r\n|1\r\n*2\r\n:1\r\n:2\r\n_\r\n:7\r\n',
    type: ':',
    value: '7',
    shown: '(integer) 7',
    redacted: '(integer) 7',
  },
  {
    wire: '*3\r\n:1\r\n|1\r\n$3\r\nttl\r\n:3600\r\n:2\r\n|0\r\n:3\r\n',
    type: '*',
    value: ['1', '2', '3'],
    shown: '[(integer) 1,(integer) 2,(integer) 3]',
    redacted: 'array(3)[(integer) 1,(integer) 2,(integer) 3]',
  },
  {
    wire: '|1\r\n+a\r\n+b\r\n>1\r\n+x\r\n',
    type: '>',
    value: ['x'],
    shown: '>[x]',
    redacted: 'push(1)[status(1)]',
  },
];

const streamed: readonly ReplyCase[] = [
  {
    wire: '$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;1\r\nd\r\n;0\r\n',
    type: '$',
    value: 'Hello word',
    shown: '"Hello word"',
    redacted: 'string(10)',
  },
  { wire: '$?\r\n;0\r\n', type: '$', value: '', shown: '""', redacted: 'string(0)' },
  {
    wire: '*?\r\n:1\r\n*?\r\n.\r\n$?\r\n;1\r\na\r\n;0\r\n.\r\n',
    type: '*',
    value: ['1', [], 'a'],
    shown: '[(integer) 1,[],"a"]',
    redacted: 'array(3)[(integer) 1,array(0)[],string(1)]',
  },
  {
    wire: '%?\r\n+a\r\n:1\r\n.\r\n',
    type: '%',
    value: ['a', '1'],
    shown: '{a=>(integer) 1}',
    redacted: 'map(1){status(1)=>(integer) 1}',
  },
  {
    wire: '~?\r\n|1\r\n+a\r\n+b\r\n:1\r\n.\r\n',
    type: '~',
    value: ['1'],
    shown: '~[(integer) 1]',
    redacted: 'set(1)[(integer) 1]',
  },
];

export const replyCases: readonly ReplyCase[] = [...scalars, ...aggregates, ...attributes, ...streamed];

/** Bytes that are not RESP, and the start of the scanner's complaint. */
export const malformedReplies: readonly (readonly [string, string])[] = [
  ['x\r\n', 'unknown reply type'],
  ['HTTP/1.1 200 OK\r\n', 'unknown reply type'],
  ['\r\n', 'unknown reply type'],
  ['.\r\n', 'unknown reply type'],
  [';0\r\n', 'unknown reply type'],
  ['$\r\n', 'malformed length'],
  ['$a\r\n', 'malformed length'],
  ['$1a\r\n', 'malformed length'],
  ['$ 1\r\n', 'malformed length'],
  ['$--1\r\n', 'malformed length'],
  ['$-\r\n', 'malformed length'],
  ['$1-\r\n', 'malformed length'],
  ['$1?\r\n', 'malformed length'],
  ['$?1\r\n', 'malformed length'],
  ['$-2\r\n', 'negative length'],
  ['$-0\r\n', 'negative length'],
  ['*-2\r\n', 'negative length'],
  ['%-1\r\n', 'negative length'],
  ['~-1\r\n', 'negative length'],
  ['!-1\r\n', 'negative length'],
  ['*1\rx', 'malformed length'],
  ['$1\r\r', 'malformed length'],
  ['$4294967296\r\n', 'length out of range'],
  ['$99999999999999999999\r\n', 'length out of range'],
  ['$00000000000000000000', 'malformed length'],
  ['$1\r\nab\r\n', 'string not followed by CRLF'],
  ['$1\r\na\n\n', 'string not followed by CRLF'],
  ['$1\r\na\rx', 'string not followed by CRLF'],
  ['_x\r\n', 'malformed null'],
  ['*1\r\nx', 'reply type out of place'],
  ['*1\r\n.\r\n', 'reply type out of place'],
  ['*1\r\n;1\r\n', 'reply type out of place'],
  ['*?\r\n.x\r\n', 'malformed end'],
  ['%?\r\n:1\r\n.\r\n', 'reply type out of place'],
  ['$?\r\n:1\r\n', 'reply type out of place'],
  ['$?\r\n.\r\n', 'reply type out of place'],
  ['|?\r\n', 'type cannot be streamed'],
  ['>?\r\n', 'type cannot be streamed'],
  ['=?\r\n', 'type cannot be streamed'],
  ['$?\r\n;?\r\n', 'type cannot be streamed'],
  ['*1\r\n'.repeat(20_000), 'nested too deeply'],
];
