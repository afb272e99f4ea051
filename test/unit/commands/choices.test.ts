/** What depends on a command's arguments: compare rules, waiting, mirroring. */
import { describe, expect, it } from 'vitest';
import type { CommandDefinition } from '../../../src/commands/definition.ts';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { viewOf } from './view.ts';

const table = buildCommandTable();

function definitionOf(words: readonly string[]): CommandDefinition {
  const view = viewOf(...words);
  return table.definitions[table.lookup(view.bytes, view.spans, view.count)];
}

function ruleOf(...words: string[]): string {
  const definition = definitionOf(words);
  return (definition.compareWith?.(viewOf(...words)) ?? definition.compare).rule;
}

function line(text: string): string {
  return ruleOf(...text.split(' '));
}

function scriptRule(script: string): string {
  return ruleOf('EVAL', script, '1', 'k');
}

describe('compare rules by arguments', () => {
  it.each([
    ['ZADD z 1 a', 'exact'],
    ['ZADD z incr 1 a', 'float'],
    ['ZRANGE z 0 -1', 'exact'],
    ['ZRANGE z 0 -1 REV WithScores', 'float'],
    ['ZUNION 2 a b WITHSCORES', 'float'],
    ['ZRANK z m', 'exact'],
    ['ZRANK z m WITHSCORE', 'float'],
    ['XPENDING s g', 'exact'],
    ['XPENDING s g - + 10', 'shape'],
    ['XTRIM s MAXLEN ~ 10', 'shape'],
    ['XTRIM s MAXLEN 10', 'exact'],
    ['XINFO STREAM s', 'pairs-unordered'],
    ['XINFO STREAM s full', 'shape'],
    ['HTTL h FIELDS 1 f', 'ttl'],
  ])('%s: %s', (text, rule) => {
    expect(line(text)).toBe(rule);
  });

  it.each([
    ['SORT l', 'exact'],
    ['SORT l LIMIT 0 5 DESC', 'exact'],
    ['SORT l BY nosort', 'unordered'],
    ['SORT l BY nosort LIMIT 0 5', 'shape'],
    ['SORT l BY nosort STORE d', 'exact'],
    ['SORT l BY w_*', 'exact'],
    ['SORT l BY w_* ALPHA', 'unordered'],
    ['SORT_RO l BY w_* GET # ALPHA LIMIT 0 1', 'shape'],
    ['SORT l GET by', 'exact'],
    ['SORT l ALPHA', 'exact'],
    ['SORT l ALPHA GET w_*', 'unordered'],
    ['SORT l ALPHA GET w_* LIMIT 0 1', 'shape'],
    ['SORT l ALPHA GET w_* STORE d', 'exact'],
    ['SORT l BY', 'exact'],
  ])('%s: %s', (text, rule) => {
    expect(line(text)).toBe(rule);
  });

  it.each([
    ['GEOSEARCH g FROMMEMBER m BYRADIUS 1 km', 'unordered'],
    ['GEOSEARCH g FROMMEMBER m BYRADIUS 1 km ASC', 'exact'],
    ['GEOSEARCH g FROMMEMBER m BYRADIUS 1 km COUNT 3', 'exact'],
    ['GEOSEARCH g FROMMEMBER m BYRADIUS 1 km COUNT 3 ANY', 'shape'],
    ['GEOSEARCH g FROMMEMBER m BYRADIUS 1 km DESC WITHCOORD', 'float'],
    ['GEORADIUS g 1 2 3 km STORE d', 'exact'],
  ])('%s: %s', (text, rule) => {
    expect(line(text)).toBe(rule);
  });
});

describe('scripts', () => {
  it.each([
    "return redis.call('GET', KEYS[1])",
    'return redis.call("incr", KEYS[1])',
    "local n = redis.pcall('LLEN', KEYS[1]) return n * 2",
    "redis.call ( 'SET', KEYS[1], ARGV[1]) return cjson.encode({1, 2})",
    "return 'scandal' .. 'keystone'",
    '',
  ])('compares exactly: %s', (script) => {
    expect(scriptRule(script)).toBe('exact');
  });

  it.each([
    "return redis.call('TIME')",
    "return redis.call('smembers', KEYS[1])",
    'return redis.call("KEYS", "*")',
    "return redis.call 'RANDOMKEY'",
    'return math.random()',
    'return tostring({})',
    'return os.clock()',
    'local c = ARGV[1] return redis.call(c, KEYS[1])',
    'return redis.pcall( unpack(ARGV))',
    "local cmd = 'TTL' return 1",
  ])('compares by shape: %s', (script) => {
    expect(scriptRule(script)).toBe('shape');
  });

  it('compares by shape what only names a script or function', () => {
    expect(line('EVALSHA abc 0')).toBe('shape');
    expect(line('FCALL f 0')).toBe('shape');
    expect(line('EVAL')).toBe('exact');
  });
});

describe('waiting for entries', () => {
  const blocks = (text: string): boolean | undefined =>
    definitionOf(text.split(' ')).blocks?.(viewOf(...text.split(' ')));

  it('is decided by the option, not by values that look like it', () => {
    expect(blocks('XREAD COUNT 1 BLOCK 0 STREAMS a 0')).toBe(true);
    expect(blocks('xread block 0 streams a $')).toBe(true);
    expect(blocks('XREAD STREAMS BLOCK 0')).toBe(false);
    expect(blocks('XREAD COUNT BLOCK STREAMS a 0')).toBe(false);
    expect(blocks('XREADGROUP GROUP BLOCK c STREAMS a >')).toBe(false);
    expect(blocks('XREADGROUP GROUP g BLOCK NOACK STREAMS a >')).toBe(false);
    expect(blocks('XREADGROUP GROUP g c BLOCK 5 STREAMS a >')).toBe(true);
    expect(definitionOf(['BLPOP', 'a', '0']).blocks).toBeUndefined();
  });

  it('keeps XREAD away from the shadow', () => {
    const mirror = definitionOf(['XREAD']).mirror;
    if (typeof mirror !== 'object') throw new Error('not an effect');
    expect(mirror.effect(viewOf('XREAD', 'STREAMS', 'a', '0'))).toBeUndefined();
    expect(mirror.effect(viewOf('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0'))).toBeTypeOf('function');
  });
});
