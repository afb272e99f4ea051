/**
 * The clients of all workers, as one of them needs them: who is there, and disconnecting some. Worker thread. Questions
 * go to the other workers through the main thread. It must not know commands. Cold: runs for commands about clients.
 */
import type { ClientSnapshot } from './client-record.ts';
import type { OwnLine } from './node-clients.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';

export type ClientQuestion =
  /** Who is there: everybody, or clients with these ids. */
  | { readonly type: 'clients'; readonly ids: readonly number[] | undefined }
  /** Disconnect these, by their numbers between threads. */
  | { readonly type: 'disconnect'; readonly sessions: readonly number[] }
  /**
   * Who has logged in as one of these, but for one session, is to be disconnected: that is certain, or only expected
   * (the server may be quicker, and its clients hear of nothing but the end), or not so after all.
   */
  | {
      readonly type: 'users-leave';
      readonly users: readonly string[];
      readonly except: number;
      readonly outcome: 'certain' | 'expected' | 'averted';
    }
  /** The primary is paused until then (unix time in ms), or no longer (0). */
  | { readonly type: 'pause'; readonly untilMs: number }
  /** What the nodes of a cluster show of the connections that sessions have there. */
  | { readonly type: 'own-lines' }
  /** CLIENT UNBLOCK of a session before a cluster; `how`: the words behind the id. */
  | { readonly type: 'unblock'; readonly session: number; readonly how: readonly string[] }
  /** Whether the script with this digest has promised not to write. */
  | { readonly type: 'script-promise'; readonly digest: string }
  /** Answered when everything is that was on the way to the primary on lanes. */
  | { readonly type: 'settle' };

export interface ClientAnswer {
  readonly clients: readonly ClientSnapshot[];
  /** Connections to the primary that belong to sessions: the session's number, and the server's id. */
  readonly owned: readonly (readonly [session: number, id: number])[];
  /** The server's ids of connections that are the gateway's own. */
  readonly shared: readonly number[];
  readonly disconnected: number;
  /** Clients there are, and how many of them have a command that waits in the gateway for the end of a pause. */
  readonly count: number;
  readonly held: number;
  readonly promised: boolean;
  readonly lines: readonly OwnLine[];
  readonly unblocked: number;
  /** This machine's addresses of connections that are the gateway's own. */
  readonly addresses: readonly string[];
}

/** Takes a question to the other workers; each answer comes back through `answered` with the token. */
type Ask = (token: number, question: ClientQuestion) => void;

interface Waiting {
  left: number;
  readonly answers: ClientAnswer[];
  readonly done: (answer: ClientAnswer) => void;
}

export class ClientDirectory {
  readonly #host: SessionHost;
  #others = 0;
  #ask: Ask = () => {};
  #lastToken = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** There are other workers. */
  connect(others: number, ask: Ask): void {
    this.#others = others;
    this.#ask = ask;
  }

