/**
 * Commands that the gateway answers itself or that change what a session's upstream connections are: HELLO, AUTH,
 * SELECT, RESET, QUIT and CLIENT. Worker thread. Texts as the servers' (Redis 7.0 `networking.c`, `acl.c`, `db.c`).
 */
import { decodeLatin1, isInteger64 } from '../base/bytes.ts';
import type { FrameWriter } from '../resp/encode.ts';
import { errorCode, isError, type Reply, replyText } from '../resp/reply.ts';
import type { ClientPlan, Planner } from './client-plan.ts';
import { isName, PINNED_PLANS, POOLED_PLANS } from './client-plans.ts';
import { afterMessages, askLane, askOwn, askToPrepare } from './client-questions.ts';
import { argumentText, copyFrame, wholeFrame } from './frames.ts';
import type { Frame, LoginWish, SessionContext } from './ports.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';
import { TrackingChange } from './tracking-change.ts';

type Handler = (session: Session, frame: Frame) => void;

const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';
const HELLO2 = wholeFrame(['HELLO', '2']);

export class LocalCommands {
  readonly #host: SessionHost;
  /** By command id. */
  readonly #handlers: (Handler | undefined)[] = [];
  /** By command id: commands about the gateway's clients, of sessions that share connections, and of the others. */
  readonly #pooledPlans: (Planner | undefined)[] = [];
  readonly #pinnedPlans: (Planner | undefined)[] = [];
  /** Commands that a session with a connection of its own sends there, watching how they change it. */
  readonly #contextual = new Set<number>();
  readonly #tracking: TrackingChange;

  readonly #shutdown: number;
  /** Commands that are the gateway's whatever the session is doing. */
  readonly #always = new Set<number>();
  readonly #clientReply: number;

  constructor(host: SessionHost) {
    this.#host = host;
    const { table } = host.services;
    this.#tracking = new TrackingChange(table);
    const handlers: Record<string, Handler> = {
      hello: (session, frame) => this.#hello(session, frame),
      auth: (session, frame) => this.#auth(session, frame),
      select: (session, frame) => this.#select(session, frame),
      reset: (session, frame) => reset(session, table.byName('reset'), frame),
      quit: (session, frame) => quit(session, table.byName('quit'), frame),
      'client|reply': clientReply,
    };
    this.#shutdown = table.byName('shutdown');
    for (const [name, handler] of Object.entries(handlers)) this.#handlers[table.byName(name)] = handler;
    for (const [name, plan] of Object.entries(POOLED_PLANS)) this.#pooledPlans[table.byName(name)] = plan;
    for (const [name, plan] of Object.entries(PINNED_PLANS)) this.#pinnedPlans[table.byName(name)] = plan;
    this.#clientReply = table.byName('client|reply');
    for (const name of ['hello', 'auth', 'select']) this.#contextual.add(table.byName(name));
    for (const name of ['reset', 'quit', 'client|reply']) this.#always.add(table.byName(name));
  }

