/**
 * The batch transport: sockets in an epoll set of the addon, one call into JavaScript per turn. Owns the tables that
 * are shared with the addon (layout: native/transport.h). Its thread only. TLS goes through an inner node transport
 * that takes its ids from the same pool, so an id is enough to tell which of the two owns a connection.
 */
import { copyOf } from '../base/bytes.ts';
import { OperationalError } from '../base/errors.ts';
import type { NativeAddon, NativeBinding } from './addon.ts';
import { BatchHooks, raiseLater } from './batch-hooks.ts';
import { Deadlines } from './deadlines.ts';
import { errnoName, peerNames } from './names.ts';
import { Connecting } from './native-connecting.ts';
import { type Accept, NativeListeners } from './native-listeners.ts';
import { NodeTransport } from './node.ts';
import {
  CONTROL_IN_BATCH,
  OPERATION_CLOSE,
  OPERATION_PAUSE,
  OPERATION_RELEASE,
  OPERATION_RESET,
  OPERATION_RESUME,
  OPERATION_SHUTDOWN,
  OUTPUT_BYTES,
  OutputTable,
} from './output.ts';
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

const INPUT_BYTES = 4 * 1024 * 1024;
/** Connections one transport can hold; beyond it new ones wait in the kernel's queue. */
const CONNECTION_LIMIT = 256 * 1024;
const EVENT_LIMIT = 8192;

const EVENT_WORDS = 4;
const EVENT_ACCEPTED = 1;
const EVENT_CONNECTED = 2;
const EVENT_CONNECT_FAILED = 3;
const EVENT_DATA = 4;
const EVENT_ENDED = 5;
const EVENT_DRAINED = 6;
const EVENT_CLOSED = 7;
const EVENT_WAKE = 8;
const EVENT_STALLED = 9;

const STATE_FREE = 0;
const STATE_OPEN = 1;
const STATE_CONNECTING = 2;
/** Shut down for writing. */
const STATE_SHUT = 3;
const STATE_CLOSING = 4;
const STATE_INNER = 5; // Owned by the inner node transport.

export class NativeTransport implements Transport {
  readonly kind = 'native';
  private readonly binding: NativeBinding;
  private readonly input = new Uint8Array(INPUT_BYTES);
  private readonly events = new Int32Array(EVENT_LIMIT * EVENT_WORDS);
  private readonly output = new OutputTable(this.input);
  private readonly control = this.output.control;
  private readonly pending = new Float64Array(CONNECTION_LIMIT);
  private readonly states = new Uint8Array(CONNECTION_LIMIT);
  private readonly handlers: (ConnectionHandler | undefined)[] = [];
  private readonly hooks = new BatchHooks();
  private readonly deadlines = new Deadlines((connection) => this.deadlinePassed(connection));
  private readonly connecting: Connecting;
  private readonly listeners: NativeListeners;
  private readonly wakes: (() => void)[] = [];
  /** Why a connection was reset by this side, where that is not an ordinary close. */
  private readonly reasons = new Map<ConnectionId, string>();
  private inner: NodeTransport | undefined;
  private flushScheduled = false;
  private destroyed = false;
  /** Of the batch under way: the next event, how many there are, and what a handler has of the input just now. */
  private next = 0;
  private count = 0;
  private lentStart = 0;
  private lentEnd = 0;

  /** Throws when the addon cannot get its descriptors. */
  constructor(addon: NativeAddon) {
    const { bytes, entries, control } = this.output;
    const onBatch = (eventCount: number): void => this.runBatch(eventCount);
    this.binding = addon.create(onBatch, this.input, bytes, this.events, entries, control, this.pending);
    this.listeners = new NativeListeners(this.binding);
    this.connecting = new Connecting(this.binding, (connection, error) => {
      this.giveUp(connection, error);
      this.hooks.run();
      this.flush();
    });
  }

  /** Cold: once per listener. */
  async listen(options: ListenOptions, accept: Accept): Promise<Listener> {
    if (options.tls !== undefined) return await this.innerTransport().listen(options, accept);
    return await this.listeners.listen(options, accept);
  }

  connect(options: ConnectOptions, handler: ConnectionHandler): ConnectionId {
    if (options.tls !== undefined && !this.destroyed) return this.innerTransport().connect(options, handler);
    const connection = this.binding.reserve();
    if (connection < 0) {
      const error = this.destroyed ? 'ECANCELED' : 'EMFILE';
      queueMicrotask(() => handler.closed(-1, error));
      return -1;
    }
    this.states[connection] = STATE_CONNECTING;
    this.handlers[connection] = handler;
    if (options.connectTimeoutMs > 0) this.deadlines.set(connection, options.connectTimeoutMs);
    this.connecting.start(connection, options);
    return connection;
  }

