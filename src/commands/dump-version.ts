/**
 * Versions of the servers' dumps and snapshot files: which one a level writes, and which ones it takes. Data; any
 * thread.
 */
import { FIRST_FOREIGN, FIRST_VALKEY_9, type RdbProduct } from '../rdb/format.ts';
import type { FieldTimes } from '../store/rdb/store-sink.ts';
import type { Compatibility, CompatibilityName } from './compatibility.ts';

const VERSIONS: Readonly<Record<CompatibilityName, number>> = {
  'redis-7.0': 10,
  'redis-7.2': 11,
  'redis-8': FIRST_FOREIGN,
  'valkey-8': 11,
  'valkey-9': FIRST_VALKEY_9,
};

export function dumpVersion(level: CompatibilityName): number {
  return VERSIONS[level];
}

/** Whether DUMP's results of a version are taken. Those of Redis above 11 are foreign to Valkey 9. */
export function takesDump(level: CompatibilityName, version: number): boolean {
  const most = VERSIONS[level];
  const isForeign = most === FIRST_VALKEY_9 && version >= FIRST_FOREIGN && version < FIRST_VALKEY_9;
  return version <= most && !isForeign;
}

/** In whose form dumps are. */
export function dumpProduct({ name, isValkey }: Compatibility): RdbProduct {
  if (name === 'redis-7.0') return name;
  return isValkey ? 'valkey' : 'redis';
}

/** What a level makes of a hash with fields that expire. */
export function fieldTimesOf({ name, isValkey }: Compatibility): FieldTimes {
  if (VERSIONS[name] < FIRST_FOREIGN) return 'none';
  return isValkey ? 'table' : 'blob';
}
