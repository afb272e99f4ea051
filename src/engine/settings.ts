/**
 * Settings that can change while the engine runs, in shared memory: a change made by one worker is seen by all with
 * their next look. Numbers are read at once; texts are kept under a lock word. What a setting's text looks like, and
 * which values are right, is its definition's affair. Any thread.
 */
import { assert } from '../base/errors.ts';
import {
  type Compatibility,
  type CompatibilityName,
  compatibilityOf,
  hasSince,
} from '../commands/compatibility.ts';
import type { Since } from '../commands/definition.ts';
import type { RefusedSetting, SettingsPort } from '../commands/ports.ts';
import { ENCODING_LIMITS, LIMIT_SET_ENTRIES } from '../store/encoding-limits.ts';
import { eventFlags, eventFlagsText } from './event-flags.ts';
import { HINTS } from './hint-settings.ts';
import { savePointsValue } from './save-points.ts';
import { PLACE_SETTINGS, REPLICATION_SETTINGS } from './server-settings.ts';
import { memorySize, oneOf, shownSwitch, switchValue, wholeNumber } from './setting-values.ts';

export interface SettingDefinition {
  readonly name: string;
  /** Absent: on every level. */
  readonly since?: Since;
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

export const SETTING_QUERY_BYTES: number = SETTING_ENCODINGS + ENCODING_LIMITS.length;
export const SETTING_MIN_REPLICAS: number = SETTING_QUERY_BYTES + 1;

/** What the engine cannot have otherwise: CONFIG SET takes the value that it has, and no other. */
function fixed(name: string, value: string, refusal = MISSING): SettingDefinition {
  const parse = (text: string): string | RefusedSetting =>
    text.toLowerCase() === value ? value : { refusal };
  return { name, initial: value, parse, format: String };
}

/** Cold: once. A number that can be changed. */
function whole(name: string, initial: number, least = 0, most?: number, since?: Since): SettingDefinition {
  const parse = (text: string): number | RefusedSetting => wholeNumber(text, least, most);
  return { name, initial, parse, format: String, ...(since && { since }) };
}

const MOST_INT = 2 ** 31 - 1;
/** Policies of `maxmemory`, in the servers' order. */
const POLICIES = [
  ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'noeviction'],
];
const MEMORY_SETTINGS: readonly SettingDefinition[] = [
  { name: 'maxmemory', initial: 0, parse: memorySize, format: String },
  {
    name: 'maxmemory-policy',
    initial: 'noeviction',
    parse: (text) => oneOf(POLICIES, text),
    format: String,
  },
  ...[whole('maxmemory-samples', 5, 1, 64), whole('maxmemory-eviction-tenacity', 10, 0, 100)],
  ...[whole('lfu-log-factor', 10, 0, MOST_INT), whole('lfu-decay-time', 1, 0, MOST_INT)],
];

const COMMAND_LOG_SINCE: Since = { redis: null, valkey: '8.1.0' };
const MISSING = 'lockstep: the embedded engine does not have this';
const IMMUTABLE = "can't set immutable config";
const PROTECTED = "can't set protected config";
const NO_FILE = 'lockstep: there is no file to save to: engine.snapshot.path is not set';

