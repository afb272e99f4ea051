/**
 * HELLO: what a client speaks from now on, and who it is. Worker thread. Cold: once per connection of a client.
 *
 * The server answers, but for what is the gateway's: the client's id, and the version of RESP, which may be another one
 * on connections to the server. Where the server has no HELLO, the gateway says what it would have said.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { errorCode, isError, type Reply, replyText } from '../resp/reply.ts';
import { PLAIN_MAP } from '../resp/reply-shape.ts';
import { become } from './bridge.ts';
import type { ClientPlan } from './client-plan.ts';
import { isName } from './client-plans.ts';
import { askLane, askOwn, prepareFor } from './client-questions.ts';
import { argumentText, copyFrame, replaceArgument, wholeFrame } from './frames.ts';
import { describeServer } from './hello-from-info.ts';
import type { Frame, SessionContext } from './ports.ts';
import { lacksHello } from './protocols.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';

const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';
const HELLO2 = wholeFrame(['HELLO', '2']);
const INFO = wholeFrame(['INFO']);
const MODULES = wholeFrame(['MODULE', 'LIST']);
const CLIENT_ID = wholeFrame(['CLIENT', 'ID']);
const STILL_LISTENING =
  'ERR lockstep: with subscriptions made in RESP3 the protocol cannot be changed, for the server speaks RESP2 only';

interface HelloOptions {
  readonly resp: 2 | 3 | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly name: string | undefined;
}

/** Sends a question of the gateway's where the client's HELLO was sent. */
type Ask = (frame: Frame, done: (reply: Reply) => void) => void;

export class HelloCommand {
  readonly #host: SessionHost;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** Of a session without a connection of its own. */
  onLane(session: Session, frame: Frame): void {
    const options = parseHello(frame);
    if (typeof options === 'string') session.answer((writer) => writer.error(options));
    else if (!this.#mustWait(session, options, frame)) {
      const protocol = options.resp ?? session.protocol;
      const upstream = this.#host.protocols.upstreamFor(protocol);
      this.#prepare(session, session.openReply(), options, upstream);
    }
  }

  /** Of a session whose own connection is asked. */
  onOwn(session: Session, command: number, frame: Frame): void {
    const options = parseHello(frame);
    if (session.own.isBesideLanes && session.waitsForIdle(frame)) return;
    if (typeof options === 'string') {
      // The server has its own words for what is wrong with it, if it knows the command.
      const wrong = session.own.submit(command, frame);
      session.collect(wrong, (reply) =>
        session.finish(wrong, (writer) => writer.error(lacksHello(reply) ? options : replyText(reply))),
      );
      return;
    }
    if (this.#mustWait(session, options, frame)) return;
    const { protocols } = this.#host;
    const protocol = options.resp ?? session.protocol;
    const upstream = options.resp === undefined ? session.context.resp : protocols.upstreamFor(protocol);
    const sequence = session.own.submit(command, inVersion(frame, options, upstream));
    session.collect(sequence, (reply) => {
      if (!isError(reply)) {
        this.#agreed(session, options, this.#contextFor(session, options, upstream));
        session.own.contextChanged();
        const isServers = session.own.isAlways;
        session.finish(sequence, (writer) => writeHello(writer, reply, session, isServers));
      } else if (lacksHello(reply)) this.#withoutServer(session, sequence, options);
      else session.finish(sequence, (writer) => writer.raw(reply.bytes, reply.start, reply.end));
    });
  }

  /** HELLO in a transaction, as it is to be sent, and what is to be done when EXEC has run it. */
  inTransaction(session: Session, frame: Frame): { frame: Frame; apply: () => void; plan?: ClientPlan } {
    const copy = copyFrame(frame);
    const options = parseHello(copy);
    if (typeof options === 'string') return { frame: copy, apply: () => {} };
    const protocol = options.resp ?? session.protocol;
    const upstream =
      options.resp === undefined ? session.context.resp : this.#host.protocols.upstreamFor(protocol);
    const sent = inVersion(copy, options, upstream);
    const apply = (): void => {
      this.#agreed(session, options, this.#contextFor(session, options, upstream));
      session.own.contextChanged();
    };
    const isUntouched = session.own.isAlways && upstream === protocol && session.bridge === undefined;
    return isUntouched ? { frame: sent, apply } : { frame: sent, apply, plan: helloPlan(sent) };
  }

  /**
   * A change of protocol decides about the form of replies, so none may be on its way; and what it has sent before, on
   * other connections, may make the user that it wants to be.
   */
  #mustWait(session: Session, options: HelloOptions, frame: Frame): boolean {
    if (options.password !== undefined && session.own.isBesideLanes && session.waitsForIdle(frame))
      return true;
    if (options.resp === undefined || options.resp === session.protocol) return false;
    if (session.waitsForIdle(frame)) return true;
    if (session.bridge?.isListening !== true) return false;
    session.answer((writer) => writer.error(STILL_LISTENING));
    return true;
  }

