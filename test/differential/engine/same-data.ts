/** Reads keys on both sides by commands of their types, and tells where they differ. */

import type { CompareRule } from '../../../src/commands/definition.ts';
import { compareReplies } from '../../../src/compare/compare.ts';
import { isError, type Reply, replyText } from '../../../src/resp/reply.ts';
import type { EnginePair } from './engine-pair.ts';

const EXACT: CompareRule = { rule: 'exact' };
const UNORDERED: CompareRule = { rule: 'unordered' };
const PAIRS: CompareRule = { rule: 'pairs-unordered' };
const SOON: CompareRule = { rule: 'ttl', tolerance: 2000 };

/** By type: what reads all of it. */
const READERS: Readonly<Record<string, (key: string) => { args: string[]; rule: CompareRule }>> = {
  string: (key) => ({ args: ['GET', key], rule: EXACT }),
  list: (key) => ({ args: ['LRANGE', key, '0', '-1'], rule: EXACT }),
  set: (key) => ({ args: ['SMEMBERS', key], rule: UNORDERED }),
  zset: (key) => ({ args: ['ZRANGE', key, '0', '-1', 'WITHSCORES'], rule: EXACT }),
  hash: (key) => ({ args: ['HGETALL', key], rule: PAIRS }),
  stream: (key) => ({ args: ['XRANGE', key, '-', '+'], rule: EXACT }),
};

/** Lines that say what differs; none when both hold the same in the same forms. */
export async function differingData(
  pair: EnginePair,
  keys: readonly string[],
  scores: CompareRule = EXACT,
): Promise<string[]> {
  const lines: string[] = [];
  const check = async (args: readonly string[], rule: CompareRule): Promise<string> => {
    const { server, engine } = await pair.ask(...args);
    const difference = compareReplies(rule, server, engine);
    if (difference !== undefined) lines.push(`${args.join(' ')}: ${shown(server)} and ${shown(engine)}`);
    return isError(server) ? '' : replyText(server);
  };
  for (const key of keys) {
    const type = await check(['TYPE', key], EXACT);
    if (type !== 'none') await check(['OBJECT', 'ENCODING', key], EXACT);
    await check(['PEXPIRETIME', key], SOON);
    const reader = READERS[type];
    if (reader === undefined) continue;
    const { args, rule } = reader(key);
    await check(args, type === 'zset' ? scores : rule);
    if (type === 'hash') await checkFields(pair, key, check);
  }
  // Looking at the keys has removed those whose time had come.
  await check(['DBSIZE'], EXACT);
  return lines;
}

function shown({ bytes }: Reply): string {
  return JSON.stringify(Buffer.from(bytes).toString('latin1')).slice(0, 500);
}

/** When the fields of a hash expire, where the server can tell. */
async function checkFields(
  pair: EnginePair,
  key: string,
  check: (args: readonly string[], rule: CompareRule) => Promise<string>,
): Promise<void> {
  const { server } = await pair.ask('HKEYS', key);
  for (const field of server.items.map(replyText).slice(0, 50)) {
    await check(['HPEXPIRETIME', key, 'FIELDS', '1', field], { ...SOON, each: true });
  }
}
