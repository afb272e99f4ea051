/** What a shared connection to one server is made with. Data; worker thread. */
import type { CommandLane } from './command-lane.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';

export interface LaneOptions {
  /** Small integer that names this lane among all lanes of its worker. */
  readonly id: number;
  readonly endpoint: Endpoint;
  readonly context: LinkContext;
  readonly reconnect: { readonly minMs: number; readonly maxMs: number };
  /** How long commands wait for a server that is down; 0 answers at once. */
  readonly waitWhenDownMs: number;
  readonly maxInFlight: number;
  readonly maxBacklogBytes: number;
  /** Reconnects by itself. Other lanes connect when they are used. */
  readonly persistent: boolean;
  /** Called on every change between up and down. */
  onState(lane: CommandLane, up: boolean, reason: string): void;
  /** A reply has begun that is so long that others should not wait behind it, see `retire`. */
  onLongReply?(lane: CommandLane): void;
}
