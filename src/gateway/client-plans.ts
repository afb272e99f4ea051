/**
 * What the gateway does for commands about its clients. Worker thread. Cold: nobody runs them on the way of data.
 *
 * The server is asked first, with the client's own rights and in a form that changes nothing there: so permissions,
 * what a release knows, and the words of every error are its own. Only then the gateway acts.
 */

import {
  addressFilter,
  type ClientFilter,
  fitsFilter,
  onlyLastId,
  parseClientFilter,
} from '../commands/connection/client-filter.ts';
import { type ClientLine, formatLine, lineNumber, parseLines } from '../commands/connection/client-line.ts';
import { isError, replyInteger } from '../resp/reply.ts';
import {
  type ClientListing,
  describeSelf,
  type ListedClient,
  listPinned,
  listPooled,
  textOf,
} from './client-list.ts';
import { type ClientPlan, isFine, type Planner, writeReply, writeText } from './client-plan.ts';
import { askAsClient, askOwn, askWorkers } from './client-questions.ts';
import { argumentText, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import {
  planDeleteUser,
  planPause,
  planPinnedPause,
  planPinnedUnpause,
  planServerInfo,
  planUnpause,
} from './server-plans.ts';
import type { Session } from './session.ts';
import { planSlowLog } from './slow-log-plan.ts';
import { writeEdited } from './tracking.ts';

/** An address that no client has. */
const NOBODY = 'none:0';
/** Filters on what lines show otherwise than the server has it: ends of sockets, listening beside the connection. */
const SHOWN_HERE = new Set(
  ['addr', 'laddr', 'ip', 'type', 'flags'].flatMap((option) => [option, `not-${option}`]),
);
const INTEGER = /^-?(0|[1-9]\d{0,17})$/;

/** By command. With pinned sessions those of the second list alone: the server itself answers the others. */
export const POOLED_PLANS: Readonly<Record<string, Planner>> = {
  'client|id': planId,
  'client|getname': planGetName,
  'client|setname': planSetName,
  'client|setinfo': planSetInfo,
  'client|info': planInfo,
  'client|list': planList,
  'client|kill': planKill,
  'client|unblock': planUnblock,
  'client|getredir': planRedirect,
  'client|trackinginfo': planRedirect,
  'client|pause': planPause,
  'client|unpause': planUnpause,
  'acl|deluser': planDeleteUser,
  info: planServerInfo,
};
export const PINNED_PLANS: Readonly<Record<string, Planner>> = {
  'client|info': planInfo,
  'client|list': planList,
  'client|kill': planKill,
  info: planServerInfo,
  'slowlog|get': planSlowLog,
  'commandlog|get': planSlowLog,
  'client|pause': planPinnedPause,
  'client|unpause': planPinnedUnpause,
};

function planId(_session: Session, frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: isFine,
    act: ({ client }, _sequence, _reply, done) => done((writer) => writer.integer(client.id)),
  };
}

/** They tell who gets the invalidations of the connection that is asked. */
function planRedirect(session: Session, frame: Frame): ClientPlan {
  return {
    probe: frame,
    onOwn: session.own.isNeeded,
    permits: isFine,
    act: ({ own }, _sequence, reply, done) =>
      done((writer) => writeEdited(writer, reply, own.tracking.edits(reply))),
  };
}

function planGetName(_session: Session, frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: isFine,
    act: ({ client, protocol }, _sequence, _reply, done) =>
      done((writer) => {
        if (client.name === '') writer.nullReply(protocol);
        else writer.bulkText(client.name);
      }),
  };
}

/** The connection that is asked gets an empty name, which it has. */
function planSetName(_session: Session, frame: Frame): ClientPlan {
  const name = argumentText(frame, 2);
  const isRight = frame.count === 3 && isName(name);
  return {
    probe: isRight ? wholeFrame(['CLIENT', 'SETNAME', '']) : frame,
    permits: isFine,
    act: ({ client }, _sequence, reply, done) => {
      client.name = name;
      done(writeReply(reply));
    },
  };
}

function planSetInfo(_session: Session, frame: Frame): ClientPlan {
  const [attribute, value] = [argumentText(frame, 2), argumentText(frame, 3)];
  const isRight = frame.count === 4 && isName(value);
  return {
    probe: isRight ? wholeFrame(['CLIENT', 'SETINFO', attribute, '']) : frame,
    permits: isFine,
    act: ({ client }, _sequence, reply, done) => {
      if (attribute.toLowerCase() === 'lib-name') client.libName = value;
      else client.libVersion = value;
      done(writeReply(reply));
    },
  };
}

function planInfo(session: Session, frame: Frame): ClientPlan {
  const onOwn = session.own.isNeeded;
  return {
    probe: frame,
    onOwn,
    permits: isFine,
    act: (asker, _sequence, reply, done) => {
      const line = describeSelf(asker, frame, textOf(reply), onOwn);
      const target = asker.own.tracking.clientOf(lineNumber(line, 'redir'));
      if (target !== undefined) line.set('redir', String(target));
      done((writer) => writeText(writer, formatLine(line), asker.protocol));
    },
  };
}

