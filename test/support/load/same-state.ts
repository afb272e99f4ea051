/**
 * Do two servers hold the same data? DEBUG DIGEST answers yes or no; what it leaves out (times to live, consumer
 * groups) is compared here, and when it says no, the keys that differ are named.
 */
import type { RawClient } from '../raw-client.ts';
import type { PlainReply } from '../raw-reply.ts';
import { slotOf } from '../reshard.ts';
import { waitUntil } from '../wait.ts';

/** What can be asked what it holds. */
export interface DataHolder {
  client(): Promise<RawClient>;
}

export interface StateComparison {
  readonly digests: readonly [string, string];
  readonly keys: number;
  /** One line per key that differs, at most 50. Empty means the same. */
  readonly differences: readonly string[];
  /** All of them, in whatever database. */
  readonly differingKeys: readonly string[];
  /** Greatest difference between the expiry times of a key on both servers. */
  readonly expirySkewMs: number;
}

/** A relative time begins when the primary runs the command, which on a busy machine is long after it was sent. */
const EXPIRY_TOLERANCE_MS = 20_000;

/** Deletes what has expired on both servers by looking at every key. */
async function reap(client: RawClient): Promise<void> {
  await keysOf(client);
}

async function keysOf(client: RawClient): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, page] = (await client.call('SCAN', cursor, 'COUNT', 1000)) as [string, string[]];
    keys.push(...page);
    cursor = next;
  } while (cursor !== '0');
  return [...new Set(keys)].sort();
}

/** Compares two quiet servers, database by database. */
export async function compareState(
  left: DataHolder,
  right: DataHolder,
  databases: readonly number[] = [0, 1],
): Promise<StateComparison> {
  const clients = [await left.client(), await right.client()] as const;
  const differences: string[] = [];
  const differingKeys: string[] = [];
  let keys = 0;
  let expirySkewMs = 0;
  try {
    for (const database of databases) {
      for (const client of clients) {
        await client.call('SELECT', database);
        await reap(client);
      }
      const lists = [await keysOf(clients[0]), await keysOf(clients[1])] as const;
      const all = [...new Set([...lists[0], ...lists[1]])].sort();
      keys += all.length;
      const found = await Promise.all(clients.map((client) => describeKeys(client, all)));
      for (let index = 0; index < all.length; index++) {
        const [ours, theirs] = [found[0]?.[index] as KeyState, found[1]?.[index] as KeyState];
        const skew = Math.abs(ours.expiresAt - theirs.expiresAt);
        if (ours.expiresAt > 0 && theirs.expiresAt > 0) expirySkewMs = Math.max(expirySkewMs, skew);
        const difference = differenceOf(ours, theirs);
        if (difference === undefined) continue;
        differingKeys.push(all[index] as string);
        if (differences.length < 50) differences.push(`db${database} ${all[index]}: ${difference}`);
      }
    }
    const digests = [
      String(await clients[0].call('DEBUG', 'DIGEST')),
      String(await clients[1].call('DEBUG', 'DIGEST')),
    ] as const;
    return { digests, keys, differences, differingKeys, expirySkewMs };
  } finally {
    for (const client of clients) client.close();
  }
}

/**
 * Compares until nothing differs outside of dirty slots, and gives that comparison: keys with a short time to live go
 * while the servers are looked at.
 */
export function settledState(
  left: DataHolder,
  right: DataHolder,
  isDirty: (slot: number) => boolean,
  databases?: readonly number[],
): Promise<StateComparison> {
  return waitUntil(
    async () => {
      const state = await compareState(left, right, databases);
      const { differingKeys, differences, digests } = state;
      const isKnown = differingKeys.every((key) => isDirty(slotOf(key)));
      if (!isKnown) throw new Error(differences.join('\n'));
      if (differingKeys.length === 0 && digests[0] !== digests[1]) throw new Error(`digests ${digests}`);
      return state;
    },
    'both servers to hold the same, except in slots that are dirty',
    100_000,
  );
}

interface KeyState {
  readonly digest: string;
  readonly type: string;
  readonly expiresAt: number;
  readonly groups: string;
}

function differenceOf(left: KeyState, right: KeyState): string | undefined {
  if (left.type !== right.type) return `type ${left.type} and ${right.type}`;
  if (left.digest !== right.digest) return `content of the ${left.type}`;
  const bothExpire = left.expiresAt > 0 && right.expiresAt > 0;
  const skew = Math.abs(left.expiresAt - right.expiresAt);
  if (!bothExpire ? left.expiresAt !== right.expiresAt : skew > EXPIRY_TOLERANCE_MS) {
    return `expires at ${left.expiresAt} and ${right.expiresAt}`;
  }
  return left.groups === right.groups ? undefined : `groups ${left.groups} and ${right.groups}`;
}

async function describeKeys(client: RawClient, keys: readonly string[]): Promise<KeyState[]> {
  const states: KeyState[] = [];
  for (let start = 0; start < keys.length; start += 200) {
    const page = keys.slice(start, start + 200);
    const replies = await client.pipeline(
      page.flatMap((key) => [
        ['DEBUG', 'DIGEST-VALUE', key],
        ['TYPE', key],
        ['PEXPIRETIME', key],
      ]),
    );
    for (let index = 0; index < page.length; index++) {
      const [digest, type, expiresAt] = replies.slice(3 * index, 3 * index + 3) as [string[], string, number];
      const groups = type === 'stream' ? await describeGroups(client, page[index] as string) : '';
      states.push({ digest: String(digest[0]), type, expiresAt, groups });
    }
  }
  return states;
}

/** Groups and their pending entries without the times, which depend on when each server ran the command. */
async function describeGroups(client: RawClient, key: string): Promise<string> {
  const groups = (await client.call('XINFO', 'GROUPS', key)) as PlainReply[][];
  const parts: string[] = [];
  for (const group of groups) {
    const fields = new Map<string, PlainReply>();
    for (let index = 0; index + 1 < group.length; index += 2)
      fields.set(String(group[index]), group[index + 1] as PlainReply);
    const name = String(fields.get('name'));
    const pending = (await client.call('XPENDING', key, name, '-', '+', 10_000)) as PlainReply[][];
    const entries = pending.map(([id, consumer, , deliveries]) => `${id}/${consumer}/${deliveries}`);
    parts.push(`${name} last ${fields.get('last-delivered-id')} pending ${entries.join(',')}`);
  }
  return parts.sort().join('; ');
}
