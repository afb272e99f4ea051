/**
 * What the gateway adds to commands that the server runs for it: pauses, users who are gone, and numbers of clients.
 * Worker thread. Cold: nobody runs them on the way of data.
 */
import { isError, type Reply, replyInteger } from '../resp/reply.ts';
import { appendSection, asksForSection } from '../telemetry/info-section.ts';
import { textOf } from './client-list.ts';
import { type ClientPlan, isFine, type Write, writeReply, writeText } from './client-plan.ts';
import { askAsClient, askWorkers } from './client-questions.ts';
import { infoWithMode } from './face.ts';
import { argumentText, copyFrame, wholeFrame } from './frames.ts';
import { SECTION_TITLE } from './lockstep-info.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

const CONNECTED = /^connected_clients:(\d+)/m;
const BLOCKED = /^blocked_clients:(\d+)/m;

/**
 * Lanes are to be empty of what the server would hold back. So all workers take another way with it first, and wait
 * for the answers to what has gone already.
 */
export function planPause(_session: Session, frame: Frame): ClientPlan {
  const timeout = argumentText(frame, 2);
  const mode = argumentText(frame, 3).toLowerCase();
  const isRight =
    /^(0|[1-9]\d{0,14})$/.test(timeout) &&
    (frame.count === 3 || (frame.count === 4 && (mode === 'write' || mode === 'all')));
  return {
    probe: isRight ? wholeFrame(['CLIENT', 'PAUSE', '-1']) : frame,
    permits: (reply) => isRight && isError(reply) && textOf(reply).startsWith('ERR timeout is negative'),
    act: (session, sequence, _reply, done) => {
      const untilMs = session.host.services.clock.nowMs + Number(timeout);
      askWorkers(session, { type: 'pause', untilMs }, () => {
        askWorkers(session, { type: 'settle' }, () => {
          askAsClient(session, sequence, frame, (answer) => {
            // The server has counted from a moment before now.
            const from = session.host.services.clock.nowMs;
            const endMs = isError(answer) ? 0 : from + Number(timeout);
            askWorkers(session, { type: 'pause', untilMs: endMs }, () => done(writeReply(answer)));
          });
        });
      });
    },
  };
}

/** With pinned sessions only the shadow asks for it: see `client-pause.ts`. */
export function planPinnedPause(session: Session, frame: Frame): ClientPlan {
  return session.host.settings.hasShadow ? planPause(session, frame) : asSent(frame);
}

export function planPinnedUnpause(session: Session, frame: Frame): ClientPlan {
  return session.host.settings.hasShadow ? planUnpause(session, frame) : asSent(frame);
}

/** The server's answer stands. */
function asSent(frame: Frame): ClientPlan {
  return { probe: frame, permits: () => false, act: () => {} };
}

export function planUnpause(_session: Session, frame: Frame): ClientPlan {
  return {
    probe: frame,
    permits: isFine,
    act: (session, _sequence, reply, done) => {
      askWorkers(session, { type: 'pause', untilMs: 0 }, () => done(writeReply(reply)));
    },
  };
}

/** A name that no user has. */
const NO_USER = ' ';

/** The server disconnects the users it deletes; on lanes they are not the only ones. */
export function planDeleteUser(session: Session, frame: Frame): ClientPlan {
  const users: string[] = [];
  for (let at = 2; at < frame.count; at++) users.push(argumentText(frame, at));
  // In a transaction it has its place among the others.
  if (session.own.inTransaction) {
    return { probe: frame, permits: isFine, act: (...deleted) => usersDeleted(users, ...deleted) };
  }
  return {
    probe: users.length === 0 ? frame : wholeFrame(['ACL', 'DELUSER', NO_USER]),
    permits: isFine,
    act: (asker, sequence, _reply, done) => {
      askWorkers(asker, { type: 'users-leave', users, except: asker.id, outcome: 'expected' }, () => {
        askAsClient(asker, sequence, frame, (reply) => usersDeleted(users, asker, sequence, reply, done));
      });
    },
  };
}

function usersDeleted(
  users: readonly string[],
  session: Session,
  _sequence: number,
  reply: Reply,
  done: (write: Write) => void,
): void {
  const outcome = isFine(reply) && replyInteger(reply) > 0 ? 'certain' : 'averted';
  askWorkers(session, { type: 'users-leave', users, except: session.id, outcome }, () => {
    // Whoever deletes itself is told of it.
    if (outcome === 'certain' && users.includes(session.context.user ?? '')) session.closeAfterReplies();
    done(writeReply(reply));
  });
}

/** What is asked for. */
function wordsOf(frame: Frame): string[] {
  return Array.from({ length: frame.count - 1 }, (_, at) => argumentText(frame, at + 1));
}

/** INFO: clients are those of the gateway, and it has a section of its own. */
export function planServerInfo(_session: Session, frame: Frame): ClientPlan {
  const copy = copyFrame(frame);
  return {
    probe: frame,
    permits: isFine,
    act: (session, _sequence, reply, done) => {
      const { face } = session.client;
      const said = textOf(reply);
      const text = face === undefined ? said : infoWithMode(said, face.mode);
      const asked = asksForSection(wordsOf(copy), SECTION_TITLE);
      const finish = (own: string): void => {
        if (!asked)
          done(own === said ? writeReply(reply) : (writer) => writeText(writer, own, session.protocol));
        else
          session.host.sections.request(session, (section) =>
            done((writer) => writeText(writer, appendSection(own, section), session.protocol)),
          );
      };
      const shown = CONNECTED.exec(text);
      if (shown === null) {
        finish(text);
        return;
      }
      askWorkers(session, { type: 'clients', ids: [] }, ({ count, held, owned, shared }) => {
        const ours = owned.length + shared.filter((id) => id >= 0).length;
        const others = session.own.isAlways ? Math.max(0, Number(shown[1]) - ours) : 0;
        const edited = text
          .replace(CONNECTED, `connected_clients:${count + others}`)
          .replace(BLOCKED, (_, blocked) => `blocked_clients:${Number(blocked) + held}`);
        finish(edited);
      });
    },
  };
}
