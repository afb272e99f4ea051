/** Scripts on the engine: what they lock, who hears of what they do, and how others fare meanwhile. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeEngine } from './in-process-engine.ts';

const sha = (text: string): string => createHash('sha1').update(text).digest('hex');

test('a script runs with its keys and arguments, and its errors are replies', () => {
  const client = makeEngine().client();
  expect(client.call('EVAL', "return redis.call('set', KEYS[1], ARGV[1])", '1', 'k', 'v')).toBe('+OK\r\n');
  expect(client.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'k')).toBe('$1\r\nv\r\n');
  expect(client.call('EVAL', "return redis.call('lpush', KEYS[1], 1)", '1', 'k')).toMatch(/^-WRONGTYPE /);
  expect(client.call('EVAL', "return redis.call('eval', 'return 1', 0)", '0')).toMatch(
    /not allowed from script/,
  );
  expect(client.call('EVAL', 'return 1', '2', 'k')).toMatch(/greater than number of args/);
});

test('a script that touches what it has not declared has every shard locked until it ends', () => {
  const { engine, client } = makeEngine({ shards: 16 });
  const one = client();
  const script = "for i = 1, 40 do redis.call('set', 'x' .. i, i) end return redis.call('dbsize')";
  expect(one.call('EVAL', script, '1', 'declared')).toBe(':40\r\n');
  expect(one.call('EVAL', script, '0')).toBe(':40\r\n');
  expect(engine.store.shards.some(({ locked }) => locked)).toBe(false);
  expect(one.line('GET x7')).toBe('$1\r\n7\r\n');
});

test('what one worker has loaded runs on the others, until it is flushed', () => {
  const first = makeEngine({ workers: 2 });
  const second = makeEngine({ workers: 2, worker: 1, memory: first.memory });
  const here = first.client();
  const there = second.client();
  const digest = sha('return 7');
  expect(here.call('SCRIPT', 'LOAD', 'return 7')).toBe(`$40\r\n${digest}\r\n`);
  first.engine.mailbox.flush();
  second.engine.mailbox.receive();
  expect(there.call('EVALSHA', digest.toUpperCase(), '0')).toBe(':7\r\n');
  expect(there.call('SCRIPT', 'EXISTS', digest, sha(''))).toBe('*2\r\n:1\r\n:0\r\n');
  there.line('SCRIPT FLUSH');
  second.engine.mailbox.flush();
  first.engine.mailbox.receive();
  expect(here.call('EVALSHA', digest, '0')).toMatch(/^-NOSCRIPT /);
});

test('a script in a transaction, which selects another database for itself alone', () => {
  const client = makeEngine().client();
  client.line('MULTI');
  client.call(
    'EVAL',
    "redis.call('select', 3) redis.call('set', 'k', 'v') return redis.call('get', 'k')",
    '0',
  );
  client.line('GET k');
  expect(client.line('EXEC')).toBe('*2\r\n$1\r\nv\r\n$-1\r\n');
  client.line('SELECT 3');
  expect(client.line('GET k')).toBe('$1\r\nv\r\n');
});

test('who waits gets what the script has left, not what was there in between', () => {
  const { client } = makeEngine();
  const waiting = client();
  waiting.line('BLPOP list 0');
  const script =
    "redis.call('rpush', KEYS[1], 'a') redis.call('lpop', KEYS[1]) return redis.call('rpush', KEYS[1], 'b')";
  expect(client().call('EVAL', script, '1', 'list')).toBe(':1\r\n');
  expect(waiting.pushed).toBe('*2\r\n$4\r\nlist\r\n$1\r\nb\r\n');
  expect(client().call('EVAL', "return redis.call('blpop', KEYS[1], 0)", '1', 'list')).toBe('$-1\r\n');
});

test('read-only scripts do not write', () => {
  const client = makeEngine().client();
  const write = "return redis.call('set', KEYS[1], 'v')";
  expect(client.call('EVAL_RO', write, '1', 'k')).toMatch(
    /Write commands are not allowed from read-only scripts/,
  );
  expect(client.call('EVAL', `#!lua flags=no-writes\n${write}`, '1', 'k')).toMatch(
    /not allowed from read-only/,
  );
  expect(client.call('EVAL_RO', `#!lua\n${write}`, '1', 'k')).toMatch(/write flag using \*_ro command/);
  expect(client.line('EXISTS k')).toBe(':0\r\n');
});

test('libraries are the same on all workers, whoever changes them', () => {
  const first = makeEngine({ workers: 2 });
  const second = makeEngine({ workers: 2, worker: 1, memory: first.memory });
  const here = first.client();
  const there = second.client();
  const meet = (): void => {
    for (const { engine } of [first, second]) engine.mailbox.flush();
    for (const { engine } of [first, second]) engine.mailbox.receive();
  };
  const code = (value: number): string =>
    `#!lua name=lib\nredis.register_function('f', function(keys, args) return ${value} end)`;
  expect(here.call('FUNCTION', 'LOAD', code(1))).toBe('$3\r\nlib\r\n');
  first.engine.mailbox.flush();
  // The change has not been taken from the mail yet, and counts.
  expect(there.call('FUNCTION', 'LOAD', code(2))).toBe("-ERR Library 'lib' already exists\r\n");
  expect(there.call('FUNCTION', 'LOAD', 'REPLACE', code(2))).toBe('$3\r\nlib\r\n');
  meet();
  expect(here.line('FCALL F 0')).toBe(':2\r\n');
  expect(here.line('FUNCTION DELETE lib')).toBe('+OK\r\n');
  meet();
  expect(there.line('FCALL f 0')).toBe('-ERR Function not found\r\n');
  expect(there.line('FUNCTION LIST')).toBe('*0\r\n');
});