function planList(_session: Session, frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: isFine,
    act: (session, sequence, reply, done) => {
      const filter = parseClientFilter(frame, false);
      const write = (lines: readonly ClientLine[]): void => {
        const text = lines.map(formatLine).join('');
        done((writer) => writeText(writer, text, session.protocol));
      };
      if (session.own.isAlways && !asksForShown(filter)) {
        // The server has applied the filter.
        const lines = parseLines(textOf(reply));
        listPinned(session, sequence, lines, ({ entries }) => write(entries.map(({ line }) => line)));
        return;
      }
      list(session, sequence, frame, filter, (listing) => {
        const { entries, me, takesManyIds } = listing;
        const lines = entries.map(({ line }) => line);
        if (filter.ids === undefined || takesManyIds) {
          write(lines.filter((line) => fitsFilter(filter, line, me)));
          return;
        }
        // One line for each id, in the order of the ids.
        const byId = new Map(lines.map((line) => [line.get('id'), line]));
        write(filter.idList.flatMap((id) => byId.get(id) ?? []));
      });
    },
  };
}

function planKill(_session: Session, frame: Frame): ClientPlan {
  // By address alone, as it was at first.
  const isOld = frame.count === 3;
  const address = argumentText(frame, 2);
  return {
    probe: killProbe(frame),
    permits: (reply) => !isError(reply) || (isOld && textOf(reply).startsWith('ERR No such client')),
    act: (session, sequence, _reply, done) => {
      const filter = isOld ? addressFilter(address) : parseClientFilter(frame, true);
      list(session, sequence, frame, filter, (listing) => {
        kill(session, sequence, targetsOf(listing, filter), (killed) => {
          if (!isOld) done((writer) => writer.integer(killed));
          else if (killed === 0) done((writer) => writer.error('ERR No such client'));
          else done((writer) => writer.simple('OK'));
        });
      });
    },
  };
}

/** The same filters, and one more that nobody fits. */
function killProbe(frame: Frame): Frame {
  const words: string[] = [];
  for (let at = 2; at < frame.count; at++) words.push(argumentText(frame, at));
  if (words.length === 0) return frame;
  if (words.length === 1) return wholeFrame(['CLIENT', 'KILL', NOBODY]);
  for (let at = 0; at + 1 < words.length; at++) {
    const option = words[at].toLowerCase();
    if (option === 'addr' || option === 'laddr') words[at + 1] = NOBODY;
    if (option !== 'id' && option !== 'not-id') at += 1;
    else while (/^\d+$/.test(words[at + 1] ?? '')) at += 1;
  }
  return wholeFrame(['CLIENT', 'KILL', 'ADDR', NOBODY, ...words]);
}

function targetsOf({ entries, me, takesManyIds }: ClientListing, filter: ClientFilter): ListedClient[] {
  const used = takesManyIds ? filter : onlyLastId(filter);
  return entries.filter(({ line }) => fitsFilter(used, line, me));
}

/** Disconnects them and tells how many they were; oneself only after the reply. */
function kill(
  session: Session,
  sequence: number,
  targets: readonly ListedClient[],
  done: (killed: number) => void,
): void {
  const others = targets.filter(({ client }) => client?.session !== session.id);
  const sessions = others.flatMap(({ client }) => (client === undefined ? [] : [client.session]));
  askWorkers(session, { type: 'disconnect', sessions }, ({ disconnected }) => {
    const foreign = others.length - sessions.length;
    const self = targets.length - others.length;
    const finish = (): void => {
      if (self > 0) session.closeAfterReplies();
      done(disconnected + foreign + self);
    };
    if (!session.own.isAlways) finish();
    else
      killOnServer(
        session,
        sequence,
        others.map(({ line }) => lineNumber(line, 'id')),
        finish,
      );
  });
}

/** So that they are gone for the server as well when the reply leaves; one after the other. */
function killOnServer(session: Session, sequence: number, ids: readonly number[], done: () => void): void {
  const [id, ...rest] = ids;
  if (id === undefined) done();
  else {
    const frame = wholeFrame(['CLIENT', 'KILL', 'ID', String(id)]);
    askOwn(session, sequence, frame, () => killOnServer(session, sequence, rest, done));
  }
}

/** Id 0 is nobody's: the question about it has the right words. */
function planUnblock(_session: Session, frame: Frame): ClientPlan {
  const id = argumentText(frame, 2);
  const rest: string[] = [];
  for (let at = 3; at < frame.count; at++) rest.push(argumentText(frame, at));
  const withId = (upstreamId: number): Frame =>
    wholeFrame(['CLIENT', 'UNBLOCK', String(upstreamId), ...rest]);
  return {
    probe: INTEGER.test(id) ? withId(0) : frame,
    permits: (reply) => !isError(reply) && replyInteger(reply) === 0,
    act: (session, sequence, reply, done) => {
      askWorkers(session, { type: 'clients', ids: [Number(id)] }, ({ clients, owned }) => {
        const blocked = clients[0]?.session;
        if (session.host.settings.isCluster && blocked !== undefined) {
          askWorkers(session, { type: 'unblock', session: blocked, how: rest }, ({ unblocked }) =>
            done((writer) => writer.integer(Math.min(unblocked, 1))),
          );
          return;
        }
        const found = owned.find(([owner]) => owner === blocked);
        if (found === undefined) done(writeReply(reply));
        else askAsClient(session, sequence, withId(found[1]), (answer) => done(writeReply(answer)));
      });
    },
  };
}

function list(
  session: Session,
  sequence: number,
  frame: Frame,
  filter: ClientFilter,
  done: (listing: ClientListing) => void,
): void {
  if (session.own.isAlways) listPinned(session, sequence, undefined, done);
  else listPooled(session, sequence, frame, filter.ids && [...filter.ids].map(Number), done);
}

function asksForShown(filter: ClientFilter): boolean {
  return [...filter.options.keys()].some((option) => SHOWN_HERE.has(option));
}

/** Printable ASCII without spaces, as `validateClientName`. */
export function isName(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