  write(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    const state = this.states[connection];
    if (state !== STATE_OPEN && state !== STATE_CONNECTING) {
      if (state === STATE_INNER) this.innerTransport().write(connection, bytes, start, end);
      return;
    }
    if (end <= start) return;
    if (this.control[CONTROL_IN_BATCH] === 0 && !this.flushScheduled) this.scheduleFlush();
    this.pending[connection] = (this.pending[connection] as number) + (end - start);
    if (!this.output.append(connection, bytes, start, end)) this.writeInParts(connection, bytes, start, end);
  }

  pendingBytes(connection: ConnectionId): number {
    const isInner = this.states[connection] === STATE_INNER;
    return isInner ? this.innerTransport().pendingBytes(connection) : (this.pending[connection] ?? 0);
  }

  pauseReading(connection: ConnectionId): void {
    const state = this.states[connection];
    if (state === STATE_INNER) this.innerTransport().pauseReading(connection);
    else if (state !== STATE_FREE && state !== STATE_CLOSING) this.operate(connection, OPERATION_PAUSE);
  }

  resumeReading(connection: ConnectionId): void {
    const state = this.states[connection];
    if (state === STATE_INNER) this.innerTransport().resumeReading(connection);
    else if (state !== STATE_FREE && state !== STATE_CLOSING) this.operate(connection, OPERATION_RESUME);
  }

  shutdown(connection: ConnectionId): void {
    const state = this.states[connection];
    if (state === STATE_INNER) {
      this.innerTransport().shutdown(connection);
    } else if (state === STATE_OPEN || state === STATE_CONNECTING) {
      this.states[connection] = STATE_SHUT;
      this.operate(connection, OPERATION_SHUTDOWN);
    }
  }

  close(connection: ConnectionId, lingerMs: number): void {
    const state = this.states[connection] ?? STATE_FREE;
    if (state === STATE_INNER) {
      this.innerTransport().close(connection, lingerMs);
      return;
    }
    if (state === STATE_FREE || (state === STATE_CLOSING && lingerMs > 0)) return;
    this.states[connection] = STATE_CLOSING;
    this.connecting.forget(connection);
    if (lingerMs > 0) {
      this.deadlines.set(connection, lingerMs);
      this.operate(connection, OPERATION_CLOSE);
    } else {
      this.operate(connection, OPERATION_RESET);
    }
  }

  peer(connection: ConnectionId): PeerNames {
    if (this.states[connection] === STATE_INNER) return this.innerTransport().peer(connection);
    return peerNames(this.binding.name(connection, true), this.binding.name(connection, false));
  }

  onBatchEnd(hook: () => void): void {
    this.hooks.add(hook);
  }

  detach(connection: ConnectionId): number {
    this.flush();
    const descriptor = this.states[connection] === STATE_OPEN ? this.binding.detach(connection) : -1;
    if (descriptor >= 0) this.forget(connection);
    return descriptor;
  }

  canDetach(connection: ConnectionId): boolean {
    return this.states[connection] !== STATE_INNER;
  }

  adopt(descriptor: number, handlerOf: (connection: ConnectionId) => ConnectionHandler): ConnectionId {
    const connection = this.binding.adopt(descriptor);
    if (connection < 0) return -1;
    this.states[connection] = STATE_OPEN;
    this.handlers[connection] = handlerOf(connection);
    return connection;
  }

  createWake(callback: () => void): WakeToken {
    const signal = new SharedArrayBuffer(4);
    const eventFd = this.binding.createWake(new Int32Array(signal));
    if (eventFd < 0) throw new OperationalError('transport_unavailable', `eventfd: ${errnoName(-eventFd)}`);
    this.wakes.push(callback);
    return { eventFd, port: undefined, signal };
  }

  flush(): void {
    if (!this.output.isEmpty) this.binding.flush();
    this.inner?.flush();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.flush();
    this.destroyed = true;
    this.deadlines.clear();
    this.listeners.closeAll();
    this.binding.destroy();
    this.inner?.destroy();
    for (let connection = 0; connection < this.handlers.length; connection++) {
      const handler = this.handlers[connection];
      this.connecting.forget(connection);
      this.states[connection] = STATE_FREE;
      this.handlers[connection] = undefined;
      this.pending[connection] = 0;
      try {
        handler?.closed(connection, '');
      } catch (error) {
        raiseLater(error);
      }
    }
  }

  /** Called by the addon with the events of one turn; it sends the output when this returns. */
  private runBatch(eventCount: number): void {
    this.deliverFrom(0, eventCount);
    if (this.destroyed) return;
    this.hooks.run();
    this.inner?.flush();
  }

  private deliverFrom(next: number, count: number): void {
    this.next = next;
    this.count = count;
    while (this.next < this.count && !this.destroyed) {
      try {
        while (this.next < this.count && !this.destroyed) this.deliver(this.next++);
      } catch (error) {
        // One connection's failure must not cost the others their events.
        raiseLater(error);
      }
    }
  }

