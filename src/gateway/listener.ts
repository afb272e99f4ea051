/**
 * Connections on which a RESP3 client listens where the primary speaks RESP2: there a connection that listens can do
 * nothing else. So messages come on a connection beside the session's others, and reach the client as pushes. Worker
 * thread, that of the session. Cold, messages apart: once per subscription.
 */
import { decodeReply, errorCode, isError, replyText } from '../resp/reply.ts';
import { confirmationKind, SubscriptionCounts, subscriptionKind } from '../upstream/subscriptions.ts';
import type { Bridge } from './bridge.ts';
import { wholeFrame } from './frames.ts';
import { INVALIDATION, INVALIDATION_CHANNEL, INVALIDATION_MESSAGE } from './invalidations.ts';
import { MessageFrames, type MessageReader } from './message-frames.ts';
import type { Frame, SessionTarget } from './ports.ts';
import type { Session } from './session.ts';

const SUBSCRIBE_INVALIDATIONS = wholeFrame(['SUBSCRIBE', INVALIDATION_CHANNEL]);
const ARRAY = 0x2a;

/** Of one connection. */
interface ListeningEvents extends MessageReader {
  lost(text: string, wasReady: boolean): void;
}

class ListeningConnection implements SessionTarget {
  readonly #session: Session;
  readonly #id: number;
  readonly #events: ListeningEvents;
  readonly #frames: MessageFrames;
  #identified: (serverId: number) => void = () => {};
  isClosed = false;

  constructor(session: Session, events: ListeningEvents) {
    this.#session = session;
    this.#events = events;
    this.#frames = new MessageFrames(events, session.host.settings.pubsub.maxOutputBytes);
    this.#id = session.host.nextNumber();
    session.host.listeners.set(this.#id, this);
  }

  send(command: number, frame: Frame): void {
    const { executor } = this.#session.host;
    executor.submitStream(this, this.#id, this.#session.context, command, frame);
  }

  identify(done: (serverId: number) => void): void {
    this.#identified = done;
    this.#session.host.executor.identify(this, this.#id, this.#session.context);
  }

  close(): void {
    if (this.isClosed) return;
    this.#forget();
    this.#session.host.executor.closeSession(this.#id);
  }

  stream(_session: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.isClosed) this.#frames.feed(bytes, start, end);
  }

  streamEnded(_session: number, text: string, wasReady: boolean): void {
    if (this.isClosed) return;
    this.#forget();
    this.#events.lost(text, wasReady);
  }

  identified(_session: number, serverId: number): void {
    this.#identified(serverId);
  }

  // Commands sent there have no replies of their own.
  reply(): void {}
  failed(): void {}
  holdUpload(): void {}

  #forget(): void {
    this.isClosed = true;
    this.#session.host.listeners.delete(this.#id);
  }
}

/** Channels and patterns. One command at a time; the client's input waits for its confirmations. */
export class SubscriptionListener implements ListeningEvents {
  readonly #session: Session;
  readonly #bridge: Bridge;
  #connection: ListeningConnection | undefined = undefined;
  #counts = new SubscriptionCounts();
  /** Of the command under way. */
  #sequence = -1;
  #kind = -1;
  /** Confirmations that it still waits for. */
  #left = 0;

  constructor(session: Session, bridge: Bridge) {
    this.#session = session;
    this.#bridge = bridge;
  }

  get isListening(): boolean {
    return this.#counts.total > 0;
  }

  get counts(): readonly number[] {
    return this.#counts.all;
  }

