/**
 * The seam between a client's session and the thread that talks to the servers: the same calls whether both are on
 * one thread or a ring lies between them.
 */
import type { CommandView } from '../commands/definition.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import type { NodeClients } from './node-clients.ts';

/** What upstream connections of a session must be set up as. Sessions with equal settings share one object. */
export interface SessionContext {
  /** Small integer that names the context on its thread, see `ContextTable`. */
  readonly id: number;
  readonly database: number;
  readonly resp: 2 | 3;
  /**
   * What the client logged in with, one character per byte; undefined for both: the credentials of the configuration.
   */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** For lanes that carry scripts, which may run for long: nobody else is to wait behind them. */
  readonly scripts: boolean;
}

/** A session as the executor sees it. */
export interface SessionTarget extends ReplyTarget {
  /** Output of a session that owns its upstream connection for good: passed on as it comes. */
  stream(session: number, bytes: Uint8Array, start: number, end: number): void;
  /** Whether the connection that takes an upload is behind: no more pieces while it is. */
  holdUpload(session: number, isHeldBack: boolean): void;
  /** The upstream connection of such a session is gone; `text` is an error for the log. */
  streamEnded(session: number, text: string, wasReady: boolean): void;
  /** Answer to `Executor.identify`: the server's id of the session's own connection, -1 when it could not be made. */
  identified(session: number, serverId: number): void;
}

/** A scanned command: `view.bytes[frameStart, frameEnd)` is a canonical RESP array. */
export interface Frame extends CommandView {
  readonly frameStart: number;
  readonly frameEnd: number;
}

/**
 * What the client has asked for: to be logged in with the password it has just shown, which the server is asked about
 * even where connections with it are up; another database, for which it may lack the permission; or neither.
 */
export type LoginWish = 'login' | 'select' | 'neither';

export interface UpstreamIds {
  /** Connections that belong to sessions. */
  readonly owned: readonly (readonly [session: number, id: number])[];
  /** Connections that are the gateway's own: lanes, and those that wait for a session. */
  readonly shared: readonly number[];
  /** This machine's addresses of lanes. */
  readonly addresses: readonly string[];
}

export interface Executor {
  /** Runs a command on a shared lane. The target hears of its reply or failure exactly once. */
  submit(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void;
  /** Runs a command on the session's own connection, which is made at the first call. One reply each. */
  submitPinned(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void;
  /** Sends a command on the session's own connection, whose whole output becomes the session's from now on. */
  submitStream(
    target: SessionTarget,
    session: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void;
  /**
   * Checks that connections can be set up like this. The reply is the server's HELLO, `+OK` from a server without it,
   * or the server's error (WRONGPASS, DB index out of range, NOPROTO, NOPERM …).
   */
  prepare(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    wish: LoginWish,
  ): void;
  /** There is a shadow, or may be one. */
  readonly mirrors: boolean;
  /** Cold. The script with this SHA1 digest is known here, and has promised not to write. */
  promisesNoWrites(digest: string): boolean;
  /**
   * A command whose bytes follow, piece by piece, for the session's own connection. The session has nothing in flight.
   * `head` has its first arguments, or its name alone. If the connection is lost, the session hears `streamEnded`.
   */
  beginUpload(
    target: SessionTarget,
    session: number,
    context: SessionContext,
    command: number,
    head: Frame,
  ): void;
  /** The next piece, behind which `expected` bytes will surely follow. See `SessionTarget.holdUpload`. */
  upload(session: number, bytes: Uint8Array, start: number, end: number, expected: number): void;
  /** The last piece. Reply and failure come as with `submitPinned`. */
  endUpload(
    target: SessionTarget,
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** The session's client is slow: what only it waits for is left with the server, as far as that harms nobody. */
  holdBack(session: number, isHeldBack: boolean): void;
  /**
   * Asks the server to let go of the command that the session's own connection is blocked on. Its reply, which is
   * `-UNBLOCKED …` unless another one was on its way already, comes as usual. Nothing happens where none is blocked.
   */
  unblock(session: number): void;
  /**
   * Makes the session a connection of its own, unless it has one, and tells its target by `identified` what the server
   * calls it.
   */
  identify(target: SessionTarget, session: number, context: SessionContext): void;
  /** The session no longer needs a connection of its own; nothing is in flight on it. */
  unpin(session: number): void;
  /** The client is gone. Nothing more is told to its target. */
  closeSession(session: number): void;
  /** The primary's ids of the connections to it that this thread has; none where the executor is another thread's. */
  upstreamIds(): UpstreamIds;
  /** Where the primary is a cluster: the connections to its nodes that this thread's sessions have. */
  readonly nodeClients: NodeClients;
  /** Calls `done` when everything is answered that is on the way on lanes of this thread's executor. */
  settle(done: () => void): void;
  /** False while the way to the executor is full: the session stops reading until `onRoom`. */
  hasRoom(): boolean;
}
