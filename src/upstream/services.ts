/** What every part of a worker thread shares. One object per worker, made by `gateway/worker.ts`. */
import type { Clock } from '../base/clock.ts';
import type { CommandTable } from '../commands/table.ts';
import type { WorkerMetrics } from '../telemetry/metrics.ts';
import type { Tracer } from '../telemetry/trace.ts';
import type { Transport } from '../transport/transport.ts';
import type { SignsOfLife } from './signs-of-life.ts';

/** In place of a command id: the gateway's own question, which is not counted. */
export const INTERNAL_COMMAND = -2;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface WorkerServices {
  readonly workerIndex: number;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly table: CommandTable;
  readonly metrics: WorkerMetrics;
  readonly life: SignsOfLife;
  /** Undefined where no traces are made. */
  readonly tracer?: Tracer | undefined;
  /**
   * Runs `work` after a delay as a batch of its own: with a fresh clock, and what it writes leaves at its end. All
   * timers of a worker go through here.
   */
  after(delayMs: number, work: () => void): NodeJS.Timeout;
  /** `fields` must not hold values, keys or credentials. */
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void;
}
