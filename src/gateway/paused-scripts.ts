/**
 * Scripts and functions during CLIENT PAUSE WRITE: servers let those pass that have promised not to write. Without a
 * shadow the server decides; with one the command may not be sent before it is known (see `client-pause.ts`). The text
 * of EVAL tells by itself, the owner of the mirror knows the texts of digests, and the server the flags of functions.
 * Worker thread. Cold: during a pause.
 */
import { promisesNoWrites } from '../commands/scripting/promises.ts';
import { type Reply, replyText } from '../resp/reply.ts';
import { askLane, askWorkers } from './client-questions.ts';
import { argumentText, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

/** A command that runs a script; the frame is a copy. */
export interface ScriptRun {
  readonly command: number;
  readonly frame: Frame;
}

const FUNCTION_LIST = wholeFrame(['FUNCTION', 'LIST']);

/** Asks whether all of these have promised not to write. The session's input must not go on meanwhile. */
export function askForPromises(
  session: Session,
  runs: readonly ScriptRun[],
  done: (promised: boolean) => void,
): void {
  const [run, ...rest] = runs;
  if (run === undefined) {
    done(true);
    return;
  }
  const answered = (promised: boolean): void => {
    if (promised) askForPromises(session, rest, done);
    else done(false);
  };
  const { frame } = run;
  const use = session.host.services.table.definitions[run.command].script;
  if (use?.kind === 'text') {
    const at = use.argument * 2;
    answered(promisesNoWrites(frame.bytes, frame.spans[at], frame.spans[at + 1]));
  } else if (use?.kind === 'digest') {
    const digest = argumentText(frame, 1);
    askWorkers(session, { type: 'script-promise', digest }, ({ promised }) => answered(promised));
  } else {
    const sequence = session.replies.open(true);
    askLane(session, sequence, session.host.contexts.base, FUNCTION_LIST, (reply) => {
      session.finish(sequence, () => {});
      answered(hasPromised(reply, argumentText(frame, 1)));
    });
  }
}

/** Whether FUNCTION LIST has the function with the flag. Names are the same in either case. */
function hasPromised(libraries: Reply, name: string): boolean {
  const wanted = name.toLowerCase();
  const functions = libraries.items.flatMap((library) => field(library, 'functions')?.items ?? []);
  const found = functions.find((one) => textOf(field(one, 'name')).toLowerCase() === wanted);
  if (found === undefined) return false;
  return (field(found, 'flags')?.items ?? []).some((flag) => textOf(flag) === 'no-writes');
}

function field({ items }: Reply, name: string): Reply | undefined {
  for (let at = 0; at + 1 < items.length; at += 2) if (textOf(items[at]) === name) return items[at + 1];
  return undefined;
}

function textOf(reply: Reply | undefined): string {
  return reply === undefined ? '' : replyText(reply);
}
