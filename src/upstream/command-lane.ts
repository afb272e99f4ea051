/**
 * A shared way to an upstream, as everybody but its maker sees it: one connection to one server (`Lane`), or one
 * connection to each node of a cluster (`ClusterLane`). Commands of one hash slot take effect, and are answered, in the
 * order in which they were sent. Worker thread.
 */

import type { Reply } from '../resp/reply.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';

/** How a connection is called at both ends. */
export interface LinkEnd {
  /** The server's id of it, -1 when it did not tell. */
  readonly serverId: number;
  /** This machine's address, without its kind; '' while there is no connection. */
  readonly address: string;
}

export interface CommandLane {
  /** Small integer that names this lane among all lanes of its worker. */
  readonly id: number;
  readonly role: 'primary' | 'shadow';
  /** Connected, or, to a cluster, to some node of it. */
  readonly up: boolean;
  readonly inFlight: number;
  /** Why the upstream is down, by the latest attempt; '' while it is not known to be. */
  readonly downReason: string;
  /** The server's HELLO reply, of any of several. */
  readonly hello: Reply | undefined;
  /** The server answers nothing there but that a login is needed, by the latest handshake; any of several. */
  readonly isStranger: boolean;
  /** One for each connection, which may be this one itself. Cold. */
  readonly links: readonly CommandLane[];
  /** How its connections are called. Cold: for commands about clients. */
  readonly ends: readonly LinkEnd[];
  /** Monotonic milliseconds at which the oldest unanswered request was given, or `Infinity`. */
  readonly oldestSentAtMs: number;
  /** Monotonic milliseconds of the last command. Set also by whoever keeps commands back that are to go there. */
  lastUsedMs: number;
  /** How many connections are up. */
  readonly connections: number;
  /** Connects now rather than at the first command. */
  open(): void;
  /**
   * Sends one command. `target` hears of its reply or failure exactly once, `mirrored` as well when given; a failure
   * may be told before this returns. `isOwned`: the bytes stay as they are until they have been answered.
   */
  send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
    isOwned?: boolean,
  ): void;
  /** Nobody new uses it: it ends when what is in flight is answered. Sessions it `serves` must go on using it. */
  retire(): void;
  /** Retired, and owes the session replies: what it sends must not overtake what it has sent. */
  serves(session: number): boolean;
  /** Cold. Whether the session waits for a reply of this lane. */
  owes(session: number): boolean;
  /** The client of a session is slow. Nothing is read until it has caught up, if nobody else waits for anything. */
  holdBack(session: number, isHeldBack: boolean): void;
  /** Stops for good. What is in flight fails. */
  close(): void;
  /** Regular upkeep: call about once a second. */
  tick(): void;
  /** The upstream is somewhere else: what is in flight is lost, what waits goes there without delay. */
  moved(): void;
  /** Cuts the connections; the lane comes back by its usual rules. */
  reset(): void;
}
