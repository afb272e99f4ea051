/**
 * Long output to one server that goes to the transport in parts, as the server takes them: given at once, it would be
 * copied as a whole, and hold up everything else that its thread has to do. Worker thread. One per link, and only while
 * there is such output. It must not know commands.
 */
import { copyOf } from '../base/bytes.ts';
import type { ConnectionId, Transport } from '../transport/transport.ts';

/** So much may wait in the transport. */
const WAITING_BYTES = 1024 * 1024;
const PART_BYTES = 256 * 1024;

interface Piece {
  readonly bytes: Uint8Array;
  start: number;
  readonly end: number;
}

export class PacedOutput {
  readonly #transport: Transport;
  readonly #connection: ConnectionId;
  readonly #queue: Piece[] = [];

  constructor(transport: Transport, connection: ConnectionId) {
    this.#transport = transport;
    this.#connection = connection;
  }

  /** Bytes that stay as they are until they have left. */
  addOwned(bytes: Uint8Array, start: number, end: number): void {
    this.#queue.push({ bytes, start, end });
  }

  /** What comes behind, copied. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#queue.push({ bytes: copyOf(bytes, start, end), start: 0, end: end - start });
  }

  /** Gives on what there is room for; call it again when the transport has drained. True: nothing is left. */
  pump(): boolean {
    const transport = this.#transport;
    const connection = this.#connection;
    while (this.#queue.length > 0) {
      if (transport.pendingBytes(connection) >= WAITING_BYTES) {
        // Of what this batch has written the kernel may take all, and then no drain would follow.
        transport.flush();
        if (transport.pendingBytes(connection) >= WAITING_BYTES) return false;
      }
      const piece = this.#queue[0];
      const end = Math.min(piece.end, piece.start + PART_BYTES);
      transport.write(connection, piece.bytes, piece.start, end);
      piece.start = end;
      if (end === piece.end) this.#queue.shift();
    }
    return true;
  }
}
