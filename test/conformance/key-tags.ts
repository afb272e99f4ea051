/**
 * The same cases where keys of one case have to be in one slot: each key, found as the catalogue says, gets a hash tag
 * in front. Three tags, one for each node of a new cluster of three, so that cases are spread over all of them.
 */

import { findKeys, KeyList } from '../../src/routing/keys.ts';
import type { RawArgument } from '../support/raw-client.ts';
import { slotOf } from '../support/reshard.ts';
import { viewOf } from '../unit/commands/view.ts';
import type { CommandCase } from './command-text.ts';
import { table } from './modes.ts';

const keys = new KeyList();

/** Words beside keys that stand for them. */
const PREFIXES = /^client tracking$/i;
const PATTERNS = /^sort(_ro)?$/i;
const SHARD_CHANNELS = /^pubsub shardnumsub$/i;

/** One tag by node. */
export const keyTags: readonly string[] = [0, 1, 2].map((node) => {
  for (let number = 0; ; number += 1) {
    // Letters only: cases look for the numbers of clients in what they hear.
    const tag = `{${[...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}}`;
    if (Math.floor((slotOf(tag) * 3) / 16_384) === node) return tag;
  }
});

/** The tag for the case with this name. */
export function tagOf(name: string): string {
  const sum = [...name].reduce((total, character) => total + character.charCodeAt(0), 0);
  return keyTags[sum % keyTags.length] ?? '';
}

function bytesOf(argument: RawArgument): Buffer {
  return argument instanceof Uint8Array ? Buffer.from(argument) : Buffer.from(String(argument));
}

/** The command with this tag in front of its keys. */
export function tagKeys(args: readonly RawArgument[], tag: string): RawArgument[] {
  const view = viewOf(...args.map(bytesOf));
  const id = table.lookup(view.bytes, view.spans, view.count);
  const tagged = [...args];
  const put = (at: number): void => {
    const argument = args[at];
    if (argument === undefined) return;
    tagged[at] =
      argument instanceof Uint8Array ? Buffer.concat([Buffer.from(tag), argument]) : `${tag}${argument}`;
  };
  const name = args.slice(0, 2).join(' ');
  if (PREFIXES.test(name))
    for (const [at, word] of args.entries()) if (/^prefix$/i.test(String(word))) put(at + 1);
  if (PATTERNS.test(String(args[0])))
    for (const [at, word] of args.entries())
      if (/^(by|get)$/i.test(String(word)) && String(args[at + 1]).includes('*')) put(at + 1);
  if (SHARD_CHANNELS.test(name)) for (let at = 2; at < args.length; at += 1) put(at);
  if (id < 0 || !findKeys(table, id, view, keys)) return tagged;
  for (let at = 0; at < keys.count; at += 1) put(keys.indexes[at] ?? 0);
  return tagged;
}

/** The case with tagged keys. */
export function tagCase(one: CommandCase): CommandCase {
  const tag = tagOf(one.name);
  const lines = one.lines.map((line) => ({ ...line, args: tagKeys(line.args, tag).map(String) }));
  return { ...one, lines };
}