const BAD_PUBSUB_DEFAULT: RefusedSetting = {
  refusal: 'argument(s) must be one of the following: allchannels, resetchannels',
};

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
  ...ENCODING_LIMITS.map(({ name, usual, least = 0, isSize }) => ({
    name,
    initial: usual,
    parse: (text: string) => (isSize === true ? sizeWithin(text, least) : wholeNumber(text, least)),
    format: String,
  })),
  {
    name: 'client-query-buffer-limit',
    initial: 1024 * 1024 * 1024,
    parse: (text) => sizeWithin(text, 1024 * 1024),
    format: String,
  },
  whole('min-replicas-to-write', 0, 0, MOST_INT),
  ...MEMORY_SETTINGS,
  { name: 'save', initial: '', parse: savePointsValue, format: String },
  { name: 'rdbcompression', initial: 1, parse: switchValue, format: shownSwitch },
  { name: 'rdbchecksum', initial: 1, parse: () => ({ refusal: IMMUTABLE }), format: shownSwitch },
  { name: 'dir', initial: '', parse: () => ({ refusal: PROTECTED }), format: String },
  { name: 'dbfilename', initial: '', parse: () => ({ refusal: PROTECTED }), format: String },
  ...[fixed('appendonly', 'no'), fixed('activedefrag', 'no'), fixed('latency-tracking', 'yes')],
  ...[fixed('maxmemory-clients', '0'), fixed('cluster-enabled', 'no', IMMUTABLE)],
  ...[whole('slowlog-log-slower-than', 10_000, -1), whole('slowlog-max-len', 128)],
  whole('latency-monitor-threshold', 0),
  ...[
    whole('commandlog-request-larger-than', 1024 * 1024, -1, undefined, COMMAND_LOG_SINCE),
    whole('commandlog-reply-larger-than', 1024 * 1024, -1, undefined, COMMAND_LOG_SINCE),
    whole('commandlog-large-request-max-len', 128, 0, undefined, COMMAND_LOG_SINCE),
    whole('commandlog-large-reply-max-len', 128, 0, undefined, COMMAND_LOG_SINCE),
  ],
  ...HINTS,
  ...REPLICATION_SETTINGS,
  ...PLACE_SETTINGS,
  ...[fixed('daemonize', 'no', IMMUTABLE), fixed('stop-writes-on-bgsave-error', 'no')],
  { ...fixed('extended-redis-compatibility', 'no'), since: { redis: null, valkey: '8.0.0' } },
  // The user `default` gets it as well: `Settings.onPassword`.
  { name: 'requirepass', initial: '', parse: password, format: String },
  {
    name: 'acl-pubsub-default',
    initial: 'resetchannels',
    parse: (text) => {
      const word = text.toLowerCase();
      return word === 'resetchannels' || word === 'allchannels' ? word : BAD_PUBSUB_DEFAULT;
    },
    format: String,
  },
  { name: 'acllog-max-len', initial: 128, parse: (text) => wholeNumber(text, 0), format: String },
  { name: 'aclfile', initial: '', parse: () => ({ refusal: IMMUTABLE }), format: String },
];

interface Alias {
  readonly name: string;
  readonly of: string;
  readonly since?: Since;
}

/** Other names of settings. */
const ALIASES: readonly Alias[] = [
  { name: 'hash-max-ziplist-entries', of: 'hash-max-listpack-entries' },
  { name: 'hash-max-ziplist-value', of: 'hash-max-listpack-value' },
  { name: 'lua-time-limit', of: 'busy-reply-threshold' },
  { name: 'list-max-ziplist-size', of: 'list-max-listpack-size' },
  { name: 'min-slaves-max-lag', of: 'min-replicas-max-lag' },
  { name: 'min-slaves-to-write', of: 'min-replicas-to-write' },
  { name: 'repl-ping-slave-period', of: 'repl-ping-replica-period' },
  { name: 'slave-ignore-maxmemory', of: 'replica-ignore-maxmemory' },
  { name: 'slave-priority', of: 'replica-priority' },
  { name: 'slave-read-only', of: 'replica-read-only' },
  { name: 'slave-serve-stale-data', of: 'replica-serve-stale-data' },
  { name: 'zset-max-ziplist-entries', of: 'zset-max-listpack-entries' },
  { name: 'zset-max-ziplist-value', of: 'zset-max-listpack-value' },
  { name: 'commandlog-execution-slower-than', of: 'slowlog-log-slower-than', since: COMMAND_LOG_SINCE },
  { name: 'commandlog-slow-execution-max-len', of: 'slowlog-max-len', since: COMMAND_LOG_SINCE },
];

/** Its place among the settings, and so in `numbers`. Cold: constants of a module. */
export function settingNumber(name: string): number {
  const index = settingDefinitions.findIndex((one) => one.name === name);
  assert(index >= 0, `${name} is a setting`);
  return index;
}

export const SETTING_SAVE: number = settingNumber('save');
export const SETTING_COMPRESSION: number = settingNumber('rdbcompression');
export const SETTING_CHECKSUM: number = settingNumber('rdbchecksum');
export const SETTING_FOLDER: number = settingNumber('dir');
export const SETTING_FILE: number = settingNumber('dbfilename');
export const SETTING_PASSWORD: number = settingNumber('requirepass');
export const SETTING_PUBSUB_DEFAULT: number = settingNumber('acl-pubsub-default');
export const SETTING_ACLLOG_LENGTH: number = settingNumber('acllog-max-len');
export const SETTING_ACLFILE: number = settingNumber('aclfile');

