/**
 * The seam between sockets and everything else: what a transport promises, whichever way it moves the bytes.
 * Used on worker threads (and by tests on the main thread). It must not know RESP, sessions or upstreams.
 *
 * A transport works in batches. One turn of the event loop reads every ready socket, calls the connection
 * handlers, then calls the batch-end hooks, then hands all output to the kernel. Nothing written during a batch
 * leaves before its end unless the output buffer fills, so a hundred replies to one peer cost one system call.
 */

import type { MessagePort } from 'node:worker_threads';

/** Identifies one socket of one transport. Small, dense and reused after close; never shared between threads. */
export type ConnectionId = number;

export interface TlsServerOptions {
  /** PEM contents, not paths. */
  readonly certificate: string;
  readonly key: string;
  readonly authority?: string;
  readonly clientCertificates: 'none' | 'optional' | 'required';
}

export interface TlsClientOptions {
  readonly authority?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Name sent as SNI and checked against the certificate; the host of the address when absent. */
  readonly serverName?: string;
  readonly verify: boolean;
}

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** What the owner of one connection is told. Every callback runs on the transport's thread, inside a batch. */
export interface ConnectionHandler {
  /** An outgoing connection (and its TLS handshake) is ready for traffic. Never called for accepted ones. */
  connected(connection: ConnectionId): void;
  /** `bytes[start, end)` arrived. The memory is lent for the length of the call only: copy what must stay. */
  data(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void;
  /** The peer sent FIN. The other direction stays open until `shutdown` or `close`. */
  ended(connection: ConnectionId): void;
  /** Output that had been waiting (see `pendingBytes`) has all gone to the kernel. */
  drained(connection: ConnectionId): void;
  /**
   * The connection is gone and its id may be reused after this call. `error` is an errno name such as
   * `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, a TLS code, or '' after an ordinary close.
   * Called exactly once per connection, also after a local `close`.
   */
  closed(connection: ConnectionId, error: string): void;
}

export interface ListenOptions {
  /** Port 0 asks for a free port. */
  readonly address: Address;
  readonly tls?: TlsServerOptions;
  readonly backlog: number;
  /** Lets every worker listen on the same TCP address. Ignored for unix sockets, which only one worker can bind. */
  readonly reusePort: boolean;
  /** TCP keepalive idle time of accepted connections; 0 or absent leaves it off. */
  readonly keepAliveMs?: number;
  /** Permissions of a unix socket, 0o700 when absent. */
  readonly mode?: number;
  /** The listening socket, bound to the address already, of another process. Owned by the listener. */
  readonly descriptor?: number;
}

export interface Listener {
  /** The address really bound, with the port chosen for port 0. */
  readonly address: Address;
  /** Of the listening socket, where it can go to another process; else -1. */
  readonly descriptor: number;
  /** Stops accepting. Accepted connections live on. */
  close(): void;
  /** As `close`, where another process goes on listening: the file of a unix socket stays. */
  leave(): void;
  /** New connections use these certificates; old ones keep theirs. Throws where the listener has no TLS. */
  replaceTls(tls: TlsServerOptions): void;
}

export interface ConnectOptions {
  readonly address: Address;
  readonly tls?: TlsClientOptions;
  readonly connectTimeoutMs: number;
  /**
   * TCP keepalive idle time, and how long what was sent may stay unacknowledged (TCP_USER_TIMEOUT, which the node
   * transport sets where the addon is there); 0 turns both off.
   */
  readonly keepAliveMs: number;
}

/** Remote end as text for logs and CLIENT INFO, `127.0.0.1:50122`, `[::1]:50122` or `unix:/path:0`. */
export interface PeerNames {
  readonly remote: string;
  readonly local: string;
}

export interface Transport {
  readonly kind: 'native' | 'node';
  /**
   * `accept` is called once per new connection and returns its handler, or undefined to refuse it (the socket is
   * closed at once). It may write before it returns. Throws OperationalError('listen_failed') with the errno name.
   */
  listen(
    options: ListenOptions,
    accept: (connection: ConnectionId, listener: Listener) => ConnectionHandler | undefined,
  ): Promise<Listener>;
  /** Never throws: every failure arrives as `closed` with the errno name, never before this call has returned. */
  connect(options: ConnectOptions, handler: ConnectionHandler): ConnectionId;
  /** Copies `bytes[start, end)` into the output of this batch. Ignored when the connection is closing. */
  write(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void;
  /** Output accepted by `write` that the kernel has not taken yet, this batch's included. */
  pendingBytes(connection: ConnectionId): number;
  /** Takes effect at the end of the batch: what was read already may still arrive, once. */
  pauseReading(connection: ConnectionId): void;
  resumeReading(connection: ConnectionId): void;
  /**
   * Sends what is pending, then FIN; the connection closes when the peer's FIN has come as well, which is seen only
   * while reading is not paused. Later writes are ignored.
   */
  shutdown(connection: ConnectionId): void;
  /**
   * Sends what is pending for at most `lingerMs`, then closes. With 0 it is dropped, and the native transport sends a
   * reset. No handler but `closed` is called any more, and that one not before this call has returned.
   */
  close(connection: ConnectionId, lingerMs: number): void;
  /** Empty texts once the socket is gone. One system call each: keep the answer. */
  peer(connection: ConnectionId): PeerNames;
  /** Runs after the handlers of every batch and before its output is handed to the kernel, in order of registration. */
  onBatchEnd(hook: () => void): void;
  /**
   * Lets go of a connection for another process: answers its descriptor, which the caller owns, and no handler is
   * called any more. Below 0: it has output that waits, or is closing, or cannot go: TLS, and any of the node
   * transport. To be called outside a batch or by a hook, when everything that was read has been delivered.
   */
  detach(connection: ConnectionId): number;
  /** False: the connection can never go, by `detach`. */
  canDetach(connection: ConnectionId): boolean;
  /** Owns a connected socket of another process from here on. -1: it cannot, and does not. */
  adopt(descriptor: number, handlerOf: (connection: ConnectionId) => ConnectionHandler): ConnectionId;
  /**
   * A handle that any thread can turn into a wake-up of this one: see `wake`. The callback runs inside a batch.
   * Several wake-ups may arrive as one. The token can be posted to another thread; call this again for each further
   * thread, with the same callback.
   */
  createWake(callback: () => void): WakeToken;
  /**
   * From within a handler that takes long: delivers what is left of this batch and what has come since to the other
   * handlers, wake-ups included, and hands their output to the kernel. No hook runs. Absent where that is not possible;
   * connections with TLS have to wait.
   */
  turn?(): void;
  /**
   * Hands waiting output to the kernel now. Code that runs outside a batch (timers) calls it when it has written;
   * without it the output leaves at the end of the current turn of the event loop.
   */
  flush(): void;
  /**
   * Sends what the kernel takes at once, then closes everything; every connection's `closed` is called before this
   * returns. An undestroyed transport keeps its thread alive.
   */
  destroy(): void;
}

/**
 * Structured-clonable; `connectWaker` turns it into a Waker. A MessagePort moves to one thread only, so where `port`
 * is set it belongs into the transfer list and `createWake` is called once for each waking thread.
 */
export interface WakeToken {
  /** -1 where the node transport wakes through the port. */
  readonly eventFd: number;
  readonly port: MessagePort | undefined;
  /** One 32-bit word, so that a wake-up that is already on its way costs no second one: see `wake.ts`. */
  readonly signal: SharedArrayBuffer;
}

/** Wakes the thread that made a token. One per (token, waking thread); safe to call at any time. */
export interface Waker {
  /** Does nothing once the woken transport has been destroyed. */
  wake(): void;
  /** Lets go of the descriptor or port. */
  close(): void;
}
