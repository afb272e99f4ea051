/** Hash slots against values published for CRC16/XMODEM and given by CLUSTER KEYSLOT. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { crc16, keySlot, SLOT_COUNT } from '../../../src/base/slot.ts';
import { testSeed } from '../../support/seed.ts';

function slot(key: string): number {
  const bytes = Buffer.from(`xx${key}yy`);
  return keySlot(bytes, 2, bytes.length - 2);
}

describe('slots', () => {
  it('has the check value of CRC16/XMODEM', () => {
    expect(crc16(Buffer.from('123456789'), 0, 9)).toBe(0x31c3);
    expect(crc16(Buffer.alloc(0), 0, 0)).toBe(0);
  });

  it.each([
    ['', 0],
    ['foo', 12182],
    ['bar', 5061],
    ['hello', 866],
    ['123456789', 12739],
    ['somekey', 11058],
    ['foo{hash_tag}', 2515],
    ['\u00ff', 5427],
  ])('puts %j into slot %d', (key, expected) => {
    expect(slot(key)).toBe(expected);
  });

  it('hashes only what stands between the first { and the first } after it', () => {
    expect(slot('{user1000}.following')).toBe(slot('user1000'));
    expect(slot('{user1000}.followers')).toBe(slot('user1000'));
    expect(slot('foo{bar}{zap}')).toBe(slot('bar'));
    expect(slot('foo{{bar}}zap')).toBe(slot('{bar'));
    expect(slot('a}b{c}d')).toBe(slot('c'));
  });

  it('hashes the whole key where the tag is empty or not closed', () => {
    const plain = (key: string): number => crc16(Buffer.from(key), 0, Buffer.byteLength(key)) % SLOT_COUNT;
    for (const key of ['foo{}{bar}', '{}', '{', '}', 'foo{bar', '}{', 'foo{}bar']) {
      expect(slot(key), key).toBe(plain(key));
    }
  });
});

describe('crc16', () => {
  it('is that of one bit after another, whatever the length', () => {
    const random = createRandom(testSeed('crc16'));
    for (let length = 0; length < 70; length++) {
      const bytes = new Uint8Array(length + 3).map(() => random.integer(256));
      let crc = 0;
      for (let at = 3; at < bytes.length; at++) {
        crc ^= (bytes[at] as number) << 8;
        for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
      }
      expect(crc16(bytes, 3, bytes.length)).toBe(crc);
    }
  });
});
