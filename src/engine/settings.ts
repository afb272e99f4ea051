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
import {
  APPEND_ONLY_SETTINGS,
  CLUSTER_SETTINGS,
  OTHER_ABSENT_SETTINGS,
  TLS_SETTINGS,
} from './absent-settings.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { eventFlags, eventFlagsText } from './event-flags.ts';
import { HINTS } from './hint-settings.ts';
import { savePointsValue } from './save-points.ts';
import { PLACE_SETTINGS, REPLICATION_SETTINGS } from './server-settings.ts';
import {
  choice,
  fixed,
  IMMUTABLE,
  immutable,
  MOST_INT,
  type SettingDefinition,
  type SettingDetails,
  size,
  TEXT_LENGTH,
  whole,
  words,
} from './setting-kinds.ts';
import { memorySizeWithin, shownSwitch, switchValue, wholeNumber } from './setting-values.ts';

export const SETTING_NOTIFY = 0;
export const SETTING_TRACKING_KEYS = 1;
export const SETTING_BUSY = 2;
/** The first of those in `store/encoding-limits.ts`, which follow each other. */
export const SETTING_ENCODINGS = 3;

export const SETTING_QUERY_BYTES: number = SETTING_ENCODINGS + ENCODING_LIMITS.length;
export const SETTING_MIN_REPLICAS: number = SETTING_QUERY_BYTES + 1;

/** Policies of `maxmemory`, in the servers' order. */
const POLICIES = [
  ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'noeviction'],
];
const MEMORY_SETTINGS: readonly SettingDefinition[] = [
  ...[size('maxmemory', 0), choice('maxmemory-policy', 'noeviction', POLICIES)],
  ...[whole('maxmemory-samples', 5, 1, 64), whole('maxmemory-eviction-tenacity', 10, 0, 100)],
  ...[whole('lfu-log-factor', 10, 0, MOST_INT), whole('lfu-decay-time', 1, 0, MOST_INT)],
];

const COMMAND_LOG_SINCE: Since = { redis: null, valkey: '8.1.0' };
const COMMAND_LOG: SettingDetails = { since: COMMAND_LOG_SINCE };
const SINCE_7_2: Since = { redis: '7.2.0', valkey: '8.0.0' };
const ALWAYS: Since = { redis: '1.0.0', valkey: '1.0.0' };
const HIDDEN: SettingDetails = { isHidden: true };
const PROTECTED = "can't set protected config";
const NO_FILE = 'lockstep: there is no file to save to: engine.snapshot.path is not set';

/** Of INFO latencystats. */
const PERCENTILES = words('latency-tracking-info-percentiles', '50 99 99.9', {}, (text) => {
  const parts = text.split(' ').filter((part) => part !== '');
  if (parts.some((part) => !/^-?\d+(\.\d+)?$/.test(part)))
    return 'Invalid latency-tracking-info-percentiles parameters';
  return parts.every((part) => Number(part) >= 0 && Number(part) <= 100)
    ? undefined
    : 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]';
});

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
  ...[whole('tracking-table-max-keys', 1_000_000), whole('busy-reply-threshold', 5000)],
  ...ENCODING_LIMITS.map(({ name, usual, least = 0, most, isSize }) => ({
    name,
    initial: usual,
    parse: (text: string) =>
      isSize === true ? memorySizeWithin(text, least) : wholeNumber(text, least, most),
    format: String,
    // Until then small sets were of integers or tables.
    since: name.startsWith('set-max-listpack') ? SINCE_7_2 : ALWAYS,
  })),
  size('client-query-buffer-limit', 1024 * 1024 * 1024, 1024 * 1024),
  whole('min-replicas-to-write', 0, 0, MOST_INT),
  ...MEMORY_SETTINGS,
  { name: 'save', initial: '', parse: savePointsValue, format: String },
  { name: 'rdbcompression', initial: 1, parse: switchValue, format: shownSwitch },
  { name: 'rdbchecksum', initial: 1, parse: () => ({ refusal: IMMUTABLE }), format: shownSwitch },
  // Microseconds for each key, or keys for each microsecond where it is below 0: for tests.
  whole('rdb-key-save-delay', 0, -MOST_INT - 1, MOST_INT, HIDDEN),
  // Writes are refused while a snapshot that the save points asked for could not be written.
  { name: 'stop-writes-on-bgsave-error', initial: 1, parse: switchValue, format: shownSwitch },
  { name: 'dir', initial: '', parse: () => ({ refusal: PROTECTED }), format: String },
  { name: 'dbfilename', initial: '', parse: () => ({ refusal: PROTECTED }), format: String },
  ...[fixed('latency-tracking', 'yes'), PERCENTILES],
  ...CLIENT_SETTINGS,
  ...[whole('slowlog-log-slower-than', 10_000, -1), whole('slowlog-max-len', 128)],
  whole('latency-monitor-threshold', 0),
  ...[
    whole('commandlog-request-larger-than', 1024 * 1024, -1, undefined, COMMAND_LOG),
    whole('commandlog-reply-larger-than', 1024 * 1024, -1, undefined, COMMAND_LOG),
    whole('commandlog-large-request-max-len', 128, 0, undefined, COMMAND_LOG),
    whole('commandlog-large-reply-max-len', 128, 0, undefined, COMMAND_LOG),
  ],
  ...HINTS,
  ...REPLICATION_SETTINGS,
  ...PLACE_SETTINGS,
  ...APPEND_ONLY_SETTINGS,
  ...CLUSTER_SETTINGS,
  ...TLS_SETTINGS,
  ...OTHER_ABSENT_SETTINGS,
  // The user `default` gets it as well: `Settings.onPassword`.
  words('requirepass', ''),
  choice('acl-pubsub-default', 'resetchannels', ['allchannels', 'resetchannels']),
  ...[whole('acllog-max-len', 128), immutable('aclfile', '')],
];

