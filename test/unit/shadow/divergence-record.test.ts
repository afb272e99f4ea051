import { describe, expect, test } from 'vitest';
import {
  type ByteSpan,
  buildDivergenceReport,
  type DivergenceFacts,
} from '../../../src/shadow/divergence-record.ts';

function span(text: string): ByteSpan {
  // Not at the beginning of its memory, as in real life.
  const bytes = new TextEncoder().encode(`##${text}##`);
  return { bytes, start: 2, end: bytes.length - 2 };
}

const facts: DivergenceFacts = {
  atMs: 1_700_000_000_000,
  command: 'hgetall',
  kind: 'value',
  path: '["card \\"1\\" number"]',
  slot: 7,
  key: span('user:42'),
  request: span('*2\r\n$7\r\nHGETALL\r\n$7\r\nuser:42\r\n'),
  primary: span('*2\r\n$4\r\ncard\r\n$8\r\n12345678\r\n'),
  shadow: span('*2\r\n$4\r\ncard\r\n$8\r\n87654321\r\n'),
};
const hidden = { showKeys: false, showValues: false, maxReplyBytes: 256 };

describe('buildDivergenceReport', () => {
  test('shows neither keys, fields nor values unless asked', () => {
    const report = buildDivergenceReport(facts, hidden);
    expect(report).toMatchObject({
      at: 1_700_000_000_000,
      command: 'hgetall',
      kind: 'value',
      slot: 7,
      firstDifference: '["…"]',
    });
    expect(report.keyHash).toMatch(/^[0-9a-f]{16}$/);
    expect('key' in report).toBe(false);
    expect(JSON.stringify(report)).not.toMatch(/user|card|1234|4321/);
    expect(report.primary).not.toBe('');
  });

  test('shows them when asked', () => {
    const report = buildDivergenceReport(facts, { showKeys: true, showValues: true, maxReplyBytes: 256 });
    expect(report.key).toBe('user:42');
    expect(report.firstDifference).toBe('["card \\"1\\" number"]');
    expect(report.primary).toContain('12345678');
    expect(report.shadow).toContain('87654321');
  });

  test('shows the command only where keys and values may be shown, and whole', () => {
    const show = (shown: object, request = facts.request): string | undefined =>
      buildDivergenceReport({ ...facts, request }, { ...hidden, ...shown }).request;
    const all = { showKeys: true, showValues: true };
    expect(show(all)).toBe('HGETALL user:42');
    for (const some of [{}, { showKeys: true }, { showValues: true }]) expect(show(some)).toBeUndefined();
    expect(show({ ...all, maxReplyBytes: 14 })).toBeUndefined();
    expect(show(all, span('*3\r\n$3\r\nSET\r\n$4\r\na"\n\0\r\n$0\r\n\r\n'))).toBe('SET "a\\"\\n\\x00" ""');
    const secret = buildDivergenceReport({ ...facts, request: undefined }, { ...hidden, ...all });
    expect('request' in secret).toBe(false);
  });

  test('gives equal keys equal hashes, and others others', () => {
    const hash = (key: string): string => buildDivergenceReport({ ...facts, key: span(key) }, hidden).keyHash;
    expect(hash('a')).toBe(hash('a'));
    expect(hash('a')).not.toBe(hash('b'));
  });

  test('names the whole reply, and leaves indexes readable', () => {
    const path = (text: string): string =>
      buildDivergenceReport({ ...facts, path: text }, hidden).firstDifference;
    expect(path('')).toBe('whole reply');
    expect(path('[3][0]')).toBe('[3][0]');
    expect(path('[2]["secret"]')).toBe('[2]["…"]');
  });

  test('works without a key', () => {
    const report = buildDivergenceReport(
      { ...facts, key: undefined, slot: -1 },
      { ...hidden, showKeys: true },
    );
    expect(report).toMatchObject({ keyHash: '', slot: -1 });
    expect('key' in report).toBe(false);
  });

  test('cuts what is long', () => {
    const long = 'x'.repeat(5000);
    const shown = buildDivergenceReport(
      {
        ...facts,
        key: span(long),
        path: `["${long}"]`,
        primary: span(`$5000\r\n${long}\r\n`),
        shadow: span('$-1\r\n'),
      },
      { showKeys: true, showValues: true, maxReplyBytes: 64 },
    );
    expect(shown.key?.length).toBe(256);
    expect(shown.firstDifference.length).toBe(256);
    expect(shown.primary.length).toBeLessThanOrEqual(64);
  });
});
