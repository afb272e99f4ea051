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
  const wrong = all.filter((key) => ours.get(key) !== theirs.get(key));
  const state = (digest: string | undefined): string =>
    digest === undefined ? 'missing' : digest.slice(0, 8);
  return {
    keys: all.length,
    differences: wrong.map((key) => `${key}: ${state(ours.get(key))} | ${state(theirs.get(key))}`),
    slots: [...new Set(wrong.map(slotOf))],
  };
}
