/**
 * What a cluster may have forgotten: replicas lag behind, and when one takes over from a node that is gone, the last
 * writes may be lost. Then nobody knows whether primary and shadow agree on its slots. Worker thread (slot owner).
 * Cold: once per change of a topology.
 */
import type { DirtySlots } from '../shadow/dirty-slots.ts';
import { ClusterLane } from '../upstream/cluster-lane.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { ClusterTopology, TopologyMap } from '../upstream/topology.ts';

/** A node that has been silent for so long did not hand over its slots by itself. */
const SILENCE_MS = 500;

/** Marks slots dirty whose node is gone and was followed by its replica. `base`: the lane with a connection to each. */
export function watchFailovers(
  services: WorkerServices,
  topology: ClusterTopology,
  dirty: DirtySlots,
  base: () => CommandLane,
): void {
  let before: TopologyMap | undefined;
  topology.onChange((map) => {
    const last = before;
    before = map;
    if (last === undefined) return;
    const lost = last.primaries.filter((node) => !isAlive(services, base(), node));
    let count = 0;
    for (let slot = 0; lost.length > 0 && slot < map.owners.length; slot++) {
      const [from, to] = [last.owners[slot]!, map.owners[slot]!];
      if (from === to || !lost.includes(from) || last.replicas.get(from)?.includes(to) !== true) continue;
      dirty.mark(slot, 'failover');
      count += 1;
    }
    if (count === 0) return;
    const text = `a replica of the ${topology.role} has taken over, its slots are dirty: it may lack what came last`;
    services.log('warn', text, { slots: count });
  });
}

function isAlive(services: WorkerServices, base: CommandLane, node: number): boolean {
  const lane = base instanceof ClusterLane ? base.nodes.at(node) : undefined;
  if (lane === undefined || !lane.up) return false;
  return services.clock.monotonicMs - lane.oldestSentAtMs < SILENCE_MS;
}
