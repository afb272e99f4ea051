/** Puts the command families of the mixed load together and draws from them by weight. */
import {
  ACCEPT_ANY,
  ACCEPT_BULK,
  ACCEPT_INTEGER,
  ACCEPT_LIST,
  ACCEPT_SIMPLE,
  exactly,
  LIST_OR_NULL,
  type Mix,
  STRING_OR_NULL,
} from './mix.ts';
import { hashBuilders, listBuilders, setBuilders, sortedSetBuilders } from './mix-collections.ts';
import {
  expiryBuilders,
  expiryRaceBuilders,
  rememberEntries,
  STREAM_GROUP,
  scriptBuilders,
  streamBuilders,
} from './mix-streams.ts';
import { bitBuilders, counterBuilders, keyBuilders, stringBuilders } from './mix-strings.ts';
import type { WireReply } from './wire.ts';

/** Weight within the family, and what adds the command (or a few that belong together). */
export type Builder = readonly [weight: number, build: (mix: Mix) => void];

/** Commands whose replies prove that they reached the client they belong to, once and in order. */
const ownerBuilders: readonly Builder[] = [
  [6, (m) => echoToken(m)],
  [3, (m) => setOwn(m)],
  [4, (m) => getOwn(m)],
  [3, (m) => countOwn(m)],
];

/** Food for the clients that block. */
const feedBuilders: readonly Builder[] = [
  [5, (m) => m.add(ACCEPT_INTEGER, [m.pick(['LPUSH', 'RPUSH']), m.key('blockinglist'), ...m.members(3)])],
  [3, (m) => m.add(ACCEPT_INTEGER, ['ZADD', m.key('blockingzset'), m.score(), m.member()])],
  [1, (m) => m.add(ACCEPT_INTEGER, ['DEL', m.key('blockinglist')])],
  [1, (m) => m.add(ACCEPT_SIMPLE, ['LTRIM', m.key('blockinglist'), 0, 20])],
];

/** Commands about the server rather than about keys. */
const serverBuilders: readonly Builder[] = [
  [3, (m) => m.add(ACCEPT_SIMPLE, ['PING'], exactly('PONG'))],
  [1, (m) => m.add(ACCEPT_INTEGER, ['DBSIZE'])],
  [1, (m) => m.add(ACCEPT_LIST, ['TIME'])],
  [1, (m) => m.add(ACCEPT_LIST, ['SCAN', 0, 'COUNT', 5])],
  [1, (m) => m.add(STRING_OR_NULL, ['RANDOMKEY'])],
  [1, (m) => m.add(ACCEPT_BULK, ['INFO', 'server'])],
];

const familyBuilders = {
  owner: ownerBuilders,
  strings: stringBuilders,
  counters: counterBuilders,
  bits: bitBuilders,
  keys: keyBuilders,
  lists: listBuilders,
  hashes: hashBuilders,
  sets: setBuilders,
  zsets: sortedSetBuilders,
  streams: streamBuilders,
  expiry: expiryBuilders,
  expiryRaces: expiryRaceBuilders,
  scripts: scriptBuilders,
  feed: feedBuilders,
  server: serverBuilders,
} as const;

export type Family = keyof typeof familyBuilders;

/** Share of each family among a client's commands; a transaction counts once. */
export type FamilyShares = Readonly<Partial<Record<Family | 'transactions', number>>>;

export const defaultShares: FamilyShares = {
  owner: 10,
  strings: 18,
  counters: 8,
  bits: 2,
  keys: 4,
  lists: 11,
  hashes: 9,
  sets: 9,
  zsets: 10,
  streams: 8,
  expiry: 5,
  expiryRaces: 1,
  scripts: 1,
  feed: 4,
  server: 0.3,
  transactions: 3,
};

interface Drawn {
  readonly limits: readonly number[];
  readonly builders: readonly ((mix: Mix) => void)[];
}

/** Draws builders by weight: a family by its share, a command by its weight within the family. */
export class MixTable {
  private readonly all: Drawn;
  private readonly plain: Drawn;

  constructor(shares: FamilyShares = defaultShares) {
    const plain = gather(shares);
    this.plain = accumulate(plain);
    const share = shares.transactions ?? 0;
    this.all = accumulate([...plain, [share, (mix) => this.transaction(mix)]]);
  }

  /** Adds one command, or a few that belong together, to the client's text. */
  next(mix: Mix): void {
    draw(this.all, mix)(mix);
  }

  private transaction(mix: Mix): void {
    const watched = mix.chance(0.3);
    if (watched) mix.add(ACCEPT_SIMPLE, ['WATCH', mix.key('number'), mix.key('string')], exactly('OK'));
    if (watched && mix.chance(0.1)) mix.add(ACCEPT_SIMPLE, ['UNWATCH'], exactly('OK'));
    if (mix.chance(0.05)) {
      discarded(mix);
      return;
    }
    const count = mix.between(1, 6);
    mix.transaction(watched, () => {
      for (let left = count; left > 0; left--) draw(this.plain, mix)(mix);
    });
  }
}

