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
  /** An older name of that setting. */
  readonly sameAs?: number;
  /** As CONFIG GET shows it. */
  readonly format: (value: number | string) => string;
}

export const SETTING_NOTIFY = 0;
export const SETTING_TRACKING_KEYS = 1;
export const SETTING_BUSY = 2;
/** The first of those in `store/encoding-limits.ts`, which follow each other. */
export const SETTING_ENCODINGS = 4;

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
  {
    name: 'lua-time-limit',
    sameAs: SETTING_BUSY,
    initial: 5000,
    parse: (text) => wholeNumber(text, 0),
    format: String,
  },
  ...ENCODING_LIMITS.map(({ name, usual, least = 0 }) => ({
    name,
    initial: usual,
    parse: (text: string) => wholeNumber(text, least),
    format: String,
  })),
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
  readonly names = settingDefinitions.map(({ name }) => name);
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
  show(index: number): string {
    const { initial, format, sameAs = index } = settingDefinitions[index];
    return format(typeof initial === 'number' ? this.numbers[sameAs] : this.text(sameAs));
  }

  parse(index: number, text: string): number | string | RefusedSetting {
    return settingDefinitions[index].parse(text);
  }

  /** Cold: for administration. A value that `parse` has given. */
  set(index: number, value: number | string): void {
    const { sameAs = index } = settingDefinitions[index];
    if (typeof value === 'number') this.numbers[sameAs] = value;
    else this.setText(sameAs, value);
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
