/**
 * How to say on one server what another has a command or an option for, as data: the lines of a client. Any thread.
 * What no server can be told in another way is not listed. `test/e2e/compatibility-truth.test.ts` runs the lines.
 */

export interface OtherForm {
  /** A catalogue name. */
  readonly command: string;
  /** As in `option-table.ts`; absent: the command itself. */
  readonly option?: string;
  /** Commands with small words in place of names and values. */
  readonly lines: readonly string[];
  readonly note?: string;
}

const NOT_ATOMIC = 'Not one step: another client may come in between unless it is a transaction or script.';

function within(...lines: readonly string[]): readonly string[] {
  return ['MULTI', ...lines, 'EXEC'];
}

/** A script of one line with a key and values; its text is free of spaces, so that a line splits at them. */
function script(text: string, values: string): readonly string[] {
  return [`EVAL ${text} 1 key ${values}`];
}

const CONFIG_NAMES: readonly (readonly [name: string, other: string])[] = [
  ['primaryauth', 'masterauth'],
  ['primaryuser', 'masteruser'],
  ['commandlog-execution-slower-than', 'slowlog-log-slower-than'],
  ['commandlog-slow-execution-max-len', 'slowlog-max-len'],
];

const CLIENT_FILTER_NOTE = 'Choose among the lines, they have these fields.';

export const otherForms: readonly OtherForm[] = [
  {
    command: 'set',
    option: 'IFEQ',
    lines: script(
      "if(redis.call('GET',KEYS[1])==ARGV[1])then(redis.call)('SET',KEYS[1],ARGV[2])end",
      'expected value',
    ),
  },
  {
    command: 'delifeq',
    lines: script("return(redis.call('GET',KEYS[1])==ARGV[1])and(redis.call('DEL',KEYS[1]))or(0)", 'value'),
  },
  { command: 'msetex', lines: within('SET key value EX seconds', 'SET key value EX seconds') },
  { command: 'hgetdel', lines: within('HGET key field', 'HDEL key field') },
  {
    command: 'hsetex',
    option: 'NX',
    lines: ['EXISTS key', 'HSET key field value'],
    note: NOT_ATOMIC,
  },
  {
    command: 'hsetex',
    option: 'XX',
    lines: ['EXISTS key', 'HSET key field value'],
    note: NOT_ATOMIC,
  },
  { command: 'zrank', option: 'WITHSCORE', lines: within('ZRANK key member', 'ZSCORE key member') },
  { command: 'zrevrank', option: 'WITHSCORE', lines: within('ZREVRANK key member', 'ZSCORE key member') },
  { command: 'hscan', option: 'NOVALUES', lines: ['HSCAN key 0'], note: 'Leave out each second element.' },
  { command: 'zscan', option: 'NOSCORES', lines: ['ZSCAN key 0'], note: 'Leave out each second element.' },
  {
    command: 'geosearch',
    option: 'BYPOLYGON',
    lines: ['GEOSEARCH key FROMLONLAT 15 37 BYBOX 400 400 km WITHCOORD'],
    note: 'A box around the polygon; what lies outside is for the client to leave out.',
  },
  { command: 'waitaof', lines: ['WAIT 0 1'], note: 'Waits for replicas, not for files.' },
  { command: 'commandlog|get', lines: ['SLOWLOG GET 10'], note: 'Of slow commands only.' },
  { command: 'commandlog|len', lines: ['SLOWLOG LEN'], note: 'Of slow commands only.' },
  { command: 'commandlog|reset', lines: ['SLOWLOG RESET'], note: 'Of slow commands only.' },
  { command: 'client|kill', option: 'PRIMARY', lines: ['CLIENT KILL TYPE master'] },
  ...['NAME', 'IDLE', 'FLAGS', 'DB'].map((option) => ({
    command: 'client|list',
    option,
    lines: ['CLIENT LIST'],
    note: CLIENT_FILTER_NOTE,
  })),
  ...['config|get', 'config|set'].flatMap((command) =>
    CONFIG_NAMES.map(([option, other]) => ({
      command,
      option,
      lines: [command === 'config|get' ? `CONFIG GET ${other}` : `CONFIG SET ${other} parameter-value`],
    })),
  ),
];

export function otherFormOf(command: string, option: string | undefined): OtherForm | undefined {
  return otherForms.find((form) => form.command === command && form.option === option);
}
