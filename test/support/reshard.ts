/** Moves slots of a real cluster from node to node while it is used, as `redis-cli --cluster reshard` does. */
import { keySlot } from '../../src/base/slot.ts';
import { ask, type TestCluster } from './cluster.ts';
import type { TestServer } from './servers.ts';

const KEYS_AT_ONCE = 10;

export function slotOf(key: string): number {
  const bytes = Buffer.from(key);
  return keySlot(bytes, 0, bytes.length);
}

/** Which node has the slot now, as the first node sees it. */
export async function ownerOf(cluster: TestCluster, slot: number): Promise<TestServer> {
  const ranges = (await ask(cluster.nodes[0]!, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  const range = ranges.find(([start, last]) => slot >= start && slot <= last)!;
  return cluster.nodes.find(({ port }) => port === range[2][1])!;
}

/** Between the two: what is still there is served at the old node, the rest is asked for at the new one. */
export async function beginMove(slot: number, from: TestServer, to: TestServer): Promise<void> {
  const [fromId, toId] = [
    String(await ask(from, 'CLUSTER', 'MYID')),
    String(await ask(to, 'CLUSTER', 'MYID')),
  ];
  await ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
}

/** Moves up to `most` keys of the slot; answers how many there were. */
export async function moveKeys(
  slot: number,
  from: TestServer,
  to: TestServer,
  most = KEYS_AT_ONCE,
): Promise<number> {
  const keys = (await ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, most)) as string[];
  if (keys.length > 0) await ask(from, 'MIGRATE', to.host, to.port, '', 0, 5000, 'KEYS', ...keys);
  return keys.length;
}

/** The slot belongs to the new node. Nothing of it is left at the old one. */
export async function endMove(slot: number, from: TestServer, to: TestServer): Promise<void> {
  const toId = String(await ask(to, 'CLUSTER', 'MYID'));
  await ask(to, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  await ask(from, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId);
}

/** All of it. */
export async function moveSlot(slot: number, from: TestServer, to: TestServer): Promise<void> {
  await beginMove(slot, from, to);
  while ((await moveKeys(slot, from, to)) > 0);
  await endMove(slot, from, to);
}
