/** The options of XADD and XTRIM, as valkey 8.0 `streamParseAddOrTrimArgsOrReply`. Worker thread. */
import { LIMIT_STREAM_ENTRIES } from '../../store/encoding-limits.ts';
import { StreamId } from '../../store/stream-id.ts';
import { TRIM_ID, TRIM_LENGTH, TRIM_NONE, type Trimming } from '../../store/stream-trim.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { idAt, newIdAt } from './stream-ids.ts';

const MAXLEN = word('maxlen');
const MINID = word('minid');
const LIMIT = word('limit');
const NOMKSTREAM = word('nomkstream');
const ROUGHLY = 0x7e;
const EXACTLY = 0x3d;
const STAR = 0x2a;

/** Nodes that `~` trims at most, in entries, where no limit is given. */
const USUAL_NODES = 100;
const MAX_LIMIT = 1_000_000;
const LIMIT_WITHOUT_NODES = 10_000;

/** What else was said. */
export const trimOptions = { onlyExisting: false, hasLimit: false };
const ignored = new StreamId();

/** Whether the id is to be chosen. */
export function anyNewId(context: CommandContext, argument: number): boolean {
  return isSign(context, argument, STAR);
}

function isSign(context: CommandContext, argument: number, sign: number): boolean {
  return context.length(argument) === 1 && context.bytes[context.start(argument)] === sign;
}

/** Returns the argument behind the options, of XADD its id; 0: the error has been written. */
export function parseTrimming(context: CommandContext, how: Trimming, isAdding: boolean): number {
  how.strategy = TRIM_NONE;
  how.isRough = false;
  how.limit = 0;
  trimOptions.onlyExisting = false;
  trimOptions.hasLimit = false;
  const { count } = context;
  let at = 2;
  while (at < count) {
    const hasMore = at + 1 < count;
    if (isAdding && anyNewId(context, at)) break;
    if (hasMore && isWord(context, at, MAXLEN)) at = parseThreshold(context, at, how, TRIM_LENGTH);
    else if (hasMore && isWord(context, at, MINID)) at = parseThreshold(context, at, how, TRIM_ID);
    else if (hasMore && isWord(context, at, LIMIT)) at = parseLimit(context, at, how);
    else if (isAdding && isWord(context, at, NOMKSTREAM)) {
      trimOptions.onlyExisting = true;
      at += 1;
    } else if (isAdding) {
      if (newIdAt(context, at, ignored) === 0) return 0;
      break;
    } else {
      context.syntaxError();
      return 0;
    }
    if (at === 0) return 0;
  }
  return completeLimit(context, how, isAdding) ? at : 0;
}

/** MAXLEN or MINID with what follows; returns the next argument, 0 after an error. */
function parseThreshold(context: CommandContext, option: number, how: Trimming, strategy: number): number {
  if (how.strategy !== TRIM_NONE) {
    context.error('ERR syntax error, MAXLEN and MINID options at the same time are not compatible');
    return 0;
  }
  let at = option + 1;
  how.isRough = false;
  if (at + 1 < context.count) {
    how.isRough = isSign(context, at, ROUGHLY);
    if (how.isRough || isSign(context, at, EXACTLY)) at += 1;
  }
  if (strategy === TRIM_ID) {
    if (!idAt(context, at, how.minId)) return 0;
  } else {
    how.maxLength = integerAt(context, at);
    if (Number.isNaN(how.maxLength)) return 0;
    if (how.maxLength < 0) {
      context.error('ERR The MAXLEN argument must be >= 0.');
      return 0;
    }
  }
  how.strategy = strategy;
  return at + 1;
}

function parseLimit(context: CommandContext, option: number, how: Trimming): number {
  how.limit = integerAt(context, option + 1);
  if (Number.isNaN(how.limit)) return 0;
  if (how.limit < 0) {
    context.error('ERR The LIMIT argument must be >= 0.');
    return 0;
  }
  trimOptions.hasLimit = true;
  return option + 2;
}

/** False: the options do not go together, and the error has been written. */
function completeLimit(context: CommandContext, how: Trimming, isAdding: boolean): boolean {
  if (how.limit > 0 && how.strategy === TRIM_NONE) {
    context.error('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
    return false;
  }
  if (!isAdding && how.strategy === TRIM_NONE) {
    context.error('ERR syntax error, XTRIM must be called with a trimming strategy');
    return false;
  }
  if (trimOptions.hasLimit) {
    if (how.isRough) return true;
    context.error('ERR syntax error, LIMIT cannot be used without the special ~ option');
    return false;
  }
  if (!how.isRough) return true;
  const usual = USUAL_NODES * context.store.limits[LIMIT_STREAM_ENTRIES];
  how.limit = usual === 0 ? LIMIT_WITHOUT_NODES : Math.min(MAX_LIMIT, usual);
  return true;
}
