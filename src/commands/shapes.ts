/**
 * Words the definitions are written in: key positions, versions, compare rules and argument grammar. Cold: runs when
 * the catalogue is loaded, never per command. Knows no particular command.
 */
import type { ArgumentGrammar, CompareRule, KeyFlag, KeySpec, Since } from './definition.ts';

/** Equal bytes, after the error texts of both products are normalised. */
export const EXACT: CompareRule = { rule: 'exact' };
/** The same elements in any order: replies that follow hash order. */
export const UNORDERED: CompareRule = { rule: 'unordered' };
/** The same fields with the same values in any order. */
export const PAIRS: CompareRule = { rule: 'pairs-unordered' };
/** Leaves that are numbers must be the same double: 0.1 and 0.10000000000000001 are equal. */
export const FLOAT: CompareRule = { rule: 'float' };
/** The same type and both or neither null: random choices and what depends on the server's own state. */
export const SHAPE: CompareRule = { rule: 'shape' };
/** A well-formed reply of the SCAN family: cursors and pages belong to one server. */
export const CURSOR: CompareRule = { rule: 'cursor' };
/** Never compared. */
export const IGNORE: CompareRule = { rule: 'ignore' };
/** A time to live in seconds or a Unix time in seconds. */
export const TTL_SECONDS: CompareRule = { rule: 'ttl', tolerance: 1 };
/** A time to live in milliseconds or a Unix time in milliseconds. */
export const TTL_MILLISECONDS: CompareRule = { rule: 'ttl', tolerance: 1000 };

/** Versions that introduced something. One argument: both products report the same (Valkey kept Redis' numbers). */
export function since(redis: string | null, valkey: string | null = redis): Since {
  return { redis, valkey };
}

/** One key at argument `index`. */
export function keyAt(index: number, ...flags: KeyFlag[]): KeySpec {
  return keyRange(index, 0, 1, ...flags);
}

/** Every argument from `index` to the last is a key. */
export function keysFrom(index: number, ...flags: KeyFlag[]): KeySpec {
  return keyRange(index, -1, 1, ...flags);
}

/** Keys from `index`, every `step` arguments, up to `last`: relative to `index`, or to the end when negative. */
export function keyRange(index: number, last: number, step: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { type: 'index', index }, find: { type: 'range', lastKey: last, step, limit: 0 } };
}

/** Argument `index` counts the keys that follow it, `step` arguments apart. */
export function numKeysAt(index: number, step: number, ...flags: KeyFlag[]): KeySpec {
  return {
    flags,
    begin: { type: 'index', index },
    find: { type: 'keynum', keyCountIndex: 0, firstKey: 1, step },
  };
}

/** One key after the option `keyword`, searched from argument `startFrom` (from the end when negative). */
export function keyAfter(keyword: string, startFrom: number, ...flags: KeyFlag[]): KeySpec {
  return {
    flags,
    begin: { type: 'keyword', keyword, startFrom },
    find: { type: 'range', lastKey: 0, step: 1, limit: 0 },
  };
}

/** Keys after `keyword`: all arguments (limit 0), or the first 1/limit of them (limit 2: half are ids). */
export function keysAfter(keyword: string, startFrom: number, limit: number, ...flags: KeyFlag[]): KeySpec {
  return {
    flags,
    begin: { type: 'keyword', keyword, startFrom },
    find: { type: 'range', lastKey: -1, step: 1, limit },
  };
}

/** Keys whose places COMMAND INFO cannot describe. */
export function unknownKeys(...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { type: 'unknown' }, find: { type: 'unknown' } };
}

/** These arguments, whatever the command says. */
export function argumentsAt(...places: number[]): () => readonly number[] {
  return () => places;
}

/** A key argument; `keySpecIndex` is the entry of `keys` it belongs to. */
export function key(name = 'key', keySpecIndex = 0, token?: string): ArgumentGrammar {
  return withToken({ name, type: 'key', keySpecIndex }, token);
}

/** The argument as people are shown it: `display_text` of COMMAND DOCS. */
export function shownAs(display: string, argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, display };
}

/** A pattern that keys are made from (SORT's BY and GET). */
export function keyPattern(name: string, keySpecIndex: number, word: string): ArgumentGrammar {
  return { name, type: 'pattern', token: word, keySpecIndex };
}

export function text(name: string, token?: string): ArgumentGrammar {
  return withToken({ name, type: 'string' }, token);
}

export function integer(name: string, token?: string): ArgumentGrammar {
  return withToken({ name, type: 'integer' }, token);
}

export function double(name: string, token?: string): ArgumentGrammar {
  return withToken({ name, type: 'double' }, token);
}

export function pattern(name: string, token?: string): ArgumentGrammar {
  return withToken({ name, type: 'pattern' }, token);
}

export function unixTime(name: string, token?: string): ArgumentGrammar {
  return withToken({ name, type: 'unix-time' }, token);
}

/** A word that stands for itself, such as NX. */
export function flag(token: string, name = token.toLowerCase()): ArgumentGrammar {
  return { name, type: 'pure-token', token };
}

/** Exactly one of the given forms. */
export function oneOf(name: string, ...choices: ArgumentGrammar[]): ArgumentGrammar {
  return { name, type: 'oneof', arguments: choices };
}

/** Several arguments that belong together. */
export function block(name: string, ...parts: ArgumentGrammar[]): ArgumentGrammar {
  return { name, type: 'block', arguments: parts };
}

/** Puts the word `token` before an argument. */
export function token(word: string, argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, token: word };
}

export function optional(argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, optional: true };
}

/** One or more; a token is given once, before the first. */
export function many(argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, multiple: true };
}

/** One or more, each with its own token. */
export function manyTokens(argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, multiple: true, multipleToken: true };
}

/** An argument younger than its command. */
export function added(versions: Since, argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, since: versions };
}

function withToken(argument: ArgumentGrammar, word: string | undefined): ArgumentGrammar {
  return word === undefined ? argument : { ...argument, token: word };
}

/** The rule for every element of an array reply. */
export function eachElement(rule: CompareRule): CompareRule {
  return { ...rule, each: true };
}