/** Longest text of a setting, in characters. */
const TEXT_LENGTH = 1023;
/** Of the words before the numbers: a lock, and how often a setting has been changed. */
const LOCK = 0;
const VERSION = 1;
const LOCK_WORDS = 2;

/** Cold: once. `texts` are values of some settings, by number. */
export function createSettingsMemory(
  compatibility: CompatibilityName,
  texts: ReadonlyMap<number, string> = new Map(),
): SharedArrayBuffer {
  const count = settingDefinitions.length;
  const memory = new SharedArrayBuffer(LOCK_WORDS * 4 + count * 8 + count * (TEXT_LENGTH + 1) * 2);
  const settings = new Settings(memory);
  settingDefinitions.forEach(({ initial }, index) => {
    if (typeof initial === 'number') settings.numbers[index] = initial;
    else settings.setText(index, texts.get(index) ?? initial);
  });
  // Sets of anything but integers were tables.
  if (compatibilityOf(compatibility).level < 702) settings.encodingLimits[LIMIT_SET_ENTRIES] = 0;
  return memory;
}

export class Settings implements SettingsPort {
  /** What the store reads of the numbers: LIMIT_… of `store/encoding-limits.ts`. */
  readonly encodingLimits: Float64Array;
  readonly names: readonly string[];
  /** Of settings that are numbers, by setting. */
  readonly numbers: Float64Array;
  /** Cold: the password of the user `default` is to be another one. */
  onPassword: (password: string) => void = () => {};
  readonly #lock: Int32Array;
  readonly #texts: Uint16Array;
  /** The setting that a place in `names` stands for. */
  readonly #settingOf: readonly number[];

  /** Cold: once per thread. Without a compatibility all settings have names. */
  constructor(memory: SharedArrayBuffer, compatibility?: Compatibility) {
    const named: readonly Alias[] = [
      ...settingDefinitions.map(({ name, since }) => ({ name, of: name, ...(since && { since }) })),
      ...ALIASES,
    ].filter(
      ({ since }) => since === undefined || compatibility === undefined || hasSince(compatibility, since),
    );
    this.names = named.map(({ name }) => name);
    this.#settingOf = named.map(({ of }) => settingNumber(of));
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

  /** Changes with every change of a setting. */
  get version(): number {
    return this.#lock[VERSION];
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

  /** Cold: what CONFIG shows of how the process is run. */
  tell(place: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(place)) this.setText(settingNumber(name), String(value));
  }

  /** Cold: for administration. As CONFIG GET shows it. */
  show(place: number): string {
    return this.#show(this.#settingOf[place]);
  }

  /** Cold: for administration. */
  number(name: string): number {
    return this.numbers[settingNumber(name)];
  }

  /** Cold: for administration. */
  word(name: string): string {
    return this.text(settingNumber(name));
  }

  #show(index: number): string {
    const { initial, format } = settingDefinitions[index];
    return format(typeof initial === 'number' ? this.numbers[index] : this.text(index));
  }

  parse(place: number, text: string): number | string | RefusedSetting {
    const index = this.#settingOf[place];
    if (index === SETTING_SAVE && text !== '' && this.text(SETTING_FILE) === '') return { refusal: NO_FILE };
    return settingDefinitions[index].parse(text);
  }

  /** Cold: for administration. A value that `parse` has given. */
  set(place: number, value: number | string): void {
    const index = this.#settingOf[place];
    if (typeof value === 'number') this.numbers[index] = value;
    else this.setText(index, value);
    Atomics.add(this.#lock, VERSION, 1);
    if (index === SETTING_PASSWORD) this.onPassword(String(value));
  }

  #enter(): void {
    while (Atomics.compareExchange(this.#lock, LOCK, 0, 1) !== 0) Atomics.wait(this.#lock, LOCK, 1, 1);
  }

  #leave(): void {
    Atomics.store(this.#lock, LOCK, 0);
    Atomics.notify(this.#lock, LOCK, 1);
  }
}

function sizeWithin(text: string, least: number): number | RefusedSetting {
  const value = memorySize(text);
  if (typeof value !== 'number' || value >= least) return value;
  return { refusal: `argument must be between ${least} and 9223372036854775807 inclusive` };
}

function password(text: string): string | RefusedSetting {
  if (text.length <= TEXT_LENGTH) return text;
  return { refusal: `lockstep: passwords have at most ${TEXT_LENGTH} bytes` };
}