function discarded(mix: Mix): void {
  mix.add(ACCEPT_SIMPLE, ['MULTI'], exactly('OK'));
  mix.add(ACCEPT_SIMPLE, ['SET', mix.key('string'), 'never'], exactly('QUEUED'));
  mix.add(ACCEPT_SIMPLE, ['DISCARD'], exactly('OK'));
}

function gather(shares: FamilyShares): [number, (mix: Mix) => void][] {
  const gathered: [number, (mix: Mix) => void][] = [];
  for (const family of Object.keys(familyBuilders) as Family[]) {
    const builders = familyBuilders[family];
    const total = builders.reduce((sum, [weight]) => sum + weight, 0);
    const share = shares[family] ?? 0;
    if (share > 0) for (const [weight, build] of builders) gathered.push([(share * weight) / total, build]);
  }
  return gathered;
}

function accumulate(entries: readonly [number, (mix: Mix) => void][]): Drawn {
  const limits: number[] = [];
  let sum = 0;
  for (const [weight] of entries) {
    sum += weight;
    limits.push(sum);
  }
  return { limits, builders: entries.map(([, build]) => build) };
}

function draw(drawn: Drawn, mix: Mix): (mix: Mix) => void {
  const { limits, builders } = drawn;
  const wanted = mix.random() * (limits[limits.length - 1] as number);
  let low = 0;
  let high = limits.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((limits[middle] as number) > wanted) high = middle;
    else low = middle + 1;
  }
  return builders[low] as (mix: Mix) => void;
}

function echoToken(mix: Mix): void {
  const token = mix.token();
  mix.add(ACCEPT_BULK, [mix.chance(0.8) ? 'ECHO' : 'PING', token], exactly(token));
}

function setOwn(mix: Mix): void {
  if (mix.mayNotRun) return;
  const token = mix.token();
  mix.ownText = token;
  mix.add(ACCEPT_SIMPLE, ['SET', mix.ownKey('text'), token], exactly('OK'));
}

function getOwn(mix: Mix): void {
  const known = mix.ownText;
  mix.add(STRING_OR_NULL, ['GET', mix.ownKey('text')], known === undefined ? undefined : exactly(known));
}

function countOwn(mix: Mix): void {
  if (mix.mayNotRun) return;
  mix.ownCount++;
  mix.add(ACCEPT_INTEGER, ['INCR', mix.ownKey('count')], exactly(String(mix.ownCount)));
}

const seconds = (mix: Mix): number => mix.between(5, 30) / 100;

/** Commands of the clients that do little but wait. A token follows each, sometimes in the same write. */
export const blockingBuilders: readonly ((mix: Mix) => void)[] = [
  (m) => m.add(LIST_OR_NULL, ['BLPOP', m.key('blockinglist'), m.key('blockinglist'), seconds(m)]),
  (m) => m.add(LIST_OR_NULL, ['BRPOP', m.key('blockinglist'), seconds(m)]),
  (m) => m.add(STRING_OR_NULL, ['BLMOVE', m.key('blockinglist'), m.key('list'), 'LEFT', 'RIGHT', seconds(m)]),
  (m) => m.add(STRING_OR_NULL, ['BRPOPLPUSH', m.key('blockinglist'), m.key('blockinglist'), seconds(m)]),
  (m) =>
    m.add(LIST_OR_NULL, [
      'BLMPOP',
      seconds(m),
      2,
      m.key('blockinglist'),
      m.key('blockinglist'),
      'LEFT',
      'COUNT',
      2,
    ]),
  (m) => m.add(LIST_OR_NULL, [m.pick(['BZPOPMIN', 'BZPOPMAX']), m.key('blockingzset'), seconds(m)]),
  (m) => m.add(LIST_OR_NULL, ['BZMPOP', seconds(m), 1, m.key('blockingzset'), 'MAX']),
  (m) =>
    m.add(
      LIST_OR_NULL,
      ['XREAD', 'COUNT', 2, 'BLOCK', m.between(20, 200), 'STREAMS', m.key('stream'), '$'],
      (reply) => rememberEntries(m, reply),
    ),
  (m) => blockingGroupRead(m),
];

function blockingGroupRead(mix: Mix): void {
  const args = [
    'XREADGROUP',
    'GROUP',
    STREAM_GROUP,
    'waiting',
    'COUNT',
    2,
    'BLOCK',
    mix.between(20, 200),
    'STREAMS',
    mix.key('stream'),
    '>',
  ];
  mix.add(LIST_OR_NULL, args, (reply: WireReply) => rememberEntries(mix, reply));
}

/** Kinds a reply may have, as bits; 0 for an error, which is counted apart. */
export function kindBit(reply: { readonly kind: string; readonly isNull: boolean }): number {
  if (reply.isNull) return 32;
  switch (reply.kind) {
    case '+':
      return 1;
    case ':':
      return 2;
    case '$':
    case '=':
      return 4;
    case '*':
    case '~':
    case '%':
      return 8;
    case ',':
      return 16;
    case '-':
    case '!':
      return 0;
    default:
      return ACCEPT_ANY + 1;
  }
}