  /**
   * Handles the command if it is the gateway's to handle. With a connection of its own the session sends most of them
   * there instead, since that connection is what they are about.
   */
  handle(session: Session, command: number, frame: Frame): boolean {
    const planner = (session.own.isAlways ? this.#pinnedPlans : this.#pooledPlans)[command];
    if (planner !== undefined) {
      this.#plan(session, command, frame, planner);
      return true;
    }
    if (command === this.#tracking.command) return this.#tracking.handle(session, frame);
    const { table } = this.#host.services;
    const handler = this.#handlers[command];
    const wanted = table.arity[command];
    const fits = wanted >= 0 ? frame.count === wanted : frame.count >= -wanted;
    if (handler === undefined) {
      const isRefused = command === this.#shutdown && !this.#host.settings.allowShutdown;
      if (session.own.inTransaction || !isRefused) return false;
      const name = table.definitions[command].name.toUpperCase().replace('|', ' ');
      session.answer((writer) => writer.error(`ERR lockstep: ${name} is not available through the gateway`));
      return true;
    }
    // A transaction refuses CLIENT REPLY, and is broken by it.
    const isRefused = session.own.inTransaction && command === this.#clientReply;
    if (!this.#always.has(command) || isRefused) {
      // A connection that is the session's for good answers for itself: name, id and all.
      if (
        session.own.inTransaction ||
        session.own.isForGood ||
        (session.own.isNeeded && this.#contextual.has(command))
      ) {
        return this.#onOwnConnection(session, command, frame);
      }
    }
    if (!fits) {
      const { name } = table.definitions[command];
      session.answer((writer) => writer.error(`ERR wrong number of arguments for '${name}' command`));
      return true;
    }
    if (session.own.hears && !session.own.inTransaction) {
      // What it has sent before may have brought it messages, which come first.
      const copy = copyFrame(frame);
      afterMessages(session, () => handler(session, copy));
    } else handler(session, frame);
    return true;
  }

  /** A browser was made to talk to us: servers close such connections, and so must we before they reach a server. */
  isAttack(frame: Frame): boolean {
    const name = argumentText(frame, 0).toLowerCase();
    return name === 'post' || name === 'host:';
  }

  /** Cold: commands about clients. */
  #plan(session: Session, command: number, frame: Frame, planner: Planner): void {
    const { own } = session;
    if (own.inTransaction) {
      const plan = planner(session, copyFrame(frame));
      own.afterExec({ plan });
      own.submit(command, plan.probe);
      return;
    }
    if (session.waitsForIdle(frame)) return;
    const copy = copyFrame(frame);
    const run = (): void => runPlan(session, planner(session, copy));
    // What it has sent before may have brought it messages, which come first.
    if (own.hears) afterMessages(session, run);
    else run();
  }

  #onOwnConnection(session: Session, command: number, frame: Frame): boolean {
    if (session.own.inTransaction) {
      this.#noteAfterExec(session, command, frame);
      return false;
    }
    const next = this.#contextual.has(command) ? this.#contextAfter(session, frame) : undefined;
    if (next === undefined) return false;
    if (!session.own.isPinned && session.waitsForIdle(frame)) return true;
    const isHello = this.#host.services.table.definitions[command].name === 'hello';
    const copy = copyFrame(frame);
    const sequence = session.own.submit(command, frame);
    const changed = (reply: Reply): void => {
      if (isError(reply)) return;
      session.context = next;
      if (isHello) noteName(session, copy);
      session.own.contextChanged();
    };
    if (!isHello || session.own.isAlways) session.tap(sequence, changed);
    else {
      session.collect(sequence, (reply) => {
        changed(reply);
        session.finish(sequence, (writer) => writeHello(writer, reply, session, next.resp));
      });
    }
    return true;
  }

  /** What the command will have changed when EXEC has run it on the session's own connection. */
  #noteAfterExec(session: Session, command: number, frame: Frame): void {
    if (!this.#contextual.has(command)) return;
    const copy = copyFrame(frame);
    const isHello = this.#host.services.table.definitions[command].name === 'hello';
    const apply = (): void => {
      session.context = this.#contextAfter(session, copy) ?? session.context;
      if (isHello) noteName(session, copy);
      session.own.contextChanged();
    };
    session.own.afterExec(isHello && !session.own.isAlways ? { apply, plan: helloPlan(copy) } : { apply });
  }

  /** The context that a well-formed HELLO, AUTH or SELECT asks for. */
  #contextAfter(session: Session, frame: Frame): SessionContext | undefined {
    const { contexts } = this.#host;
    const { context } = session;
    const name = argumentText(frame, 0).toLowerCase();
    if (name === 'select') {
      const database = parseIndex(argumentText(frame, 1));
      return database === undefined
        ? undefined
        : contexts.get(database, context.resp, context.user, context.password);
    }
    if (name === 'auth') {
      const user = frame.count === 3 ? argumentText(frame, 1) : undefined;
      return contexts.get(context.database, context.resp, user, argumentText(frame, frame.count - 1));
    }
    const options = parseHello(frame);
    if (typeof options === 'string') return undefined;
    const login = options.password === undefined ? context : options;
    return contexts.get(context.database, options.resp ?? context.resp, login.user, login.password);
  }

  #hello(session: Session, frame: Frame): void {
    const options = parseHello(frame);
    if (typeof options === 'string') {
      session.answer((writer) => writer.error(options));
      return;
    }
    const { context } = session;
    const resp = options.resp ?? context.resp;
    const login = options.password === undefined ? context : options;
    const next = this.#host.contexts.get(context.database, resp, login.user, login.password);
    const copy = copyFrame(frame);
    askToPrepare(session, next, options.password === undefined ? 'neither' : 'login', (reply, sequence) => {
      if (isError(reply)) {
        // What was asked is PING: the server has its own words, by its version, for HELLO without a login.
        if (errorCode(reply) === 'NOAUTH' && resp === 2) this.#ask(session, sequence, next, HELLO2);
        else session.finish(sequence, (writer) => writer.error(replyText(reply)));
        return;
      }
      session.context = next;
      noteName(session, copy);
      session.finish(sequence, (writer) => writeHello(writer, reply, session, resp));
    });
  }

  #auth(session: Session, frame: Frame): void {
    if (frame.count > 3) {
      session.answer((writer) => writer.error('ERR syntax error'));
      return;
    }
    this.#change(session, this.#contextAfter(session, frame)!, 'login');
  }

  #select(session: Session, frame: Frame): void {
    const next = this.#contextAfter(session, frame);
    if (next === undefined) session.answer((writer) => writer.error(notAnIndex(frame)));
    else if (next.database < 0) session.answer((writer) => writer.error('ERR DB index is out of range'));
    else this.#change(session, next, 'select');
  }

  /** The reply opened by `prepare` is the server's to this command. */
  #ask(session: Session, sequence: number, context: SessionContext, frame: Frame): void {
    const { executor, services } = this.#host;
    executor.submit(session, session.id, sequence, context, services.table.byName('hello'), frame);
  }

  /** Takes a new context if the server accepts it. */
  #change(session: Session, next: SessionContext, wish: LoginWish): void {
    askToPrepare(session, next, wish, (reply, sequence) => {
      if (isError(reply)) {
        const isStale = wish === 'select' && errorCode(reply) === 'WRONGPASS';
        session.finish(sequence, (writer) => writer.error(isStale ? STALE_LOGIN : replyText(reply)));
        return;
      }
      session.context = next;
      session.finish(sequence, (writer) => writer.simple('OK'));
    });
  }
}

