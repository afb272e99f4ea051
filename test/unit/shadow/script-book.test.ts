import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { asciiBytes } from '../../../src/base/bytes.ts';
import { ScriptBook } from '../../../src/shadow/script-book.ts';

const ENTRY_BYTES = 512;

function sha1(text: string): string {
  return createHash('sha1').update(text, 'latin1').digest('hex');
}

function note(book: ScriptBook, text: string): ReturnType<ScriptBook['note']> {
  const bytes = asciiBytes(`..${text}..`);
  return book.note(bytes, 2, bytes.length - 2);
}

function find(book: ScriptBook, digest: string): string | undefined {
  const bytes = asciiBytes(`$${digest}$`);
  const script = book.find(bytes, 1, bytes.length - 1);
  return script === undefined ? undefined : Buffer.from(script.text).toString('latin1');
}

describe('ScriptBook', () => {
  test('finds texts by their digest, in either case', () => {
    const book = new ScriptBook(1 << 20);
    for (const text of ['return 1', 'return 2', '']) note(book, text);
    expect(find(book, sha1('return 1'))).toBe('return 1');
    expect(find(book, sha1('return 2').toUpperCase())).toBe('return 2');
    expect(find(book, sha1(''))).toBe('');
    expect(find(book, sha1('return 3'))).toBeUndefined();
    expect(find(book, `${sha1('return 1').slice(0, 39)}0`)).toBeUndefined();
    for (const odd of ['', 'abc', 'z'.repeat(40), sha1('return 1').slice(1)])
      expect(find(book, odd)).toBeUndefined();
  });

  test('keeps a text once, and tells texts apart that share both ends and the length', () => {
    const book = new ScriptBook(1 << 20);
    const [head, tail] = ['h'.repeat(100), 't'.repeat(100)];
    const first = note(book, `${head}1${tail}`);
    expect(note(book, `${head}1${tail}`)).toBe(first);
    const second = note(book, `${head}2${tail}`);
    expect(second).not.toBe(first);
    for (const middle of ['1', '2']) {
      const text = `${head}${middle}${tail}`;
      expect(find(book, sha1(text))).toBe(text);
      expect(note(book, text)).toBeDefined();
      expect(book.count).toBe(2);
    }
  });

  test('forgets what was used longest ago when its bytes are spent', () => {
    const book = new ScriptBook(8 * (ENTRY_BYTES + 8));
    const texts = Array.from({ length: 8 }, (_, index) => `return ${index}`);
    for (const text of texts) note(book, text);
    expect(book.count).toBe(8);
    expect(find(book, sha1('return 0'))).toBe('return 0');
    note(book, texts[1]!);
    note(book, 'return 8');
    note(book, 'return 9');
    expect(book.count).toBe(8);
    expect(book.sizeBytes).toBe(8 * (ENTRY_BYTES + 8));
    const left = [...texts, 'return 8', 'return 9'].filter((text) => find(book, sha1(text)) !== undefined);
    expect(left).toEqual([
      'return 0',
      'return 1',
      'return 4',
      'return 5',
      'return 6',
      'return 7',
      'return 8',
      'return 9',
    ]);
  });

  test('does not keep a text that would push out most others', () => {
    const book = new ScriptBook(8000);
    expect(note(book, 'x'.repeat(2000))).toBeUndefined();
    expect(note(book, 'x'.repeat(1400))).toBeDefined();
    expect(book.sizeBytes).toBe(1400 + ENTRY_BYTES);
  });

  test('knows whether replies can be compared', () => {
    const book = new ScriptBook(1 << 20);
    expect(note(book, "return redis.call('GET', KEYS[1])")!.isStable).toBe(true);
    expect(note(book, "return redis.call('TIME')")!.isStable).toBe(false);
  });
});
