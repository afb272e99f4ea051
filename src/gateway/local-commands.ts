/**
 * Commands that the gateway answers itself or that change what a session's upstream connections are: HELLO, AUTH,
 * SELECT, RESET, QUIT and CLIENT. Worker thread. Texts as the servers' (Redis 7.0 `networking.c`, `acl.c`, `db.c`).
 */
import { isInteger64 } from '../base/bytes.ts';
import { errorCode, isError, type Reply, replyText } from '../resp/reply.ts';
import type { ClientPlan, Planner } from './client-plan.ts';
import { PINNED_PLANS, POOLED_PLANS } from './client-plans.ts';
import { afterMessages, askLane, askOwn, askToPrepare } from './client-questions.ts';
import { argumentText, copyFrame } from './frames.ts';
import { HelloCommand } from './hello.ts';
import type { Frame, LoginWish, SessionContext } from './ports.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';
import { TrackingChange } from './tracking-change.ts';

type Handler = (session: Session, frame: Frame) => void;

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
  readonly #hello: HelloCommand;

  readonly #shutdown: number;
  /** Commands that are the gateway's whatever the session is doing. */
  readonly #always = new Set<number>();
  readonly #clientReply: number;
  readonly #helloCommand: number;
  readonly #namesRedirection = new Set<number>();

  constructor(host: SessionHost) {
    this.#host = host;
    const { table } = host.services;
    this.#tracking = new TrackingChange(table);
    this.#hello = new HelloCommand(host);
    const handlers: Record<string, Handler> = {
      hello: (session, frame) => this.#hello.onLane(session, frame),
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
    this.#helloCommand = table.byName('hello');
    for (const name of ['client|getredir', 'client|trackinginfo'])
      this.#namesRedirection.add(table.byName(name));
    for (const name of ['hello', 'auth', 'select']) this.#contextual.add(table.byName(name));
    for (const name of ['reset', 'quit', 'client|reply']) this.#always.add(table.byName(name));
  }

  /**
   * Handles the command if it is the gateway's to handle. With a connection of its own the session sends most of them
   * there instead, since that connection is what they are about.
   */
  handle(session: Session, command: number, frame: Frame): boolean {
    const planner = this.#planner(session, command);
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

  #planner(session: Session, command: number): Planner | undefined {
    if (session.client.isShown(command)) return session.client.face?.plans[command];
    if (!session.own.isAlways) return this.#pooledPlans[command];
    // Invalidations may go to a connection that no client knows of.
    const isHidden = session.own.tracking.redirects || session.host.protocols.mayListenBeside;
    const plans = isHidden ? this.#pooledPlans : this.#pinnedPlans;
    return this.#namesRedirection.has(command) ? plans[command] : this.#pinnedPlans[command];
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
    if (session.own.inTransaction) return this.#inTransaction(session, command, frame);
    if (!this.#contextual.has(command)) return false;
    if (command === this.#helloCommand) {
      this.#hello.onOwn(session, command, frame);
      return true;
    }
    const next = this.#contextAfter(session, frame);
    if (next === undefined) return false;
    if (session.own.isBesideLanes && session.waitsForIdle(frame)) return true;
    session.tap(session.own.submit(command, frame), (reply) => {
      if (isError(reply)) return;
      session.context = next;
      session.own.contextChanged();
    });
    return true;
  }

  /** Notes what the command will have changed when EXEC has run it on the session's own connection. */
  #inTransaction(session: Session, command: number, frame: Frame): boolean {
    if (!this.#contextual.has(command)) return false;
    if (command === this.#helloCommand) {
      const { frame: sent, apply, plan } = this.#hello.inTransaction(session, frame);
      session.own.afterExec({ apply, plan });
      session.own.submit(command, sent);
      return true;
    }
    const copy = copyFrame(frame);
    session.own.afterExec({
      apply: () => {
        session.context = this.#contextAfter(session, copy) ?? session.context;
        session.own.contextChanged();
      },
    });
    return false;
  }

  /** The context that a well-formed AUTH or SELECT asks for. */
  #contextAfter(session: Session, frame: Frame): SessionContext | undefined {
    const { contexts } = this.#host;
    const { context } = session;
    if (argumentText(frame, 0).toLowerCase() === 'select') {
      const database = parseIndex(argumentText(frame, 1));
      return database === undefined
        ? undefined
        : contexts.get(database, context.resp, context.user, context.password);
    }
    const user = frame.count === 3 ? argumentText(frame, 1) : undefined;
    return contexts.get(context.database, context.resp, user, argumentText(frame, frame.count - 1));
  }

  #auth(session: Session, frame: Frame): void {
    if (frame.count > 3) {
      session.answer((writer) => writer.error('ERR syntax error'));
      return;
    }
    // What it has sent before, on other connections, may make the user that it wants to be.
    if (session.waitsForIdle(frame)) return;
    this.#change(session, this.#contextAfter(session, frame)!, 'login');
  }

  #select(session: Session, frame: Frame): void {
    // Nor may what comes overtake it: FLUSHALL, say, on a connection that is in another database.
    if (session.waitsForIdle(frame)) return;
    const next = this.#contextAfter(session, frame);
    if (next === undefined) session.answer((writer) => writer.error(notAnIndex(frame)));
    else if (next.database < 0) session.answer((writer) => writer.error('ERR DB index is out of range'));
    else this.#change(session, next, 'select');
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
