/** Details of clients that track keys, of clients that wait, and of what counts as a use of a key. */
import { expect, it } from 'vitest';
import { makeEngine } from './in-process-engine.ts';

it('who is served hears of what that has changed behind the reply', () => {
  const { client } = makeEngine();
  const [reader, other] = [client(), client()];
  other.line('RPUSH {l}2 a');
  reader.line('HELLO 3');
  reader.line('CLIENT TRACKING on');
  reader.line('LRANGE {l}2 0 -1');
  expect(reader.line('BLMOVE {l}1 {l}2 LEFT LEFT 0')).toBe('');
  other.line('RPUSH {l}1 foo');
  expect(reader.pushed).toBe('$3\r\nfoo\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$4\r\n{l}2\r\n');
});

it('keys are given up when the setting becomes smaller, before a command and by themselves', () => {
  const { client, engine } = makeEngine();
  const [reader, other] = [client(), client()];
  reader.line('HELLO 3');
  reader.line('CLIENT TRACKING on');
  for (const key of ['a', 'b', 'c', 'd', 'e']) reader.line(`GET ${key}`);
  other.line('CONFIG SET tracking-table-max-keys 3');
  expect(reader.pushed).toBe('');
  other.line('PING');
  expect(reader.pushed.split('invalidate')).toHaveLength(3);
  other.line('CONFIG SET tracking-table-max-keys 1');
  engine.tick();
  expect(reader.pushed.split('invalidate')).toHaveLength(5);
});

it('a command that waits counts when it is done', () => {
  const { client } = makeEngine();
  const [waiting, other] = [client(), client()];
  waiting.line('PING');
  waiting.line('BLPOP k 0');
  expect(waiting.client.commandCount).toBe(1);
  other.line('RPUSH k v');
  expect(waiting.client.commandCount).toBe(2);
});

it('TOUCH is a use of a key, EXISTS is none', () => {
  const { client, clock, engine } = makeEngine();
  const one = client();
  one.line('SET k v');
  clock.advance(5000);
  engine.tick();
  one.line('EXISTS k');
  expect(one.line('OBJECT IDLETIME k')).toBe(':5\r\n');
  expect(one.line('TOUCH k none')).toBe(':1\r\n');
  expect(one.line('OBJECT IDLETIME k')).toBe(':0\r\n');
});
