/** What a setting is, and the kinds of settings that there are. Pure. Cold: for administration. */
import type { Since } from '../commands/definition.ts';
import type { RefusedSetting } from '../commands/ports.ts';
import { memorySizeWithin, oneOf, wholeNumber, yesOrNo } from './setting-values.ts';

type ParsedSetting = number | string | RefusedSetting;

export interface SettingDefinition {
  readonly name: string;
  /** Absent: on every level. */
  readonly since?: Since;
  /** The first releases without it. Absent: it is still there. */
  readonly until?: Since;
  /** CONFIG GET shows it to who asks for its very name. */
  readonly isHidden?: boolean;
  readonly initial: number | string;
  /** Where Valkey's is another one. */
  readonly initialOfValkey?: number | string;
  /** A number for those whose initial value is one. `now` is what it is, as CONFIG GET shows it. */
  readonly parse: (text: string, now: string) => ParsedSetting;
  /** As CONFIG GET shows it. */
  readonly format: (value: number | string) => string;
}

/** What only some levels have, or have otherwise. */
export type SettingDetails = Partial<
  Pick<SettingDefinition, 'since' | 'until' | 'isHidden' | 'initialOfValkey'>
>;

/** Longest text of a setting, in characters. */
export const TEXT_LENGTH = 1023;
export const MOST_INT: number = 2 ** 31 - 1;
export const ON_VALKEY: SettingDetails = { since: { redis: null, valkey: '8.0.0' } };
export const ON_VALKEY_9: SettingDetails = { since: { redis: null, valkey: '9.0.0' } };
export const BEFORE_VALKEY_9: SettingDetails = { until: { redis: null, valkey: '9.0.0' } };
export const SINCE_REDIS_7_2: SettingDetails = { since: { redis: '7.2.0', valkey: '8.0.0' } };
export const ONLY_REDIS_7_0: SettingDetails = { until: { redis: '7.2.0', valkey: '8.0.0' } };
export const SINCE_REDIS_8: SettingDetails = { since: { redis: '8.0.0', valkey: '8.0.0' } };

export const MISSING = 'lockstep: the embedded engine does not have this';
export const IMMUTABLE = "can't set immutable config";
const NOT_HERE = "lockstep: it is set in the gateway's configuration";

export function whole(
  name: string,
  initial: number,
  least = 0,
  most?: number,
  details: SettingDetails = {},
): SettingDefinition {
  return { name, initial, parse: (text) => wholeNumber(text, least, most), format: String, ...details };
}

/** Bytes, with a unit or without. */
export function size(
  name: string,
  initial: number,
  least = 0,
  details: SettingDetails = {},
): SettingDefinition {
  return { name, initial, parse: (text) => memorySizeWithin(text, least), format: String, ...details };
}

export function yesNo(name: string, initial: 'yes' | 'no', details: SettingDetails = {}): SettingDefinition {
  return { name, initial, parse: yesOrNo, format: String, ...details };
}

/** The first of the words is the initial one. */
export function choice(
  name: string,
  initial: string,
  words: readonly string[],
  details: SettingDetails = {},
): SettingDefinition {
  return { name, initial, parse: (text) => oneOf(words, text), format: String, ...details };
}

/** `whyNot` says what is wrong with a text; undefined: nothing. */
export function words(
  name: string,
  initial: string,
  details: SettingDetails = {},
  whyNot: (text: string) => string | undefined = () => undefined,
): SettingDefinition {
  const parse = (text: string): ParsedSetting => {
    const refusal = whyNot(text) ?? tooLong(text);
    return refusal === undefined ? text : { refusal };
  };
  return { name, initial, parse, format: String, ...details };
}

/** What would not fit into the memory of the settings. */
export function tooLong(text: string): string | undefined {
  return text.length <= TEXT_LENGTH ? undefined : `lockstep: it has at most ${TEXT_LENGTH} bytes`;
}

/** What no server lets anybody change. */
export function immutable(
  name: string,
  initial: string,
  details: SettingDetails = {},
  refusal: string = IMMUTABLE,
): SettingDefinition {
  return { name, initial, parse: () => ({ refusal }), format: String, ...details };
}

/** What the engine cannot have otherwise: CONFIG SET takes the value that it has, and no other. */
export function fixed(
  name: string,
  initial: string,
  refusal: string = MISSING,
  details: SettingDetails = {},
): SettingDefinition {
  const parse = (text: string, now: string): ParsedSetting =>
    text.toLowerCase() === now.toLowerCase() ? now : { refusal };
  return { name, initial, parse, format: String, ...details };
}

/** What the gateway is started with, or told by its own configuration: `Settings.tell`. */
export function shown(name: string, initial: string, details: SettingDetails = {}): SettingDefinition {
  return fixed(name, initial, NOT_HERE, details);
}
