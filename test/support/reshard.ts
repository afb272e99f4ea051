/** Moves slots of a real cluster from node to node while it is used, as `redis-cli --cluster reshard` does. */
import { keySlot } from '../../src/base/slot.ts';
import { ask, type TestCluster } from './cluster.ts';
import type { TestServer } from './servers.ts';
import { waitUntil } from './wait.ts';

const KEYS_AT_ONCE = 10;
const MIGRATE_TIMEOUT_MS = 60_000;
const SET_SLOT_MS = 120_000;

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

interface OwnerView {
  readonly epoch: number;
  /** Ranges, without slots that are on their way. */
  readonly slots: string;
}

/** What the node says of each server. */
async function viewOf(node: TestServer, servers: readonly TestServer[]): Promise<OwnerView[]> {
  const lines = String(await ask(node, 'CLUSTER', 'NODES')).split('\n');
  return servers.map(({ port }) => {
    const words = lines.find((line) => line.includes(`:${port}@`))?.split(' ') ?? [];
    const slots = words.slice(8).filter((word) => !word.startsWith('['));
    return { epoch: Number(words[6]), slots: slots.join(' ') };
  });
}

/**
 * Waits until the primaries have heard of each other who has which slots, and in which epoch; all epochs differ then.
 * A slot must not change hands before: a new owner that does not know the epoch of the old one takes none that is
 * higher, the next heartbeat of the old one, still on its way, takes the slot back from it, and then each of the two
 * says for ever that the other one has the slot. To believe that a node has a higher epoch than it has does no harm;
 * after a hand-over nodes have been seen to do so for more than a minute.
 */
export async function waitForAgreement(primaries: readonly TestServer[]): Promise<void> {
  const ports = primaries.map(({ port }) => port).join(', ');
  await waitUntil(async () => {
    const views = await Promise.all(primaries.map((node) => viewOf(node, primaries)));
    const own = views.map((view, index) => view[index]!);
    const isKnown = views.every((view) =>
      view.every(({ epoch, slots }, at) => slots === own[at]!.slots && epoch >= own[at]!.epoch),
    );
    if (isKnown && new Set(own.map(({ epoch }) => epoch)).size === primaries.length) return true;
    throw new Error(JSON.stringify(views));
  }, `nodes ${ports} to agree who has which slots`);
}

/** Valkey tells the replicas first, and refuses while none of them is in step, as for a moment after a failover. */
async function setSlot(node: TestServer, slot: number, ...words: string[]): Promise<void> {
  const isDone = async (): Promise<boolean> =>
    (await ask(node, 'CLUSTER', 'SETSLOT', slot, ...words)) === 'OK';
  await waitUntil(isDone, `CLUSTER SETSLOT ${slot} ${words.join(' ')} at ${node.port}`, SET_SLOT_MS);
}

/** Between the two: what is still there is served at the old node, the rest is asked for at the new one. */
export async function beginMove(slot: number, from: TestServer, to: TestServer): Promise<void> {
  await waitForAgreement([from, to]);
  const [fromId, toId] = [
    String(await ask(from, 'CLUSTER', 'MYID')),
    String(await ask(to, 'CLUSTER', 'MYID')),
  ];
  await setSlot(to, slot, 'IMPORTING', fromId);
  await setSlot(from, slot, 'MIGRATING', toId);
}

/** Moves up to `most` keys of the slot; answers how many there were. */
export async function moveKeys(
  slot: number,
  from: TestServer,
  to: TestServer,
  most = KEYS_AT_ONCE,
): Promise<number> {
  const keys = (await ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, most)) as string[];
  if (keys.length > 0)
    await ask(from, 'MIGRATE', to.host, to.tlsPort ?? to.port, '', 0, MIGRATE_TIMEOUT_MS, 'KEYS', ...keys);
  return keys.length;
}

/** The slot belongs to the new node. Nothing of it is left at the old one. `others` learn it at once, too. */
export async function endMove(
  slot: number,
  from: TestServer,
  to: TestServer,
  others: readonly TestServer[] = [],
): Promise<void> {
  await waitForAgreement([from, to]);
  const toId = String(await ask(to, 'CLUSTER', 'MYID'));
  for (const node of [to, from, ...others]) await setSlot(node, slot, 'NODE', toId);
}

/** All of it. */
export async function moveSlot(slot: number, from: TestServer, to: TestServer): Promise<void> {
  await beginMove(slot, from, to);
  while ((await moveKeys(slot, from, to)) > 0);
  await endMove(slot, from, to);
}

/** Moves all slots of a node to another one: those with keys as above, the empty ones at once. */
export async function moveAllSlots(
  from: TestServer,
  to: TestServer,
  others: readonly TestServer[],
): Promise<number> {
  const slots = await slotsOf(from);
  const client = await from.client();
  const counts = await client.pipeline(slots.map((slot) => ['CLUSTER', 'COUNTKEYSINSLOT', slot]));
  client.close();
  for (const [at, slot] of slots.entries()) {
    if (Number(counts[at]) === 0) continue;
    await beginMove(slot, from, to);
    while ((await moveKeys(slot, from, to)) > 0);
    await endMove(slot, from, to);
  }
  await waitForAgreement([from, to]);
  const empty = slots.filter((_, at) => Number(counts[at]) === 0);
  const toId = String(await ask(to, 'CLUSTER', 'MYID'));
  for (const node of [to, from, ...others]) {
    const telling = await node.client();
    const replies = await telling.pipeline(empty.map((slot) => ['CLUSTER', 'SETSLOT', slot, 'NODE', toId]));
    telling.close();
    const refused = replies.find((reply) => reply !== 'OK');
    if (refused !== undefined) throw new Error(JSON.stringify(refused));
  }
  return slots.length;
}

async function slotsOf(node: TestServer): Promise<number[]> {
  const ranges = (await ask(node, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  return ranges
    .filter(([, , [, port]]) => port === node.port)
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
}
