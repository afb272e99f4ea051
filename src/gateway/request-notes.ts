/**
 * What is kept of a client's command until it is answered, where anything is: its words for the slow log, its trace.
 * Worker thread. Cold: only while the slow log shows arguments, and in batches that are traced.
 */
import type { CommandTrace, Tracer } from '../telemetry/trace.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';
import type { SlowLog } from './slow-log.ts';

export interface RequestNote {
  /** The command as it may be shown; '' where that is not wanted. */
  readonly words: string;
  readonly trace: CommandTrace | undefined;
}

export class RequestNotes {
  readonly #slow: SlowLog;
  readonly #tracer: Tracer | undefined;

  constructor(slow: SlowLog, tracer: Tracer | undefined) {
    this.#slow = slow;
    this.#tracer = tracer;
  }

  /** Somebody wants notes. */
  get isWanted(): boolean {
    return this.#slow.keepsWords || this.#tracer?.isOn === true;
  }

  /** Of the command that the session has just read. */
  of(session: Session, command: number, frame: Frame): RequestNote {
    const { table } = session.host.services;
    const words = this.#slow.keepsWords ? this.#slow.wordsOf(frame, table.definitions[command]) : '';
    const trace = this.#tracer?.isOn === true ? this.#begin(this.#tracer, session, command) : undefined;
    return { words, trace };
  }

  /** The command waits for its reply under this number. */
  opened({ trace }: RequestNote, session: Session, sequence: number): void {
    if (trace !== undefined) this.#tracer!.opened(trace, session.id, sequence);
  }

  answered({ trace }: RequestNote): void {
    if (trace !== undefined) this.#tracer!.answered(trace);
  }

  #begin(tracer: Tracer, session: Session, command: number): CommandTrace | undefined {
    const { table, transport } = session.host.services;
    const { remote, local } = session.client.peer(transport);
    return tracer.begin(table.labels[command] ?? 'other', session.context.database, local, remote);
  }
}
