/** What texts of settings mean, with the servers' words for those that mean nothing. Pure. Cold: for administration. */
import { memoryBytes } from '../base/memory-size.ts';
import type { RefusedSetting } from '../commands/ports.ts';

const MOST = '9223372036854775807';

/** Numbers are kept as doubles: above 2^53 the last digits are lost, which no limit minds. */
export function wholeNumber(text: string, least: number, most?: number): number | RefusedSetting {
  if (!/^-?\d{1,19}$/.test(text)) return { refusal: "argument couldn't be parsed into an integer" };
  const value = Number(text);
  if (value >= least && (most === undefined || value <= most)) return value;
  return { refusal: `argument must be between ${least} and ${most ?? MOST} inclusive` };
}

/** Bytes, with a unit or without. */
export function memorySize(text: string): number | RefusedSetting {
  const bytes = text.startsWith('-') ? undefined : memoryBytes(text);
  return bytes ?? { refusal: 'argument must be a memory value' };
}

export function yesOrNo(text: string): string | RefusedSetting {
  const word = text.toLowerCase();
  return word === 'yes' || word === 'no' ? word : { refusal: "argument must be 'yes' or 'no'" };
}

export function oneOf(words: readonly string[], text: string): string | RefusedSetting {
  const word = text.toLowerCase();
  return words.includes(word)
    ? word
    : { refusal: `argument(s) must be one of the following: ${words.join(', ')}` };
}

/** As `yesOrNo`, as a number. */
export function switchValue(text: string): number | RefusedSetting {
  const word = yesOrNo(text);
  if (typeof word !== 'string') return word;
  return word === 'yes' ? 1 : 0;
}

export function shownSwitch(value: number | string): string {
  return value === 1 ? 'yes' : 'no';
}
