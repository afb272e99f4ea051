/** Parts of the RDB format: checksums, compression, numbers, strings, listpacks. What is written is read again. */
import { describe, expect, it } from 'vitest';
import { Crc64, crc64 } from '../../../src/base/crc64.ts';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { ListpackWriter } from '../../../src/rdb/listpack-writer.ts';
import { packLzf, unpackLzf } from '../../../src/rdb/lzf.ts';
import { SmallReader } from '../../../src/rdb/small-forms.ts';
import { RdbSource, RdbText } from '../../../src/rdb/source.ts';
import { RdbWriter } from '../../../src/rdb/writer.ts';
import { testSeed } from '../../support/seed.ts';

/** Text with repetitions, of a random alphabet. */
function randomBytes(random: Random, most: number): Buffer {
  const letters = 1 + random.integer(random.integer(4) === 0 ? 256 : 4);
  return Buffer.from(Array.from({ length: random.integer(most) }, () => random.integer(letters)));
}

describe('the checksum', () => {
  it('is the one of the servers, in one piece and in several', () => {
    const text = Buffer.from('123456789');
    expect(crc64(text, 0, text.length)).toBe(0xe9c6d914c4b8d9can);
    const long = Buffer.from(Array.from({ length: 1000 }, (_, at) => (at * 31) & 0xff));
    for (const cut of [0, 1, 7, 8, 9, 500, 999]) {
      const sum = new Crc64();
      sum.add(long, 0, cut);
      sum.add(long, cut, long.length);
      expect(sum.value).toBe(crc64(long, 0, long.length));
    }
  });
});

describe('compression', () => {
  it('gives back what was packed', () => {
    const random = createRandom(testSeed('lzf'));
    let packedOnes = 0;
    for (let round = 0; round < 3000; round++) {
      const bytes = randomBytes(random, round % 10 === 0 ? 20_000 : 300);
      const target = Buffer.alloc(bytes.length + 8);
      const length = packLzf(bytes, 0, bytes.length, target, bytes.length);
      if (length === 0) continue;
      packedOnes += 1;
      expect(length).toBeLessThan(bytes.length);
      const back = Buffer.alloc(bytes.length);
      expect(unpackLzf(target, 0, length, back, bytes.length)).toBe(true);
      expect(back.equals(bytes)).toBe(true);
      expect(unpackLzf(target, 0, length, Buffer.alloc(bytes.length + 1), bytes.length + 1)).toBe(false);
      expect(unpackLzf(target, 0, length - 1, back, bytes.length)).toBe(false);
    }
    expect(packedOnes).toBeGreaterThan(1000);
  });

  it('never writes or reads outside when what it unpacks is damaged', () => {
    const random = createRandom(testSeed('damaged lzf'));
    for (let round = 0; round < 20_000; round++) {
      const bytes = randomBytes(random, 40);
      const target = Buffer.alloc(64, 0xaa);
      unpackLzf(bytes, 0, bytes.length, target, 32);
      expect(target.subarray(32).every((byte) => byte === 0xaa)).toBe(true);
    }
  });
});

const SIZES = [0, 1, 63, 64, 16383, 16384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
const STRINGS = [
  ...['', 'a', '0', '-1', '127', '-128', '-129', '32767', '32768', '2147483647', '-2147483648', '2147483648'],
  ...['007', '+1', '-0', '1.5', 'ab'.repeat(40), 'c'.repeat(10_000), '9223372036854775807', '\x00\xff'],
];

/** A file of these bytes, read so many at a time. */
function sourceOf(writer: RdbWriter, step: number): RdbSource {
  const bytes = Buffer.from(writer.bytes.slice(0, writer.length));
  let at = 0;
  return new RdbSource(new Uint8Array(16), 0, 0, bytes.length, (buffer, start, end) => {
    const count = Math.min(step, end - start, bytes.length - at);
    buffer.set(bytes.subarray(at, at + count), start);
    at += count;
    return count;
  });
}

describe('numbers and strings', () => {
  it.each([1, 3, 1000])('are read as they were written, %i bytes at a time', (step) => {
    const writer = new RdbWriter();
    for (const size of SIZES) writer.size(size);
    for (const text of STRINGS) writer.string(Buffer.from(text, 'latin1'), 0, text.length);
    writer.double(-1.5);
    writer.time(4_000_000_000_000);
    writer.time(-1);
    writer.halves(-1, -2);
    const sum = crc64(writer.bytes, 0, writer.length);
    const source = sourceOf(writer, step);
    for (const size of SIZES) expect(source.size()).toBe(size);
    const text = new RdbText();
    for (const expected of STRINGS) {
      source.string(text);
      expect(text.toText()).toBe(expected);
    }
    expect([source.double(), source.time(), source.time()]).toEqual([-1.5, 4_000_000_000_000, -1]);
    source.wide();
    expect([source.high, source.low, source.left]).toEqual([-1, -2, 0]);
    expect(source.sum).toBe(sum);
    expect(() => source.byte()).toThrow('ends too early');
  });

  it('are not compressed when that is not wanted', () => {
    const writer = new RdbWriter();
    writer.compresses = false;
    writer.string(Buffer.from('a'.repeat(100)), 0, 100);
    expect(writer.length).toBe(102);
  });

  it('that claim more than there is cost no memory', () => {
    const source = new RdbSource(Buffer.from([0x81, 0, 0, 0x10, 0, 0, 0, 0, 0, 1, 2]), 0, 11);
    expect(() => source.string(new RdbText())).toThrow('ends too early');
  });
});

describe('listpacks', () => {
  it('are read as they were written', () => {
    const random = createRandom(testSeed('listpacks'));
    const pack = new ListpackWriter();
    const reader = new SmallReader();
    for (let round = 0; round < 100; round++) {
      // Once with more than the head can count.
      const isMany = round === 50;
      const entries = Array.from({ length: isMany ? 66_000 : random.integer(50) }, () =>
        random.integer(3) === 0
          ? String((random.integer(2) * 2 - 1) * 2 ** random.integer(53) + random.integer(2))
          : randomBytes(random, isMany ? 4 : random.integer(50) === 0 ? 20_000 : 100).toString('latin1'),
      );
      pack.begin();
      for (const entry of entries) pack.string(Buffer.from(entry, 'latin1'), 0, entry.length);
      const writer = new RdbWriter();
      pack.finish(writer);
      const [blob, text] = [new RdbText(), new RdbText()];
      new RdbSource(writer.bytes, 0, writer.length).string(blob);
      reader.listpack(blob);
      const found: string[] = [];
      while (reader.next(text)) found.push(text.toText());
      expect(found).toEqual(entries);
    }
  });
});
