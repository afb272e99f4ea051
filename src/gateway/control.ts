/** What the main thread and its workers tell each other. Structured-clonable data only; never on a command's way. */
import type { LearntCommand } from '../commands/learnt.ts';
import type { SaveWish } from '../commands/ports.ts';
import type { ServerIdentity } from '../compare/identity.ts';
import type { Config } from '../config/schema.ts';
import type { EngineMemory } from '../engine/engine-memory.ts';
import type { DivergenceReport } from '../shadow/divergence-record.ts';
import type { LogRecord } from '../telemetry/log.ts';
import type { SpanRecord } from '../telemetry/trace.ts';
import type { Address, WakeToken } from '../transport/transport.ts';
import type { AclMemory } from './acl.ts';
import type { ClientAnswer, ClientQuestion } from './client-directory.ts';
import type { MovingClient } from './hand-over.ts';
import type { SlowEntry } from './slow-log.ts';

/** Given to a worker when it is started. */
export interface WorkerSetup {
  readonly index: number;
  readonly workers: number;
  readonly config: Config;
  readonly metrics: SharedArrayBuffer;
  /** Of `LatencyTable.bytes`. */
  readonly latency: SharedArrayBuffer;
  readonly dirtySlots: SharedArrayBuffer;
  /** Of `SHARED_CLIENT_BYTES`: ids and number of clients. */
  readonly clients: SharedArrayBuffer;
  /** Where the gateway has users of its own. */
  readonly acl: AclMemory | null;
  /** Of `SpanCounts`, where traces are made. */
  readonly spans: SharedArrayBuffer | null;
  /** See `SignsOfLife`. */
  readonly life: SharedArrayBuffer;
  /** Memory of the embedded engine, where clients' commands run in the workers themselves. */
  readonly engine: EngineMemory | null;
  readonly sockets: EngineSockets;
  /** Rings between worker 0 (the slot owner) and each other worker, by worker; empty without a shadow. */
  readonly toOwner: readonly SharedArrayBuffer[];
  readonly fromOwner: readonly SharedArrayBuffer[];
}

/** Paths of the unix sockets of engines that are servers of their own; null: that one is none. */
export interface EngineSockets {
  readonly primary: string | null;
  readonly shadow: string | null;
}

/** A token that wakes the worker that made it, for the worker `by`. */
export interface AddressedWake {
  readonly by: number;
  readonly token: WakeToken;
}

/** One address of the configuration, with the port it really has. */
export interface ListenPlace {
  /** Index of its settings in `config.listen`: not every worker has every listener. */
  readonly index: number;
  readonly address: Address;
  /** The listening socket, where another process has had it. */
  readonly descriptor?: number;
}

export interface ServerState {
  readonly up: boolean;
  /** Why it is down; '' while it is up. */
  readonly reason: string;
  readonly identity: ServerIdentity | null;
}

/**
 * About redirected invalidations, from worker to worker; the main thread only passes it on.
 * - `redirect-target`: is this client yours? Then give it a connection of its own.
 * - `invalidation`: a message for this client, before a cluster; answered like the question above.
 * - `redirect-answer`: the server's id of that connection, -1 from a worker that does not have the client.
 */
export type PeerMessage =
  | { readonly type: 'redirect-target'; readonly request: number; readonly client: number }
  | { readonly type: 'redirect-answer'; readonly request: number; readonly serverId: number }
  | {
      readonly type: 'invalidation';
      readonly request: number;
      readonly client: number;
      readonly message: Uint8Array;
    };

