/** Ranges of releases between which answers changed, and commands that came together. Any thread. */
import type { Product } from '../commands/definition.ts';

/** Versions `from` (included) to `below` (excluded) of a product; open where absent. */
export interface ServerRange {
  readonly product: Product;
  readonly from?: string;
  readonly below?: string;
}

export const REDIS: ServerRange = { product: 'redis' };
export const VALKEY: ServerRange = { product: 'valkey' };
export const ANY_SERVER: readonly ServerRange[] = [REDIS, VALKEY];
export const REDIS_8: ServerRange = { product: 'redis', from: '8.0' };
export const BELOW_REDIS_8: ServerRange = { product: 'redis', below: '8.0' };
export const VALKEY_8: ServerRange = { product: 'valkey', from: '8.0' };
export const VALKEY_9: ServerRange = { product: 'valkey', from: '9.0' };
export const BELOW_VALKEY_9: readonly ServerRange[] = [REDIS, { product: 'valkey', below: '9.0' }];
/** Valkey began as a copy of Redis 7.2.4. */
export const BEFORE_7_2: readonly ServerRange[] = [{ product: 'redis', below: '7.2' }];
export const SINCE_7_2: readonly ServerRange[] = [{ product: 'redis', from: '7.2' }, VALKEY];
export const BEFORE_7_4: readonly ServerRange[] = [
  { product: 'redis', below: '7.4' },
  { product: 'valkey', below: '8.0' },
];
export const SINCE_7_4: readonly ServerRange[] = [{ product: 'redis', from: '7.4' }, VALKEY_8];

/** Commands of fields that expire. */
export const FIELD_EXPIRY: readonly string[] = [
  'hexpire',
  'hpexpire',
  'hexpireat',
  'hpexpireat',
  'hexpiretime',
  'hpexpiretime',
  'httl',
  'hpttl',
  'hpersist',
  'hgetex',
  'hsetex',
  'hgetdel',
];
