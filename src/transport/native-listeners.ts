/**
 * Listening sockets of the native transport. One per transport, its thread only. Must not know connections.
 * Cold: once per listener, but for `accept`, which is once per connection.
 */
import { OperationalError } from '../base/errors.ts';
import type { NativeBinding } from './addon.ts';
import { errnoName, errorCode, listenFailure, listenHost } from './names.ts';
import type { Address, ConnectionHandler, ConnectionId, Listener, ListenOptions } from './transport.ts';
import { clearStaleSocket, removeSocket, socketInode } from './unix-path.ts';

export type Accept = (connection: ConnectionId, listener: Listener) => ConnectionHandler | undefined;

const DEFAULT_MODE = 0o700;
/** How long a listener without free descriptors waits, unless a connection closes first. */
const STALLED_RETRY_MS = 500;

class NativeListener implements Listener {
  readonly address: Address;
  readonly accept: Accept;
  readonly descriptor: number;
  private readonly closeSocket: () => void;
  private readonly inode: number | undefined;
  private isOpen = true;

  constructor(address: Address, accept: Accept, descriptor: number, closeSocket: () => void) {
    this.address = address;
    this.descriptor = descriptor;
    this.accept = accept;
    this.closeSocket = closeSocket;
    this.inode = address.kind === 'unix' ? socketInode(address.path) : undefined;
  }

  close(): void {
    if (this.isOpen && this.address.kind === 'unix') removeSocket(this.address.path, this.inode);
    this.leave();
  }

  leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.closeSocket();
  }

  replaceTls(): void {
    throw new OperationalError('tls_material', 'this listener has no TLS');
  }
}

export class NativeListeners {
  private readonly listeners: (NativeListener | undefined)[] = [];
  private readonly binding: NativeBinding;
  private stalledTimer: NodeJS.Timeout | undefined;

  constructor(binding: NativeBinding) {
    this.binding = binding;
  }

  /** Rejects with OperationalError('listen_failed'). */
  async listen(options: ListenOptions, accept: Accept): Promise<Listener> {
    const index = await this.open(options);
    if (index < 0) throw listenFailure(options.address, errnoName(-index));
    let address = options.address;
    if (address.kind === 'tcp') address = { ...address, port: this.binding.listenerPort(index) };
    const listener = new NativeListener(address, accept, this.binding.listenerDescriptor(index), () => {
      this.binding.closeListener(index);
      this.listeners[index] = undefined;
    });
    this.listeners[index] = listener;
    return listener;
  }

  /** The handler of a connection that the listener with this index accepted, undefined to refuse it. */
  accept(connection: ConnectionId, index: number): ConnectionHandler | undefined {
    const listener = this.listeners[index];
    return listener?.accept(connection, listener);
  }

  /** One has run out of descriptors. */
  retryLater(): void {
    this.stalledTimer ??= setTimeout(() => {
      this.stalledTimer = undefined;
      this.binding.resumeListeners();
    }, STALLED_RETRY_MS);
  }

  closeAll(): void {
    clearTimeout(this.stalledTimer);
    for (const listener of this.listeners) listener?.close();
  }

  private async open(options: ListenOptions): Promise<number> {
    const { address, descriptor } = options;
    if (descriptor !== undefined) return this.binding.adoptListener(descriptor);
    if (address.kind === 'unix') {
      const failure = await clearStaleSocket(address.path);
      if (failure !== '') throw listenFailure(address, failure);
      return this.binding.listenUnix(address.path, options.backlog, options.mode ?? DEFAULT_MODE);
    }
    let host: string;
    try {
      host = await listenHost(address.host);
    } catch (error) {
      throw listenFailure(address, errorCode(error));
    }
    const keepAliveMs = options.keepAliveMs ?? 0;
    return this.binding.listenTcp(host, address.port, options.backlog, options.reusePort, keepAliveMs);
  }
}
