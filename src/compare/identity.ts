/**
 * Which product and version a server is, from what it says about itself, and comparing versions. Any thread.
 * It must not know connections.
 */
import type { Product, Since } from '../commands/definition.ts';
import type { Reply } from '../resp/reply.ts';
import { isAggregate, isNullReply, scalarText } from './leaves.ts';

export interface ServerIdentity {
  readonly product: Product;
  /** Dotted numbers, as the server prints it: `9.1.2`. */
  readonly version: string;
}

/**
 * From the reply of HELLO (map or flat array); undefined if it does not tell. A Valkey server that is configured with
 * `extended-redis-compatibility` says here that it is Redis 7.2.4: INFO knows better.
 */
export function identityFromHello(reply: Reply): ServerIdentity | undefined {
  if (!isAggregate(reply)) return undefined;
  const server = fieldText(reply, 'server');
  const version = fieldText(reply, 'version');
  if (version === undefined) return undefined;
  return server === 'valkey' || server === 'redis' ? { product: server, version } : undefined;
}

/**
 * From the text of INFO (section `server` is enough); undefined if it does not tell. `redis_version` of a Valkey server
 * is the Redis version it is compatible with, and `valkey_version` its own.
 */
export function identityFromInfo(text: string): ServerIdentity | undefined {
  const valkey = infoField(text, 'valkey_version');
  if (valkey !== undefined) return { product: 'valkey', version: valkey };
  const redis = infoField(text, 'redis_version');
  if (redis === undefined) return undefined;
  return { product: infoField(text, 'server_name') === 'valkey' ? 'valkey' : 'redis', version: redis };
}

/** Negative, 0 or positive as `left` is older, the same or newer. Suffixes such as `-rc1` are not looked at. */
export function compareVersions(left: string, right: string): number {
  const leftParts = left.split('.');
  const rightParts = right.split('.');
  const count = Math.max(leftParts.length, rightParts.length);
  for (let index = 0; index < count; index += 1) {
    const difference = versionPart(leftParts[index]) - versionPart(rightParts[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isSameServer(left: ServerIdentity, right: ServerIdentity): boolean {
  return left.product === right.product && compareVersions(left.version, right.version) === 0;
}

/** Whether this server has what came with `since`. */
export function hasSince(server: ServerIdentity, since: Since): boolean {
  const first = since[server.product];
  return first !== null && compareVersions(server.version, first) >= 0;
}

function versionPart(part: string | undefined): number {
  const number = Number.parseInt(part ?? '0', 10);
  return Number.isNaN(number) ? 0 : number;
}

function fieldText(reply: Reply, name: string): string | undefined {
  const items = reply.items;
  for (let index = 0; index + 1 < items.length; index += 2) {
    if (isAggregate(items[index]) || isNullReply(items[index]) || scalarText(items[index]) !== name) continue;
    const value = items[index + 1];
    return isAggregate(value) || isNullReply(value) ? undefined : scalarText(value);
  }
  return undefined;
}

function infoField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(text)?.[1];
}
