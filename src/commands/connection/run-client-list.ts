/** What CLIENT LIST, INFO and KILL do on the engine. Worker thread. Cold: for administration. */
import { isInteger64, parseInteger } from '../../base/bytes.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import {
  addressFilter,
  type ClientFilter,
  fitsFilter,
  onlyLastId,
  parseClientFilter,
} from './client-filter.ts';
import { type ClientLine, formatLine, lineNumber } from './client-line.ts';

const TYPE = word('type');
const ID = word('id');
const TYPES: ReadonlySet<string> = new Set(['normal', 'slave', 'replica', 'pubsub', 'master']);
const POSITIVE: ReadonlySet<string> = new Set(['maxage', 'idle']);
const LETTERS = 'OSMPxbtRBdcuAUreTIN';
/** What each has: `KILL` at first, and both since Valkey 9. */
const OLD_FILTERS: ReadonlySet<string> = new Set(['id', 'type', 'addr', 'laddr', 'user', 'skipme']);
const NEW_FILTERS: ReadonlySet<string> = new Set([
  ...OLD_FILTERS,
  ...['maxage', 'idle', 'name', 'lib-name', 'lib-ver', 'flags', 'db', 'capa', 'ip'],
  ...['not-id', 'not-type', 'not-addr', 'not-laddr', 'not-user', 'not-name', 'not-flags', 'not-lib-name'],
  ...['not-lib-ver', 'not-db', 'not-capa', 'not-ip'],
]);

export function runClientInfo(context: CommandContext): void {
  const text = formatLine(context.ports.clients.line(context.client));
  context.writer.verbatim(text, context.resp);
}

export function runClientList(context: CommandContext): void {
  const isNew = hasFilters(context);
  const filter = isNew ? filterOf(context, false) : oldListFilter(context);
  if (filter === undefined) return;
  const lines = context.ports.clients.lines();
  const { id } = context.client;
  if (isNew || filter.ids === undefined) {
    write(
      context,
      lines.filter((line) => fitsFilter(filter, line, id)),
    );
    return;
  }
  // One line for each id, in the order of the ids.
  const byId = new Map(lines.map((line) => [line.get('id'), line]));
  write(
    context,
    filter.idList.flatMap((each) => byId.get(each) ?? []),
  );
}

export function runClientKill(context: CommandContext): void {
  const { client } = context;
  const { clients } = context.ports;
  const isOld = context.count === 3;
  if (context.count < 3) {
    context.syntaxError();
    return;
  }
  const given = isOld ? addressFilter(context.text(2)) : filterOf(context, true);
  if (given === undefined) return;
  const filter = hasFilters(context) ? given : onlyLastId(given);
  const ids = clients
    .lines()
    .filter((line) => fitsFilter(filter, line, client.id))
    .map((line) => lineNumber(line, 'id'));
  clients.kill(ids);
  if (!isOld) context.integer(ids.length);
  else if (ids.length === 0) context.error('ERR No such client');
  else context.ok();
}

function write(context: CommandContext, lines: readonly ClientLine[]): void {
  context.writer.verbatim(lines.map(formatLine).join(''), context.resp);
}

function hasFilters({ compatibility }: CommandContext): boolean {
  return compatibility.isValkey && compatibility.level >= 801;
}

/** Before Valkey 9: one type, or ids. Undefined after an error. */
function oldListFilter(context: CommandContext): ClientFilter | undefined {
  if (context.count === 4 && isWord(context, 2, TYPE)) {
    return isType(context, 3) ? parseClientFilter(context, false) : undefined;
  }
  if (context.count > 3 && isWord(context, 2, ID)) {
    for (let at = 3; at < context.count; at++) {
      if (isInteger64(context.bytes, context.start(at), context.end(at))) continue;
      context.error('ERR Invalid client ID');
      return undefined;
    }
    return parseClientFilter(context, false);
  }
  if (context.count === 2) return parseClientFilter(context, false);
  context.syntaxError();
  return undefined;
}

/** Options with values. Undefined after an error. */
function filterOf(context: CommandContext, skipsMe: boolean): ClientFilter | undefined {
  const isNew = hasFilters(context);
  for (let at = 2; at < context.count; ) {
    const name = context.text(at).toLowerCase();
    const isKnown = (isNew ? NEW_FILTERS : OLD_FILTERS).has(name) || (name === 'maxage' && hasAge(context));
    if (!isKnown || at + 1 >= context.count) {
      context.syntaxError();
      return undefined;
    }
    const next = isNew && name.endsWith('id') ? idsEnd(context, at + 1) : at + 2;
    if (next === 0 || !isValue(context, name.replace(/^not-/, ''), at + 1)) return undefined;
    at = next;
  }
  return parseClientFilter(context, skipsMe);
}

function hasAge({ compatibility }: CommandContext): boolean {
  return compatibility.isValkey || compatibility.level >= 704;
}

/** Behind the ids that begin at an argument; 0 after an error. */
function idsEnd(context: CommandContext, first: number): number {
  let at = first;
  for (; at < context.count; at++) {
    const value = parseInteger(context.bytes, context.start(at), context.end(at));
    if (Number.isNaN(value)) break;
    if (value > 0) continue;
    context.error('ERR client-id should be greater than 0');
    return 0;
  }
  if (at > first) return at;
  context.syntaxError();
  return 0;
}

/** Whether an argument is a value of the option; if not, the error is written. */
function isValue(context: CommandContext, option: string, at: number): boolean {
  const text = context.text(at);
  if (option === 'id') return hasFilters(context) || isPositiveId(context, at);
  if (option === 'type') return isType(context, at);
  if (option === 'user')
    return isFine(context, context.ports.access.hasUser(text), `ERR No such user '${text}'`);
  if (option === 'skipme') return isFine(context, /^(yes|no)$/i.test(text), 'ERR syntax error');
  if (option === 'flags') {
    const isKnown = Array.from(text).every((letter) => LETTERS.includes(letter));
    return isFine(context, isKnown, `ERR Unknown flags found in the provided filter: ${text}`);
  }
  if (option === 'capa') {
    return isFine(context, /^r*$/.test(text), `ERR Unknown capa found in the provided filter: ${text}`);
  }
  if (option === 'db') return isDatabase(context, at);
  if (!POSITIVE.has(option)) return true;
  const value = parseInteger(context.bytes, context.start(at), context.end(at));
  if (Number.isNaN(value)) {
    context.error(`ERR ${option} is not an integer or out of range`);
    return false;
  }
  return isFine(context, value > 0, `ERR ${option} should be greater than 0`);
}

function isPositiveId(context: CommandContext, at: number): boolean {
  const value = parseInteger(context.bytes, context.start(at), context.end(at));
  return isFine(context, value > 0, 'ERR client-id should be greater than 0');
}

function isDatabase(context: CommandContext, at: number): boolean {
  const value = parseInteger(context.bytes, context.start(at), context.end(at));
  if (Number.isNaN(value)) return isFine(context, false, 'ERR DB is not an integer or out of range');
  const last = context.store.databases - 1;
  return isFine(context, value >= 0 && value <= last, `ERR DB number should be between 0 and ${last}`);
}

function isType(context: CommandContext, at: number): boolean {
  const text = context.text(at);
  const name = text.toLowerCase();
  const isKnown = TYPES.has(name) || (name === 'primary' && context.compatibility.isValkey);
  return isFine(context, isKnown, `ERR Unknown client type '${text}'`);
}

function isFine(context: CommandContext, isRight: boolean, error: string): boolean {
  if (!isRight) context.error(error);
  return isRight;
}
