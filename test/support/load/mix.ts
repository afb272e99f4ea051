/**
 * What one client of the mixed load says next, and what it may hear back. Builders (`mix-*.ts`) describe commands in
 * terms of this class. Seeded: the same seed gives the same commands, though not the same interleaving of clients.
 * Knows no sockets.
 */
import { encodeCommand, type WireReply } from './wire.ts';

/** Reply kinds as bits, for `Expected.accepts`. Errors are always accepted here and counted by the driver. */
export const ACCEPT_SIMPLE = 1;
export const ACCEPT_INTEGER = 2;
export const ACCEPT_BULK = 4;
export const ACCEPT_LIST = 8;
export const ACCEPT_DOUBLE = 16;
export const ACCEPT_NULL = 32;
export const ACCEPT_ANY = 63;
export const STRING_OR_NULL = ACCEPT_BULK | ACCEPT_NULL;
export const LIST_OR_NULL = ACCEPT_LIST | ACCEPT_NULL;
export const NUMBER_TEXT = ACCEPT_BULK | ACCEPT_DOUBLE | ACCEPT_NULL;

export interface Expected {
  readonly name: string;
  readonly accepts: number;
  /** Looks at the content; returns what is wrong with it. */
  readonly check: ((reply: WireReply) => string | undefined) | undefined;
}

export type KeyKind =
  | 'string'
  | 'number'
  | 'list'
  | 'hash'
  | 'set'
  | 'zset'
  | 'stream'
  | 'expiring'
  | 'blockinglist'
  | 'blockingzset'
  | 'bits';

/** How many of a hundred hot keys are of which kind. */
const KEY_SHARE: Readonly<Record<KeyKind, number>> = {
  string: 18,
  number: 10,
  list: 12,
  hash: 12,
  set: 12,
  zset: 12,
  stream: 6,
  expiring: 10,
  blockinglist: 3,
  blockingzset: 2,
  bits: 3,
};
const KEY_PREFIX: Readonly<Record<KeyKind, string>> = {
  string: 's',
  number: 'n',
  list: 'l',
  hash: 'h',
  set: 'e',
  zset: 'z',
  stream: 'x',
  expiring: 't',
  blockinglist: 'bl',
  blockingzset: 'bz',
  bits: 'b',
};
const KEY_KINDS = Object.keys(KEY_SHARE) as KeyKind[];

export interface MixOptions {
  readonly seed: number;
  readonly clientIndex: number;
  readonly hotKeys: number;
  readonly prefix: string;
  /** Share of commands sent to a key of another type on purpose. */
  readonly wrongTypeShare: number;
  /** Hears of the keys that commands with a time to live are about. */
  readonly mayExpire?: Set<string>;
}

export class Mix {
  readonly clientIndex: number;
  /** Commands not yet taken, encoded. */
  text = '';
  expected: Expected[] = [];
  inTransaction = false;
  /** Inside a transaction that may not run at all. */
  mayNotRun = false;
  batches = 0;
  /** Stream ids this client has seen, for XDEL, XACK and XCLAIM. */
  readonly seenIds: string[] = [];
  /** Content of the keys only this client writes; undefined: never written. */
  ownText: string | undefined;
  ownCount = 0;
  private tokens = 0;
  private state: number;
  private readonly options: MixOptions;

  constructor(options: MixOptions) {
    this.options = options;
    this.clientIndex = options.clientIndex;
    this.state = Math.imul(options.seed + 1, 0x9e3779b1) ^ Math.imul(options.clientIndex + 1, 0x85ebca6b);
  }

  /** Uniform in [0, 1) (mulberry32). */
  random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  key(kind: KeyKind): string {
    const real = this.chance(this.options.wrongTypeShare) ? this.pick(KEY_KINDS) : kind;
    const key = `${this.options.prefix}${KEY_PREFIX[real]}:${this.below(this.keyCount(real))}`;
    if (kind === 'expiring') this.options.mayExpire?.add(key);
    return key;
  }

