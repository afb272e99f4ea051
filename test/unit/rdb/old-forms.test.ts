/** What servers before Redis 7 wrote: RESTORE takes it, and refuses it when it is damaged. */
import { describe, expect, it } from 'vitest';
import { payloadOf, rdbString, ziplist, zipmap } from '../../support/rdb-forms.ts';
import { makeEngine, type TestEngineClient } from '../engine/in-process-engine.ts';

const ENTRIES = [
  'a',
  '',
  0,
  12,
  13,
  -1,
  300,
  -70_000,
  2_000_000_000,
  2 ** 40,
  'x'.repeat(63),
  'y'.repeat(300),
  'z',
];

function restored(client: TestEngineClient, ...value: readonly Uint8Array[]): string {
  return client.call('RESTORE', 'k', '0', payloadOf(Buffer.concat(value), 9), 'REPLACE');
}

function items(reply: string): string[] {
  return reply.split('\r\n').filter((line) => line !== '' && !/^[*$%~]/.test(line));
}

function type(number: number): Buffer {
  return Buffer.from([number]);
}

describe('older forms', () => {
  const client = makeEngine({ compatibility: 'valkey-8' }).client();

  it('lists: elements by themselves, one ziplist, several ziplists', () => {
    const texts = ENTRIES.map(String);
    const one = [
      type(1),
      type(3),
      rdbString(Buffer.from('a')),
      rdbString(Buffer.from('b')),
      Buffer.from([0xc0, 5]),
    ];
    expect(restored(client, ...one)).toBe('+OK\r\n');
    expect(items(client.line('LRANGE k 0 -1'))).toEqual(['a', 'b', '5']);
    expect(restored(client, type(10), rdbString(ziplist(ENTRIES)))).toBe('+OK\r\n');
    expect(items(client.line('LRANGE k 0 -1'))).toEqual(texts.filter((text) => text !== ''));
    expect(client.line('LLEN k')).toBe(`:${texts.length}\r\n`);
    const parts = [type(14), type(2), rdbString(ziplist(['a', 1])), rdbString(ziplist([2, 'b']))];
    expect(restored(client, ...parts)).toBe('+OK\r\n');
    expect(items(client.line('LRANGE k 0 -1'))).toEqual(['a', '1', '2', 'b']);
  });

  it('hashes: zipmaps and ziplists', () => {
    const pairs = [
      ['field', 'value'],
      ['empty', ''],
      ['long', 'l'.repeat(300)],
    ] as const;
    expect(restored(client, type(9), rdbString(zipmap(pairs)))).toBe('+OK\r\n');
    expect(items(client.line('HGETALL k'))).toEqual(['field', 'value', 'empty', 'long', 'l'.repeat(300)]);
    expect(restored(client, type(13), rdbString(ziplist(['a', 1, 'b', 'two'])))).toBe('+OK\r\n');
    expect(items(client.line('HGETALL k'))).toEqual(['a', '1', 'b', 'two']);
  });

  it('sorted sets: scores as texts, and ziplists', () => {
    const text = (score: string): Buffer => Buffer.concat([Buffer.from([score.length]), Buffer.from(score)]);
    const member = (name: string): Buffer => rdbString(Buffer.from(name));
    const scores = [
      member('a'),
      text('1.5'),
      member('b'),
      Buffer.from([254]),
      member('c'),
      Buffer.from([255]),
    ];
    expect(restored(client, type(3), type(3), ...scores)).toBe('+OK\r\n');
    expect(items(client.line('ZRANGE k 0 -1 WITHSCORES'))).toEqual(['c', '-inf', 'a', '1.5', 'b', 'inf']);
    expect(restored(client, type(3), type(1), member('a'), Buffer.from([253]))).toBe(
      '-ERR Bad data format\r\n',
    );
    expect(restored(client, type(12), rdbString(ziplist(['a', 1, 'b', '2.5'])))).toBe('+OK\r\n');
    expect(items(client.line('ZRANGE k 0 -1 WITHSCORES'))).toEqual(['a', '1', 'b', '2.5']);
  });

  it('damaged ones are refused, and the key stays as it was', () => {
    client.line('SET k before');
    const good = ziplist(ENTRIES);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] ^= 0xff;
      const reply = restored(client, type(10), rdbString(bad));
      // Some bytes are those of a text.
      if (reply === '+OK\r\n') client.line('SET k before');
      else expect([reply, client.line('GET k')]).toEqual(['-ERR Bad data format\r\n', '$6\r\nbefore\r\n']);
    }
    for (const length of [0, 5, 10, good.length - 1]) {
      expect(restored(client, type(10), rdbString(good.subarray(0, length)))).toBe(
        '-ERR Bad data format\r\n',
      );
    }
  });
});

describe('what RESTORE refuses', () => {
  const client = makeEngine({ compatibility: 'valkey-8' }).client();
  const bad: readonly (readonly [string, Buffer])[] = [
    ['an empty list', Buffer.from([1, 0])],
    ['an empty set', Buffer.from([2, 0])],
    ['a member twice', Buffer.from([2, 2, 1, 0x61, 1, 0x61])],
    ['a field twice', Buffer.from([4, 2, 1, 0x61, 1, 0x62, 1, 0x61, 1, 0x63])],
    ['a scored member twice', Buffer.from([3, 2, 1, 0x61, 1, 0x31, 1, 0x61, 1, 0x32])],
    ['an unknown type', Buffer.from([99, 0])],
    ['a type of another product', Buffer.from([22, 1, 1, 0x61, 1, 0x62, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['nothing', Buffer.from([])],
    ['a module', Buffer.from([7, 1, 0])],
    ['a huge count', Buffer.from([2, 0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x61])],
  ];
  it.each(bad)('%s', (_name, value) => {
    expect(client.call('RESTORE', 'k', '0', payloadOf(value, 11))).toBe('-ERR Bad data format\r\n');
    expect(client.line('EXISTS k')).toBe(':0\r\n');
  });

  it('other versions and checksums', () => {
    const value = Buffer.from([0, 1, 0x61]);
    const wrong = '-ERR DUMP payload version or checksum are wrong\r\n';
    expect(client.call('RESTORE', 'k', '0', payloadOf(value, 12))).toBe(wrong);
    expect(client.call('RESTORE', 'k', '0', payloadOf(value, 80))).toBe(wrong);
    const payload = payloadOf(value, 11);
    expect(client.call('RESTORE', 'k', '0', payload.subarray(0, payload.length - 1))).toBe(wrong);
    expect(client.call('RESTORE', 'k', '0', payload.fill(0, payload.length - 8))).toBe(wrong);
    expect(client.call('RESTORE', 'k', '0', 'short')).toBe(wrong);
    const newest = makeEngine({ compatibility: 'valkey-9' }).client();
    expect(newest.call('RESTORE', 'k', '0', payloadOf(value, 12))).toBe(wrong);
    expect(newest.call('RESTORE', 'k', '0', payloadOf(value, 80))).toBe('+OK\r\n');
  });
});
