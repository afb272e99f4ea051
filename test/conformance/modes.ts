/**
 * The ways one command reaches a server: as an array in either protocol, inline, inside MULTI, from a script. Each way
 * turns a command into what is written, and says how many replies come and where the command's own is in them.
 */
import { buildCommandTable } from '../../src/commands/table.ts';
import { decodeReply, type Reply } from '../../src/resp/reply.ts';
import { findKeys, KeyList } from '../../src/routing/keys.ts';
import { viewOf } from '../unit/commands/view.ts';
import { encodeArray, encodeInline } from './command-text.ts';

export const modeNames = ['RESP2', 'RESP3', 'inline', 'MULTI', 'script'] as const;
export type ModeName = (typeof modeNames)[number];

export interface Mode {
  readonly name: ModeName;
  readonly protocol: 2 | 3;
  readonly repliesPerCommand: number;
  readonly encode: (args: readonly string[]) => Buffer;
}

export const table = buildCommandTable();
const keys = new KeyList();

const multi = encodeArray(['MULTI']);
const exec = encodeArray(['EXEC']);

export const modes: readonly Mode[] = [
  { name: 'RESP2', protocol: 2, repliesPerCommand: 1, encode: encodeArray },
  { name: 'RESP3', protocol: 3, repliesPerCommand: 1, encode: encodeArray },
  { name: 'inline', protocol: 2, repliesPerCommand: 1, encode: encodeInline },
  {
    name: 'MULTI',
    protocol: 3,
    repliesPerCommand: 3,
    encode: (args) => Buffer.concat([multi, encodeArray(args), exec]),
  },
  { name: 'script', protocol: 2, repliesPerCommand: 1, encode: encodeScript },
];

/** The command from a script that declares its keys. */
function encodeScript(args: readonly string[]): Buffer {
  const view = viewOf(...args.map((argument) => Buffer.from(argument, 'latin1')));
  const id = table.lookup(view.bytes, view.spans, view.count);
  const named: string[] = [];
  if (id >= 0 && findKeys(table, id, view, keys)) {
    for (let index = 0; index < keys.count; index++) named.push(args[keys.indexes[index] ?? 0] ?? '');
  }
  return encodeArray(['EVAL', 'return redis.pcall(unpack(ARGV))', String(named.length), ...named, ...args]);
}

/** Catalogue name of a command; 'other' for one that it does not know. */
export function nameOf(args: readonly string[]): string {
  const view = viewOf(...args.map((argument) => Buffer.from(argument, 'latin1')));
  const id = table.lookup(view.bytes, view.spans, view.count);
  return id < 0 ? 'other' : (table.definitions[id]?.name ?? 'other');
}

/** The reply of the command itself among the replies of the mode. `frames` are those of one command. */
export function ownReply(mode: Mode, frames: readonly Buffer[]): Reply {
  const last = frames[mode.repliesPerCommand - 1] ?? Buffer.alloc(0);
  const reply = decodeReply(last, 0, last.length);
  if (mode.name !== 'MULTI') return reply;
  const queued = frames[1] ?? last;
  if (queued[0] === 0x2d) return decodeReply(queued, 0, queued.length);
  return reply.items.length === 1 ? (reply.items[0] ?? reply) : reply;
}
