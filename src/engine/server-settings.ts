/**
 * Settings of a server's surroundings: of replication, which are taken and shown as by a server that has no replicas,
 * and those that say how this process is run, which CONFIG only shows. Data.
 */
import type { RefusedSetting } from '../commands/ports.ts';
import { memorySize, oneOf, wholeNumber, yesOrNo } from './setting-values.ts';
import type { SettingDefinition } from './settings.ts';

const INT_MAX = 2 ** 31 - 1;
const NOT_HERE: RefusedSetting = { refusal: "lockstep: it is set in the gateway's configuration" };

function whole(name: string, initial: number, least: number, most = INT_MAX): SettingDefinition {
  return { name, initial, parse: (text) => wholeNumber(text, least, most), format: String };
}

function choice(name: string, initial: string, words?: readonly string[]): SettingDefinition {
  const parse = (text: string): string | RefusedSetting =>
    words === undefined ? yesOrNo(text) : oneOf(words, text);
  return { name, initial, parse, format: String };
}

/** What it is told by `Settings.tell`. */
function shown(name: string, initial: string): SettingDefinition {
  return { name, initial, parse: () => NOT_HERE, format: String };
}

export const REPLICATION_SETTINGS: readonly SettingDefinition[] = [
  { name: 'repl-backlog-size', initial: 1024 * 1024, parse: memorySize, format: String },
  ...[whole('repl-backlog-ttl', 3600, 0), whole('repl-diskless-sync-delay', 5, 0)],
  ...[whole('repl-diskless-sync-max-replicas', 0, 0), whole('repl-ping-replica-period', 10, 1)],
  ...[whole('repl-timeout', 60, 1), whole('replica-priority', 100, 0)],
  ...[choice('repl-disable-tcp-nodelay', 'no'), choice('repl-diskless-sync', 'yes')],
  choice('repl-diskless-load', 'disabled', ['disabled', 'on-empty-db', 'swapdb']),
  ...[choice('replica-announced', 'yes'), choice('replica-ignore-maxmemory', 'yes')],
];

export const PLACE_SETTINGS: readonly SettingDefinition[] = [
  ...[shown('port', '0'), shown('bind', ''), shown('maxclients', '0'), shown('databases', '16')],
];
