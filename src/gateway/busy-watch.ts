/**
 * A server that has been running one script for long answers everybody else with BUSY, so that somebody can stop the
 * script. Behind a gateway commands may be stuck where the server does not see them: on the script's own lane, or, with
 * a shadow, waiting for the script's slots. So when commands wait for long, the primary is asked whether it is busy,
 * and while it is, they are answered with the server's own words. Worker thread (whoever talks to the primary).
 *
 * What is refused here would have been refused there: the question is always younger than the command.
 */
import { decodeText } from '../base/bytes.ts';
import { isBusy } from '../shadow/refusals.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { LocalExecutor } from './executor.ts';
import { copyFrame, wholeFrame } from './frames.ts';
import type { Frame, SessionContext, SessionTarget } from './ports.ts';

/** Commands in flight for so long may be behind a script. */
const PATIENCE_MS = 100;

const PING = wholeFrame(['PING']);

/** A command that came while the primary was known to be busy. */
interface Held {
  readonly target: SessionTarget;
  readonly session: number;
  readonly sequence: number;
  readonly context: SessionContext;
  readonly command: number;
  readonly frame: Frame;
}

export class BusyWatch {
  readonly #executor: LocalExecutor;
  /** The primary's last answer was that it is busy. */
  isOn = false;
  /** Something waited at the last tick. */
  #waited = false;
  #asking = false;
  /** Came before the question that is on its way. */
  #asked: Held[] = [];
  /** Came after it. */
  #held: Held[] = [];

  constructor(executor: LocalExecutor) {
    this.#executor = executor;
  }

  /** Call about ten times a second. */
  tick(): void {
    // Of several servers one may be busy and the others are not: they say so themselves.
    if (this.#executor.options.upstream.cluster !== undefined) return;
    const { gate, lanes, services } = this.#executor;
    const waits = gate.waiting > 0 || lanes.waitSince(services.clock.monotonicMs - PATIENCE_MS);
    if (this.isOn || (waits && this.#waited)) this.#ask();
    this.#waited = waits;
  }

  /** Takes a command for a lane while the primary is busy. */
  take(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    const { lanes } = this.#executor;
    const usual = lanes.laneOf(session, context);
    if (usual.owes(session)) {
      // The server does not look at it before it has answered what came first: the script, perhaps.
      this.#executor.execute(usual, context, command, frame, target, session, sequence, undefined);
      return;
    }
    if (this.#executor.definition(command)?.flags.includes('allow_busy') === true) {
      const { bytes, frameStart, frameEnd } = frame;
      lanes.aside(context).send(bytes, frameStart, frameEnd, target, session, sequence, command, undefined);
      return;
    }
    this.#held.push({ target, session, sequence, context, command, frame: copyFrame(frame) });
    this.#ask();
  }

  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#asked = this.#held;
    this.#held = [];
    const { lanes, contexts } = this.#executor;
    const { bytes, frameStart, frameEnd } = PING;
    lanes.aside(contexts.base).send(bytes, frameStart, frameEnd, this, 0, 0, INTERNAL_COMMAND, undefined);
  }

  reply(_session: number, _sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.#answered(isBusy(bytes, start, end) ? decodeText(bytes, start + 1, end - 2) : '');
  }

  /** It cannot be asked: its connections say so themselves. */
  failed(): void {
    this.#answered('');
  }

  #answered(busy: string): void {
    this.#asking = false;
    this.isOn = busy !== '';
    const asked = this.#asked;
    this.#asked = [];
    if (this.isOn) {
      for (const { target, session, sequence } of asked) target.failed(session, sequence, busy);
      this.#executor.gate.refuseWaiting(busy);
      if (this.#held.length > 0) this.#ask();
      return;
    }
    const held = this.#held;
    this.#held = [];
    for (const one of asked.concat(held)) {
      this.#executor.submit(one.target, one.session, one.sequence, one.context, one.command, one.frame);
    }
  }
}
