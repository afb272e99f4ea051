/**
 * While CLIENT PAUSE is in effect on the primary. Worker thread; each worker has one, told by the
 * worker whose client paused.
 *
 * The server holds a paused command back, and with it everything behind it on its connection. So commands that it may
 * hold back go on connections of their sessions' own, as blocking commands do, and lanes stay free for the others. The
 * server decides: what is sent to it this way and is not paused is answered at once.
 *
 * With a shadow, such a command would hold its slots as well, and reads of them would wait behind it. So it waits here.
 */
import type { CommandDefinition } from '../commands/definition.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { askForPromises } from './paused-scripts.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

/** Sessions of one worker that may have such a connection at a time; others wait here for the end of the pause. */
const MAX_HELD = 512;
/** Whether a server may hold the command back: a script decides by what it has promised. */
export type PausedKind = 'passes' | 'waits' | 'script';

export class ClientPause {
  readonly #services: WorkerServices;
  readonly #hasShadow: boolean;
  /** By command id, once somebody has asked. */
  readonly #kinds: (PausedKind | undefined)[] = [];
  /** Unix time in ms; 0: there is none. */
  #untilMs = 0;
  #held = 0;
  readonly #waiting = new Set<Session>();
  /** The next command of these has promised not to write. */
  readonly #cleared = new Set<Session>();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(services: WorkerServices, hasShadow: boolean) {
    this.#services = services;
    this.#hasShadow = hasShadow;
  }

  get isOn(): boolean {
    return this.#untilMs !== 0;
  }

  /** Sessions whose commands wait here. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  isWaiting(session: Session): boolean {
    return this.#waiting.has(session);
  }

  /** A pause can only be made longer, or ended (0). Cold: once per CLIENT PAUSE or UNPAUSE. */
  set(untilMs: number): void {
    this.#untilMs = untilMs === 0 ? 0 : Math.max(untilMs, this.#untilMs);
    clearTimeout(this.#timer);
    if (this.#untilMs === 0) this.#resumeAll();
    else {
      const left = Math.max(0, this.#untilMs - this.#services.clock.nowMs);
      // A timer takes 31 bits.
      this.#timer = this.#services.after(Math.min(left, 0x7fffffff), () => this.#look());
    }
  }

  /** What a pause means for a command; -1: an unknown one. */
  kindOf(command: number): PausedKind {
    if (command < 0) return 'waits';
    const known = this.#kinds[command];
    if (known !== undefined) return known;
    const found = kindOf(this.#services.table.definitions[command]);
    this.#kinds[command] = found;
    return found;
  }

  /** The server may hold this command back. */
  holds(command: number): boolean {
    return this.#untilMs !== 0 && this.kindOf(command) !== 'passes';
  }

  /** While there is a pause: true when the command waits here. */
  delays(session: Session, command: number, frame: Frame): boolean {
    if (!this.#hasShadow || this.#cleared.delete(session)) return false;
    const kind = session.own.pausedKind(command);
    if (kind === 'passes') return false;
    const wanted = command < 0 ? -1 : this.#services.table.arity[command];
    // Refused by the server, pause or not.
    if (wanted >= 0 ? frame.count !== wanted : frame.count < -wanted) return false;
    if (session.waitsForIdle(frame)) return true;
    session.suspend(frame);
    if (kind === 'waits') this.#waiting.add(session);
    else
      askForPromises(session, session.own.scriptsOf(command, frame), (promised) =>
        this.#asked(session, promised),
      );
    return true;
  }

  #asked(session: Session, promised: boolean): void {
    if (!promised && this.isOn) {
      this.#waiting.add(session);
      return;
    }
    if (promised) this.#cleared.add(session);
    session.resume();
  }

  /** Runs a command that the server may hold back, without a shadow. */
  run(session: Session, command: number, frame: Frame): void {
    if (session.waitsForIdle(frame)) return;
    if (this.#held < MAX_HELD) {
      this.#held += 1;
      session.own.park(command, frame);
      return;
    }
    session.suspend(frame);
    this.#waiting.add(session);
  }

  /** A session has its answer, or is gone. */
  released(): void {
    this.#held -= 1;
    const [next] = this.#waiting;
    if (next !== undefined) this.#resume(next);
  }

  /** The client is gone. */
  forget(session: Session): void {
    this.#waiting.delete(session);
    this.#cleared.delete(session);
  }

  #look(): void {
    if (this.#services.clock.nowMs >= this.#untilMs) this.#untilMs = 0;
    this.set(this.#untilMs);
  }

  /** Cold: at the end of a pause. */
  #resumeAll(): void {
    for (const session of [...this.#waiting]) this.#resume(session);
  }

  #resume(session: Session): void {
    this.#waiting.delete(session);
    session.resume();
  }
}

/** By what the catalogue says: writes, reads that update something, messages for replicas, commands of modules. */
function kindOf({ name, flags, group, keys, session }: CommandDefinition): PausedKind {
  if (flags.includes('write') || group === 'module') return 'waits';
  if (flags.includes('readonly')) {
    const updates = keys.some((spec) => !spec.flags.includes('RO') && !spec.flags.includes('not_key'));
    return updates ? 'waits' : 'passes';
  }
  if (group === 'scripting' && flags.includes('no_mandatory_keys')) return 'script';
  const sends = group === 'pubsub' && session === 'none' && !name.includes('|');
  return sends ? 'waits' : 'passes';
}
