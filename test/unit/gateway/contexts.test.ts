import { describe, expect, it } from 'vitest';
import { ContextTable } from '../../../src/gateway/contexts.ts';

describe('ContextTable', () => {
  it('gives one object for equal settings and another one for any difference', () => {
    const contexts = new ContextTable();
    expect(contexts.get(0, 2, undefined, undefined)).toBe(contexts.base);
    const settings: [number, 2 | 3, string | undefined, string | undefined][] = [
      [0, 3, undefined, undefined],
      [1, 2, undefined, undefined],
      [0, 2, undefined, ''],
      [0, 2, '', ''],
      [0, 2, undefined, 'null'],
      [0, 2, 'null', 'null'],
      [0, 2, 'a","b', 'c'],
      [0, 2, 'a', 'b","c'],
    ];
    const made = settings.map((one) => contexts.get(...one));
    expect(new Set(made).size).toBe(settings.length);
    expect(new Set(made.map(({ id }) => id)).size).toBe(settings.length);
    for (const [index, one] of settings.entries()) expect(contexts.get(...one)).toBe(made[index]);
    expect(contexts.byId(made[3]!.id)).toBe(made[3]);
  });

  it('forgets the oldest login among very many, and never the base', () => {
    const contexts = new ContextTable();
    const first = contexts.get(0, 2, undefined, 'guess 0');
    const second = contexts.get(0, 2, undefined, 'guess 1');
    for (let guess = 2; guess < 10_000; guess++) contexts.get(0, 2, undefined, `guess ${guess}`);
    expect(contexts.byId(first.id)).toBe(undefined);
    expect(contexts.byId(second.id)).toBe(second);
    expect(contexts.get(0, 2, undefined, undefined)).toBe(contexts.base);
    const again = contexts.get(0, 2, undefined, 'guess 0');
    expect(again.id).not.toBe(first.id);
    expect(contexts.byId(second.id)).toBe(undefined);
  });
});
