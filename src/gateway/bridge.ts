/**
 * Stands between a client that speaks one version of RESP and connections to the primary that speak the other: only
 * sessions of that kind have one. Worker thread, that of the session.
 *
 * Everything behind the session, the mirror included, sees what the server says. Replies are converted at the session's
 * edge, before anything there looks at them, by the shapes of the commands they belong to. Messages are another matter,
 * for the versions differ in how they listen: see `restricted-subscriber.ts` and `listener.ts`.
 */
import type { CommandDefinition } from '../commands/definition.ts';
import { replyShape } from '../commands/reply-shapes.ts';
import { ReplyConverter } from '../resp/convert-reply.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { ReplyShape } from '../resp/reply-shape.ts';
import { InvalidationListener, SubscriptionListener } from './listener.ts';
import type { Frame, SessionContext } from './ports.ts';
import { RestrictedSubscriber } from './restricted-subscriber.ts';
import type { Session } from './session.ts';

/** What is known of a reply that is to come. */
interface Expected {
  readonly shape: ReplyShape;
  /** Shapes of the transaction that the command is queued in. */
  readonly queue: ReplyShape[] | undefined;
}

const SIMPLE = 0x2b;
/** In a transaction, too, they are answered by more than +QUEUED. */
const ENDS = new Set(['discard', 'reset', 'quit']);

export class Bridge {
  readonly #session: Session;
  /** By sequence; replies that are missing here are plain. */
  readonly #expected = new Map<number, Expected>();
  /** Converters of replies that have begun to come, by sequence. */
  readonly #underWay = new Map<number, ReplyConverter>();
  /** Shapes of the commands queued since MULTI. */
  #queued: ReplyShape[] = [];
  /** A RESP2 client on connections that speak RESP3. */
  #restricted: RestrictedSubscriber | undefined = undefined;
  /** A RESP3 client on connections that speak RESP2. */
  #subscriptions: SubscriptionListener | undefined = undefined;
  #invalidations: InvalidationListener | undefined = undefined;
  /** Messages that came in the middle of a reply. */
  readonly #late = new FrameWriter(16);

  constructor(session: Session) {
    this.#session = session;
    if (session.own.isSubscriber) this.#restricted = new RestrictedSubscriber(session, true);
  }

  /** A command is sent whose reply has this sequence. */
  sent(sequence: number, command: number, frame: Frame): void {
    const { own, host } = this.#session;
    const definition = command < 0 ? undefined : host.services.table.definitions[command];
    if (own.inTransaction) this.#sentInside(sequence, definition, frame);
    else if (definition?.name === 'multi') this.#queued = [];
    else {
      const shape = replyShape(definition, frame);
      if (shape !== 'plain') this.#expected.set(sequence, { shape, queue: undefined });
    }
  }

