/**
 * Commands whose keys and values all carry the token of the client that sends them, and what a server answers to
 * them. A token in a reply to anyone else is a reply to the wrong client.
 */
import type { Random } from '../../src/base/random.ts';
import { encodeCommand } from '../support/load/wire.ts';

export interface OwnedCommand {
  readonly bytes: Buffer;
  /** What the reply must be, as it is on the wire; undefined where it depends on what was before. */
  readonly expected: string | undefined;
}

const TOKEN = /<[0-9a-z]{10}>/g;

/** All that were given out: a damaged token is nobody's. */
const issued = new Set<string>();

/** A new owner's token. Damage does not make one out of another, for all practical purposes. */
export function newToken(random: Random): string {
  let text = '';
  for (let index = 0; index < 10; index++) text += '0123456789abcdefghijklmnopqrstuvwxyz'[random.integer(36)];
  issued.add(`<${text}>`);
  return `<${text}>`;
}

/** Tokens of others in these bytes. */
export function foreignTokens(bytes: Buffer, own: string): string[] {
  const tokens: readonly string[] = bytes.toString('latin1').match(TOKEN) ?? [];
  return tokens.filter((token) => token !== own && issued.has(token));
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function command(args: readonly (string | number)[], expected?: string): OwnedCommand {
  return { bytes: Buffer.from(encodeCommand(args), 'latin1'), expected };
}

/** A run of commands that belong together: one, or a transaction. */
export function ownedCommands(own: string, random: Random, serial: number): OwnedCommand[] {
  const key = `${own}k${random.integer(20)}`;
  const value = `${own}v${serial}${'.'.repeat(random.integer(random.next() < 0.02 ? 40_000 : 60))}`;
  switch (random.integer(13)) {
    case 0:
    case 1:
      return [command(['SET', key, value], '+OK\r\n'), command(['GET', key], bulk(value))];
    case 2:
      return [command(['ECHO', value], bulk(value))];
    case 3:
      return [
        command(['MSET', key, value, `${own}other`, value], '+OK\r\n'),
        command(['MGET', key, `${own}none`]),
      ];
    case 4:
      return [command(['RPUSH', `${own}l`, value, value]), command(['LRANGE', `${own}l`, '-2', '-1'])];
    case 5:
      return [command(['HSET', `${own}h`, `${own}f`, value]), command(['HGETALL', `${own}h`])];
    case 6:
      return [
        command(['MULTI'], '+OK\r\n'),
        command(['SET', key, value], '+QUEUED\r\n'),
        command(['GET', key], '+QUEUED\r\n'),
        command(['EXEC'], `*2\r\n+OK\r\n${bulk(value)}`),
      ];
    case 7:
      return [
        command(['EVAL', 'return {KEYS[1], ARGV[1]}', '1', key, value], `*2\r\n${bulk(key)}${bulk(value)}`),
      ];
    case 8:
      return [command(['NOSUCH', value])];
    case 9:
      return [command(['RPUSH', `${own}b`, value]), command(['BLPOP', `${own}b`, '0.05'])];
    case 10:
      return [command(['DEL', `${own}l`, `${own}h`, `${own}b`])];
    case 11:
      return [command(['INCR', key]), command(['PING', value], bulk(value))];
    default:
      return [
        { bytes: Buffer.from(`ECHO ${own}i${serial}\r\n`, 'latin1'), expected: bulk(`${own}i${serial}`) },
      ];
  }
}