  #contextFor(session: Session, options: HelloOptions, upstream: 2 | 3): SessionContext {
    const { context } = session;
    const login = options.password === undefined ? context : options;
    return this.#host.contexts.get(context.database, upstream, login.user, login.password);
  }

  #agreed(session: Session, { name, resp }: HelloOptions, context: SessionContext): void {
    become(session, context, resp ?? session.protocol);
    if (name !== undefined) session.client.name = name;
  }

  #prepare(session: Session, sequence: number, options: HelloOptions, upstream: 2 | 3): void {
    const next = this.#contextFor(session, options, upstream);
    const wish = options.password === undefined ? 'neither' : 'login';
    prepareFor(session, sequence, next, wish, (reply) => {
      if (!isError(reply)) {
        this.#agreed(session, options, next);
        if (reply.items.length > 0) {
          session.finish(sequence, (writer) => writeHello(writer, reply, session, false));
          return;
        }
        const ask: Ask = (frame, done) => askLane(session, sequence, next, frame, done);
        this.#describe(session, sequence, ask, session.client.id);
      } else if (this.#host.protocols.fallsBack(upstream, reply)) {
        this.#prepare(session, sequence, options, 2);
      } else if (errorCode(reply) === 'NOAUTH' && upstream === 2) {
        // What was asked is PING: the server has its own words, by its version, for HELLO without a login.
        const { executor, services } = this.#host;
        executor.submit(session, session.id, sequence, next, services.table.byName('hello'), HELLO2);
      } else session.finish(sequence, (writer) => writer.error(replyText(reply)));
    });
  }

  /** The server does not know HELLO: what it is made of is done on the session's own connection one by one. */
  #withoutServer(session: Session, sequence: number, options: HelloOptions): void {
    const { user, password, name } = options;
    const ask: Ask = (frame, done) => askOwn(session, sequence, frame, done);
    const frames: Frame[] = [];
    if (password !== undefined) frames.push(wholeFrame(['AUTH', user ?? 'default', password]));
    if (name !== undefined) frames.push(wholeFrame(['CLIENT', 'SETNAME', name]));
    askAll(frames, ask, (refusal) => {
      if (refusal !== undefined) {
        session.finish(sequence, (writer) => writer.error(replyText(refusal)));
        return;
      }
      this.#agreed(session, options, this.#contextFor(session, options, 2));
      session.own.contextChanged();
      if (!session.own.isAlways) this.#describe(session, sequence, ask, session.client.id);
      else ask(CLIENT_ID, (id) => this.#describe(session, sequence, ask, Number(replyText(id))));
    });
  }

  /** Answers with what the server says of itself elsewhere. */
  #describe(session: Session, sequence: number, ask: Ask, id: number): void {
    ask(INFO, (info) => {
      if (isError(info)) {
        session.finish(sequence, (writer) => writer.error(replyText(info)));
        return;
      }
      ask(MODULES, (modules) =>
        session.finish(sequence, (writer) => describeServer(writer, info, modules, id, session.protocol)),
      );
    });
  }
}

/** Asks one by one; `done` gets the first error. */
function askAll(frames: readonly Frame[], ask: Ask, done: (refusal: Reply | undefined) => void): void {
  const [first, ...rest] = frames;
  if (first === undefined) done(undefined);
  else ask(first, (reply) => (isError(reply) ? done(reply) : askAll(rest, ask, done)));
}

/** HELLO's options, or the error text. */
export function parseHello(frame: Frame): HelloOptions | string {
  let resp: 2 | 3 | undefined;
  let user: string | undefined;
  let password: string | undefined;
  let name: string | undefined;
  if (frame.count > 1) {
    const version = argumentText(frame, 1);
    if (!/^-?(0|[1-9][0-9]{0,18})$/.test(version))
      return 'ERR Protocol version is not an integer or out of range';
    if (version !== '2' && version !== '3') return 'NOPROTO unsupported protocol version';
    resp = version === '3' ? 3 : 2;
  }
  for (let at = 2; at < frame.count; at++) {
    const option = argumentText(frame, at).toLowerCase();
    const more = frame.count - 1 - at;
    if (option === 'auth' && more >= 2) {
      user = argumentText(frame, at + 1);
      password = argumentText(frame, at + 2);
      at += 2;
    } else if (option === 'setname' && more >= 1) {
      name = argumentText(frame, at + 1);
      if (!isName(name)) return BAD_NAME;
      at += 1;
    } else return `ERR Syntax error in HELLO option '${argumentText(frame, at)}'`;
  }
  return { resp, user, password, name };
}

/** As it is said to the server, whose connections may speak another version than the client. */
function inVersion(frame: Frame, { resp }: HelloOptions, upstream: 2 | 3): Frame {
  return resp === undefined || resp === upstream ? frame : replaceArgument(frame, 1, String(upstream));
}

/** HELLO in a transaction. */
function helloPlan(frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: (reply) => !isError(reply),
    act: (session, _sequence, reply, done) =>
      done((writer) => writeHello(writer, reply, session, session.own.isAlways)),
  };
}

/** The server's HELLO, in the client's protocol; the id is the client's unless `keepsId`. */
function writeHello(writer: FrameWriter, hello: Reply, session: Session, keepsId: boolean): void {
  const { items } = hello;
  const { protocol } = session;
  writer.map(items.length / 2, protocol);
  for (let at = 0; at + 1 < items.length; at += 2) {
    const [key, value] = [items[at], items[at + 1]];
    const name = decodeLatin1(key.bytes, key.valueStart, key.valueEnd);
    writer.raw(key.bytes, key.start, key.end);
    if (name === 'proto') writer.integer(protocol);
    else if (name === 'mode' && session.client.face !== undefined) writer.text(session.client.face.mode);
    else if (name === 'id' && !keepsId) writer.integer(session.client.id);
    else if (name === 'modules') writeModules(writer, value, session, protocol);
    else writer.raw(value.bytes, value.start, value.end);
  }
}

function writeModules(writer: FrameWriter, modules: Reply, session: Session, protocol: RespVersion): void {
  const { out, converter } = session.host.bridged;
  out.reset();
  converter.begin({ array: PLAIN_MAP }, protocol);
  converter.feed(modules.bytes, modules.start, modules.end);
  writer.raw(out.bytes, 0, out.length);
}
