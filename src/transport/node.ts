/**
 * The transport on node:net and node:tls: for TLS, and for machines without the addon. A batch is what one turn of
 * the event loop delivers: the first event schedules its end with setImmediate, which runs when all ready sockets have
 * been read. Output is gathered until then, so each connection gets one write. Its thread only.
 */
import { connect as connectTcp, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { copyBytes } from '../base/bytes.ts';
import { BatchHooks, raiseLater } from './batch-hooks.ts';
import { Deadlines } from './deadlines.ts';
import { errorCode } from './names.ts';
import { type ConnectionOwner, NodeConnection } from './node-connection.ts';
import { NodeListener } from './node-listener.ts';
import {
  CONTROL_COUNT,
  OPERATION_CLOSE,
  OPERATION_RESET,
  OPERATION_SHUTDOWN,
  OUTPUT_BYTES,
  OUTPUT_WORDS,
  OutputTable,
} from './output.ts';
import { clientTlsOptions } from './tls.ts';
import type {
  ConnectionHandler,
  ConnectionId,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerNames,
  Transport,
  WakeToken,
} from './transport.ts';
import { SIGNAL_GONE, SIGNAL_IDLE, SIGNAL_SENT } from './wake.ts';

type Accept = (connection: ConnectionId, listener: Listener) => ConnectionHandler | undefined;

/** What a node transport inside another transport takes from it. */
export interface NodeHost {
  /** A free id, or -1. */
  takeId(): ConnectionId;
  releaseId(connection: ConnectionId): void;
  /** Runs the hooks and sends the outer transport's output. */
  endBatch(): void;
}

interface Wake {
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

export class NodeTransport implements Transport {
  readonly kind = 'node';
  private readonly hooks = new BatchHooks();
  private readonly host: NodeHost;
  private readonly output = new OutputTable();
  private readonly connections: (NodeConnection | undefined)[] = [];
  private readonly listeners = new Set<NodeListener>();
  private readonly wakes: Wake[] = [];
  private readonly deadlines = new Deadlines((connection) => this.deadlinePassed(connection));
  /** Ids whose connections are gone; entries in the output table may still name them. */
  private readonly goneIds: ConnectionId[] = [];
  private readonly owner: ConnectionOwner;
  private isEndScheduled = false;
  private destroyed = false;

  constructor(host?: NodeHost) {
    this.host = host ?? ownHost(this.hooks);
    this.owner = {
      beginBatch: () => this.beginBatch(),
      opened: (connection) => {
        this.deadlines.delete(connection.id);
        connection.limitSilence();
      },
      gone: (connection) => this.forget(connection),
    };
  }

  /** Cold: once per listener. */
  async listen(options: ListenOptions, accept: Accept): Promise<Listener> {
    const path = options.address.kind === 'unix' ? options.address.path : undefined;
    const listener = await NodeListener.open(options, (socket, from) =>
      this.accepted(socket, from, accept, path),
    );
    if (this.destroyed) listener.destroy();
    else this.listeners.add(listener);
    return listener;
  }

  connect(options: ConnectOptions, handler: ConnectionHandler): ConnectionId {
    const id = this.destroyed ? -1 : this.host.takeId();
    if (id < 0) {
      const error = this.destroyed ? 'ECANCELED' : 'EMFILE';
      queueMicrotask(() => handler.closed(-1, error));
      return -1;
    }
    let socket: Socket;
    try {
      socket = openSocket(options);
    } catch (error) {
      this.failLater(id, handler, errorCode(error));
      return id;
    }
    const path = options.address.kind === 'unix' ? options.address.path : undefined;
    const connection = new NodeConnection(id, socket, this.owner, path);
    connection.handler = handler;
    if (path === undefined) connection.silenceMs = options.keepAliveMs;
    this.connections[id] = connection;
    if (options.connectTimeoutMs > 0) this.deadlines.set(id, options.connectTimeoutMs);
    connection.watch(options.tls === undefined ? 'connect' : 'secureConnect');
    return id;
  }

  write(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    const target = this.connections[connection];
    if (target === undefined || target.isShut || end <= start) return;
    this.beginBatch();
    if (this.output.append(connection, bytes, start, end)) {
      target.unflushed += end - start;
      return;
    }
    for (let from = start; from < end; from += OUTPUT_BYTES) {
      const to = Math.min(end, from + OUTPUT_BYTES);
      this.sendOutput();
      this.output.append(connection, bytes, from, to);
      target.unflushed += to - from;
    }
  }

  pendingBytes(connection: ConnectionId): number {
    return this.connections[connection]?.pendingBytes() ?? 0;
  }

  pauseReading(connection: ConnectionId): void {
    const target = this.connections[connection];
    if (target !== undefined && !target.isClosing) target.socket.pause();
  }

  resumeReading(connection: ConnectionId): void {
    this.connections[connection]?.socket.resume();
  }

  shutdown(connection: ConnectionId): void {
    const target = this.connections[connection];
    if (target === undefined || target.isShut) return;
    target.isShut = true;
    this.operate(connection, OPERATION_SHUTDOWN);
  }

  close(connection: ConnectionId, lingerMs: number): void {
    const target = this.connections[connection];
    if (target === undefined || (target.isClosing && lingerMs > 0)) return;
    target.isShut = true;
    target.isClosing = true;
    this.deadlines.delete(connection);
    if (lingerMs > 0) {
      this.deadlines.set(connection, lingerMs);
      this.operate(connection, OPERATION_CLOSE);
    } else {
      this.operate(connection, OPERATION_RESET);
    }
  }

  peer(connection: ConnectionId): PeerNames {
    return this.connections[connection]?.peer() ?? { remote: '', local: '' };
  }

  onBatchEnd(hook: () => void): void {
    this.hooks.add(hook);
  }

  /** libuv does not let go of a socket. */
  detach(): number {
    return -1;
  }

  canDetach(): boolean {
    return false;
  }

  /** Cold: once per connection that comes from another process. */
  adopt(descriptor: number, handlerOf: (connection: ConnectionId) => ConnectionHandler): ConnectionId {
    const id = this.destroyed ? -1 : this.host.takeId();
    if (id < 0) return -1;
    const socket = new Socket({ fd: descriptor, allowHalfOpen: true });
    const connection = new NodeConnection(id, socket, this.owner, undefined);
    this.connections[id] = connection;
    connection.handler = handlerOf(id);
    connection.watch(undefined);
    return id;
  }

  createWake(callback: () => void): WakeToken {
    const { port1, port2 } = new MessageChannel();
    const buffer = new SharedArrayBuffer(4);
    const signal = new Int32Array(buffer);
    port1.on('message', () => {
      Atomics.compareExchange(signal, 0, SIGNAL_SENT, SIGNAL_IDLE);
      if (this.destroyed) return;
      this.beginBatch();
      callback();
    });
    this.wakes.push({ port: port1, signal });
    return { eventFd: -1, port: port2, signal: buffer };
  }

  flush(): void {
    if (!this.destroyed) this.sendOutput();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.sendOutput();
    this.destroyed = true;
    this.deadlines.clear();
    for (const listener of this.listeners) listener.destroy();
    for (const wake of this.wakes) {
      Atomics.store(wake.signal, 0, SIGNAL_GONE);
      wake.port.close();
    }
    for (const connection of this.connections) {
      if (connection === undefined) continue;
      const handler = connection.handler;
      connection.handler = undefined;
      this.connections[connection.id] = undefined;
      connection.isClosing = true;
      connection.socket.destroy();
      try {
        handler?.closed(connection.id, '');
      } catch (error) {
        raiseLater(error);
      }
    }
  }

  private accepted(socket: Socket, listener: Listener, accept: Accept, path: string | undefined): void {
    const id = this.destroyed ? -1 : this.host.takeId();
    if (id < 0) {
      socket.destroy();
      return;
    }
    const connection = new NodeConnection(id, socket, this.owner, path);
    this.connections[id] = connection;
    connection.watch(undefined);
    this.beginBatch();
    try {
      connection.handler = accept(id, listener);
    } catch (error) {
      raiseLater(error);
    }
    if (connection.handler !== undefined) return;
    connection.isShut = true;
    connection.isClosing = true;
    this.operate(id, OPERATION_CLOSE);
  }

  private failLater(id: ConnectionId, handler: ConnectionHandler, error: string): void {
    setImmediate(() => {
      this.beginBatch();
      this.goneIds.push(id);
      handler.closed(id, error);
    });
  }

  private beginBatch(): void {
    if (this.isEndScheduled || this.destroyed) return;
    this.isEndScheduled = true;
    setImmediate(() => {
      this.isEndScheduled = false;
      if (this.destroyed) return;
      this.host.endBatch();
      this.flush();
    });
  }

  private operate(connection: ConnectionId, operation: number): void {
    this.beginBatch();
    if (this.output.appendOperation(connection, operation)) return;
    this.sendOutput();
    this.output.appendOperation(connection, operation);
  }

  private deadlinePassed(connection: ConnectionId): void {
    const target = this.connections[connection];
    if (target === undefined) return;
    if (target.isConnecting && !target.isClosing) target.error = 'ETIMEDOUT';
    target.isShut = true;
    target.isClosing = true;
    target.abort();
  }

  private forget(connection: NodeConnection): void {
    this.deadlines.delete(connection.id);
    if (this.destroyed) return;
    this.connections[connection.id] = undefined;
    this.goneIds.push(connection.id);
  }

  /** Gives each connection its part of the output in one write, and runs the operations. */
  private sendOutput(): void {
    const { entries, control } = this.output;
    const end = (control[CONTROL_COUNT] as number) * OUTPUT_WORDS;
    for (let at = 0; at < end; at += OUTPUT_WORDS) {
      const target = this.connections[entries[at] as number];
      if (target === undefined) continue;
      const length = entries[at + 2] as number;
      if (length > 0) this.gather(target, entries[at + 1] as number, length);
      else this.run(target, length);
    }
    this.output.clear();
    for (let index = 0; index < this.goneIds.length; index++) {
      this.host.releaseId(this.goneIds[index] as ConnectionId);
    }
    this.goneIds.length = 0;
  }

  /** `unflushed` is the sum of the connection's entries, so the last of them completes the buffer. */
  private gather(target: NodeConnection, offset: number, length: number): void {
    target.gathered ??= Buffer.allocUnsafe(target.unflushed);
    copyBytes(this.output.bytes, offset, offset + length, target.gathered, target.gatheredBytes);
    target.gatheredBytes += length;
    if (target.gatheredBytes < target.unflushed) return;
    target.unflushed = 0;
    target.send();
  }

  private run(target: NodeConnection, operation: number): void {
    if (operation === OPERATION_RESET) target.abort();
    else if (operation === OPERATION_CLOSE) target.closeWhenSent();
    else target.socket.end();
  }
}

/** Cold: once per connection. Throws for options that node:net refuses. */
function openSocket(options: ConnectOptions): Socket {
  const address = options.address;
  const end = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  const common = {
    ...end,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: options.keepAliveMs > 0,
    keepAliveInitialDelay: options.keepAliveMs,
  };
  if (options.tls === undefined) return connectTcp(common);
  return connectTls({ ...common, ...clientTlsOptions(options.tls, address) });
}

/** The host of a node transport that stands alone. */
function ownHost(hooks: BatchHooks): NodeHost {
  const free: ConnectionId[] = [];
  let next = 0;
  return {
    takeId: () => free.pop() ?? next++,
    releaseId: (connection) => {
      free.push(connection);
    },
    endBatch: () => hooks.run(),
  };
}
