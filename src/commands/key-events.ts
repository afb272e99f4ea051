/** Classes of keyspace events, as `notify-keyspace-events` names them by letters. Data. */

export const EVENT_GENERIC = 1 << 2;
export const EVENT_STRING = 1 << 3;
export const EVENT_LIST = 1 << 4;
export const EVENT_SET = 1 << 5;
export const EVENT_HASH = 1 << 6;
export const EVENT_ZSET = 1 << 7;
export const EVENT_EXPIRED = 1 << 8;
export const EVENT_EVICTED = 1 << 9;
export const EVENT_STREAM = 1 << 10;
/** Only with the letter `m`, not with `A`. */
export const EVENT_KEY_MISS = 1 << 11;
export const EVENT_NEW = 1 << 14;
