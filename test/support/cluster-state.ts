/** What the nodes of clusters, or single servers, hold between them, key by key. */
import type { RawClient } from './raw-client.ts';
import { slotOf } from './reshard.ts';
import type { TestServer } from './servers.ts';
import { waitUntil } from './wait.ts';

const KEYS_AT_ONCE = 200;

/** By key: the server's own digest of its value. `nodes`: all primaries. */
export async function digestsOf(nodes: readonly TestServer[]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const node of nodes) {
    const client = await node.client();
    const keys = await keysOf(client);
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const some = keys.slice(at, at + KEYS_AT_ONCE);
      const found = (await client.call('DEBUG', 'DIGEST-VALUE', ...some)) as string[];
      for (const [index, key] of some.entries()) digests.set(key, String(found[index]));
    }
    client.close();
  }
  return digests;
}

async function keysOf(client: RawClient): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = (await client.call('SCAN', cursor, 'COUNT', 1000)) as [string, string[]];
    for (const key of page) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...keys];
}

/**
 * By key of a sorted set: its members, and their scores as numbers. Redis 7.0 makes digests of 17 digits of a score,
 * and its successors of as many as it takes: where digests differ, what they are of may not.
 */
async function scoresOf(nodes: readonly TestServer[], keys: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const node of nodes) {
    const client = await node.client();
    const replies = await client.pipeline(keys.map((key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES']));
    client.close();
    for (const [at, reply] of replies.entries()) {
      // Another node has the key, or it is of another type.
      if (!Array.isArray(reply)) continue;
      const pairs = reply.map((item, index) => (index % 2 === 0 ? String(item) : Number(item)));
      if (pairs.length > 0) found.set(keys[at]!, JSON.stringify(pairs));
    }
  }
  return found;
}

export interface StateDifferences {
  readonly keys: number;
  /** One line for each key that differs. */
  readonly differences: readonly string[];
  readonly slots: readonly number[];
}

/**
 * Compares until at most so many slots differ, and gives that comparison: the sides are read one after the other, and a
 * key may expire in between.
 */
export function settledDifferences(
  sides: () => Promise<readonly [left: readonly TestServer[], right: readonly TestServer[]]>,
  mostSlots: number,
): Promise<StateDifferences> {
  return waitUntil(async () => {
    const found = await differencesBetween(...(await sides()));
    if (found.slots.length > mostSlots) throw new Error(found.differences.join('\n'));
    return found;
  }, `both sides to hold the same in all but ${mostSlots} slots`);
}

async function differencesBetween(
  left: readonly TestServer[],
  right: readonly TestServer[],
): Promise<StateDifferences> {
  const [ours, theirs] = [await digestsOf(left), await digestsOf(right)];
  const all = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  const suspects = all.filter((key) => ours.get(key) !== theirs.get(key));
  const [ourScores, theirScores] = [await scoresOf(left, suspects), await scoresOf(right, suspects)];
  const wrong = suspects.filter((key) => {
    const scores = ourScores.get(key);
    return scores === undefined || scores !== theirScores.get(key);
  });
  const state = (digest: string | undefined): string =>
    digest === undefined ? 'missing' : digest.slice(0, 8);
  return {
    keys: all.length,
    differences: wrong.map((key) => `${key}: ${state(ours.get(key))} | ${state(theirs.get(key))}`),
    slots: [...new Set(wrong.map(slotOf))],
  };
}