interface Alias {
  readonly name: string;
  readonly of: string;
  readonly since?: Since;
}

const CPU_LISTS: Since = { redis: '8.0.0', valkey: '8.0.0' };
const VALKEY: Since = { redis: null, valkey: '8.0.0' };

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
  { name: 'cluster-slave-no-failover', of: 'cluster-replica-no-failover' },
  { name: 'cluster-slave-validity-factor', of: 'cluster-replica-validity-factor' },
  ...['ip', 'port'].map((name) => ({ name: `slave-announce-${name}`, of: `replica-announce-${name}` })),
  ...[
    { name: 'slave-lazy-flush', of: 'replica-lazy-flush' },
    { name: 'slaveof', of: 'replicaof' },
  ],
  ...['auth', 'user'].map((name) => ({ name: `primary${name}`, of: `master${name}`, since: VALKEY })),
  ...['server', 'bio', 'bgsave', 'aof_rewrite'].map((name) => {
    const alias = `${name.replace('_', '-')}-cpulist`;
    return { name: alias, of: `${name}_cpulist`, since: CPU_LISTS };
  }),
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
  const { isValkey, level } = compatibilityOf(compatibility);
  settingDefinitions.forEach(({ initial, initialOfValkey }, index) => {
    const first = isValkey ? (initialOfValkey ?? initial) : initial;
    if (typeof first === 'number') settings.numbers[index] = first;
    else settings.setText(index, texts.get(index) ?? first);
  });
  // Sets of anything but integers were tables.
  if (level < 702) settings.encodingLimits[LIMIT_SET_ENTRIES] = 0;
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
    const isOn = (since: Since | undefined): boolean =>
      since === undefined || compatibility === undefined || hasSince(compatibility, since);
    const isThere = ({ since, until }: SettingDefinition): boolean =>
      isOn(since) && (until === undefined || compatibility === undefined || !hasSince(compatibility, until));
    const own = settingDefinitions.flatMap((one, index) => (isThere(one) ? [{ name: one.name, index }] : []));
    const others = ALIASES.flatMap(({ name, of, since }) =>
      own.flatMap((one) => (one.name === of && isOn(since) ? [{ name, index: one.index }] : [])),
    );
    this.names = [...own, ...others].map(({ name }) => name);
    this.#settingOf = [...own, ...others].map(({ index }) => index);
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

  /** Cold: for administration. It is shown to who asks for its very name. */
  isHidden(place: number): boolean {
    return settingDefinitions[this.#settingOf[place]].isHidden === true;
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
    const value = settingDefinitions[index].parse(text, this.#show(index));
    const isRefused = index === SETTING_SAVE && value !== '' && this.text(SETTING_FILE) === '';
    return isRefused && typeof value === 'string' ? { refusal: NO_FILE } : value;
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
