/**
 * What is known to differ between products and versions although data and commands are the same, as data.
 * Any thread. Observed on Redis 7.0 and 8.0, Valkey 8.0 and 9.1; where a version in between changed, its release is
 * given. What follows from the releases in the catalogue is not listed here, see `capability.ts`.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CommandView, CompareRule } from '../commands/definition.ts';
import { isError, type Reply, replyInteger } from '../resp/reply.ts';
import { compareReplies } from './compare.ts';
import { isAggregate, scalarText } from './leaves.ts';
import {
  ANY_SERVER,
  BEFORE_7_2,
  BEFORE_7_4,
  BELOW_VALKEY_9,
  FIELD_EXPIRY,
  REDIS,
  REDIS_8,
  type ServerRange,
  SINCE_7_2,
  SINCE_7_4,
  VALKEY,
  VALKEY_8,
  VALKEY_9,
} from './server-ranges.ts';

/** One side's server is in `left`, the other's in `right`; which is the primary makes no difference. */
export interface KnownDifference {
  readonly id: string;
  readonly reason: string;
  /** Catalogue names. Absent: every command. */
  readonly commands?: readonly string[];
  readonly left: readonly ServerRange[];
  readonly right: readonly ServerRange[];
  readonly matches: (left: Reply, right: Reply, command: CommandView) => boolean;
}

const SCRIPTS = ['eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro', 'function|load'];

const groupsWithoutConsumers: CompareRule = {
  rule: 'pairs-unordered',
  each: true,
  ignoreKeys: ['consumers', 'lag'],
};
const groupsWithoutLag: CompareRule = { rule: 'pairs-unordered', each: true, ignoreKeys: ['lag'] };
const userWithoutLists: CompareRule = {
  rule: 'pairs-unordered',
  ignoreKeys: ['flags', 'databases', 'selectors'],
};

