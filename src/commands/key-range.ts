/**
 * What the key specs of a definition amount to. Runs when the table is built and when keys are searched. Knows no
 * particular command and no arguments.
 */
import type { CommandDefinition, KeyFlag, KeySpec } from './definition.ts';

/** Keys in one plain range; `last` counts from the end when negative (-1 is the last argument). */
export interface SimpleRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Whether a key with this flag may be changed. */
export function isWriteFlag(flag: KeyFlag): boolean {
  return flag === 'RW' || flag === 'OW' || flag === 'RM';
}

/**
 * The one range that holds all keys of a command and nothing else, if its key specs amount to one: a single range, or
 * ranges of step 1 that follow each other (SINTERSTORE's destination and sources).
 */
export function findSimpleRange(definition: CommandDefinition): SimpleRange | undefined {
  if (definition.keySearch !== undefined || definition.keys.length === 0) return undefined;
  let joined: SimpleRange | undefined;
  for (const spec of definition.keys) {
    if (spec.begin.type !== 'index' || spec.find.type !== 'range' || spec.find.limit > 1) return undefined;
    const first = spec.begin.index;
    const last = spec.find.lastKey < 0 ? spec.find.lastKey : first + spec.find.lastKey;
    const step = spec.find.step;
    if (joined === undefined) {
      joined = { first, last, step };
    } else {
      if (step !== 1 || joined.step !== 1 || joined.last !== first - 1) return undefined;
      joined = { first: joined.first, last, step };
    }
  }
  return joined;
}

/**
 * First key, last key and step as COMMAND prints them for clients that do not read key specs: of the ranges that follow
 * each other, leaving out everything else (valkey 8.0 `populateCommandLegacyRangeSpec`). Zeros when there is none.
 */
export function legacyRange(keys: readonly KeySpec[]): SimpleRange {
  let first = 0;
  let last = 0;
  let step = 1;
  for (const spec of keys) {
    if (spec.begin.type !== 'index' || spec.find.type !== 'range') continue;
    if (keys.length === 1) step = spec.find.step;
    else if (spec.find.step !== 1) continue;
    if (last !== 0 && last !== spec.begin.index - 1) continue;
    if (first === 0) first = spec.begin.index;
    last = spec.find.lastKey < 0 ? spec.find.lastKey : spec.begin.index + spec.find.lastKey;
  }
  return first === 0 ? { first: 0, last: 0, step: 0 } : { first, last, step };
}
