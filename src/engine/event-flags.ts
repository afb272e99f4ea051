/** Classes of keyspace events as `notify-keyspace-events` writes them. Pure. As valkey 8.0 `notify.c`. */
import {
  EVENT_EVICTED,
  EVENT_EXPIRED,
  EVENT_GENERIC,
  EVENT_HASH,
  EVENT_KEY_MISS,
  EVENT_LIST,
  EVENT_NEW,
  EVENT_SET,
  EVENT_STREAM,
  EVENT_STRING,
  EVENT_ZSET,
} from '../commands/key-events.ts';

/** To whom events go: channels of keys, channels of events. */
export const NOTIFY_KEYSPACE = 1 << 0;
export const NOTIFY_KEYEVENT = 1 << 1;
const EVENT_MODULE = 1 << 13;

/** In the order in which they are shown; those that `A` stands for come first. */
const ALL: readonly (readonly [string, number])[] = [
  ['g', EVENT_GENERIC],
  ['$', EVENT_STRING],
  ['l', EVENT_LIST],
  ['s', EVENT_SET],
  ['h', EVENT_HASH],
  ['z', EVENT_ZSET],
  ['x', EVENT_EXPIRED],
  ['e', EVENT_EVICTED],
  ['t', EVENT_STREAM],
  ['d', EVENT_MODULE],
];
const REST: readonly (readonly [string, number])[] = [
  ['K', NOTIFY_KEYSPACE],
  ['E', NOTIFY_KEYEVENT],
  ['m', EVENT_KEY_MISS],
];
const ALL_BITS = ALL.reduce((bits, [, bit]) => bits | bit, 0);
const BY_LETTER = new Map<string, number>([...ALL, ...REST, ['n', EVENT_NEW], ['A', ALL_BITS]]);

/** Cold: for administration. Undefined when a letter stands for nothing. */
export function eventFlags(text: string): number | undefined {
  let flags = 0;
  for (const letter of text) {
    const bits = BY_LETTER.get(letter);
    if (bits === undefined) return undefined;
    flags |= bits;
  }
  return flags;
}

/** Cold: for administration. */
export function eventFlagsText(flags: number): string {
  const letters = (list: readonly (readonly [string, number])[]): string =>
    list.map(([letter, bit]) => ((flags & bit) === 0 ? '' : letter)).join('');
  // The servers show `n` only where `A` does not stand there.
  const isAll = (flags & ALL_BITS) === ALL_BITS;
  const classes = isAll ? 'A' : letters([...ALL, ['n', EVENT_NEW]]);
  return classes + letters(REST);
}
