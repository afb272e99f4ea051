/**
 * Listening sockets of the node transport, with and without TLS. Its transport's thread only.
 * Cold: once per listener or connection.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import { OperationalError } from '../base/errors.ts';
import { loadAddon } from './addon.ts';
import { errnoName, errorCode, listenFailure, listenHost } from './names.ts';
import { createHandshaker, isClientAcceptable } from './tls.ts';
import type { Address, Listener, ListenOptions, TlsServerOptions } from './transport.ts';
import { clearStaleSocket } from './unix-path.ts';

const DEFAULT_MODE = 0o700;

type AcceptSocket = (socket: Socket, listener: Listener) => void;

/** `net.Server.listen` knows `reusePort` from Node.js 22.12 and 23.1 on; older ones take a descriptor of the addon. */
export function canReusePort(): boolean {
  return nodeReusesPorts() || loadAddon().addon !== undefined;
}

function nodeReusesPorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

export class NodeListener implements Listener {
  address: Address;
  descriptor = -1;
  private readonly server: Server;
  private readonly accept: AcceptSocket;
  private readonly sockets = new Set<Socket>();
  private handshaker: TlsServer | undefined;

  private constructor(options: ListenOptions, accept: AcceptSocket) {
    this.address = options.address;
    this.accept = accept;
    const keepAliveMs = options.keepAliveMs ?? 0;
    this.server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
    });
    this.server.on('connection', (socket) => this.connected(socket));
    if (options.tls !== undefined) this.replaceTls(options.tls, true);
  }

  /** Rejects with OperationalError('listen_failed'), or 'tls_material' for unusable certificates. */
  static async open(options: ListenOptions, accept: AcceptSocket): Promise<NodeListener> {
    const listener = new NodeListener(options, accept);
    if (options.descriptor !== undefined) await listener.inherit(options.descriptor, options);
    else if (options.address.kind === 'unix') await listener.listenUnix(options.address.path, options);
    else await listener.listenTcp(options.address.host, options.address.port, options);
    // Failures to accept, such as too few descriptors, concern one connection and never the listener.
    listener.server.on('error', () => {});
    return listener;
  }

  close(): void {
    this.server.close();
  }

  leave(): void {
    this.close();
  }

  /** Also drops the connections that have not finished their handshake. */
  destroy(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  replaceTls(tls: TlsServerOptions, isFirst = false): void {
    if (this.handshaker === undefined && !isFirst) {
      throw new OperationalError('tls_material', 'this listener has no TLS');
    }
    const handshaker = createHandshaker(tls);
    handshaker.on('secureConnection', (socket: TLSSocket) => {
      if (isClientAcceptable(socket, tls)) this.accept(socket, this);
      else socket.destroy();
    });
    // A failed handshake ends that client's connection; there is nobody to tell.
    handshaker.on('tlsClientError', (_error, socket) => socket.destroy());
    this.handshaker = handshaker;
  }

  private connected(socket: Socket): void {
    const handshaker = this.handshaker;
    if (handshaker === undefined) {
      this.accept(socket, this);
      return;
    }
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    handshaker.emit('connection', socket);
  }

  private async inherit(descriptor: number, { address, backlog }: ListenOptions): Promise<void> {
    this.descriptor = descriptor;
    await this.listening(address, () => this.server.listen({ fd: descriptor, backlog }));
  }

  private async listenUnix(path: string, options: ListenOptions): Promise<void> {
    const failure = await clearStaleSocket(path);
    if (failure !== '') throw listenFailure(options.address, failure);
    await this.listening(options.address, () => this.server.listen({ path, backlog: options.backlog }));
    try {
      chmodSync(path, options.mode ?? DEFAULT_MODE);
    } catch (error) {
      this.server.close();
      throw listenFailure(options.address, errorCode(error));
    }
  }

  private async listenTcp(name: string, port: number, options: ListenOptions): Promise<void> {
    const host = await listenHost(name).catch((error: unknown) => {
      throw listenFailure(options.address, errorCode(error));
    });
    const backlog = options.backlog;
    await this.listening(options.address, () => {
      // Of a socket that Node.js has opened the descriptor is not known, and older ones do not share ports.
      if (loadAddon().addon !== undefined) {
        this.descriptor = this.ownDescriptor(host, port, options);
        this.server.listen({ fd: this.descriptor, backlog });
      } else if (options.reusePort) this.server.listen({ host, port, backlog, ...{ reusePort: true } });
      else this.server.listen({ host, port, backlog });
    });
    const bound = this.server.address();
    if (bound !== null && typeof bound === 'object') {
      this.address = { kind: 'tcp', host: name, port: bound.port };
    }
  }

  private ownDescriptor(host: string, port: number, options: ListenOptions): number {
    const { addon } = loadAddon();
    if (addon === undefined) throw listenFailure(options.address, 'ENOTSUP');
    const descriptor = addon.openListening(host, port, options.backlog, options.reusePort);
    if (descriptor < 0) throw listenFailure(options.address, errnoName(-descriptor));
    return descriptor;
  }

  private async listening(address: Address, start: () => void): Promise<void> {
    const server = this.server;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: Error): void => reject(listenFailure(address, errorCode(error)));
      server.once('error', failed);
      server.once('listening', () => {
        server.off('error', failed);
        resolve();
      });
      start();
    });
  }
}