  turn(): void {
    const { lentStart, lentEnd } = this;
    this.deliverFrom(this.next, this.count);
    this.flush(); // It may lie in the input that is about to be read over.
    const lent = copyOf(this.input, lentStart, lentEnd);
    this.deliverFrom(0, this.binding.collect());
    this.flush();
    this.input.set(lent, lentStart);
    this.lentStart = lentStart;
    this.lentEnd = lentEnd;
  }

  private deliver(index: number): void {
    const events = this.events;
    const at = index * EVENT_WORDS;
    const kind = events[at] as number;
    const connection = events[at + 1] as number;
    if (kind === EVENT_DATA) {
      if (this.states[connection] === STATE_CLOSING) return;
      const start = events[at + 2] as number;
      this.lentStart = start;
      this.lentEnd = start + (events[at + 3] as number);
      (this.handlers[connection] as ConnectionHandler).data(connection, this.input, start, this.lentEnd);
      return;
    }
    if (kind === EVENT_WAKE) (this.wakes[connection] as () => void)();
    else if (kind === EVENT_STALLED) this.listeners.retryLater();
    else if (kind === EVENT_ACCEPTED) this.accepted(connection, events[at + 2] as number);
    else if (kind === EVENT_CLOSED) this.ended(connection, events[at + 3] as number);
    else if (this.states[connection] !== STATE_CLOSING) {
      this.deliverRare(kind, connection, events[at + 3] as number);
    }
  }

  private deliverRare(kind: number, connection: ConnectionId, errno: number): void {
    const handler = this.handlers[connection] as ConnectionHandler;
    if (kind === EVENT_ENDED) {
      handler.ended(connection);
    } else if (kind === EVENT_DRAINED) {
      handler.drained(connection);
    } else if (kind === EVENT_CONNECTED) {
      this.deadlines.delete(connection);
      this.connecting.forget(connection);
      if (this.states[connection] === STATE_CONNECTING) this.states[connection] = STATE_OPEN;
      handler.connected(connection);
    } else if (kind === EVENT_CONNECT_FAILED) {
      if (!this.connecting.tryNext(connection)) this.giveUp(connection, errnoName(errno));
    }
  }

  private accepted(connection: ConnectionId, listener: number): void {
    this.states[connection] = STATE_OPEN;
    this.handlers[connection] = undefined;
    try {
      this.handlers[connection] = this.listeners.accept(connection, listener);
    } finally {
      // A refused connection gets what accept() wrote to it, and nobody hears of its end.
      if (this.handlers[connection] === undefined) {
        this.states[connection] = STATE_CLOSING;
        this.operate(connection, OPERATION_CLOSE);
      }
    }
  }

  private ended(connection: ConnectionId, errno: number): void {
    const reason = this.reasons.get(connection) ?? errnoName(errno);
    this.reasons.delete(connection);
    this.forget(connection)?.closed(connection, reason);
  }

  private forget(connection: ConnectionId): ConnectionHandler | undefined {
    const handler = this.handlers[connection];
    this.deadlines.delete(connection);
    this.connecting.forget(connection);
    this.states[connection] = STATE_FREE;
    this.handlers[connection] = undefined;
    return handler;
  }

  /** The end of a connection that never had a socket, or has none any more. */
  private giveUp(connection: ConnectionId, error: string): void {
    this.operate(connection, OPERATION_RELEASE);
    try {
      this.forget(connection)?.closed(connection, error);
    } catch (failure) {
      raiseLater(failure);
    }
  }

  private deadlinePassed(connection: ConnectionId): void {
    if (this.connecting.has(connection)) {
      this.reasons.set(connection, 'ETIMEDOUT');
      this.connecting.forget(connection);
      this.states[connection] = STATE_CLOSING;
    }
    this.operate(connection, OPERATION_RESET);
  }

  private operate(connection: ConnectionId, operation: number): void {
    if (this.control[CONTROL_IN_BATCH] === 0 && !this.flushScheduled) this.scheduleFlush();
    if (this.output.appendOperation(connection, operation)) return;
    this.binding.flush();
    this.output.appendOperation(connection, operation);
  }

  private writeInParts(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end; from += OUTPUT_BYTES) {
      this.binding.flush();
      this.output.append(connection, bytes, from, Math.min(end, from + OUTPUT_BYTES));
    }
  }

  /** For output written outside a batch by code that does not flush. */
  private scheduleFlush(): void {
    this.flushScheduled = true;
    setImmediate(() => {
      this.flushScheduled = false;
      if (!this.destroyed) this.flush();
    });
  }

  private innerTransport(): NodeTransport {
    this.inner ??= new NodeTransport({
      takeId: () => {
        const connection = this.binding.reserve();
        if (connection >= 0) this.states[connection] = STATE_INNER;
        return connection;
      },
      releaseId: (connection) => {
        this.states[connection] = STATE_FREE;
        if (!this.destroyed) this.operate(connection, OPERATION_RELEASE);
      },
      endBatch: () => {
        this.hooks.run();
        if (!this.destroyed && !this.output.isEmpty) this.binding.flush();
      },
    });
    return this.inner;
  }
}
