/**
 * What happens to a cluster while a load runs on it: slots move from primary to primary, and while one is on its way
 * between two of them, the third loses its role to its replica, by agreement or because it is killed.
 */
import { ask, type TestCluster } from '../cluster.ts';
import { beginMove, endMove, moveKeys, ownerOf } from '../reshard.ts';
import type { TestServer } from '../servers.ts';
import { waitUntil } from '../wait.ts';

/** Servers give up a hand-over that takes more than five seconds. */
const HAND_OVER_MS = 10_000;
const LONG_MS = 240_000;

export type Failover = 'hand over' | 'kill';

export interface TroubleOptions {
  readonly cluster: TestCluster;
  /** Slots that the load works on. */
  readonly slots: readonly number[];
  readonly failover: Failover;
  readonly failovers: number;
  /** Between 0 and 1; failovers are spread over all of it. */
  readonly progress: () => number;
}

export interface TroubleReport {
  readonly moves: number;
  /** Milliseconds until the others knew the new primary. */
  readonly failovers: readonly number[];
}

/** The nodes that have slots. */
export async function primariesOf(cluster: TestCluster): Promise<TestServer[]> {
  const ranges = (await ask(cluster.nodes[0]!, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  const ports = new Set(ranges.map(([, , [, port]]) => port));
  return cluster.nodes.filter(({ port }) => ports.has(port));
}

/** Goes on until the load is over, and at least until all failovers have been. */
export async function makeTrouble(options: TroubleOptions): Promise<TroubleReport> {
  const { cluster, slots, failover, failovers, progress } = options;
  const took: number[] = [];
  let moves = 0;
  for (; progress() < 1 || took.length < failovers; moves++) {
    const slot = slots[moves % slots.length]!;
    const from = await ownerOf(cluster, slot);
    const others = (await primariesOf(cluster)).filter((node) => node !== from);
    // The node that is asked about the cluster stays alive.
    const third = others.find((node) => node !== cluster.nodes[0])!;
    const to = others.find((node) => node !== third)!;
    if (!(await begins(slot, from, to))) continue;
    await moveKeys(slot, from, to);
    const isDue = took.length < failovers && progress() >= took.length / failovers;
    if (isDue) took.push(await failOver(cluster, third, failover));
    while ((await moveKeys(slot, from, to)) > 0);
    await endMove(slot, from, to);
  }
  return { moves, failovers: took };
}

/** On a busy machine a node may be taken for dead, and be a replica before the move begins: then there is none. */
async function begins(slot: number, from: TestServer, to: TestServer): Promise<boolean> {
  const begun = beginMove(slot, from, to).then(() => true);
  return begun.catch(async (error: unknown) => {
    const isReplica = String(await ask(to, 'INFO', 'replication')).includes('role:slave');
    if (isReplica) return false;
    throw error;
  });
}

async function failOver(cluster: TestCluster, primary: TestServer, how: Failover): Promise<number> {
  const id = String(await ask(primary, 'CLUSTER', 'MYID'));
  const lines = String(await ask(primary, 'CLUSTER', 'NODES')).split('\n');
  const line = lines.find((one) => one.includes(`slave ${id}`) && !one.includes('fail'))!;
  const replica = cluster.nodes.find(({ port }) => line.includes(`:${port}@`))!;
  const began = performance.now();
  if (how === 'kill') await primary.stop('SIGKILL');
  else await handOver(replica);
  const isKnown = async (): Promise<boolean> => {
    const now = await primariesOf(cluster);
    return now.includes(replica) && !now.includes(primary);
  };
  await waitUntil(isKnown, 'a replica to take over', LONG_MS);
  const took = performance.now() - began;
  if (how === 'kill') await primary.restart();
  await waitUntil(() => isWell(cluster), 'the cluster to be well again', LONG_MS);
  return Math.round(took);
}

/** A replica asks its primary to hand over, and gets everything before it does. */
async function handOver(replica: TestServer): Promise<void> {
  const isPrimary = async (): Promise<boolean> =>
    String(await ask(replica, 'INFO', 'replication')).includes('role:master');
  for (let tries = 0; tries < LONG_MS / HAND_OVER_MS && !(await isPrimary()); tries++) {
    await ask(replica, 'CLUSTER', 'FAILOVER');
    if (await waitUntil(isPrimary, 'a hand-over', HAND_OVER_MS).catch(() => false)) return;
  }
}

/** All nodes know of each other, all slots are served, and replicas follow their primaries. */
async function isWell(cluster: TestCluster): Promise<boolean> {
  for (const node of cluster.nodes) {
    if (!String(await ask(node, 'CLUSTER', 'INFO')).includes('cluster_state:ok')) return false;
    if (/fail|disconnected/.test(String(await ask(node, 'CLUSTER', 'NODES')))) return false;
    const replication = String(await ask(node, 'INFO', 'replication'));
    if (!replication.includes('role:master') && !replication.includes('master_link_status:up')) return false;
  }
  return true;
}
