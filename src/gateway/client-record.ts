/**
 * What a session knows of its client, for CLIENT LIST and its like. Worker thread. It must not know upstreams.
 * Counters are plain fields, which commands and bytes on their way touch; everything else here is cold.
 */
import type { ConnectionId, Transport } from '../transport/transport.ts';
import type { Face } from './face.ts';
import type { ClientState } from './hand-over.ts';
import type { SessionAccess } from './session-access.ts';

/** Structured-clonable: what other workers are told of a client. Times in ms, sizes in bytes. */
export interface ClientSnapshot {
  /** As the client knows it. */
  readonly id: number;
  /** The session's number between threads. */
  readonly session: number;
  readonly address: string;
  readonly localAddress: string;
  readonly isUnix: boolean;
  readonly descriptor: number;
  readonly name: string;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly database: number;
  readonly resp: 2 | 3;
  /** Channels, patterns and shard channels, where its own connection has none of them. */
  readonly subscriptions: readonly number[] | undefined;
  /** Undefined: whom the configuration logs in. */
  readonly user: string | undefined;
  readonly queryBytes: number;
  readonly outputBytes: number;
  readonly isReading: boolean;
  /** Its command waits in the gateway for the end of a pause. */
  readonly isHeld: boolean;
  readonly command: string;
  readonly libName: string;
  readonly libVersion: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly commands: number;
  /** Before a cluster: the client that its invalidations go to, by the gateway's id; 0: none. */
  readonly redirect: number;
}

/** How long a closing connection may take to read what it is owed. */
export const LINGER_MS = 5000;

/** Servers show a unix socket as its path alone. */
function withoutScheme(address: string): string {
  return address.replace(/^unix:/, '');
}

export class ClientRecord {
  /** Unique over all workers, growing. */
  readonly id: number;
  readonly connection: ConnectionId;
  createdAtMs: number;
  /** Undefined where it is shown what the server says. */
  readonly face: Face | undefined;
  /** Where the gateway has users of its own: which one it is. */
  access: SessionAccess | undefined = undefined;
  name = '';
  libName = '';
  libVersion = '';
  /** Id of the last command, or -1. */
  command = -1;
  lastActiveMs: number;
  commands = 0;
  bytesIn = 0;
  bytesOut = 0;
  #peer: { readonly remote: string; readonly local: string; readonly isUnix: boolean } | undefined =
    undefined;

  constructor(id: number, connection: ConnectionId, nowMs: number, face?: Face) {
    this.id = id;
    this.face = face;
    this.connection = connection;
    this.createdAtMs = nowMs;
    this.lastActiveMs = nowMs;
  }

  /** It was known to another process before. */
  continue(state: ClientState): void {
    this.name = state.name;
    this.libName = state.libName;
    this.libVersion = state.libVersion;
    this.createdAtMs = state.createdAtMs;
    this.lastActiveMs = state.lastActiveMs;
    this.commands = state.commands;
    this.bytesIn = state.bytesIn;
    this.bytesOut = state.bytesOut;
  }

  noteCommand(command: number): void {
    this.command = command;
    this.commands += 1;
  }

  /** Whether the answer to the command is part of what it is shown. */
  isShown(command: number): boolean {
    return this.face !== undefined && this.face.plans[command] !== undefined;
  }

  /** Asked for while the socket is there; the answer stays. */
  peer(transport: Transport): { readonly remote: string; readonly local: string; readonly isUnix: boolean } {
    if (this.#peer === undefined) {
      const { remote, local } = transport.peer(this.connection);
      const isUnix = local.startsWith('unix:');
      this.#peer = { remote: withoutScheme(remote), local: withoutScheme(local), isUnix };
    }
    return this.#peer;
  }
}