  /** `done` gets what all workers say, before this returns when there is one worker only. */
  ask(question: ClientQuestion, done: (answer: ClientAnswer) => void): void {
    this.#lastToken += 1;
    const token = this.#lastToken;
    this.#waiting.set(token, { left: this.#others + 1, answers: [], done });
    if (this.#others > 0) this.#ask(token, question);
    this.answer(question, (answer) => this.answered(token, answer));
  }

  answered(token: number, answer: ClientAnswer): void {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    waiting.answers.push(answer);
    waiting.left -= 1;
    if (waiting.left > 0) return;
    this.#waiting.delete(token);
    waiting.done(joined(waiting.answers));
  }

  /**
   * The primary's id of the connection that a client has for itself, -1 where it has none. `id` is the client's own, as
   * CLIENT ID gives it.
   */
  upstreamId(id: number, done: (upstreamId: number) => void): void {
    this.ask({ type: 'clients', ids: [id] }, ({ clients, owned }) => {
      const session = clients[0]?.session;
      const found = owned.find(([owner]) => owner === session);
      done(found?.[1] ?? -1);
    });
  }

  /** What this worker says, perhaps later. */
  answer(question: ClientQuestion, done: (answer: ClientAnswer) => void): void {
    const { executor, pause } = this.#host;
    switch (question.type) {
      case 'clients':
        done({
          clients: this.#clients(question.ids),
          ...executor.upstreamIds(),
          disconnected: 0,
          count: this.#count(),
          held: pause.waitingCount,
          promised: false,
          lines: [],
          unblocked: 0,
        });
        return;
      case 'disconnect': {
        const numbers = new Set(question.sessions);
        done(this.#disconnect(({ id }) => numbers.has(id)));
        return;
      }
      case 'users-leave': {
        const { users, except, outcome } = question;
        const isMeant = (session: Session): boolean => isUser(session, users) && session.id !== except;
        if (outcome === 'certain') done(this.#disconnect(isMeant));
        else {
          for (const session of this.#host.sessions.values())
            if (isMeant(session)) session.isDoomed = outcome === 'expected';
          done(NOTHING);
        }
        return;
      }
      case 'script-promise':
        done({ ...NOTHING, promised: executor.promisesNoWrites(question.digest) });
        return;
      case 'own-lines':
        executor.nodeClients.describe((lines) => done({ ...NOTHING, lines }));
        return;
      case 'unblock':
        executor.nodeClients.unblock(question.session, question.how, (unblocked) =>
          done({ ...NOTHING, unblocked }),
        );
        return;
      case 'pause':
        pause.set(question.untilMs);
        executor.nodeClients.pause(question.untilMs);
        done(NOTHING);
        return;
      default:
        executor.settle(() => done(NOTHING));
    }
  }

  #clients(ids: readonly number[] | undefined): ClientSnapshot[] {
    const wanted = ids === undefined ? undefined : new Set(ids);
    const found: ClientSnapshot[] = [];
    for (const session of this.#host.sessions.values()) {
      if (session.isLeaving || wanted?.has(session.client.id) === false) continue;
      found.push(snapshotOf(session));
    }
    return found;
  }

  #count(): number {
    let count = 0;
    for (const session of this.#host.sessions.values()) if (!session.isLeaving) count += 1;
    return count;
  }

  #disconnect(isMeant: (session: Session) => boolean): ClientAnswer {
    const leaving: Session[] = [];
    for (const session of this.#host.sessions.values()) {
      if (!session.isLeaving && isMeant(session)) leaving.push(session);
    }
    for (const session of leaving) session.disconnect();
    return { ...NOTHING, disconnected: leaving.length };
  }
}

const NOTHING: ClientAnswer = {
  clients: [],
  owned: [],
  shared: [],
  disconnected: 0,
  count: 0,
  held: 0,
  promised: false,
  lines: [],
  unblocked: 0,
  addresses: [],
};

function isUser({ context }: Session, users: readonly string[]): boolean {
  return context.user !== undefined && users.includes(context.user);
}

function loginOf({ context }: Session): string | undefined {
  return context.password === undefined ? undefined : (context.user ?? 'default');
}

export function snapshotOf(session: Session): ClientSnapshot {
  const { client, context, host } = session;
  const { clock, transport, table } = host.services;
  const { remote, local, isUnix } = client.peer(transport);
  return {
    id: client.id,
    session: session.id,
    address: remote,
    localAddress: local,
    isUnix,
    descriptor: session.connection,
    name: client.name,
    ageMs: clock.nowMs - client.createdAtMs,
    idleMs: clock.nowMs - client.lastActiveMs,
    database: context.database,
    resp: session.protocol,
    subscriptions: session.bridge?.subscriptions,
    user: client.access?.user.name ?? loginOf(session),
    queryBytes: session.input.bufferedBytes,
    outputBytes: transport.pendingBytes(session.connection) + session.replies.parkedBytes,
    isReading: !session.input.isPaused,
    isHeld: host.pause.isWaiting(session),
    command: client.command < 0 ? 'NULL' : table.definitions[client.command].name,
    libName: client.libName,
    libVersion: client.libVersion,
    bytesIn: client.bytesIn,
    bytesOut: client.bytesOut,
    // A command counts when it is over.
    commands: client.commands - session.replies.count,
    redirect: session.own.tracking.redirect,
  };
}

function joined(answers: readonly ClientAnswer[]): ClientAnswer {
  return {
    clients: answers.flatMap(({ clients }) => clients),
    owned: answers.flatMap(({ owned }) => owned),
    shared: answers.flatMap(({ shared }) => shared),
    disconnected: answers.reduce((sum, { disconnected }) => sum + disconnected, 0),
    count: answers.reduce((sum, { count }) => sum + count, 0),
    held: answers.reduce((sum, { held }) => sum + held, 0),
    lines: answers.flatMap(({ lines }) => lines),
    unblocked: answers.reduce((sum, { unblocked }) => sum + unblocked, 0),
    promised: answers.some(({ promised }) => promised),
    addresses: answers.flatMap(({ addresses }) => addresses),
  };
}