export type ToWorker =
  /** The wake-up tokens that others made for this worker, by the worker they wake. */
  | {
      readonly type: 'connect';
      readonly wakes: readonly { readonly of: number; readonly token: WakeToken }[];
    }
  /** Listen on these; ports are known by now except for the first worker. */
  | { readonly type: 'listen'; readonly places: readonly ListenPlace[] }
  /** For an engine beside the workers: where clients find the gateway. */
  | { readonly type: 'announce'; readonly host: string; readonly port: number }
  | { readonly type: 'reconfigure'; readonly config: Config }
  /** Can the server be used that this configuration names? Answered with `tried`. */
  | { readonly type: 'try'; readonly role: 'primary' | 'shadow'; readonly config: Config }
  /** Clients' commands wait, or go on. Answered with `held` when none is under way any more. */
  | { readonly type: 'hold'; readonly isOn: boolean }
  /** Commands of the primary that the catalogue lacks; a worker that has learnt them already ignores it. */
  | { readonly type: 'learn'; readonly commands: readonly LearntCommand[] }
  /** The nodes of a target by their number in the metrics. */
  | { readonly type: 'nodes'; readonly target: 'primary' | 'shadow'; readonly names: readonly string[] }
  /** A question of worker `from`, to be answered with its token. */
  | {
      readonly type: 'asked';
      readonly from: number;
      readonly token: number;
      readonly question: ClientQuestion;
    }
  | { readonly type: 'answered'; readonly token: number; readonly answer: ClientAnswer }
  /** From another worker. */
  | { readonly type: 'peer'; readonly from: number; readonly message: PeerMessage }
  /** Answer to `describe`. */
  | { readonly type: 'described'; readonly token: number; readonly section: string }
  /** Answered with `slow`. */
  | { readonly type: 'tell-slow' }
  /**
   * Another process takes over, see `session-mover.ts`. `quiet`: clients wait, answered with `quiet`; `go`: they leave,
   * told with `moved` and at last `empty`; `stop`: the other process is gone, and those who are left stay.
   */
  | { readonly type: 'move'; readonly step: 'quiet' | 'go' | 'stop' }
  /** Another process accepts clients in place of this one. */
  | { readonly type: 'leave' }
  /** Clients of another process. */
  | { readonly type: 'adopt'; readonly clients: readonly MovingClient[] }
  | { readonly type: 'drain' }
  /** The process ends: save the engine's data if that is wanted. Answered with `saved`. */
  | { readonly type: 'save'; readonly wish: SaveWish };

export type FromWorker =
  | {
      readonly type: 'started';
      readonly transport: 'native' | 'node';
      readonly wakes: readonly AddressedWake[];
    }
  /** What it has begun to listen on; `descriptor` as of `Listener`. */
  | {
      readonly type: 'listening';
      readonly bound: readonly Required<ListenPlace>[];
    }
  | { readonly type: 'quiet' }
  | { readonly type: 'moved'; readonly clients: readonly MovingClient[] }
  | { readonly type: 'empty' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'server'; readonly target: 'primary' | 'shadow'; readonly state: ServerState }
  /** Nodes of a cluster that want a number in the metrics. */
  | { readonly type: 'nodes'; readonly target: 'primary' | 'shadow'; readonly names: readonly string[] }
  | { readonly type: 'divergence'; readonly report: DivergenceReport }
  | { readonly type: 'learnt'; readonly commands: readonly LearntCommand[] }
  | { readonly type: 'log'; readonly record: LogRecord }
  | { readonly type: 'spans'; readonly spans: readonly SpanRecord[] }
  /** A question to all other workers. */
  | { readonly type: 'ask'; readonly token: number; readonly question: ClientQuestion }
  /** For worker `to`. */
  | {
      readonly type: 'answer';
      readonly to: number;
      readonly token: number;
      readonly answer: ClientAnswer;
    }
  /** For one other worker, or for all others. */
  | { readonly type: 'peer'; readonly to: number | 'others'; readonly message: PeerMessage }
  /** Asks for the section of INFO about the gateway. */
  | { readonly type: 'describe'; readonly token: number }
  | { readonly type: 'slow'; readonly entries: readonly SlowEntry[] }
  /** A client has asked for the end of the process; `isUrgent`: whatever is still under way. */
  | { readonly type: 'shutdown'; readonly wish: SaveWish; readonly isUrgent: boolean }
  /** A new configuration is in effect. */
  | { readonly type: 'reconfigured' }
  /** `problem`: '' where there is none. */
  | { readonly type: 'tried'; readonly problem: string }
  | { readonly type: 'held' }
  | { readonly type: 'drained' }
  | { readonly type: 'saved'; readonly isGood: boolean };
