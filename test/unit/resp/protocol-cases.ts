/**
 * What servers answer to odd and malformed requests, as seen on Redis 7.0.15 and 8.0.6, Valkey 8.0.6 and 9.1.2.
 * `test/fuzz/resp-servers.test.ts` asks the servers again; the unit tests ask our scanner.
 */

export interface ProtocolCase {
  /** One character per byte. */
  readonly input: string;
  /** Commands that are run, before the error if there is one. */
  readonly commands: readonly (readonly string[])[];
  /** Without '-' and CRLF. Absent: the connection stays open. */
  readonly error?: string;
  /** For clients that have yet to log in. */
  readonly unauthenticated?: true;
  /**
   * Servers on which this was not so when it was recorded, and why our answer is the one above:
   * - `crlf`: Redis, and Valkey before 8.0.11, skip two bytes where CRLF must be;
   * - `order`: Valkey 9.1 checks the line's end before its content;
   * - `nul`: C strings end at a NUL, so the line's end is never found;
   * - `quotes`: Valkey 9.1 allows text right after a closing quote.
   */
  readonly except?: 'crlf' | 'order' | 'nul' | 'quotes';
}

const ping = ['PING'];
const frame = '*1\r\n$4\r\nPING\r\n';
const invalidCount = 'ERR Protocol error: invalid multibulk length';
const invalidLength = 'ERR Protocol error: invalid bulk length';
const invalidEnd = 'ERR Protocol error: invalid CRLF in request';
const quotes = 'ERR Protocol error: unbalanced quotes in request';

function expected(got: string): string {
  return `ERR Protocol error: expected '$', got '${got}'`;
}

const counts: readonly ProtocolCase[] = [
  { input: frame, commands: [ping] },
  { input: frame + frame, commands: [ping, ping] },
  { input: `*0\r\n${frame}`, commands: [ping] },
  { input: `*-1\r\n${frame}`, commands: [ping] },
  { input: `*-99999999999999999\r\n${frame}`, commands: [ping] },
  { input: `*-9223372036854775808\r\n${frame}`, commands: [ping] },
  { input: `*-9223372036854775809\r\n${frame}`, commands: [], error: invalidCount },
  { input: `*\r\n${frame}`, commands: [], error: invalidCount },
  { input: '*abc\r\n', commands: [], error: invalidCount },
  { input: '*1a\r\n', commands: [], error: invalidCount },
  { input: `*+1\r\n${frame}`, commands: [], error: invalidCount },
  { input: '*01\r\n$4\r\nPING\r\n', commands: [], error: invalidCount },
  { input: `*-0\r\n${frame}`, commands: [], error: invalidCount },
  { input: '* 1\r\n', commands: [], error: invalidCount },
  { input: '*2147483647\r\n', commands: [] },
  { input: '*2147483648\r\n', commands: [], error: invalidCount },
  { input: '*99999999999999999999\r\n', commands: [], error: invalidCount },
  { input: `${frame}*x\r\n${frame}`, commands: [ping], error: invalidCount },
  { input: `*${'1'.repeat(65535)}`, commands: [] },
  { input: `*${'1'.repeat(65536)}`, commands: [], error: 'ERR Protocol error: too big mbulk count string' },
];

const lengths: readonly ProtocolCase[] = [
  { input: '*1\r\nPING\r\n', commands: [], error: expected('P') },
  { input: '*1\r\n:4\r\n', commands: [], error: expected(':') },
  { input: '*1\r\n\r\n', commands: [], error: expected('\r') },
  { input: '*1\r\n\n\r\n', commands: [], error: expected('\n') },
  { input: '*1\r\n\xff\r\n', commands: [], error: expected('\xff') },
  { input: '*1\r\n\0\r\n', commands: [], error: expected('\0'), except: 'nul' },
  { input: '*2\r\n$4\r\nECHO\r\nfoo\r\n', commands: [], error: expected('f') },
  { input: '*1\r\nf', commands: [] },
  { input: '*1\r\nf\r', commands: [] },
  { input: '*1\r\n$\r\n', commands: [], error: invalidLength },
  { input: '*1\r\n$-1\r\n', commands: [], error: invalidLength },
  { input: '*1\r\n$a\r\n', commands: [], error: invalidLength },
  { input: '*1\r\n$04\r\nPING\r\n', commands: [], error: invalidLength },
  { input: '*1\r\n$+4\r\nPING\r\n', commands: [], error: invalidLength },
  { input: '*1\r\n$-0\r\n\r\n', commands: [], error: invalidLength },
  { input: '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n', commands: [['ECHO', '']] },
  { input: '*1\r\n$536870912\r\n', commands: [] },
  { input: '*1\r\n$536870913\r\n', commands: [], error: invalidLength },
  { input: '*1\r\n$99999999999999999999\r\n', commands: [], error: invalidLength },
  {
    input: `*1\r\n$${'1'.repeat(65536)}`,
    commands: [],
    error: 'ERR Protocol error: too big bulk count string',
  },
  {
    input: `*1\r\n${'x'.repeat(65537)}`,
    commands: [],
    error: 'ERR Protocol error: too big bulk count string',
  },
];

