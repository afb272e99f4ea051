/**
 * Which commands of a connection wait for confirmations instead of a reply, and how many. Worker thread.
 *
 * A server answers SUBSCRIBE and its relatives with one push per channel, or with one error. UNSUBSCRIBE without
 * arguments gives one push per subscription, or one when there is none. So the number of subscriptions must be known;
 * each confirmation tells it: the last element is the number of channels and patterns together, or of shard channels.
 * It must not know connections or who is answered.
 */
import { asciiBytes, equalBytes, parseInteger } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';

const NAMES = ['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe'];
const KINDS = NAMES.map(asciiBytes);
const CHANNELS = 0;
const PATTERNS = 1;
const SHARDS = 2;

/** `>3\r\n$` and what follows up to the end of the longest kind. */
const HEAD = asciiBytes('>3\r\n$');
const HEAD_BYTES = 24;
const CR = 0x0d;
const COLON = 0x3a;
const NONE = -1;

interface Waiting {
  /** Place of the command among all that were sent on the connection. */
  readonly place: number;
  readonly kind: number;
  /** Confirmations still to come; 0 until the first has come of a command without arguments. */
  left: number;
  confirmed: boolean;
}

export class Subscriptions {
  readonly #waiting: Waiting[] = [];
  readonly #counts = new SubscriptionCounts();
  readonly #push = new FrameWriter(128);
  /** The push being received is none of ours. */
  #skipping = false;

  /** How much is subscribed to. */
  get total(): number {
    return this.#counts.total;
  }

  /** A command was sent: `name` is its own in lower case, `channels` the number of its arguments. */
  sent(place: number, name: string, channels: number): void {
    this.#waiting.push({ place, kind: NAMES.indexOf(name), left: channels, confirmed: false });
  }

  /** The oldest unanswered command has this place: has it been confirmed in part? Then a reply is not its reply. */
  isConfirmed(place: number): boolean {
    const [first] = this.#waiting;
    return first !== undefined && first.place === place && first.confirmed;
  }

  /** The command with this place is answered, in whatever way. */
  over(place: number): void {
    if (this.#waiting[0]?.place === place) this.#waiting.shift();
  }

  /** A piece of a push. True: with it, the oldest unanswered command (which has this place) is confirmed as a whole. */
  pushed(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    place: number,
  ): boolean {
    if (first) {
      this.#skipping = false;
      if (last) return this.#read(bytes, start, end, place);
      this.#push.reset();
    }
    if (this.#skipping) return false;
    this.#push.raw(bytes, start, end);
    const { length } = this.#push;
    if (last) return this.#read(this.#push.bytes, 0, length, place);
    // Long pushes are messages; they are not kept.
    this.#skipping = length >= HEAD_BYTES && confirmationKind(this.#push.bytes, 0, length) === NONE;
    return false;
  }

  #read(bytes: Uint8Array, start: number, end: number, place: number): boolean {
    const kind = confirmationKind(bytes, start, end);
    if (kind === NONE) return false;
    const before = this.#counts.before(kind);
    this.#counts.note(kind, bytes, start, end);
    const [first] = this.#waiting;
    if (first === undefined || first.place !== place || first.kind !== kind) return false;
    if (!first.confirmed && first.left === 0) first.left = Math.max(1, before);
    first.confirmed = true;
    first.left -= 1;
    return first.left === 0;
  }
}

/** How many subscriptions a connection has, by what the confirmations say. */
export class SubscriptionCounts {
  /** Channels, patterns, shard channels. */
  readonly #counts = [0, 0, 0];

  get all(): readonly number[] {
    return this.#counts;
  }

  get total(): number {
    return this.#counts[CHANNELS] + this.#counts[PATTERNS] + this.#counts[SHARDS];
  }

  /** How many there are of those that a confirmation of this kind is about. */
  before(kind: number): number {
    return this.#counts[kind >> 1];
  }

  /** A whole confirmation. */
  note(kind: number, bytes: Uint8Array, start: number, end: number): void {
    const set = kind >> 1;
    const total = lastInteger(bytes, start, end);
    if (Number.isNaN(total)) return;
    if (set === SHARDS) this.#counts[SHARDS] = total;
    else this.#counts[set] = total - this.#counts[set === CHANNELS ? PATTERNS : CHANNELS];
  }
}

/** Which of the commands this one is, -1 for none; its name in lower case. Even numbers add subscriptions. */
export function subscriptionKind(name: string): number {
  return NAMES.indexOf(name);
}

/**
 * Which confirmation this is, a push or the array that RESP2 has for it; -1: none. The bytes may end early, but not
 * before the kind does.
 */
export function confirmationKind(bytes: Uint8Array, start: number, end: number): number {
  const from = start + 1;
  if (end - start < HEAD_BYTES || !equalBytes(HEAD, 1, HEAD.length, bytes, from, start + HEAD.length))
    return NONE;
  let at = start + HEAD.length;
  while (bytes[at] !== CR) at += 1;
  const length = parseInteger(bytes, start + HEAD.length, at);
  at += 2;
  for (let kind = 0; kind < KINDS.length; kind++) {
    if (equalBytes(KINDS[kind], 0, KINDS[kind].length, bytes, at, at + length)) return kind;
  }
  return NONE;
}

/** The integer that is the last element. */
function lastInteger(bytes: Uint8Array, start: number, end: number): number {
  let at = end - 3;
  while (at > start && bytes[at] !== COLON) at -= 1;
  return parseInteger(bytes, at + 1, end - 2);
}
