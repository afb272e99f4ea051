/** The product and version that the engine behaves like. Data; any thread. */
import type { Product, Since } from './definition.ts';
import type { SettingsPort } from './ports.ts';

export type CompatibilityName = 'redis-7.0' | 'redis-7.2' | 'redis-8' | 'valkey-8' | 'valkey-9';

export interface Compatibility {
  readonly name: CompatibilityName;
  readonly product: Product;
  readonly isValkey: boolean;
  /** Major * 100 + minor: 702, 800, 901. */
  readonly level: number;
  /** What HELLO and INFO say; Valkey says the Redis version it is compatible with as `redis_version`. */
  readonly version: string;
  readonly redisVersion: string;
}

const LEVELS: Readonly<Record<CompatibilityName, Compatibility>> = {
  'redis-7.0': make('redis-7.0', 'redis', 700, '7.0.15', '7.0.15'),
  'redis-7.2': make('redis-7.2', 'redis', 702, '7.2.7', '7.2.7'),
  'redis-8': make('redis-8', 'redis', 800, '8.0.2', '8.0.2'),
  'valkey-8': make('valkey-8', 'valkey', 800, '8.0.1', '7.2.4'),
  'valkey-9': make('valkey-9', 'valkey', 901, '9.1.2', '7.2.4'),
};

export const compatibilityNames = Object.keys(LEVELS) as readonly CompatibilityName[];

export function compatibilityOf(name: CompatibilityName): Compatibility {
  return LEVELS[name];
}

/** Whether a release that has something is at or below the level. Cold: at start, or in rare branches. */
export function hasSince(compatibility: Compatibility, since: Since): boolean {
  const first = since[compatibility.product];
  if (first === null) return false;
  const [major, minor] = first.split('.').map(Number);
  return major * 100 + minor <= compatibility.level;
}

/** Valkey 8 can be told to call itself Redis. Cold: in rare replies. */
export function isCalledRedis(
  { isValkey, level }: Compatibility,
  settings: Pick<SettingsPort, 'number'>,
): boolean {
  return !isValkey || (level < 900 && settings.number('extended-redis-compatibility') === 1);
}

function make(
  name: CompatibilityName,
  product: Product,
  level: number,
  version: string,
  redisVersion: string,
): Compatibility {
  return { name, product, isValkey: product === 'valkey', level, version, redisVersion };
}
