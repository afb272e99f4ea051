/**
 * Settings about how a server goes about its work, which make no difference to replies: the engine takes every value
 * that the servers take, shows it, and has no use for it. Data.
 */
import type { RefusedSetting } from '../commands/ports.ts';
import type { SettingDefinition } from './settings.ts';

function whole(name: string, initial: number, least: number, most: number): SettingDefinition {
  const parse = (text: string): number | RefusedSetting => {
    if (!/^-?\d{1,19}$/.test(text)) return { refusal: "argument couldn't be parsed into an integer" };
    const value = Number(text);
    if (value >= least && value <= most) return value;
    return { refusal: `argument must be between ${least} and ${most} inclusive` };
  };
  return { name, initial, parse, format: String };
}

function yesOrNo(name: string, initial: 'yes' | 'no'): SettingDefinition {
  const parse = (text: string): string | RefusedSetting => {
    const value = text.toLowerCase();
    return value === 'yes' || value === 'no' ? value : { refusal: "argument must be 'yes' or 'no'" };
  };
  return { name, initial, parse, format: String };
}

const INT_MAX = 2 ** 31 - 1;

export const HINTS: readonly SettingDefinition[] = [
  // How often a server looks after its keys and clients; the engine does ten times a second.
  ...[whole('hz', 10, 0, INT_MAX), yesOrNo('dynamic-hz', 'yes')],
  // Chunks of lists are never compressed.
  whole('list-compress-depth', 0, 0, INT_MAX),
  // Large values go in the caller's time or in slices, whoever removes them.
  ...[yesOrNo('lazyfree-lazy-eviction', 'no'), yesOrNo('lazyfree-lazy-expire', 'no')],
  ...[yesOrNo('lazyfree-lazy-server-del', 'no'), yesOrNo('lazyfree-lazy-user-del', 'no')],
  yesOrNo('lazyfree-lazy-user-flush', 'no'),
  // Tables grow and shrink with each change.
  yesOrNo('activerehashing', 'yes'),
  // There are no replicas.
  ...[whole('min-replicas-max-lag', 10, 0, INT_MAX), yesOrNo('replica-serve-stale-data', 'yes')],
  yesOrNo('replica-read-only', 'yes'),
];
