/**
 * How the RESP2 and the RESP3 form of one reply differ: data that `convert-reply.ts` goes by. RESP2 has five types, so
 * what a RESP3 reply says of itself has to be known. Pure; must not know commands.
 *
 * A shape speaks of the values it fits and leaves others as they are: `double` of a string, not of an integer (ZADD,
 * with and without INCR); `map` of an array, not of a null or a string (LCS, with and without IDX).
 */
export type ReplyShape =
  /** The same in both, nulls apart, all the way down. */
  | 'plain'
  /** A bulk string in RESP2. */
  | 'double'
  | 'verbatim'
  | 'big-number'
  /** An integer in RESP2. */
  | 'boolean'
  | AggregateShape;

/** Keys and values in turn in RESP2. `fields` are values that have a shape of their own. */
export interface MapShape {
  readonly map: ReplyShape;
  readonly fields?: Readonly<Record<string, ReplyShape>>;
  readonly nullIsString?: boolean;
}

/** `nullIsString`: RESP2 has a null string where it is missing, rather than a null array. */
export type AggregateShape =
  /** Every element has this shape. */
  | { readonly array: ReplyShape; readonly nullIsString?: boolean }
  /** One shape for each place; elements behind them have that of the last. */
  | { readonly tuple: readonly ReplyShape[]; readonly nullIsString?: boolean }
  | { readonly set: ReplyShape; readonly nullIsString?: boolean }
  | MapShape
  /** Flat in RESP2, an array of pairs in RESP3 (ZRANGE … WITHSCORES). */
  | { readonly pairs: readonly [ReplyShape, ReplyShape]; readonly nullIsString?: boolean }
  /** An array of pairs in RESP2, a map in RESP3 (XREAD). */
  | { readonly entries: readonly [ReplyShape, ReplyShape]; readonly nullIsString?: boolean }
  /** An array in RESP2, a push in RESP3 (the confirmation of a SUBSCRIBE in a transaction). */
  | { readonly push: ReplyShape; readonly nullIsString?: boolean };

/** An array like any other; where it is missing, RESP2 says so with a null array. */
export const PLAIN_ARRAY: AggregateShape = { array: 'plain' };
export const PLAIN_SET: AggregateShape = { set: 'plain' };
export const PLAIN_MAP: AggregateShape = { map: 'plain' };