function reset(session: Session, command: number, frame: Frame): void {
  if (session.waitsForIdle(frame)) return;
  session.replies.mode = 'on';
  if (session.own.outlivesReset) {
    session.tap(session.own.submit(command, frame), (reply) => {
      if (!isError(reply)) session.resetState(true);
    });
    return;
  }
  session.resetState(false);
  session.answer((writer) => writer.simple('RESET'));
}

/**
 * The server lets connections be that logged in before the password was changed; another database needs another one.
 */
const STALE_LOGIN =
  'WRONGPASS lockstep: the password of this client is no longer right, so no connection to another database can be ' +
  'made for it: log in again with AUTH';

interface HelloOptions {
  readonly resp: 2 | 3 | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly name: string | undefined;
}

/** HELLO's options, or the error text. */
function parseHello(frame: Frame): HelloOptions | string {
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

/** HELLO may have named the client. */
function noteName(session: Session, frame: Frame): void {
  const options = parseHello(frame);
  if (typeof options !== 'string' && options.name !== undefined) session.client.name = options.name;
}

/** HELLO in a transaction. */
function helloPlan(frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: (reply) => !isError(reply),
    act: (session, _sequence, reply, done) =>
      done((writer) => writeHello(writer, reply, session, session.context.resp)),
  };
}

/** Asks the server, and if it agrees, does what is to be done. */
function runPlan(session: Session, plan: ClientPlan): void {
  const sequence = session.openReply();
  const answered = (reply: Reply): void => {
    if (!plan.permits(reply)) {
      // What the server does not know is no command.
      if (isError(reply) && replyText(reply).startsWith('ERR unknown ')) session.client.command = -1;
      session.finish(sequence, (writer) => writer.raw(reply.bytes, reply.start, reply.end));
    } else plan.act(session, sequence, reply, (write) => session.finish(sequence, write));
  };
  if (session.own.isAlways || plan.onOwn === true) askOwn(session, sequence, plan.probe, answered);
  else askLane(session, sequence, session.context, plan.probe, answered);
}

/** The server's HELLO with this client's id. */
function writeHello(writer: FrameWriter, hello: Reply, session: Session, resp: 2 | 3): void {
  const { items } = hello;
  if (isError(hello)) {
    writer.raw(hello.bytes, hello.start, hello.end);
    return;
  }
  if (items.length === 0) {
    writer.simple('OK');
    return;
  }
  writer.map(items.length / 2, resp);
  for (let at = 0; at + 1 < items.length; at += 2) {
    const key = items[at];
    const value = items[at + 1];
    writer.raw(key.bytes, key.start, key.end);
    if (decodeLatin1(key.bytes, key.valueStart, key.valueEnd) === 'id') writer.integer(session.client.id);
    else writer.raw(value.bytes, value.start, value.end);
  }
}

function parseIndex(text: string): number | undefined {
  if (!/^-?(0|[1-9][0-9]{0,9})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -2147483648 && value <= 2147483647 ? value : undefined;
}

/** As `getRangeLongFromObjectOrReply` says it. */
function notAnIndex(frame: Frame): string {
  const [start, end] = [frame.spans[2], frame.spans[3]];
  return isInteger64(frame.bytes, start, end)
    ? 'ERR value is out of range, value must between -2147483648 and 2147483647'
    : 'ERR value is not an integer or out of range';
}

function quit(session: Session, command: number, frame: Frame): void {
  if (session.own.isPinned && session.own.tracking.isTarget) {
    // When the client has its answer, the server must know that nobody listens there any more.
    session.tap(session.own.submit(command, frame), () => session.closeAfterReplies());
    return;
  }
  session.answer((writer) => writer.simple('OK'));
  session.closeAfterReplies();
}

function clientReply(session: Session, frame: Frame): void {
  const mode = argumentText(frame, 2).toLowerCase();
  if (mode === 'on') {
    session.replies.mode = 'on';
    session.answer((writer) => writer.simple('OK'));
  } else if (mode === 'off') session.replies.mode = 'off';
  else if (mode === 'skip') {
    if (session.replies.mode === 'on') session.replies.mode = 'skip';
  } else session.answer((writer) => writer.error('ERR syntax error'));
}
