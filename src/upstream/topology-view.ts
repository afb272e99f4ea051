/**
 * What one node of a cluster says of it, read from CLUSTER SLOTS and CLUSTER INFO, and whether to believe it. Pure; any
 * thread. CLUSTER SLOTS rather than CLUSTER SHARDS: it leaves out nodes that failed, has the port that fits the
 * connection, and every release has it (Redis 7.0 to Valkey 9.1; `isReplicaAvailable`, `getPreferredEndpoint`).
 */
import { SLOT_COUNT } from '../base/slot.ts';
import { isError, type Reply, replyInteger, replyText } from '../resp/reply.ts';

/** In place of the name of a node that has none yet. */
const UNKNOWN = '?';

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export interface SlotRange {
  readonly start: number;
  /** Included, as servers say it. */
  readonly last: number;
  readonly primary: NodeAddress;
  readonly replicas: readonly NodeAddress[];
}

export interface TopologyView {
  readonly ranges: readonly SlotRange[];
  readonly covered: number;
  /** `cluster_state:ok` of CLUSTER INFO. */
  readonly isOk: boolean;
  readonly epoch: number;
}

/** Reads a node's two answers; a text when they cannot be used. `asked`: the host that was asked. */
export function readView(info: Reply, slots: Reply, asked: string): TopologyView | string {
  for (const reply of [info, slots]) if (isError(reply)) return replyText(reply);
  const text = replyText(info);
  const ranges: SlotRange[] = [];
  let covered = 0;
  for (const { items } of slots.items) {
    const [start, last, ...nodes] = items;
    const addresses = nodes.map((node) => addressOf(node, asked));
    const range = { start: integerOf(start), last: integerOf(last) };
    const [primary, ...replicas] = addresses;
    if (primary === undefined || !(range.start >= 0 && range.last >= range.start && range.last < SLOT_COUNT))
      return 'its answer to CLUSTER SLOTS cannot be read';
    if (primary.host === UNKNOWN || !(primary.port > 0))
      return 'it does not know the address of a node that has slots';
    covered += range.last - range.start + 1;
    const known = replicas.filter(({ host, port }) => host !== UNKNOWN && port > 0);
    ranges.push({ start: range.start, last: range.last, primary, replicas: known });
  }
  const epoch = Number(/^cluster_current_epoch:(\d+)/m.exec(text)?.[1] ?? 0);
  return { ranges, covered, isOk: /^cluster_state:ok/m.test(text), epoch };
}

/** Why a view must not replace what is known (of epoch `knownEpoch`, -1: nothing); '' when it may. */
export function reasonToRefuse(view: TopologyView, knownEpoch: number): string {
  if (view.covered === 0) return 'no slots are covered';
  if (!view.isOk) return 'cluster_state is not ok: it may be in a minority, or slots are not covered';
  if (view.epoch < knownEpoch) return `its epoch ${view.epoch} is older than ${knownEpoch}`;
  return '';
}

/** A null or empty host means the one that was asked. Of a node whose name is not known, its number may be. */
function addressOf({ items }: Reply, asked: string): NodeAddress {
  const [host, port, , metadata] = items;
  const name = host === undefined || host.isNull ? '' : replyText(host);
  if (name !== UNKNOWN) return { host: name === '' ? asked : name, port: integerOf(port) };
  const words = metadata?.items.map(replyText) ?? [];
  const at = words.indexOf('ip');
  return { host: at < 0 ? UNKNOWN : (words[at + 1] ?? UNKNOWN), port: integerOf(port) };
}

function integerOf(reply: Reply | undefined): number {
  return reply === undefined ? Number.NaN : replyInteger(reply);
}