  take(command: number, frame: Frame): void {
    const session = this.#session;
    if (session.own.inTransaction) {
      this.#refuse(command);
      return;
    }
    if (session.waitsForIdle(frame)) return;
    const { name } = session.host.services.table.definitions[command];
    this.#kind = subscriptionKind(name);
    this.#left = frame.count > 1 ? frame.count - 1 : Math.max(1, this.#counts.before(this.#kind));
    this.#sequence = session.openReply();
    session.suspend();
    this.#connection ??= new ListeningConnection(session, this);
    this.#connection.send(command, frame);
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (bytes[start] !== ARRAY) {
      this.#answered(bytes, start, end);
      return;
    }
    const { out, converter } = session.host.bridged;
    out.reset();
    converter.beginPush(3);
    converter.feed(bytes, start, end);
    this.#bridge.push(out.bytes, 0, out.length);
    const kind = confirmationKind(bytes, start, end);
    if (kind < 0) return;
    this.#counts.note(kind, bytes, start, end);
    if (kind !== this.#kind) return;
    this.#left -= 1;
    if (this.#left === 0) this.#answered(bytes, end, end);
  }

  badMessage(reason: string): void {
    this.#session.host.services.log('warn', 'a message cannot be passed on to a client', { reason });
    this.#session.kill();
  }

  lost(text: string, wasReady: boolean): void {
    const session = this.#session;
    this.#connection = undefined;
    this.#counts = new SubscriptionCounts();
    if (this.#kind >= 0) {
      const error = Buffer.from(`-${text}\r\n`);
      this.#answered(error, 0, error.length);
    }
    // The subscriptions are gone, and the client must know.
    if (wasReady) session.closeAfterReplies();
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** The command is answered by its confirmations and no more, or by an error. */
  #answered(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (this.#kind < 0) return;
    this.#kind = -1;
    session.finish(this.#sequence, (writer) => writer.raw(bytes, start, end));
    if (!this.isListening) {
      this.close();
      this.#counts = new SubscriptionCounts();
    }
    session.resume();
  }

  /** Its connection would be one that only listens from EXEC on. The transaction is to fail as a whole. */
  #refuse(command: number): void {
    const session = this.#session;
    const { name } = session.host.services.table.definitions[command];
    // Without arguments it is wrong, or, for UNSUBSCRIBE, harmless, and what is wrong ends a transaction.
    const sequence = session.own.submit(-1, wholeFrame([`${name}:none`]));
    session.collect(sequence, () =>
      session.finish(sequence, (writer) =>
        writer.error(
          `ERR lockstep: ${name.toUpperCase()} in a transaction needs RESP2, for the server speaks RESP2 only`,
        ),
      ),
    );
  }
}

/** What the server tells of keys that the client has cached. */
export class InvalidationListener implements ListeningEvents {
  readonly #session: Session;
  readonly #bridge: Bridge;
  #connection: ListeningConnection | undefined = undefined;
  #serverId = -1;
  #waiting: ((serverId: number, error: string) => void)[] = [];

  constructor(session: Session, bridge: Bridge) {
    this.#session = session;
    this.#bridge = bridge;
  }

  /** `done` gets the server's id of the connection, or -1 and an error. */
  identify(done: (serverId: number, error: string) => void): void {
    if (this.#serverId >= 0) {
      done(this.#serverId, '');
      return;
    }
    this.#waiting.push(done);
    if (this.#connection !== undefined) return;
    this.#connection = new ListeningConnection(this.#session, this);
    const subscribe = this.#session.host.services.table.byName('subscribe');
    this.#connection.send(subscribe, SUBSCRIBE_INVALIDATIONS);
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] !== ARRAY) {
      const answer = decodeReply(bytes, start, end);
      if (isError(answer) && errorCode(answer) !== '') this.#refused(replyText(answer));
      return;
    }
    if (confirmationKind(bytes, start, end) >= 0) {
      this.#connection?.identify((serverId) => this.#found(serverId));
      return;
    }
    const { out, converter } = this.#session.host.bridged;
    out.reset();
    out.constant(INVALIDATION);
    converter.begin('plain', 3);
    converter.feed(bytes, start + INVALIDATION_MESSAGE.length, end);
    this.#bridge.push(out.bytes, 0, out.length);
  }

  badMessage(reason: string): void {
    this.#session.host.services.log('warn', 'an invalidation cannot be passed on to a client', { reason });
    this.#session.kill();
  }

  lost(text: string, wasReady: boolean): void {
    this.#connection = undefined;
    this.#refused(text);
    this.#serverId = -1;
    // Its cache would be wrong from now on.
    if (wasReady) this.#session.closeAfterReplies();
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #found(serverId: number): void {
    this.#serverId = serverId;
    for (const done of this.#waiting.splice(0)) done(serverId, '');
  }

  #refused(text: string): void {
    this.#connection?.close();
    this.#connection = undefined;
    for (const done of this.#waiting.splice(0)) done(-1, text);
  }
}
