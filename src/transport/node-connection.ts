/**
 * One connection of the node transport: a net.Socket or TLSSocket and what the batch knows about it. Its transport's
 * thread only. Must not know the output table.
 */
import type { Socket } from 'node:net';
import { loadAddon } from './addon.ts';
import { raiseLater } from './batch-hooks.ts';
import { errorCode, hostAndPort } from './names.ts';
import type { ConnectionHandler, ConnectionId, PeerNames } from './transport.ts';

/** What a connection needs from its transport. */
export interface ConnectionOwner {
  /** Something is about to be told to a handler: a batch is running. */
  beginBatch(): void;
  /** The socket is open; called before the handler hears of it. */
  opened(connection: NodeConnection): void;
  /** The socket is gone; called before the handler hears of it. */
  gone(connection: NodeConnection): void;
}

export class NodeConnection {
  readonly id: ConnectionId;
  readonly socket: Socket;
  /** Undefined while accept() decides, and for refused connections. */
  handler: ConnectionHandler | undefined;
  isConnecting: boolean;
  /** No more writes: shut down or closing. */
  isShut = false;
  /** Closed by this side: handlers hear `closed` only. */
  isClosing = false;
  error = '';
  /** Of an outgoing TCP connection: how long output may stay unacknowledged, 0 for ever. */
  silenceMs = 0;
  /** Bytes in the transport's output table. */
  unflushed = 0;
  /** Where the current flush gathers this connection's entries. */
  gathered: Buffer | undefined;
  gatheredBytes = 0;
  /** Called for each finished write. */
  readonly written: () => void;
  private readonly unixPath: string | undefined;
  private readonly owner: ConnectionOwner;
  private isWaiting = false;

  constructor(id: ConnectionId, socket: Socket, owner: ConnectionOwner, unixPath: string | undefined) {
    this.id = id;
    this.socket = socket;
    this.owner = owner;
    this.unixPath = unixPath;
    this.isConnecting = false;
    this.written = () => this.wasWritten();
  }

  /** Starts listening to the socket; `openEvent` is what an outgoing one emits when it is ready. */
  watch(openEvent: 'connect' | 'secureConnect' | undefined): void {
    const socket = this.socket;
    socket.on('error', (error) => {
      if (this.error === '') this.error = errorCode(error);
    });
    socket.on('data', (chunk: Buffer) => {
      if (!this.isClosing) this.tell((handler) => handler.data(this.id, chunk, 0, chunk.length));
    });
    socket.on('end', () => {
      if (!this.isClosing) this.tell((handler) => handler.ended(this.id));
    });
    socket.on('close', () => {
      this.owner.gone(this);
      this.tell((handler) => handler.closed(this.id, this.error));
    });
    if (openEvent === undefined) return;
    this.isConnecting = true;
    socket.on(openEvent, () => {
      this.isConnecting = false;
      this.owner.opened(this);
      if (!this.isClosing) this.tell((handler) => handler.connected(this.id));
    });
  }

  /** Cold: once per outgoing connection. What node:net has no option for; nothing happens where it cannot be set. */
  limitSilence(): void {
    const { _handle: handle } = this.socket as unknown as { _handle?: { fd?: number } | null };
    const { addon } = loadAddon();
    if (this.silenceMs > 0 && addon !== undefined && (handle?.fd ?? -1) >= 0)
      addon.setUserTimeout(handle!.fd!, this.silenceMs);
  }

  /** Output that neither the kernel nor the table holds any more is not counted. */
  pendingBytes(): number {
    return this.unflushed + this.socket.writableLength;
  }

  /** Hands the gathered output to the socket. */
  send(): void {
    const bytes = this.gathered;
    this.gathered = undefined;
    this.gatheredBytes = 0;
    if (bytes === undefined || this.socket.destroyed) return;
    this.socket.write(bytes, this.written);
    this.isWaiting = this.socket.writableLength > 0;
  }

  /**
   * Closes without sending what waits. Not with `resetAndDestroy`: that waits for the output it should drop, and where
   * a shutdown is under way it neither emits `close` nor closes the descriptor (libuv answers EINVAL).
   */
  abort(): void {
    this.socket.destroy();
  }

  /** Sends what waits, then closes. A paused socket would never see the end of its peer. */
  closeWhenSent(): void {
    if (this.isConnecting) {
      this.socket.destroy();
      return;
    }
    this.socket.resume();
    this.socket.destroySoon();
  }

  peer(): PeerNames {
    const socket = this.socket;
    if (socket.destroyed) return { remote: '', local: '' };
    if (this.unixPath !== undefined) {
      const name = `unix:${this.unixPath}:0`;
      return { remote: name, local: name };
    }
    return {
      remote:
        socket.remoteAddress === undefined ? '' : hostAndPort(socket.remoteAddress, socket.remotePort ?? 0),
      local: socket.localAddress === undefined ? '' : hostAndPort(socket.localAddress, socket.localPort ?? 0),
    };
  }

  private wasWritten(): void {
    if (!this.isWaiting || this.socket.writableLength > 0 || this.socket.destroyed) return;
    this.isWaiting = false;
    if (!this.isClosing) this.tell((handler) => handler.drained(this.id));
  }

  private tell(what: (handler: ConnectionHandler) => void): void {
    this.owner.beginBatch();
    if (this.handler === undefined) return;
    try {
      what(this.handler);
    } catch (error) {
      raiseLater(error);
    }
  }
}
