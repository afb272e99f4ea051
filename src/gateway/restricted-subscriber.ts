/**
 * A RESP2 client that listens, on a connection that speaks RESP3: pushes become the arrays that RESP2 has for them, and
 * while there are subscriptions only those commands are left that a RESP2 server leaves. Worker thread.
 */
import { asciiBytes, equalBytes } from '../base/bytes.ts';
import { isError, type Reply } from '../resp/reply.ts';
import { confirmationKind, SubscriptionCounts } from '../upstream/subscriptions.ts';
import { INVALIDATION, INVALIDATION_MESSAGE } from './invalidations.ts';
import { MessageFrames } from './message-frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

const BROKEN = asciiBytes('>2\r\n$21\r\ntracking-redir-broken\r\n');
const PONG = asciiBytes('pong');
const SIMPLE = 0x2b;

export class RestrictedSubscriber {
  readonly #session: Session;
  readonly #frames: MessageFrames;
  readonly #counts = new SubscriptionCounts();
  /** It had subscriptions before: how many is not known until the next confirmation. */
  #isUnsure: boolean;

  /** `isUnsure`: the client has subscribed before, when nobody counted. */
  constructor(session: Session, isUnsure: boolean) {
    this.#session = session;
    this.#isUnsure = isUnsure;
    this.#frames = new MessageFrames(this, session.host.settings.pubsub.maxOutputBytes);
  }

  stream(bytes: Uint8Array, start: number, end: number): void {
    this.#frames.feed(bytes, start, end);
  }

  /** True: the command has been answered, or will be given here again. */
  takes(command: number, frame: Frame): boolean {
    const session = this.#session;
    // Its last subscription may be on its way.
    if (session.waitsForIdle(frame)) return true;
    if (this.#counts.total === 0 && !this.#isUnsure) return false;
    const { definitions, arity } = session.host.services.table;
    if (command < 0) return false;
    const { name, session: kind } = definitions[command];
    const fits = arity[command] >= 0 ? frame.count === arity[command] : frame.count >= -arity[command];
    if (!fits || kind === 'subscribe' || name === 'quit' || name === 'reset') return false;
    if (name === 'ping') this.#ping(command, frame);
    else {
      session.answer((writer) =>
        writer.error(
          `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed ` +
            'in this context',
        ),
      );
    }
    return true;
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    const { out, converter } = session.host.bridged;
    const kind = confirmationKind(bytes, start, end);
    if (kind >= 0) {
      this.#isUnsure = false;
      this.#counts.note(kind, bytes, start, end);
    }
    out.reset();
    if (beginsWith(bytes, start, end, INVALIDATION)) {
      // In RESP2 they come as messages of a channel, to those who listen to any, and only from others.
      const isOthers =
        session.own.isAlways || session.own.tracking.isTarget || session.host.settings.isCluster;
      if (!isOthers || this.#counts.total === 0) return;
      out.constant(INVALIDATION_MESSAGE);
      converter.begin('plain', 2);
      converter.feed(bytes, start + INVALIDATION.length, end);
    } else {
      if (beginsWith(bytes, start, end, BROKEN)) return;
      converter.beginPush(2);
      converter.feed(bytes, start, end);
    }
    session.emit(out.bytes, 0, out.length);
  }

  badMessage(reason: string): void {
    this.#session.host.services.log('warn', 'a message cannot be passed on to a client', { reason });
    this.#session.kill();
  }

  /** Answered in the order of messages, and in the form of one. Cold: nobody subscribes for the sake of PING. */
  #ping(command: number, frame: Frame): void {
    const session = this.#session;
    const sequence = session.own.submit(command, frame);
    session.collect(sequence, (reply: Reply) =>
      session.finish(sequence, (writer) => {
        if (isError(reply)) {
          writer.raw(reply.bytes, reply.start, reply.end);
          return;
        }
        writer.array(2);
        writer.bulk(PONG, 0, PONG.length);
        const isBare = reply.type === SIMPLE;
        writer.bulk(reply.bytes, isBare ? 0 : reply.valueStart, isBare ? 0 : reply.valueEnd);
      }),
    );
  }
}

function beginsWith(bytes: Uint8Array, start: number, end: number, head: Uint8Array): boolean {
  return end - start > head.length && equalBytes(head, 0, head.length, bytes, start, start + head.length);
}
