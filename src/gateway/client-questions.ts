/**
 * Asking for a session, while its input waits and its reply is open: the primary, and the other workers. Worker thread.
 * Cold: for commands about clients and connections.
 */
import type { Reply } from '../resp/reply.ts';
import type { ClientAnswer, ClientQuestion } from './client-directory.ts';
import { wholeFrame } from './frames.ts';
import type { Frame, LoginWish, SessionContext } from './ports.ts';
import type { Session } from './session.ts';

/** A question without effects; unlike PING it leaves CLIENT CACHING to the command behind it. */
const CLIENT_ID = wholeFrame(['CLIENT', 'ID']);

/** Sends a command to the primary on a shared lane; `done` gets its reply, or the error that stands for it. */
export function askLane(
  session: Session,
  sequence: number,
  context: SessionContext,
  frame: Frame,
  done: (reply: Reply) => void,
): void {
  const { executor, services } = session.host;
  const command = services.table.lookup(frame.bytes, frame.spans, frame.count);
  session.collect(sequence, done);
  session.bridge?.sent(sequence, command, frame);
  executor.submit(session, session.id, sequence, context, command, frame);
}

/** As `askLane`, on the session's own connection. */
export function askOwn(session: Session, sequence: number, frame: Frame, done: (reply: Reply) => void): void {
  const command = session.host.services.table.lookup(frame.bytes, frame.spans, frame.count);
  session.collect(sequence, done);
  session.own.ask(sequence, command, frame);
}

/** With the client's own rights: on its own connection where it has one for good, else on a lane. */
export function askAsClient(
  session: Session,
  sequence: number,
  frame: Frame,
  done: (reply: Reply) => void,
): void {
  if (session.own.isAlways) askOwn(session, sequence, frame, done);
  else askLane(session, sequence, session.context, frame, done);
}

/** Asks all workers. Nothing is told of a session that has closed meanwhile. */
export function askWorkers(
  session: Session,
  question: ClientQuestion,
  done: (answer: ClientAnswer) => void,
): void {
  session.suspend();
  session.host.directory.ask(question, (answer) => {
    if (!session.isClosed) done(answer);
    session.resume();
  });
}

/**
 * Asks for connections set up as `context`. `done` gets the reply (HELLO's, or an error) and must answer the client
 * with `finish`.
 */
export function askToPrepare(
  session: Session,
  context: SessionContext,
  wish: LoginWish,
  done: (reply: Reply, sequence: number) => void,
): void {
  const sequence = session.openReply();
  prepareFor(session, sequence, context, wish, (reply) => done(reply, sequence));
}

/** As `askToPrepare`, for a reply that is open already. */
export function prepareFor(
  session: Session,
  sequence: number,
  context: SessionContext,
  wish: LoginWish,
  done: (reply: Reply) => void,
): void {
  session.collect(sequence, done);
  session.own.long.isPreferred = false;
  session.host.executor.prepare(session, session.id, sequence, context, wish);
}

/** Calls back when the session's own connection has said all that it had to say so far, messages included. */
export function afterMessages(session: Session, done: () => void): void {
  const sequence = session.replies.open(true);
  askOwn(session, sequence, CLIENT_ID, () => {
    session.finish(sequence, () => {});
    done();
  });
}
