/**
 * Lets go of the clients of one worker for another process, each between two commands. Worker thread. Cold: once per
 * process, when another takes over.
 *
 * A client's input waits, what it has sent is answered, and then its socket leaves with the little that is known of it;
 * what it sends meanwhile is in the socket. Few do so at a time, so none waits for the others. Clients with more to
 * them stay until they have not: a transaction, watched keys, a command that blocks, subscriptions, tracking. Those
 * whose socket or whose connection to the server cannot go (TLS, pinned sessions) leave between two commands: in the
 * moment in which they have been answered, since their next command is furthest away then, or when they are silent.
 */
import { CommandScanner } from '../resp/scan-command.ts';
import type { ClientState, MovingClient } from './hand-over.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';

/** Clients whose input waits at the same time. */
const AT_ONCE = 64;
/** More than this a client may not have sent that is not a whole command: it goes when it is. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** Of the states in one message: a channel's take no more than 256 KB. */
const MESSAGE_BYTES = 200 * 1024;
/** Clients in one message. */
const TOGETHER = 64;
/** Who cannot move and has said nothing for so long leaves. */
const SILENT_MS = 1000;

export interface MoverEvents {
  moved(clients: readonly MovingClient[]): void;
  /** Nobody has a command under way who can move at all. Said once. */
  quiet(): void;
  /** No client is left. Said once. */
  empty(): void;
}

export class SessionMover {
  readonly #host: SessionHost;
  readonly #events: MoverEvents;
  readonly #scanner = new CommandScanner();
  /** Their input waits. */
  readonly #waiting = new Set<Session>();
  /** They cannot move, and have something under way. */
  readonly #busy = new Set<Session>();
  #moving: MovingClient[] = [];
  #movingBytes = 0;
  /** All of them wait, and none goes yet. */
  #isQuieting: boolean;
  #isQuiet = false;
  /** Some may not have been looked at since something changed. */
  #mayHaveMore = true;
  #isEmpty = false;

  /** `quietFirst`: nobody goes before `go`. */
  constructor(host: SessionHost, events: MoverEvents, quietFirst: boolean) {
    this.#host = host;
    this.#events = events;
    this.#isQuieting = quietFirst;
  }

  go(): void {
    this.#isQuieting = false;
    this.#mayHaveMore = true;
  }

  /** Those who are left stay: the other process is gone. */
  stop(): void {
    for (const session of this.#waiting) this.#release(session);
    this.#waiting.clear();
  }

  /** Ten times a second. */
  tick(): void {
    this.#mayHaveMore = true;
    if (!this.#isQuieting) this.#partWithOthers();
  }

  /** At the end of every batch: everything that was read has been delivered. */
  look(): void {
    for (const session of this.#busy) {
      if (session.isBusy) continue;
      this.#busy.delete(session);
      if (!session.isClosed && !keepsState(session)) session.drain();
    }
    if (this.#waiting.size > 0 || this.#mayHaveMore) {
      // What has been answered is with the kernel then.
      this.#host.services.transport.flush();
      for (const session of this.#waiting) this.#tryMove(session);
      if (this.#mayHaveMore) this.#takeMore();
      this.#send();
    }
    if (this.#isQuieting && !this.#isQuiet && this.#isIdle()) {
      this.#isQuiet = true;
      this.#events.quiet();
    }
    if (this.#isEmpty || this.#host.sessions.size > 0) return;
    this.#isEmpty = true;
    this.#events.empty();
  }

  /** It can go as soon as it is answered. */
  canMove(session: Session): boolean {
    const { own, input } = session;
    const isPlain = !own.isNeeded && !own.isListening && !session.isParked && !session.isLeaving;
    if (session.bridge?.takesInvalidations === true) return false;
    return isPlain && !input.isUploading && !input.isEnded && this.#isMovable(session);
  }

  /** Its socket can be anybody's, and so can its connection to the server. */
  #isMovable({ own, connection }: Session): boolean {
    return !own.isAlways && this.#host.services.transport.canDetach(connection);
  }

  #takeMore(): void {
    const room = this.#isQuieting ? Number.POSITIVE_INFINITY : AT_ONCE;
    this.#mayHaveMore = false;
    for (const session of this.#host.sessions.values()) {
      if (this.#waiting.has(session) || session.suspensions > 0 || !this.canMove(session)) continue;
      if (this.#waiting.size >= room) {
        this.#mayHaveMore = true;
        return;
      }
      session.suspend();
      this.#host.services.transport.pauseReading(session.connection);
      this.#waiting.add(session);
      this.#tryMove(session);
    }
  }

  #isIdle(): boolean {
    for (const session of this.#waiting) if (session.isBusy) return false;
    return true;
  }

  #tryMove(session: Session): void {
    if (session.isClosed) {
      this.#waiting.delete(session);
      return;
    }
    if (session.isBusy || session.suspensions > 1 || this.#isQuieting) return;
    this.#waiting.delete(session);
    const state = this.canMove(session) ? stateOf(session, this.#scanner) : undefined;
    const bytes = state === undefined ? 0 : Buffer.byteLength(JSON.stringify(state));
    if (this.#movingBytes + bytes > MESSAGE_BYTES) this.#send();
    const fits = state !== undefined && bytes <= MESSAGE_BYTES;
    const descriptor = fits ? this.#host.services.transport.detach(session.connection) : -1;
    if (!fits || descriptor < 0) {
      // It has more to it after all, or reads slowly. It is looked at again.
      this.#release(session);
      return;
    }
    session.closed();
    this.#moving.push({ descriptor, state });
    this.#movingBytes += bytes;
    if (this.#moving.length >= TOGETHER) this.#send();
  }

  #release(session: Session): void {
    if (session.isClosed) return;
    this.#host.services.transport.resumeReading(session.connection);
    session.resume();
  }

  #send(): void {
    if (this.#moving.length === 0) return;
    this.#events.moved(this.#moving);
    this.#moving = [];
    this.#movingBytes = 0;
    // Others may take their places.
    this.#mayHaveMore = true;
  }

  #partWithOthers(): void {
    const { services, sessions } = this.#host;
    const nowMs = services.clock.nowMs;
    for (const session of [...sessions.values()]) {
      if (this.#isMovable(session)) continue;
      if (session.isBusy) this.#busy.add(session);
      else if (!keepsState(session) && nowMs - session.client.lastActiveMs >= SILENT_MS) session.drain();
    }
  }
}

/** It is in the midst of something, though nothing is under way. */
function keepsState({ own }: Session): boolean {
  return own.inTransaction || own.isWatching || own.isListening;
}

function stateOf(session: Session, scanner: CommandScanner): ClientState | undefined {
  const { client, context, input } = session;
  if (input.bufferedBytes > MAX_UNREAD_BYTES) return undefined;
  return {
    id: client.id,
    protocol: session.protocol,
    database: context.database,
    user: context.user,
    password: context.password,
    name: client.name,
    libName: client.libName,
    libVersion: client.libVersion,
    replyMode: session.replies.mode,
    createdAtMs: client.createdAtMs,
    lastActiveMs: client.lastActiveMs,
    commands: client.commands,
    bytesIn: client.bytesIn,
    bytesOut: client.bytesOut,
    unread: Buffer.from(session.unread(scanner)).toString('base64'),
  };
}
