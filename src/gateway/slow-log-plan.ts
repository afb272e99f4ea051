/**
 * SLOWLOG GET and COMMANDLOG GET of pinned sessions: what the gateway asks on connections of its own stands in the
 * server's log, too, and is left out. With shared connections nobody can tell it from what clients send. Worker thread.
 * Cold: nobody runs these on the way of data.
 */
import { copyOf } from '../base/bytes.ts';
import { type Reply, replyInteger, replyText } from '../resp/reply.ts';
import { type ClientPlan, isFine, type Write, writeReply } from './client-plan.ts';
import { askLane, askWorkers } from './client-questions.ts';
import { argumentText, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

/** What servers give when they are not told how many. */
const USUAL_COUNT = 10;
const MOST_ADDRESSES = 1000;
/** Of an entry: its number, and the address of the client. */
const ID = 0;
const ADDRESS = 4;

interface Entry {
  readonly id: number;
  readonly address: string;
  readonly bytes: Uint8Array;
}

export function planSlowLog(_session: Session, frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: isFine,
    act: (session, sequence, reply, done) => {
      const given = entriesOf(reply);
      const newest = given[0]?.id;
      if (newest === undefined) {
        done(writeReply(reply));
        return;
      }
      findOwnAddresses(session, (own) => {
        const wanted = wantedCount(frame);
        const isOwn = ({ address }: Entry): boolean => own.has(address);
        if (!given.some(isOwn) || given.length < wanted) {
          done(writeEntries(given.filter((entry) => !isOwn(entry))));
          return;
        }
        // Others come in their place.
        askLane(session, sequence, session.host.contexts.base, wholeLog(frame), (all) => {
          const known = entriesOf(all).filter((entry) => entry.id <= newest && !isOwn(entry));
          done(writeEntries(known.slice(0, wanted)));
        });
      });
    },
  };
}

/**
 * Addresses of the gateway's own connections, as this machine has them: the server is not asked, for the question would
 * take a place in its log. Those that are gone count as well: what they have asked stands there still.
 */
function findOwnAddresses(session: Session, done: (addresses: ReadonlySet<string>) => void): void {
  const { ownAddresses } = session.host;
  askWorkers(session, { type: 'clients', ids: [] }, ({ addresses }) => {
    if (ownAddresses.size > MOST_ADDRESSES) ownAddresses.clear();
    for (const address of addresses) ownAddresses.add(address);
    done(ownAddresses);
  });
}

/** With bytes of their own: the reply's are lent. */
function entriesOf({ items }: Reply): Entry[] {
  return items.flatMap(({ items: fields, bytes, start, end }) => {
    if (fields.length <= ADDRESS) return [];
    const address = replyText(fields[ADDRESS]);
    return [{ id: replyInteger(fields[ID]), address, bytes: copyOf(bytes, start, end) }];
  });
}

/** The server has taken the count, so it is right. */
function wantedCount(frame: Frame): number {
  if (frame.count < 3) return USUAL_COUNT;
  const count = Number(argumentText(frame, 2));
  return count < 0 ? Number.POSITIVE_INFINITY : count;
}

function wholeLog(frame: Frame): Frame {
  const words = [argumentText(frame, 0), argumentText(frame, 1), '-1'];
  for (let at = 3; at < frame.count; at++) words.push(argumentText(frame, at));
  return wholeFrame(words);
}

function writeEntries(entries: readonly Entry[]): Write {
  return (writer) => {
    writer.array(entries.length);
    for (const { bytes } of entries) writer.raw(bytes, 0, bytes.length);
  };
}
