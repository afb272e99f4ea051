/**
 * A client of the engine: what the servers keep in their `client` struct. It belongs to the worker that it is connected
 * to. Where its replies go is its output's affair: a socket, or a connection within the process.
 */
import type { User } from '../acl/user.ts';
import { ClientState } from '../commands/client-state.ts';
import type { Continuation } from '../commands/ports.ts';
import type { Key } from '../store/key.ts';
import type { Subscription } from './pubsub.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { Wait } from './wait-list.ts';

/** What a client's connection is like, for CLIENT LIST. */
export interface ConnectionFacts {
  readonly address: string;
  readonly localAddress: string;
  readonly isUnix: boolean;
  readonly descriptor: number;
  readonly queryBytes: number;
  readonly outputBytes: number;
  readonly isReading: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface ClientOutput {
  /** Bytes that do not belong to the command being executed: replies of parked commands, messages. Lent. */
  emit(bytes: Uint8Array, start: number, end: number): void;
  /** The client no longer waits (`isWaiting`): its next commands may be executed. */
  proceed(): void;
  /** Close the connection when everything has left. */
  close(): void;
  /** Cold: for administration. Absent where there is no socket. */
  facts?(): ConnectionFacts;
}

/** Of a client that nobody is connected as. */
export const NO_OUTPUT: ClientOutput = { emit: () => {}, proceed: () => {}, close: () => {} };

export interface WatchedKey {
  /** With a copy of the key's bytes. */
  readonly key: Key;
  /** Changes counted when the watch began. */
  readonly changes: number;
}

export class EngineClient extends ClientState {
  readonly output: ClientOutput;
  /** Commands since MULTI. */
  queue: QueuedCommand[] = [];
  /** A command since MULTI was refused: EXEC will be, too. */
  queueFailed = false;
  /** How many commands the transaction being executed has, 0 between transactions; -1: there was none yet. */
  transaction = -1;
  watched: WatchedKey[] = [];
  /** Parked, or in the middle of a long command: no further command may be executed. */
  isWaiting = false;
  /** Subscribed or monitoring: silence of the client means nothing. */
  isListening = false;
  isMonitor = false;
  /** What the client is subscribed to, by kind and name. */
  readonly listensTo: readonly Map<string, Subscription>[] = [new Map(), new Map(), new Map()];
  /** It waits for keys. */
  wait: Wait | undefined = undefined;
  /** Its command waits for the end of a pause. */
  isPaused = false;
  /** A command that runs again from its beginning, when it may. */
  held: QueuedCommand | undefined = undefined;
  /** The rest of a long command, and whether CLIENT REPLY keeps its reply back. */
  continuation: Continuation | undefined = undefined;
  isContinuationSilent = false;
  /** The long command itself, and how long it has run so far. */
  running: QueuedCommand | undefined = undefined;
  runUs = 0;
  /** Whose rights it has. Undefined: its user is no more. */
  account: User | undefined = undefined;
  /** It has logged in, or needed not to when it came. */
  isAuthenticated = false;
  lastCommand = -1;
  lastActiveMs = 0;
  commandCount = 0;

  constructor(id: number, createdAtMs: number, output: ClientOutput) {
    super(id, createdAtMs);
    this.output = output;
    this.lastActiveMs = createdAtMs;
  }
}
