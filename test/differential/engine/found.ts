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
];