  /** Of a counter that expires. */
  rateKey(): string {
    const key = `${this.key('expiring')}:rate`;
    this.options.mayExpire?.add(key);
    return key;
  }

  allKeys(kind: KeyKind): string[] {
    const prefix = `${this.options.prefix}${KEY_PREFIX[kind]}`;
    return Array.from({ length: this.keyCount(kind) }, (_, index) => `${prefix}:${index}`);
  }

  private keyCount(kind: KeyKind): number {
    return Math.max(2, Math.floor((KEY_SHARE[kind] * this.options.hotKeys) / 100));
  }

  keys(kind: KeyKind, least: number, most: number): string[] {
    return Array.from({ length: this.between(least, most) }, () => this.key(kind));
  }

  ownKey(suffix: string): string {
    return `${this.options.prefix}own:${this.clientIndex}:${suffix}`;
  }

  /** A member of a small universe, so that sets, hashes and sorted sets overlap and stay small. */
  member(): string {
    return `m${this.below(48)}`;
  }

  members(most: number): string[] {
    return Array.from({ length: this.between(1, most) }, () => this.member());
  }

  /** Mostly short text; sometimes bytes of every value, sometimes long. */
  value(): string {
    const dice = this.random();
    if (dice < 0.9) return `v${this.below(1e9)}`;
    if (dice < 0.999)
      return Array.from({ length: this.below(40) }, () => String.fromCharCode(this.below(256))).join('');
    return 'long'.repeat(this.between(1000, 8000));
  }

  score(): string {
    const dice = this.random();
    if (dice < 0.7) return String(this.between(-50, 50));
    if (dice < 0.97) return String(this.between(-5000, 5000) / 8);
    return this.pick(['inf', '-inf', '1e10', '0.125']);
  }

  token(): string {
    return `token-${this.clientIndex}-${this.tokens++}`;
  }

  /** Adds one command. Inside a transaction the reply is QUEUED and `accepts`/`check` are not used. */
  add(accepts: number, args: readonly (string | number)[], check?: Expected['check']): void {
    const name = String(args[0]);
    this.text += encodeCommand(args);
    this.expected.push(this.inTransaction ? queued(name) : { name, accepts, check });
  }

  /** MULTI, the commands of `fill`, then EXEC with a token as last element; `watched` allows a nil instead. */
  transaction(watched: boolean, fill: () => void): void {
    this.add(ACCEPT_SIMPLE, ['MULTI'], exactly('OK'));
    this.inTransaction = true;
    this.mayNotRun = watched;
    const before = this.expected.length;
    fill();
    const token = this.token();
    this.add(ACCEPT_BULK, ['ECHO', token]);
    this.inTransaction = false;
    this.mayNotRun = false;
    const count = this.expected.length - before;
    this.add(watched ? LIST_OR_NULL : ACCEPT_LIST, ['EXEC'], (reply) => {
      if (reply.isNull) return watched ? undefined : 'EXEC answered nil without WATCH';
      if (reply.items.length !== count) return `EXEC answered ${reply.items.length} elements, not ${count}`;
      return exactly(token)(reply.items[count - 1] as WireReply);
    });
  }

  rememberId(id: string): void {
    if (this.seenIds.length < 32) this.seenIds.push(id);
    else this.seenIds[this.below(32)] = id;
  }

  streamId(): string {
    return this.seenIds.length === 0 ? '1-1' : this.pick(this.seenIds);
  }
}

/** The reply must carry exactly this text. */
export function exactly(text: string): (reply: WireReply) => string | undefined {
  return (reply) =>
    reply.text === text && !reply.isNull
      ? undefined
      : `expected ${JSON.stringify(text)}, got ${reply.kind}${reply.text}`;
}

const queuedCheck = exactly('QUEUED');
const queuedExpectations = new Map<string, Expected>();
function queued(name: string): Expected {
  let found = queuedExpectations.get(name);
  if (found === undefined) {
    found = { name, accepts: ACCEPT_SIMPLE, check: queuedCheck };
    queuedExpectations.set(name, found);
  }
  return found;
}
