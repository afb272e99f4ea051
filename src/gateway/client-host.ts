/** What a worker does with its clients, whether their commands go to servers or to the engine. */
import type { ConnectionHandler, ConnectionId } from '../transport/transport.ts';
import type { Admission } from './admission.ts';
import type { Face } from './face.ts';
import type { SessionSettings } from './session-host.ts';

/** A client's connection as a drain sees it. */
export interface DrainableClient {
  /** The gateway is stopping: leaves when it owes nothing and is owed nothing. */
  drain(): void;
  /** Some time later: nobody knows when a parked command will be answered. */
  stopWaiting(): void;
}

export interface ClientHost {
  /**
   * The last client that has left: so that there is one of its class at any time, and of what it is made of. V8 (that
   * of Node.js 20) forgets the shape of objects when it collects garbage and finds none. Where the first six have come
   * and gone by then, it takes the seventh for an object without fields; those with many private ones become
   * dictionaries from then on, and a command cost 1.6 times the processor time, for as long as the process lived, in a
   * third of the starts.
   */
  lastLeft: DrainableClient | undefined;
  readonly sessions: ReadonlyMap<number, DrainableClient>;
  readonly admission: Admission;
  /**
   * Takes a new connection, from an exposed listener or not, that is to be shown this face; undefined when it is not
   * admitted (it was told).
   */
  accept(connection: ConnectionId, exposed: boolean, face?: Face): ConnectionHandler | undefined;
  /** At the end of every batch. */
  runLater(): void;
  /** The way to the executor is free again. */
  onRoom(): void;
  reconfigure(settings: SessionSettings): void;
  /** Once a second. */
  tick(): void;
}
