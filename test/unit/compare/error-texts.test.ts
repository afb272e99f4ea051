import { describe, expect, it } from 'vitest';
import { normaliseErrorText } from '../../../src/compare/error-texts.ts';

/** Texts of one error in different servers. */
const sameErrors: readonly (readonly string[])[] = [
  [
    'ERR x script: 5537d45720f3fc7315383a18c90362531501ad84, on @user_script:1.',
    'ERR x script: on @user_script:1.',
  ],
  [
    'ERR Unknown Redis command called from script script: on @user_script:1.',
    'ERR Unknown command called from script script: 5537d45720f3fc7315383a18c90362531501ad84, on @user_script:1.',
  ],
  ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT No matching script.'],
  [
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  ],
  [
    'ERR MULTI calls can not be nested',
    'ERR Command not allowed inside a transaction',
    "ERR Command 'multi' not allowed inside a transaction",
  ],
  [
    "NOPERM this user has no permissions to run the 'get' command",
    "NOPERM User bob has no permissions to run the 'get' command",
  ],
  [
    'NOPERM this user has no permissions to access one of the keys used as arguments',
    'NOPERM No permissions to access a key',
  ],
  ['ERR could not decode requested zset member', 'ERR member x does not exist'],
  ['ERR timeout is negative', 'ERR timeout is out of range'],
  [
    "ERR unknown command 'A', with args beginning with: 'x' ",
    "ERR unknown command 'a', with args beginning with: ",
  ],
  ["ERR invalid expire time in 'hexpire' command", 'ERR invalid expire time, must be >= 0'],
  [
    'ERR BY option of SORT denied in Cluster mode.',
    'ERR BY option of SORT denied in cluster mode when keys formed by the pattern may be in different slots.',
  ],
];

describe('error texts', () => {
  it.each(sameErrors.map((texts) => [texts[0], texts] as const))('%s', (_first, texts) => {
    expect(new Set(texts.map(normaliseErrorText)).size).toBe(1);
  });

  it('keeps apart what differs', () => {
    const texts = sameErrors.map((same) => normaliseErrorText(same[0]));
    expect(new Set(texts).size).toBe(texts.length);
    expect(normaliseErrorText("NOPERM User bob has no permissions to run the 'get' command")).not.toBe(
      normaliseErrorText("NOPERM User bob has no permissions to run the 'set' command"),
    );
    expect(normaliseErrorText('ERR syntax error')).toBe('ERR syntax error');
  });

  it('does not spend time on long texts', () => {
    const text = `ERR ${"unknown command '".repeat(100_000)}`;
    expect(normaliseErrorText(text)).toBe(text);
  });
});
