/** What an engine is made of. Types only; any thread. */
import type { Clock } from '../base/clock.ts';
import type { CompatibilityName } from '../commands/compatibility.ts';
import type { CommandTable } from '../commands/table.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { ServerIdentity } from './information.ts';
import type { Dialer } from './targets.ts';

export interface EngineOptions {
  readonly memory: EngineMemory;
  /** Counts from 0. */
  readonly worker: number;
  readonly workers: number;
  readonly compatibility: CompatibilityName;
  readonly table: CommandTable;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
  /** Absent: there is no way to other servers. */
  readonly dialer?: Dialer;
  /** Absent: nobody reads it. */
  readonly log?: EngineLog;
}

export type EngineLog = (level: 'error', message: string, fields: Record<string, string>) => void;
