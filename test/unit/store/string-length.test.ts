/** The length of a string is in no place of its own: it survives whatever gives the string another block or place. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';
import { makeEngine, type TestEngineClient } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';

const STEPS = 4000;

function bulk(value: string): string {
  return `$${value.length}\r\n${value}\r\n`;
}

/** What the key holds after a random change, or `undefined` for another key's value that is not looked at. */
function change(client: TestEngineClient, random: Random, key: string, before: string): string {
  const text = 'abcdefgh'[random.integer(8)]!.repeat(random.integer(random.integer(20) === 0 ? 9000 : 160));
  switch (random.integer(8)) {
    case 0:
      client.call('SET', key, text);
      return text;
    case 1:
      client.call('SET', key, text, 'EX', '1000');
      return text;
    case 2:
      client.call('APPEND', key, text);
      return before + text;
    case 3: {
      const at = random.integer(200);
      client.call('SETRANGE', key, String(at), text);
      if (text === '') return before;
      return before.slice(0, at).padEnd(at, '\0') + text + before.slice(at + text.length);
    }
    case 4:
      client.call('EXPIRE', key, '1000');
      return before;
    case 5:
      client.call('PERSIST', key);
      return before;
    case 6:
      client.call('COPY', key, `${key}:copy`, 'REPLACE');
      expect(client.call('GET', `${key}:copy`)).toBe(before === '' ? client.call('GET', key) : bulk(before));
      return before;
    default:
      client.call('RENAME', key, `{${key}}:other:name`);
      client.call('RENAME', `{${key}}:other:name`, key);
      return before;
  }
}

describe('the length of a string', () => {
  it('is right after any change', () => {
    const random = createRandom(testSeed('lengths of strings'));
    const { engine, client: connect } = makeEngine({ shards: 2 });
    const client = connect();
    const values = new Map<string, string>();
    for (let step = 0; step < STEPS; step++) {
      const key = `key:${'x'.repeat(random.integer(7))}`;
      const value = change(client, random, key, values.get(key) ?? '').slice(0, 20_000);
      values.set(key, value);
      if (value.length === 20_000) client.call('SET', key, value);
      if (client.call('EXISTS', key) === ':0\r\n') expect(value).toBe('');
      else {
        expect(client.call('GET', key)).toBe(bulk(value));
        expect(client.call('STRLEN', key)).toBe(`:${value.length}\r\n`);
      }
    }
    for (const { arena } of engine.store.shards) checkArena(arena);
  });

  it('takes no memory, and the kind of the string stays as it is', () => {
    const { client: connect } = makeEngine({ compatibility: 'valkey-8' });
    const client = connect();
    client.call('SET', 'key:000000000001', 'v'.repeat(64));
    expect(client.line('MEMORY USAGE key:000000000001')).toBe(':88\r\n');
    for (const length of [1, 2, 3, 4, 5, 6, 7, 8, 9, 40, 44]) {
      const digits = '1'.repeat(length);
      client.call('SET', 'k', digits);
      for (const line of ['EXPIRE k 1000', 'PERSIST k', 'COPY k other REPLACE', 'RENAME other k']) {
        client.line(line);
        expect(client.line('OBJECT ENCODING k'), `${line}, ${length}`).toContain(
          length < 20 ? 'int' : 'embstr',
        );
      }
      client.line('APPEND k 1');
      client.line('EXPIRE k 1000');
      client.line('COPY k other REPLACE');
      expect(client.line('OBJECT ENCODING other')).toContain('raw');
    }
    client.line('SET f 10');
    client.line('INCRBYFLOAT f 1');
    client.line('EXPIRE f 1000');
    client.line('RENAME f g');
    expect(client.line('OBJECT ENCODING g')).toContain('embstr');
    expect(client.line('GET g')).toBe(bulk('11'));
  });
});
