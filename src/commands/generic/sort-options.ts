/** The options of SORT and SORT_RO. Worker thread. As `sortCommandGeneric` (valkey 8.0 `sort.c`). */

import { integerAt, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import type { CommandView, LockRule } from '../definition.ts';
import { argumentIs } from '../effects/arguments.ts';
import { SortPattern } from './sort-pattern.ts';

const ASC = word('asc');
const DESC = word('desc');
const ALPHA = word('alpha');
const LIMIT = word('limit');
const STORE = word('store');
const BY = word('by');
const GET = word('get');
const STAR = 0x2a;

export interface SortOptions {
  descending: boolean;
  alphabetic: boolean;
  offset: number;
  /** Below 0: all. */
  count: number;
  by: SortPattern | undefined;
  /** One of the BY names no keys: another behind it does not change that nothing is sorted. */
  isUnsorted: boolean;
  readonly gets: SortPattern[];
  /** Argument with the key of the result, 0 without it. */
  store: number;
}

/** Undefined after an error. `mayStore`: SORT, not SORT_RO. */
export function parseSort(context: CommandContext, mayStore: boolean): SortOptions | undefined {
  const options: SortOptions = {
    descending: false,
    alphabetic: false,
    offset: 0,
    count: -1,
    by: undefined,
    isUnsorted: false,
    gets: [],
    store: 0,
  };
  for (let at = 2; at < context.count; at++) {
    const left = context.count - at - 1;
    if (argumentIs(context, at, ASC)) options.descending = false;
    else if (argumentIs(context, at, DESC)) options.descending = true;
    else if (argumentIs(context, at, ALPHA)) options.alphabetic = true;
    else if (argumentIs(context, at, LIMIT) && left >= 2) {
      options.offset = integerAt(context, at + 1);
      if (Number.isNaN(options.offset)) return undefined;
      options.count = integerAt(context, at + 2);
      if (Number.isNaN(options.count)) return undefined;
      at += 2;
    } else if (left >= 1 && takePattern(context, options, at, mayStore)) {
      if (!mayUsePattern(context, options, at)) return undefined;
      at += 1;
    } else {
      context.syntaxError();
      return undefined;
    }
  }
  return options;
}

/** Patterns may name any key, so they need a right to read all. False: the error has been written. */
function mayUsePattern(context: CommandContext, options: SortOptions, at: number): boolean {
  const isBy = argumentIs(context, at, BY);
  const namesKeys = isBy ? options.by?.hasStar === true : argumentIs(context, at, GET);
  if (!namesKeys || context.ports.access.mayReadAll(context)) return true;
  context.error(`ERR ${isBy ? 'BY' : 'GET'} option of SORT denied due to insufficient ACL permissions.`);
  return false;
}

function takePattern(context: CommandContext, options: SortOptions, at: number, mayStore: boolean): boolean {
  if (mayStore && argumentIs(context, at, STORE)) options.store = at + 1;
  else if (argumentIs(context, at, BY)) {
    options.by = new SortPattern(context.text(at + 1));
    if (!options.by.hasStar) options.isUnsorted = true;
  } else if (argumentIs(context, at, GET)) options.gets.push(new SortPattern(context.text(at + 1)));
  else return false;
  return true;
}

/** Patterns may name any key, so all shards are locked; without them those of the keys that are named. */
export function sortLocks(command: CommandView): LockRule {
  for (let at = 2; at + 1 < command.count; at++) {
    if (!argumentIs(command, at, BY) && !argumentIs(command, at, GET)) continue;
    const end = command.spans[2 * at + 3];
    for (let byte = command.spans[2 * at + 2]; byte < end; byte++) {
      if (command.bytes[byte] === STAR) return 'all';
    }
  }
  return 'keys';
}
