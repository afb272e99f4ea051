/**
 * Settings of what clients may take: how long they may be silent, what may wait for them, and how much memory all of
 * them together. Whoever has the connections heeds them. Data. Cold: for administration.
 */
import type { RefusedSetting } from '../commands/ports.ts';
import { MOST_INT, ON_VALKEY, type SettingDefinition, whole } from './setting-kinds.ts';
import {
  memorySize,
  memorySizeOrShare,
  shownSizeOrShare,
  shownSwitch,
  switchValue,
} from './setting-values.ts';

/** In the servers' order; the limits of replicas are shown. */
const CLASSES = ['normal', 'slave', 'pubsub'] as const;
type ClientClass = (typeof CLASSES)[number];

/** Bytes that end a connection at once, and those that do after so many seconds; 0: no limit. */
export interface OutputBufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

export type OutputBufferLimits = Readonly<Record<ClientClass, OutputBufferLimit>>;

const MB = 1024 * 1024;
const NO_LIMIT: OutputBufferLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };
const USUAL_LIMITS: OutputBufferLimits = {
  normal: NO_LIMIT,
  slave: { hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 },
  pubsub: { hardBytes: 32 * MB, softBytes: 8 * MB, softSeconds: 60 },
};

/** As the setting's text, which has all classes. */
export function limitsText(limits: OutputBufferLimits): string {
  return CLASSES.map((name) => {
    const { hardBytes, softBytes, softSeconds } = limits[name];
    return `${name} ${hardBytes} ${softBytes} ${softSeconds}`;
  }).join(' ');
}

/** Of such a text. */
export function limitsOf(text: string): OutputBufferLimits {
  const found = parseLimits(text, USUAL_LIMITS);
  return 'refusal' in found ? USUAL_LIMITS : found;
}

function parseLimits(text: string, now: OutputBufferLimits): OutputBufferLimits | RefusedSetting {
  const parts = text.split(' ').filter((part) => part !== '');
  if (parts.length % 4 !== 0) return refused('Wrong number of arguments in');
  const limits = { ...now };
  for (let at = 0; at < parts.length; at += 4) {
    const word = parts[at].toLowerCase();
    const name = word === 'replica' ? 'slave' : CLASSES.find((one) => one === word);
    if (name === undefined) return refused('Invalid client class specified in');
    const [hardBytes, softBytes] = [memorySize(parts[at + 1]), memorySize(parts[at + 2])];
    const isTime = /^\d{1,9}$/.test(parts[at + 3]);
    if (typeof hardBytes !== 'number' || typeof softBytes !== 'number' || !isTime)
      return refused('Error in hard, soft or soft_seconds setting in');
    limits[name] = { hardBytes, softBytes, softSeconds: Number(parts[at + 3]) };
  }
  return limits;
}

function refused(what: string): RefusedSetting {
  return { refusal: `${what} buffer limit configuration.` };
}

export const CLIENT_SETTINGS: readonly SettingDefinition[] = [
  whole('timeout', 0, 0, MOST_INT),
  {
    name: 'client-output-buffer-limit',
    initial: limitsText(USUAL_LIMITS),
    parse: (text, now) => {
      const limits = parseLimits(text, limitsOf(now));
      return 'refusal' in limits ? limits : limitsText(limits);
    },
    format: String,
  },
  { name: 'maxmemory-clients', initial: 0, parse: memorySizeOrShare, format: shownSizeOrShare },
  // What HELLO and INFO call the server, on the level of Valkey 8. Later levels take it and have no use for it.
  { name: 'extended-redis-compatibility', initial: 0, parse: switchValue, format: shownSwitch, ...ON_VALKEY },
];
