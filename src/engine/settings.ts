/**
 * Settings that can change while the engine runs, in shared memory: a change made by one worker is seen by all with
 * their next look. Numbers are read at once; texts are kept under a lock word. What a setting's text looks like, and
 * which values are right, is its definition's affair. Any thread.
 */
import { assert } from '../base/errors.ts';
import type { RefusedSetting, SettingsPort } from '../commands/ports.ts';
import { ENCODING_LIMITS } from '../store/encoding-limits.ts';
import { eventFlags, eventFlagsText } from './event-flags.ts';

export interface SettingDefinition {
  readonly name: string;
  readonly initial: number | string;
  /** A number for those whose initial value is one. */
  readonly parse: (text: string) => number | string | RefusedSetting;
  /** As CONFIG GET shows it. */
  readonly format: (value: number | string) => string;
}

export const SETTING_NOTIFY = 0;
export const SETTING_TRACKING_KEYS = 1;
export const SETTING_BUSY = 2;
/** The first of those in `store/encoding-limits.ts`, which follow each other. */
export const SETTING_ENCODINGS = 3;

/** What the engine cannot have otherwise: CONFIG SET takes the value that it has, and no other. */
function fixed(name: string, value: string, refusal = MISSING): SettingDefinition {
  const parse = (text: string): string | RefusedSetting =>
    text.toLowerCase() === value ? value : { refusal };
  return { name, initial: value, parse, format: String };
}

const MISSING = 'lockstep: the embedded engine does not have this';
const IMMUTABLE = "can't set immutable config";

const BAD_EVENT: RefusedSetting = {
  refusal: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
};

/** By number. */
export const settingDefinitions: readonly SettingDefinition[] = [
  {
    name: 'notify-keyspace-events',
    initial: 0,
    parse: (text) => eventFlags(text) ?? BAD_EVENT,
    format: (value) => eventFlagsText(Number(value)),
  },
  {
    name: 'tracking-table-max-keys',
    initial: 1_000_000,
    parse: (text) => wholeNumber(text, 0),
    format: String,
  },
  { name: 'busy-reply-threshold', initial: 5000, parse: (text) => wholeNumber(text, 0), format: String },
  ...ENCODING_LIMITS.map(({ name, usual, least = 0 }) => ({
    name,
    initial: usual,
    parse: (text: string) => wholeNumber(text, least),
    format: String,
  })),
  ...[fixed('maxmemory', '0'), fixed('maxmemory-policy', 'noeviction'), fixed('save', '')],
  ...[fixed('appendonly', 'no'), fixed('hz', '10'), fixed('latency-monitor-threshold', '0')],
  ...[fixed('list-compress-depth', '0'), fixed('activedefrag', 'no'), fixed('latency-tracking', 'yes')],
  ...[fixed('maxmemory-clients', '0'), fixed('cluster-enabled', 'no', IMMUTABLE)],
];

/** Older names of settings. */
const ALIASES: Readonly<Record<string, string>> = {
  'hash-max-ziplist-entries': 'hash-max-listpack-entries',
  'hash-max-ziplist-value': 'hash-max-listpack-value',
  'lua-time-limit': 'busy-reply-threshold',
  'list-max-ziplist-size': 'list-max-listpack-size',
  'zset-max-ziplist-entries': 'zset-max-listpack-entries',
  'zset-max-ziplist-value': 'zset-max-listpack-value',
};
const indexOf = (name: string): number => settingDefinitions.findIndex((one) => one.name === name);
/** The setting that a place in `names` stands for. */
const SETTING_OF: readonly number[] = [
  ...settingDefinitions.keys(),
  ...Object.values(ALIASES).map((name) => indexOf(name)),
];

/** Longest text of a setting, in characters. */
const TEXT_LENGTH = 1023;
const LOCK_WORDS = 2;

/** Cold: once. */
export function createSettingsMemory(): SharedArrayBuffer {
  const count = settingDefinitions.length;
  const memory = new SharedArrayBuffer(LOCK_WORDS * 4 + count * 8 + count * (TEXT_LENGTH + 1) * 2);
  const settings = new Settings(memory);
  settingDefinitions.forEach(({ initial }, index) => {
    if (typeof initial === 'number') settings.numbers[index] = initial;
    else settings.setText(index, initial);
  });
  return memory;
}

export class Settings implements SettingsPort {
  /** What the store reads of the numbers: LIMIT_… of `store/encoding-limits.ts`. */
  readonly encodingLimits: Float64Array;
  readonly names = [...settingDefinitions.map(({ name }) => name), ...Object.keys(ALIASES)];
  /** Of settings that are numbers, by setting. */
  readonly numbers: Float64Array;
  readonly #lock: Int32Array;
  readonly #texts: Uint16Array;

  constructor(memory: SharedArrayBuffer) {
    const count = settingDefinitions.length;
    this.#lock = new Int32Array(memory, 0, LOCK_WORDS);
    this.numbers = new Float64Array(memory, LOCK_WORDS * 4, count);
    const { byteOffset } = this.numbers;
    this.encodingLimits = new Float64Array(
      memory,
      byteOffset + SETTING_ENCODINGS * 8,
      ENCODING_LIMITS.length,
    );
    this.#texts = new Uint16Array(memory, LOCK_WORDS * 4 + count * 8);
  }

  /** Cold: for administration. */
  text(index: number): string {
    const from = index * (TEXT_LENGTH + 1);
    this.#enter();
    const units = this.#texts.slice(from + 1, from + 1 + this.#texts[from]);
    this.#leave();
    return String.fromCharCode(...units);
  }

  /** Cold: for administration. */
  setText(index: number, text: string): void {
    assert(text.length <= TEXT_LENGTH, 'the text of a setting fits');
    const from = index * (TEXT_LENGTH + 1);
    this.#enter();
    this.#texts[from] = text.length;
    for (let at = 0; at < text.length; at++) this.#texts[from + 1 + at] = text.charCodeAt(at);
    this.#leave();
  }

  /** Cold: for administration. As CONFIG GET shows it. */
  show(place: number): string {
    const index = SETTING_OF[place];
    const { initial, format } = settingDefinitions[index];
    return format(typeof initial === 'number' ? this.numbers[index] : this.text(index));
  }

  parse(place: number, text: string): number | string | RefusedSetting {
    return settingDefinitions[SETTING_OF[place]].parse(text);
  }

  /** Cold: for administration. A value that `parse` has given. */
  set(place: number, value: number | string): void {
    const index = SETTING_OF[place];
    if (typeof value === 'number') this.numbers[index] = value;
    else this.setText(index, value);
  }

  #enter(): void {
    while (Atomics.compareExchange(this.#lock, 0, 0, 1) !== 0) Atomics.wait(this.#lock, 0, 1, 1);
  }

  #leave(): void {
    Atomics.store(this.#lock, 0, 0);
    Atomics.notify(this.#lock, 0, 1);
  }
}

/** Numbers are kept as doubles: above 2^53 the last digits are lost, which no limit minds. */
function wholeNumber(text: string, least: number): number | RefusedSetting {
  if (!/^-?\d{1,19}$/.test(text)) return { refusal: "argument couldn't be parsed into an integer" };
  const value = Number(text);
  if (value >= least) return value;
  return { refusal: `argument must be between ${least} and 9223372036854775807 inclusive` };
}
