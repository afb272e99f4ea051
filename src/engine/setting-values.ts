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

export function memorySizeWithin(text: string, least: number): number | RefusedSetting {
  const value = memorySize(text);
  if (typeof value !== 'number' || value >= least) return value;
  return { refusal: `argument must be between ${least} and ${MOST} inclusive` };
}

/** Bytes, or a share of something in percent, which is kept as a number below zero. */
export function memorySizeOrShare(text: string): number | RefusedSetting {
  const share = /^(\d{1,6})%$/.exec(text);
  if (share === null) {
    const bytes = memorySize(text);
    return typeof bytes === 'number' ? bytes : { refusal: 'argument must be a memory or percent value' };
  }
  const percent = Number(share[1]);
  return percent <= 100 ? -percent : { refusal: 'percentage argument must be less or equal to 100' };
}

export function shownSizeOrShare(value: number | string): string {
  return Number(value) < 0 ? `${-Number(value)}%` : String(value);
}

export function yesOrNo(text: string): string | RefusedSetting {
  const word = text.toLowerCase();
  return word === 'yes' || word === 'no' ? word : { refusal: "argument must be 'yes' or 'no'" };
}

export function oneOf(words: readonly string[], text: string): string | RefusedSetting {
  const word = words.find((one) => one.toLowerCase() === text.toLowerCase());
  return word !== undefined
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