const lineEnds: readonly ProtocolCase[] = [
  { input: `*1\r\n$4\r\nPINGxx${frame}`, commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*1\r\n$4\r\nPING\r\r', commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*1\r\n$4\r\nPING\n\n', commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*1\r\n$4\rxPING\r\n', commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*1\rx$4\r\nPING\r\n', commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*0\rxPING\r\n', commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*2\r\n$4\r\nECHO\r\n$3\r\nab\r\n\r\n', commands: [], error: invalidEnd, except: 'crlf' },
  { input: '*1\r\nfoo\rx', commands: [], error: expected('f') },
  { input: '*1\r\n$a\rx', commands: [], error: invalidLength, except: 'order' },
  { input: '*a\rx', commands: [], error: invalidCount, except: 'order' },
];

const inline: readonly ProtocolCase[] = [
  { input: 'PING\r\n', commands: [ping] },
  { input: 'PING\n', commands: [ping] },
  { input: `\r\n\nPING\r\n${frame}PING\n`, commands: [ping, ping, ping] },
  { input: ' \r\n \nPING\r\n', commands: [ping] },
  { input: '  ECHO \t  hi  \r\n', commands: [['ECHO', 'hi']] },
  { input: '\x0b\x0cECHO \x0bhi\x0c\r\n', commands: [['ECHO', 'hi\x0c']] },
  { input: 'ECHO\x0ba\x0cb\r\n', commands: [['ECHO\x0ba\x0cb']] },
  { input: 'ECHO a\rb\r\n', commands: [['ECHO', 'a', 'b']] },
  { input: 'ECHO a\r\r\n', commands: [['ECHO', 'a']] },
  { input: 'ECHO "a\n', commands: [], error: quotes },
  { input: "ECHO 'a\n", commands: [], error: quotes },
  { input: '"\r\n', commands: [], error: quotes },
  { input: 'ECHO "a" b"c\r\n', commands: [], error: quotes },
  { input: "ECHO 'a'b\r\n", commands: [], error: quotes, except: 'quotes' },
  { input: 'ECHO "a"b\r\n', commands: [], error: quotes, except: 'quotes' },
  { input: 'ECHO "a\\\r\n', commands: [], error: quotes },
  { input: 'ECHO "a\\"\r\n', commands: [], error: quotes, except: 'quotes' },
  { input: "ECHO 'a\\'b'\r\n", commands: [['ECHO', "a'b"]] },
  { input: "ECHO 'a\\nb\"'\r\n", commands: [['ECHO', 'a\\nb"']] },
  { input: 'ECHO "\\x41\\n\\r\\t\\b\\a\\q\\"\\\\"\r\n', commands: [['ECHO', 'A\n\r\t\b\x07q"\\']] },
  { input: 'ECHO "\\xfF\\x0a"\r\n', commands: [['ECHO', '\xff\n']] },
  { input: 'ECHO "\\xZZ\\x4"\r\n', commands: [['ECHO', 'xZZx4']] },
  { input: 'ECHO a"b c"\r\n', commands: [['ECHO', 'ab c']] },
  { input: "ECHO a'b c'\r\n", commands: [['ECHO', 'ab c']] },
  { input: "ECHO ''\r\n", commands: [['ECHO', '']] },
  { input: 'ECHO ""\r\n', commands: [['ECHO', '']] },
  { input: '"ECHO" \\x41\\n\r\n', commands: [['ECHO', '\\x41\\n']] },
  { input: 'ECHO a\0b\r\nPING\r\n', commands: [] },
  { input: '\0PING\r\n', commands: [] },
  { input: `\0${'x'.repeat(65536)}`, commands: [], error: 'ERR Protocol error: too big inline request' },
  { input: 'x'.repeat(65536), commands: [] },
  { input: 'x'.repeat(65537), commands: [], error: 'ERR Protocol error: too big inline request' },
  { input: `ECHO ${'x'.repeat(65529)}\r\n`, commands: [['ECHO', 'x'.repeat(65529)]] },
];

const tenPings = `*10\r\n$4\r\nPING\r\n${'$1\r\na\r\n'.repeat(9)}`;

const unauthenticated: readonly ProtocolCase[] = [
  {
    input: '*11\r\n',
    commands: [],
    error: 'ERR Protocol error: unauthenticated multibulk length',
    unauthenticated: true,
  },
  { input: tenPings, commands: [['PING', ...'aaaaaaaaa']], unauthenticated: true },
  { input: '*1\r\n$16384\r\n', commands: [], unauthenticated: true },
  {
    input: '*1\r\n$16385\r\n',
    commands: [],
    error: 'ERR Protocol error: unauthenticated bulk length',
    unauthenticated: true,
  },
  { input: '*2147483648\r\n', commands: [], error: invalidCount, unauthenticated: true },
  { input: '*1\r\n$536870913\r\n', commands: [], error: invalidLength, unauthenticated: true },
  {
    input: 'PING 1 2 3 4 5 6 7 8 9 10 11\r\n',
    commands: [['PING', ...'123456789', '10', '11']],
    unauthenticated: true,
  },
];

export const protocolCases: readonly ProtocolCase[] = [
  ...counts,
  ...lengths,
  ...lineEnds,
  ...inline,
  ...unauthenticated,
];
