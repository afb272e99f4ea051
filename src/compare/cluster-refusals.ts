/**
 * Errors by which one kind of server refuses what the other would do. A cluster refuses keys of several slots, other
 * databases, keys that a script or SORT makes up, scripts that are not for clusters. Any thread. Observed on Redis 7.0
 * and 8.0, Valkey 8.0 and 9.1 (`test/e2e/mixed-kinds`). Some say of another database what any server says that has
 * fewer of them.
 */
import { isError, type Reply } from '../resp/reply.ts';
import { scalarText } from './leaves.ts';

/** Nothing was done. */
const REFUSED =
  /^CROSSSLOT |(?:not allowed|denied) in cluster mode|^ERR DB index is out of range|'no-cluster' flag is set/i;
/** A script was stopped at a key; what it had done before stays done. */
const STOPPED = /access (?:a non local key|keys that do not hash to the same slot)/;

export type ClusterRefusal = 'refused' | 'stopped';

/** What the reply of a server says of itself as a node of a cluster; undefined for every other reply. */
export function clusterRefusal(reply: Reply): ClusterRefusal | undefined {
  if (!isError(reply)) return undefined;
  const text = scalarText(reply);
  if (STOPPED.test(text)) return 'stopped';
  return REFUSED.test(text) ? 'refused' : undefined;
}

/** One server's answer to CLUSTER and its like, which only scripts may ask of either kind. */
const ALONE = /^ERR This instance has cluster support disabled/;

/** Whether a script was told that there is no cluster. */
export function lacksCluster(reply: Reply): boolean {
  return isError(reply) && ALONE.test(scalarText(reply));
}
