/** What a sentinel says of a group, read from its two answers. Pure; any thread. */
import { isError, type Reply, replyInteger, replyText } from '../resp/reply.ts';

export interface SentinelView {
  readonly host: string;
  readonly port: number;
  /** Raised by every failover: of two views the one with more is the newer. */
  readonly epoch: number;
}

/**
 * `address` answers SENTINEL GET-MASTER-ADDR-BY-NAME, which knows of a new primary as soon as it is one, `master`
 * SENTINEL MASTER. A text where they cannot be used.
 */
export function readSentinelView(address: Reply, master: Reply): SentinelView | string {
  for (const reply of [address, master]) if (isError(reply)) return replyText(reply);
  const [host, port] = address.items;
  if (address.isNull || host === undefined || port === undefined) return 'it does not know the group';
  const { items } = master;
  const at = items.findIndex((item, index) => index % 2 === 0 && replyText(item) === 'config-epoch');
  const epoch = at < 0 ? Number.NaN : replyInteger(items[at + 1]);
  const view = { host: replyText(host), port: replyInteger(port), epoch };
  const isSound = view.host !== '' && view.port > 0 && view.port < 65_536 && epoch >= 0;
  return isSound ? view : 'its answer cannot be read';
}

interface Opinion extends SentinelView {
  votes: number;
}

/**
 * The view to believe. `knownEpoch` is that of the view believed so far, -1 when there is none: an older one counts
 * only if more than half of all `sentinelCount` sentinels have it, for then the group was made anew. Cold: as above.
 */
export function choose(
  views: readonly SentinelView[],
  knownEpoch: number,
  sentinelCount: number,
): SentinelView | undefined {
  const opinions: Opinion[] = [];
  for (const view of views) {
    const same = opinions.find(
      ({ host, port, epoch }) => host === view.host && port === view.port && epoch === view.epoch,
    );
    if (same === undefined) opinions.push({ ...view, votes: 1 });
    else same.votes += 1;
  }
  opinions.sort((left, right) => right.epoch - left.epoch || right.votes - left.votes);
  return opinions.find(({ epoch, votes }) => epoch >= knownEpoch || 2 * votes > sentinelCount);
}
