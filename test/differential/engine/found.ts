/** Commands that once led to a difference, and what it was about: the few that it takes, as one writes them. Data. */

const LONG = 'v'.repeat(65);

export interface Found {
  readonly about: string;
  readonly lines: readonly string[];
}

export const found: readonly Found[] = [
  {
    about: 'SORT gives a small sorted set the form of a large one',
    lines: [
      'zadd d -0 m 2 a 9 b',
      'sort_ro d BY none LIMIT 0 1',
      'object encoding d',
      'zadd d -0 new',
      'zrange d 0 -1 WITHSCORES',
      'zrange d 9007199254740993 1 BYSCORE REV LIMIT -1 2',
    ],
  },
  {
    about: 'options of expiry give a hash the form for it, though no field expires',
    lines: [
      ...['hset h1 a 1', 'hexpire h1 100 FIELDS 1 none', 'object encoding h1'],
      ...['hset h2 a 1', 'hgetex h2 PERSIST FIELDS 1 a', 'object encoding h2'],
      ...['hset h3 a 1', 'hgetex h3 FIELDS 1 a', 'object encoding h3'],
      ...['hset h4 a 1', 'hsetex h4 EXAT 1 FIELDS 1 b 1', 'object encoding h4'],
      ...['hset h5 a 1', 'hpersist h5 FIELDS 1 a', 'object encoding h5'],
      ...['hset h6 a 1', 'hsetex h6 KEEPTTL FIELDS 1 a 1', 'object encoding h6'],
      ...['hset h7 a 1', 'hsetex h7 FXX EX 100 FIELDS 1 none 1', 'object encoding h7'],
      ...['hset h8 a 1', 'hpexpire h8 100000 XX FIELDS 1 a', 'object encoding h8'],
    ],
  },
  {
    about: 'a range of names of a large set whose first and last member are outside of it',
    lines: [
      `zadd y 0 ${LONG} 1 17 2 1.5 3 12`,
      'zrange y (1 (2 BYLEX',
      'zrange y [2 + BYLEX',
      'zlexcount y [2 +',
      'zrange y [1 + BYLEX LIMIT 0 -1',
    ],
  },
  {
    about: 'which of several errors of field expiry is told',
    lines: [
      ...[
        'hsetex h fxx NX nx FNX FIELDS 2 11 abc 1',
        'hsetex h EX x FIELDS 2 a 1',
        'hsetex h NX XX a FIELDS',
      ],
      ...['hgetex h BOGUS FIELDS 2 a', 'hgetex h EX 10 FIELDS', 'hgetex h EX FIELDS FIELDS 1 a'],
      ...['hexpire h x NX BOGUS FIELDS 2 a', 'hexpire h 10 NX XX FIELDS 2 a', 'hexpire h 10 NX XX FIELDS'],
      ...['hexpire h 10 NX BOGUS a b', 'hexpire h x FIELDS 2 a'],
    ],
  },
  {
    about: 'a key that is called FIELDS',
    lines: [
      ...['hgetex FIELDS 2 a b', 'hsetex FIELDS EX 10 FIELDS 1 a 1', 'hexpire FIELDS 10 FIELDS 1 a'],
      ...['httl FIELDS 2 a b', 'hgetdel FIELDS FIELDS 1 a'],
    ],
  },
  {
    about: 'a cursor ends where a text of C does',
    lines: ['sadd s a', 'sscan s 0\0b', 'sscan s \0b', 'sscan s x\0', 'zscan none 0\0\0'],
  },
  {
    about: 'errors show arguments as texts of C',
    lines: [
      ...['expire c 0 a\0b', 'hset h a 1', 'hsetex h a\0b FIELDS 1 a 1', 'ge\0t a', 'object a\0b'],
      ...[
        'config set a\0b 1',
        'client a\0b',
        'acl setuser u a\0b',
        'xgroup a\0b',
        'debug a\0b 1 2 3',
        'command a\0b',
      ],
      ...['xreadgroup group g\0h c STREAMS s >', 'hello 3 a\0b', 'client reply a\0b', 'pfdebug a\0b c'],
      ...['function list a\0b', 'acl dryrun default a\0b', 'acl log a\0b', 'client unblock 1 a\0b'],
      ...['zadd g 1 m', 'georadiusbymember g x\0y 1 km', 'geosearch g FROMMEMBER x\0y BYRADIUS 1 km'],
      ...['latency histogram a\0b', 'client no-evict a\0b', 'client tracking a\0b', 'xadd s a\0b f v'],
      ...['config get a\0b', 'memory a\0b', 'script a\0b', 'xinfo a\0b s', 'pubsub a\0b', 'slowlog a\0b'],
      ...[
        'set a b c\0d',
        'xclaim s g c 0 1-1 x\0y',
        'client kill a\0b c',
        'client list a\0b',
        'acl cat a\0b',
      ],
      ...['acl genpass a\0b', 'latency graph a\0b', 'latency reset a\0b', 'script flush a\0b', 'select a\0b'],
      ...['function a\0b', 'function load a\0b', 'function restore a\0b', 'fcall a\0b 0', 'swapdb a\0b c'],
    ],
  },
  {
    about: 'how many elements a command gives decides about the form, even if they are the same',
    lines: [
      ...['zset', 'hash', 'set'].map((type) => `config set ${type}-max-listpack-entries 6`),
      ...['config set set-max-intset-entries 6', 'zadd z 1 a 1 b 1 a 1 a 1 a 1 a 1 a', 'object encoding z'],
      ...['sadd s a b a a a a a a', 'object encoding s', 'sadd i 1 1 1 1 1 1 1 1', 'object encoding i'],
      ...['hset h a 1 b 1 a 1 a 1 a 1 a 1 a 1', 'object encoding h', 'del z s h i', 'zadd z 1 a'],
      ...['zadd z 1 a 1 a 1 a 1 a 1 a 1 a 1 a', 'object encoding z', 'sadd i 1', 'sadd i 1 1 1 1 1 1 1 1'],
      ...['object encoding i', 'hset h a 1', 'hset h b 1 a 1 a 1 a 1 a 1 a 1 a 1', 'object encoding h'],
      ...['zset', 'hash', 'set'].map((type) => `config set ${type}-max-listpack-entries 128`),
      'config set set-max-intset-entries 512',
    ],
  },
  {
    about: 'a list that SORT stores has a form by its size as it is',
    lines: [
      ...[
        `rpush l ${Array.from({ length: 128 }, (_, at) => at).join(' ')}`,
        'config set list-max-listpack-size -1',
      ],
      ...[
        'sort l GET none_* GET none_* GET none_* GET none_* GET none_* GET none_* STORE to',
        'object encoding to',
      ],
      ...Array.from({ length: 11 }, (_, at) => [
        `sort l LIMIT 0 ${118 + at} ${'GET none_* '.repeat(16)}STORE to`,
        'object encoding to',
      ]).flat(),
      'config set list-max-listpack-size -2',
    ],
  },
  {
    about: 'SORT by something that names no keys, and something that does',
    lines: [
      ...[
        'rpush l 3 a 2',
        'sort l BY nosort BY x_*',
        'sort l BY x_* BY nosort',
        'sadd s b a',
        'zadd z 1 x 2 b',
      ],
      ...['sort s BY nosort BY w_* STORE to', 'lrange to 0 -1', 'sort_ro z BY # BY * DESC LIMIT 0 1'],
    ],
  },
  {
    about: 'a count of a sketch that is larger than a double can tell',
    lines: ['pfadd a 9 8 5', `setrange a 6 ${'v'.repeat(64)}`, 'pfcount a'],
  },
  {
    about: 'a count of fields beyond an int',
    lines: [
      'hsetex j FIELDS 9007199254740993 1 1',
      'hsetex j FIELDS 2147483648 1 1',
      'hsetex j FIELDS 2 1 1',
    ],
  },
  {
    about: 'members that were given do not decide about the form of a set at redis-7.0',
    lines: [
      ...['config set set-max-intset-entries 6', 'sadd b 0 0 5 11 2 7 18', 'object encoding b'],
      ...['sadd c 1', 'sadd c 1 1 1 1 1 1 1', 'object encoding c', 'config set set-max-intset-entries 512'],
    ],
  },
  {
    about: 'a field that is set with a time in the past gives the hash the form for its value',
    lines: [
      ...['hset h a 1', `hsetex h PXAT 1 FIELDS 1 b ${LONG}`, 'object encoding h', 'hgetall h'],
      ...['hset i a 1', `hsetex i PXAT 1 FIELDS 1 ${LONG} 1`, 'object encoding i'],
      ...[`hsetex j PXAT 1 FIELDS 1 b ${LONG}`, 'object encoding j'],
    ],
  },
];
