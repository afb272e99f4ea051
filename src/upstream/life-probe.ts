/**
 * One question to a server on a connection of its own, for a sign of life: a command without its argument, which a
 * server refuses before it looks at pauses, scripts, loading or logins. Any byte is an answer. Worker thread. Cold.
 */
import type { ConnectionHandler, ConnectionId, Transport } from '../transport/transport.ts';
import type { Endpoint } from './endpoint.ts';

const QUESTION = Buffer.from('*1\r\n$4\r\nECHO\r\n');

export class LifeProbe implements ConnectionHandler {
  readonly #transport: Transport;
  readonly #connection: ConnectionId;
  isOpen = true;
  isAnswered = false;

  /** `connectTimeoutMs`: longer than anybody waits for the answer. */
  constructor(transport: Transport, endpoint: Endpoint, connectTimeoutMs: number) {
    this.#transport = transport;
    const { address, tls } = endpoint;
    const options = { address, connectTimeoutMs, keepAliveMs: 0, ...(tls === undefined ? {} : { tls }) };
    this.#connection = transport.connect(options, this);
  }

  connected(connection: ConnectionId): void {
    this.#transport.write(connection, QUESTION, 0, QUESTION.length);
  }

  data(): void {
    this.isAnswered = true;
  }

  ended(connection: ConnectionId): void {
    this.#transport.close(connection, 0);
  }

  drained(): void {
    // The question is short.
  }

  closed(): void {
    this.isOpen = false;
  }

  close(): void {
    if (this.isOpen) this.#transport.close(this.#connection, 0);
    this.isOpen = false;
  }
}