  /** A piece of a reply of the server's. */
  reply(sequence: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const session = this.#session;
    const { out, converter: shared } = session.host.bridged;
    let converter = this.#underWay.get(sequence);
    if (converter === undefined) {
      converter = last ? shared : new ReplyConverter(out);
      converter.begin(this.#shapeOf(sequence, bytes[start]), session.protocol);
      if (!last) this.#underWay.set(sequence, converter);
    }
    if (last) this.#underWay.delete(sequence);
    out.reset();
    if (!converter.feed(bytes, start, end)) {
      session.host.services.log('warn', 'a reply cannot be converted to the protocol of its client');
      session.kill();
      return;
    }
    session.heard(sequence, out.bytes, 0, out.length, last);
    if (last && this.#late.length > 0) this.#emitLate();
  }

  /** No more of this reply will come; another one takes its place. */
  forget(sequence: number): void {
    this.#underWay.delete(sequence);
    this.#expected.delete(sequence);
  }

  /** Output of the session's own connection that is no reply goes through `stream`. */
  get takesStream(): boolean {
    return this.#session.protocol === 2 && !this.#session.own.isStreaming;
  }

  stream(bytes: Uint8Array, start: number, end: number): void {
    this.#restricted ??= new RestrictedSubscriber(this.#session, false);
    this.#restricted.stream(bytes, start, end);
  }

  /** Whether the command is answered, or put off, because its client listens in RESP2. */
  takes(command: number, frame: Frame): boolean {
    if (this.#session.protocol === 3 || !this.#session.own.isSubscriber) return false;
    this.#restricted ??= new RestrictedSubscriber(this.#session, false);
    return this.#restricted.takes(command, frame);
  }

  /** Takes SUBSCRIBE and its like where the session's own connection is not for listening. */
  subscribes(command: number, frame: Frame): boolean {
    if (this.#session.protocol === 2) return false;
    this.#subscriptions ??= new SubscriptionListener(this.#session, this);
    this.#subscriptions.take(command, frame);
    return true;
  }

  /** It has subscriptions beside its connection. */
  get isListening(): boolean {
    return this.#subscriptions?.isListening === true;
  }

  /** How many channels, patterns and shard channels it has beside its connection, if any. */
  get subscriptions(): readonly number[] | undefined {
    return this.isListening ? this.#subscriptions?.counts : undefined;
  }

  /** Invalidations must be redirected to reach the client. */
  get redirects(): boolean {
    return this.#session.protocol === 3;
  }

  /** A connection beside the client's own takes invalidations for it. */
  get takesInvalidations(): boolean {
    return this.#invalidations !== undefined;
  }

  /** `done` gets the server's id of the connection that takes invalidations for the client, or an error text. */
  findInvalidations(done: (serverId: number, error: string) => void): void {
    this.#invalidations ??= new InvalidationListener(this.#session, this);
    this.#invalidations.identify(done);
  }

  /** A whole message for the client; it must not get into a reply. */
  push(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (this.#late.length === 0 && !session.replies.isInside) session.emit(bytes, start, end);
    else this.#late.raw(bytes, start, end);
    const { maxOutputBytes } = session.host.settings.pubsub;
    if (maxOutputBytes > 0 && this.#late.length > maxOutputBytes) session.kill();
  }

  /** It is of no use any more. */
  close(): void {
    this.#subscriptions?.close();
    this.#invalidations?.close();
  }

  #sentInside(sequence: number, definition: CommandDefinition | undefined, frame: Frame): void {
    const name = definition?.name ?? '';
    if (name === 'exec') this.#expected.set(sequence, { shape: { tuple: this.#queued }, queue: undefined });
    else if (!ENDS.has(name)) {
      const shape = definition?.resp3InTransaction ?? replyShape(definition, frame);
      this.#expected.set(sequence, { shape, queue: this.#queued });
    }
  }

  /** The shape of a reply whose first byte is this one. */
  #shapeOf(sequence: number, first: number): ReplyShape {
    const expected = this.#expected.get(sequence);
    if (expected === undefined) return 'plain';
    this.#expected.delete(sequence);
    const { shape, queue } = expected;
    // +QUEUED: the reply will be an element of EXEC's.
    if (queue !== undefined && first === SIMPLE) queue.push(shape);
    return shape;
  }

  #emitLate(): void {
    const session = this.#session;
    if (session.replies.isInside) return;
    session.emit(this.#late.bytes, 0, this.#late.length);
    this.#late.reset();
  }
}

/** From now on the client speaks `protocol`, on connections set up as `context`. Nothing is in flight. */
export function become(session: Session, context: SessionContext, protocol: 2 | 3): void {
  session.context = context;
  session.protocol = protocol;
  if (context.resp !== protocol) session.bridge ??= new Bridge(session);
  else {
    session.bridge?.close();
    session.bridge = undefined;
  }
}

/** As a client that has just connected, or said RESET. */
export function becomeNew(session: Session): void {
  session.bridge?.close();
  session.bridge = undefined;
  session.client.name = '';
  session.client.access = session.host.acl?.open();
  become(session, session.host.contexts.base, 2);
}
