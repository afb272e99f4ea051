/**
 * SLOWLOG GET and COMMANDLOG GET of pinned sessions: what the gateway asks on connections of its own stands in the
 * server's log, too, and is left out. With shared connections nobody can tell it from what clients send. Worker thread.
 * Cold: nobody runs these on the way of data.
 */
import { copyOf } from '../base/bytes.ts';
import { parseLines } from '../commands/connection/client-line.ts';
import { isError, type Reply, replyInteger, replyText } from '../resp/reply.ts';
import { textOf } from './client-list.ts';
import { type ClientPlan, isFine, type Write, writeReply } from './client-plan.ts';
import { askLane, askWorkers } from './client-questions.ts';
import { argumentText, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

/** What servers give when they are not told how many. */
const USUAL_COUNT = 10;
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
      askForOwnAddresses(session, sequence, (own) => {
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

/** Addresses of the gateway's own connections, as the server knows them. */
function askForOwnAddresses(
  session: Session,
  sequence: number,
  done: (addresses: ReadonlySet<string>) => void,
): void {
  askWorkers(session, { type: 'clients', ids: [] }, ({ shared }) => {
    const ids = shared.filter((id) => id >= 0).map(String);
    if (ids.length === 0) {
      done(new Set());
      return;
    }
    const question = wholeFrame(['CLIENT', 'LIST', 'ID', ...ids]);
    askLane(session, sequence, session.host.contexts.base, question, (list) => {
      const lines = isError(list) ? [] : parseLines(textOf(list));
      done(new Set(lines.map((line) => line.get('addr') ?? '')));
    });
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
