/**
 * The queue of requests on one connection whose replies are still to come, oldest first. Worker thread.
 * Parallel arrays instead of one object per request, so a pipeline of any depth allocates nothing.
 */
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';

export class PendingRing {
  targets: (ReplyTarget | undefined)[];
  mirrored: (MirroredCommand | undefined)[];
  sessions: Int32Array;
  sequences: Int32Array;
  commands: Int32Array;
  /** Monotonic milliseconds. */
  sentAt: Float64Array;
  /** Array positions of the oldest request and of the next free place. */
  head = 0;
  count = 0;
  #mask: number;

  constructor(capacity = 64) {
    this.targets = new Array(capacity).fill(undefined);
    this.mirrored = new Array(capacity).fill(undefined);
    this.sessions = new Int32Array(capacity);
    this.sequences = new Int32Array(capacity);
    this.commands = new Int32Array(capacity);
    this.sentAt = new Float64Array(capacity);
    this.#mask = capacity - 1;
  }

  push(
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    sentAtMs: number,
    mirrored: MirroredCommand | undefined,
  ): void {
    if (this.count > this.#mask) this.#grow();
    const at = (this.head + this.count) & this.#mask;
    this.targets[at] = target;
    this.mirrored[at] = mirrored;
    this.sessions[at] = session;
    this.sequences[at] = sequence;
    this.commands[at] = command;
    this.sentAt[at] = sentAtMs;
    this.count += 1;
  }

  /** Monotonic milliseconds; Infinity when there is none. */
  get oldestSentAtMs(): number {
    return this.count === 0 ? Infinity : this.sentAt[this.head];
  }

  /** Session of the request with this place in the queue, 0 the oldest. */
  sessionAt(place: number): number {
    return this.sessions[(this.head + place) & this.#mask];
  }

  /** Drops the oldest. The references are cleared so that closed sessions can be collected. */
  shift(): void {
    this.targets[this.head] = undefined;
    this.mirrored[this.head] = undefined;
    this.head = (this.head + 1) & this.#mask;
    this.count -= 1;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const bigger = new PendingRing(capacity);
    const total = this.count;
    for (let i = 0; i < total; i++) {
      const at = (this.head + i) & this.#mask;
      bigger.targets[i] = this.targets[at];
      bigger.mirrored[i] = this.mirrored[at];
      bigger.sessions[i] = this.sessions[at];
      bigger.sequences[i] = this.sequences[at];
      bigger.commands[i] = this.commands[at];
      bigger.sentAt[i] = this.sentAt[at];
    }
    this.targets = bigger.targets;
    this.mirrored = bigger.mirrored;
    this.sessions = bigger.sessions;
    this.sequences = bigger.sequences;
    this.commands = bigger.commands;
    this.sentAt = bigger.sentAt;
    this.head = 0;
    this.#mask = capacity - 1;
  }
}
