/**
 * Keeps a trouble that repeats itself from filling the log: of lines that say the same, the first of each window are
 * written, and how many were not is told when it ends. Main thread. Its memory is bounded.
 */
import type { WrittenLevel } from './log.ts';

/** Lines of one kind that are written in each window. */
export const BURST = 10;
export const WINDOW_MS = 10_000;
/** Kinds that are remembered; the one that began first is forgotten for a new one. */
export const MAX_KINDS = 256;

/** Fields that tell apart what happens to different parts. */
const TELLING_FIELDS = ['target', 'node', 'role', 'worker', 'group', 'code'];

interface Kind {
  readonly level: WrittenLevel;
  readonly message: string;
  readonly sinceMs: number;
  written: number;
  held: number;
}

export interface Repeated {
  readonly level: WrittenLevel;
  readonly message: string;
  /** Lines like it that were not written. */
  readonly times: number;
  readonly withinMs: number;
}

export class Repeats {
  /** In the order in which their windows began. */
  readonly #kinds = new Map<string, Kind>();
  readonly #tell: (repeated: Repeated) => void;

  constructor(tell: (repeated: Repeated) => void) {
    this.#tell = tell;
  }

  get size(): number {
    return this.#kinds.size;
  }

  /** Whether the line is to be written. */
  admits(
    level: WrittenLevel,
    message: string,
    fields: Readonly<Record<string, unknown>>,
    nowMs: number,
  ): boolean {
    if (level !== 'warn' && level !== 'error') return true;
    this.expire(nowMs);
    const key = JSON.stringify([level, message, ...TELLING_FIELDS.map((name) => tellingValue(fields[name]))]);
    const known = this.#kinds.get(key);
    if (known === undefined) {
      if (this.#kinds.size >= MAX_KINDS) this.#forgetFirst(nowMs);
      this.#kinds.set(key, { level, message, sinceMs: nowMs, written: 1, held: 0 });
      return true;
    }
    if (known.written < BURST) {
      known.written += 1;
      return true;
    }
    known.held += 1;
    return false;
  }

  /** Ends the windows that are over. True: lines are still held back. */
  expire(nowMs: number): boolean {
    for (const [, kind] of this.#kinds) {
      if (nowMs - kind.sinceMs < WINDOW_MS) break;
      this.#forgetFirst(nowMs);
    }
    return this.#kinds.size > 0;
  }

  /** Ends all windows: nothing more will be written. */
  close(nowMs: number): void {
    while (this.#kinds.size > 0) this.#forgetFirst(nowMs);
  }

  #forgetFirst(nowMs: number): void {
    const [first] = this.#kinds;
    const [key, { level, message, held, sinceMs }] = first!;
    this.#kinds.delete(key);
    if (held > 0) this.#tell({ level, message, times: held, withinMs: nowMs - sinceMs });
  }
}

/** Texts of any length would make kinds of any size. */
function tellingValue(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, 64);
  return typeof value === 'number' ? value : null;
}