export const knownDifferences: readonly KnownDifference[] = [
  {
    id: 'bitcount-start-alone',
    reason: 'Valkey 8 accepts BITCOUNT key start; Redis wants both start and end.',
    commands: ['bitcount', 'bitpos'],
    left: [REDIS, { product: 'valkey', below: '8.0' }],
    right: [VALKEY_8],
    matches: (left, right) => fails(left, /^ERR syntax error/) && !isError(right),
  },
  {
    id: 'bit-arguments-of-missing-key',
    reason: 'Before 7.2 a missing key is answered before the other arguments are checked.',
    commands: ['bitcount', 'bitpos'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => !isError(left) && fails(right, /^ERR (syntax error|value is not an integer)/),
  },
  {
    id: 'scan-unknown-type',
    reason: 'Valkey 8 refuses a type name it does not know; Redis finds nothing.',
    commands: ['scan'],
    left: [REDIS, { product: 'valkey', below: '8.0' }],
    right: [VALKEY_8],
    matches: (left, right) => !isError(left) && fails(right, /^ERR unknown type name/),
  },
  {
    id: 'scan-negative-cursor',
    reason: 'Before 7.2 a negative number is taken for a cursor.',
    commands: ['scan', 'sscan', 'hscan', 'zscan'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => !isError(left) && fails(right, /^ERR invalid cursor/),
  },
  {
    id: 'lpos-lowest-rank',
    reason: 'Since 7.2 the lowest 64-bit integer is no rank.',
    commands: ['lpos'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => !isError(left) && fails(right, /^ERR value is out of range/),
  },
  {
    id: 'stream-last-entry-id',
    reason: 'The id + (last entry) came with Redis 7.4 and Valkey 8.0.',
    commands: ['xread', 'xreadgroup'],
    left: BEFORE_7_4,
    right: SINCE_7_4,
    matches: (left, _right, command) => fails(left, /^ERR Invalid stream ID/) && hasArgument(command, '+'),
  },
  {
    id: 'stream-consumer-of-empty-read',
    reason: 'Since 7.2 a read by a group creates its consumer even when there is nothing to read.',
    commands: ['xinfo|consumers'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => left.items.length < right.items.length,
  },
  {
    id: 'stream-consumer-of-empty-read',
    reason: 'Since 7.2 a read by a group creates its consumer even when there is nothing to read.',
    commands: ['xgroup|createconsumer'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => replyInteger(left) === 1 && replyInteger(right) === 0,
  },
  {
    id: 'stream-consumer-of-empty-read',
    reason: 'Since 7.2 a read by a group creates its consumer even when there is nothing to read.',
    commands: ['xinfo|groups'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => compareReplies(groupsWithoutConsumers, left, right) === undefined,
  },
  {
    id: 'stream-group-lag',
    reason: 'Redis 8 computes the lag of a group where others do not know it after deletions.',
    commands: ['xinfo|groups'],
    left: [REDIS_8],
    right: [{ product: 'redis', below: '8.0' }, VALKEY],
    matches: (left, right) => compareReplies(groupsWithoutLag, left, right) === undefined,
  },
  {
    id: 'script-blocking-commands',
    reason: 'Since 7.2 scripts may call blocking commands, which then do not block.',
    commands: SCRIPTS,
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) =>
      fails(left, /This (Redis )?command is not allowed from script/) && !isError(right),
  },
  {
    id: 'script-globals',
    reason: 'The Lua globals differ: server (Valkey), os (7.2), deprecated functions (Valkey 8).',
    commands: SCRIPTS,
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left) =>
      fails(left, /attempted to access nonexistent global variable '(server|os|getfenv|newproxy)'/),
  },
  {
    id: 'script-server-version',
    reason: 'The script asks for the name or version of the server.',
    commands: ['eval', 'eval_ro'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (_left, _right, command) => /\b(REDIS|SERVER)_(VERSION|NAME)/.test(argumentText(command, 1)),
  },
  {
    id: 'unsubscribe-without-subscription',
    reason: 'Valkey 8.0 answers NOSUB.',
    commands: ['unsubscribe', 'punsubscribe', 'sunsubscribe'],
    left: [{ product: 'valkey', from: '8.0', below: '8.1' }],
    right: ANY_SERVER,
    matches: (left) => fails(left, /^NOSUB /),
  },
  {
    id: 'client-reply-in-transaction',
    reason: 'Valkey 9 refuses CLIENT REPLY inside MULTI.',
    commands: ['client|reply'],
    left: [VALKEY_9],
    right: BELOW_VALKEY_9,
    matches: (left) => fails(left, /not allowed inside a transaction/),
  },
  {
    id: 'client-filters',
    reason: 'Valkey 9 has other filters and other errors for them.',
    commands: ['client|kill', 'client|list', 'client|unblock'],
    left: [VALKEY_9],
    right: BELOW_VALKEY_9,
    matches: (left, right) => isError(left) || isError(right),
  },
  {
    id: 'command-getkeys-arity',
    reason: 'Before 7.2 COMMAND GETKEYS wants a command with arguments.',
    commands: ['command|getkeys', 'command|getkeysandflags'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left) => fails(left, /^ERR wrong number of arguments/),
  },
  {
    id: 'command-getkeys-unknown-command',
    reason: 'One server does not have the command asked about.',
    commands: ['command|getkeys', 'command|getkeysandflags'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left) => fails(left, /^ERR Invalid command specified/),
  },
  {
    id: 'acl-database-permissions',
    reason: 'Permissions for databases came with Valkey 9.',
    commands: ['acl|setuser'],
    left: BELOW_VALKEY_9,
    right: [VALKEY_9],
    matches: (left) => fails(left, /^ERR Error in ACL SETUSER modifier/),
  },
  {
    id: 'acl-user-description',
    reason: 'Users are described with or without sanitize-payload and databases.',
    commands: ['acl|list'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: sameUsers,
  },
  {
    id: 'acl-user-description',
    reason: 'Users are described with or without sanitize-payload and databases.',
    commands: ['acl|getuser'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) => compareReplies(userWithoutLists, left, right) === undefined,
  },
  {
    id: 'command-sets',
    reason: 'Servers have different commands.',
    commands: ['acl|cat', 'command', 'command|list', 'command|info', 'command|docs', 'command|count'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) => isError(left) === isError(right),
  },
  {
    id: 'configuration-parameters',
    reason: 'Servers have different configuration parameters.',
    commands: ['config|set', 'config|get'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) =>
      fails(left, /^ERR (Unknown option|CONFIG SET failed)/) || (isAggregate(left) && isAggregate(right)),
  },
  {
    id: 'zrank-arity',
    reason: 'Since 7.2 ZRANK takes an option.',
    commands: ['zrank', 'zrevrank'],
    left: BEFORE_7_2,
    right: SINCE_7_2,
    matches: (left, right) => fails(left, /^ERR wrong number of arguments/) && isError(right),
  },
  {
    id: 'scan-option-of-hashes',
    reason: 'Servers that know NOVALUES name it in the error.',
    commands: ['scan', 'sscan', 'zscan'],
    left: BEFORE_7_4,
    right: SINCE_7_4,
    matches: (left, right) => fails(left, /^ERR syntax error/) && fails(right, /option can only be used in/),
  },
  {
    id: 'cluster-commands-without-cluster',
    reason: 'Valkey answers some cluster commands when cluster mode is off.',
    commands: ['cluster|keyslot', 'readonly', 'readwrite'],
    left: ANY_SERVER,
    right: [VALKEY],
    matches: (left, right) =>
      fails(left, /^ERR This instance has cluster support disabled/) && !isError(right),
  },
  {
    id: 'redirect-of-replicas',
    reason: 'Valkey 8 redirects clients that announced CLIENT CAPA redirect.',
    left: [VALKEY_8],
    right: ANY_SERVER,
    matches: (left) => fails(left, /^REDIRECT /),
  },
  {
    id: 'database-in-cluster-mode',
    reason: 'Valkey 9 has databases in cluster mode.',
    commands: ['select', 'move', 'copy', 'swapdb'],
    left: [VALKEY_9],
    right: BELOW_VALKEY_9,
    matches: (left, right) =>
      fails(right, /not allowed in cluster mode|DB index is out of range/) ||
      fails(left, /DB index is out of range/),
  },
  {
    id: 'dump-format',
    reason: 'Serialised values are refused by servers of another RDB version.',
    commands: ['restore', 'restore-asking', 'function|restore'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) =>
      fails(left, /^ERR (DUMP payload version or checksum are wrong|Bad data format)/) && !isError(right),
  },
  {
    id: 'dump-format',
    reason: 'Serialised values carry the RDB version of the server.',
    commands: ['dump', 'function|dump'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) => !isError(left) && !isError(right) && left.isNull === right.isNull,
  },
  {
    id: 'field-expiry-errors',
    reason: 'Redis and Valkey check arguments of field expiry in another order, with other texts.',
    commands: FIELD_EXPIRY,
    left: [REDIS],
    right: [VALKEY_9],
    matches: (left, right) => isError(left) && isError(right),
  },
  {
    id: 'field-expiry-limit',
    reason: 'Redis allows field expiry up to 2^48 ms, Valkey beyond.',
    commands: FIELD_EXPIRY,
    left: [REDIS],
    right: [VALKEY_9],
    matches: (left, right) => fails(left, /^ERR invalid expire time/) && !isError(right),
  },
  {
    id: 'internal-layout',
    reason: 'Encodings, sizes and reference counts differ between versions.',
    commands: ['object|encoding', 'object|refcount', 'object|idletime', 'object|freq', 'memory|usage'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) => !isError(left) && !isError(right) && left.isNull === right.isNull,
  },
  {
    id: 'server-description',
    reason: 'The reply describes the server itself.',
    commands: ['hello', 'info', 'lolwut', 'role', 'memory|stats', 'memory|doctor', 'latency|doctor'],
    left: ANY_SERVER,
    right: ANY_SERVER,
    matches: (left, right) => !isError(left) && !isError(right),
  },
];

function fails(reply: Reply, pattern: RegExp): boolean {
  return isError(reply) && pattern.test(scalarText(reply));
}

function argumentText(command: CommandView, index: number): string {
  if (index >= command.count) return '';
  return decodeLatin1(command.bytes, command.spans[2 * index], command.spans[2 * index + 1]);
}

function hasArgument(command: CommandView, text: string): boolean {
  for (let index = 1; index < command.count; index += 1) {
    const start = command.spans[2 * index];
    if (command.spans[2 * index + 1] - start === text.length && argumentText(command, index) === text)
      return true;
  }
  return false;
}

function sameUsers(left: Reply, right: Reply): boolean {
  if (!isAggregate(left) || !isAggregate(right) || left.items.length !== right.items.length) return false;
  return left.items.every((user, index) => plainUser(user) === plainUser(right.items[index]));
}

function plainUser(user: Reply): string {
  return scalarText(user).replaceAll(' sanitize-payload', '').replaceAll(' alldbs', '');
}
