/** What MIGRATE asks of the engine around it: see `ports.ts`. */
import type { FrameWriter } from '../resp/encode.ts';
import type { ClientState } from './client-state.ts';

export type TargetFailure = '' | 'connecting' | 'writing' | 'reading';

/** A connection to another server, which nobody else uses until it is given back. Each reply is one line. */
export interface Target {
  /** The database that has been selected there, -1: nobody knows. */
  database: number;
  /** What it has answered to the last request, without the ends of lines. */
  readonly lines: readonly string[];
  /** Why it has not answered all; it is closed then. */
  readonly failure: TargetFailure;
  readonly isTimeout: boolean;
  /**
   * Sends requests that want so many lines, connecting where that has not been done. `done` is called in a later turn,
   * once, and not after `close`. `timeoutMs` without any progress is a failure.
   */
  exchange(requests: readonly FrameWriter[], lines: number, timeoutMs: number, done: () => void): void;
  /** Others may have it. */
  giveBack(): void;
  close(): void;
}

/** Other servers, for MIGRATE. */
export interface TargetPort {
  /** One that was given back not long ago, or one that is still to be connected. */
  take(host: string, port: number): Target;
  /** The client's continuation was asleep: its next step is due. */
  wake(client: ClientState): void;
}
