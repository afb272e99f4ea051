/**
 * Who is connected, as lines of CLIENT LIST. Worker thread. Cold: for commands about clients.
 *
 * With pooled sessions these are the gateway's clients: what the server shows of a client's own connection (blocked,
 * subscribed, watching …) is joined with what the gateway knows of the client. With pinned sessions the server's lines
 * stand, with the ends of the clients' sockets in place of the gateway's, and without the gateway's own connections.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { type ClientLine, lineNumber, parseLine, parseLines } from '../commands/connection/client-line.ts';
import { isError, type Reply } from '../resp/reply.ts';
import type { ClientAnswer } from './client-directory.ts';
import { snapshotOf } from './client-directory.ts';
import { describeClient, type RunningCommand, setAddresses, usualLine } from './client-line.ts';
import { askLane, askOwn, askWorkers } from './client-questions.ts';
import type { ClientSnapshot } from './client-record.ts';
import { wholeFrame } from './frames.ts';
import { mergedLines } from './node-clients.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

export interface ListedClient {
  readonly line: ClientLine;
  /** Undefined: a client of the server that is none of the gateway's. */
  readonly client: ClientSnapshot | undefined;
}

export interface ClientListing {
  readonly entries: readonly ListedClient[];
  /** The id of the one who asks, as it stands in its line. */
  readonly me: number;
  /** The server takes several ids in a filter. */
  readonly takesManyIds: boolean;
}

const CLIENT_INFO = wholeFrame(['CLIENT', 'INFO']);
const CLIENT_LIST = wholeFrame(['CLIENT', 'LIST']);

export function textOf(reply: Reply): string {
  return decodeLatin1(reply.bytes, reply.valueStart, reply.valueEnd);
}

/** What the frame adds to the sizes of the client that runs it. */
export function runningCommand(frame: Frame): RunningCommand {
  let argumentBytes = 0;
  for (let at = 0; at < frame.count; at++) argumentBytes += frame.spans[at * 2 + 1] - frame.spans[at * 2];
  return { frameBytes: frame.frameEnd - frame.frameStart, argumentBytes };
}

/** One client's line from the server's answer to its CLIENT INFO; `isOwn`: it came on its own connection. */
export function describeSelf(session: Session, frame: Frame, info: string, isOwn: boolean): ClientLine {
  const line = parseLine(info.trimEnd());
  const client = snapshotOf(session);
  if (!session.own.isAlways) {
    return describeClient(client, line, isOwn ? line : undefined, runningCommand(frame));
  }
  setAddresses(line, client);
  return line;
}

/** The gateway's clients; `ids`: those with these ids are enough. */
export function listPooled(
  session: Session,
  sequence: number,
  frame: Frame,
  ids: readonly number[] | undefined,
  done: (listing: ClientListing) => void,
): void {
  const { base } = session.host.contexts;
  askWorkers(session, { type: 'clients', ids }, (answer) => {
    askLane(session, sequence, base, CLIENT_INFO, (info) => {
      const model = isError(info) ? usualLine() : parseLine(textOf(info).trimEnd());
      if (session.host.settings.isCluster) {
        askWorkers(session, { type: 'own-lines' }, ({ lines }) => {
          const own = mergedLines(lines);
          done(joinPooled(session, frame, answer, model, (client) => own.get(client.session)));
        });
        return;
      }
      const known = new Set(answer.clients.map((client) => client.session));
      const owned = answer.owned.filter(([owner, id]) => known.has(owner) && id >= 0);
      const serverIds = new Map(owned);
      const finish = (lines: readonly ClientLine[]): void => {
        const byServerId = new Map(lines.map((line) => [lineNumber(line, 'id'), line]));
        const ownLine = (client: ClientSnapshot): ClientLine | undefined =>
          byServerId.get(serverIds.get(client.session) ?? -1);
        done(joinPooled(session, frame, answer, model, ownLine));
      };
      if (owned.length === 0) {
        finish([]);
        return;
      }
      const question = wholeFrame(['CLIENT', 'LIST', 'ID', ...owned.map(([, id]) => String(id))]);
      askLane(session, sequence, base, question, (list) =>
        finish(isError(list) ? [] : parseLines(textOf(list))),
      );
    });
  });
}

function joinPooled(
  session: Session,
  frame: Frame,
  answer: ClientAnswer,
  model: ClientLine,
  ownLine: (client: ClientSnapshot) => ClientLine | undefined,
): ClientListing {
  const { clients, owned } = answer;
  const sessionOf = new Map(owned.map(([owner, id]) => [id, owner]));
  const clientOf = new Map(clients.map((client) => [client.session, client.id]));
  const entries = clients.map((client) => {
    const own = ownLine(client);
    const running = client.session === session.id ? runningCommand(frame) : undefined;
    const line = describeClient(client, model, own, running);
    if (session.host.settings.isCluster) {
      // Ids of connections are each node's own.
      if (lineNumber(line, 'redir') > 0) line.set('redir', String(client.redirect));
      return { line, client };
    }
    const target = clientOf.get(sessionOf.get(lineNumber(line, 'redir')) ?? NaN);
    if (target !== undefined) line.set('redir', String(target));
    // To a connection beside that of its session, which nobody needs to know of.
    else if (sessionOf.has(lineNumber(line, 'redir'))) line.set('redir', '0');
    return { line, client };
  });
  entries.sort((one, other) => one.client.id - other.client.id);
  return { entries, me: session.client.id, takesManyIds: model.has('capa') };
}

/**
 * The server's clients. `lines`: what it has said already; else it is asked for all.
 */
export function listPinned(
  session: Session,
  sequence: number,
  lines: readonly ClientLine[] | undefined,
  done: (listing: ClientListing) => void,
): void {
  askWorkers(session, { type: 'clients', ids: undefined }, (answer) => {
    if (lines !== undefined) {
      done(joinPinned(session, answer, lines));
      return;
    }
    askOwn(session, sequence, CLIENT_LIST, (list) =>
      done(joinPinned(session, answer, isError(list) ? [] : parseLines(textOf(list)))),
    );
  });
}

function joinPinned(session: Session, answer: ClientAnswer, lines: readonly ClientLine[]): ClientListing {
  const { clients, owned, shared } = answer;
  const internal = new Set(shared);
  const bySession = new Map(clients.map((client) => [client.session, client]));
  const byServerId = new Map(owned.map(([owner, id]) => [id, bySession.get(owner)]));
  const entries: ListedClient[] = [];
  for (const line of lines) {
    const id = lineNumber(line, 'id');
    if (internal.has(id)) continue;
    const client = byServerId.get(id);
    // A connection beside that of its session.
    if (client === undefined && byServerId.has(id)) continue;
    if (client !== undefined) setAddresses(line, client);
    const redirect = lineNumber(line, 'redir');
    if (byServerId.has(redirect) && byServerId.get(redirect) === undefined) line.set('redir', '0');
    entries.push({ line, client });
  }
  const me = owned.find(([owner]) => owner === session.id)?.[1] ?? -1;
  return { entries, me, takesManyIds: lines[0]?.has('capa') === true };
}
