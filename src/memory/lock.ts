/**
 * The lock of an arena: a word in its header, so that every thread sees it. Held for the time of one command or of one
 * slice of a long one, never across an await. Any worker thread.
 *
 * The word is 0, or the number of the thread that has it, or that number with WAITED when somebody sleeps for it. A
 * waiter spins for about the time of a short command, then sleeps. Threads say that they live in a table of their own;
 * a lock whose owner has died is never taken over, because what it protects may be half written: waiting for it throws,
 * and the process stops.
 */
import { type Arena, WORD_LOCK } from './arena.ts';

const FREE = 0;
const WAITED = 1 << 30;
const SPINS = 200;
/** How often a sleeper looks whether the owner still lives. */
const CHECK_MS = 100;
const NO_ALARM = new Int32Array(0);

export const MAX_THREADS = 1023;
/** Size of the memory in which threads say that they live. */
export const LIVENESS_BYTES = (MAX_THREADS + 1) * 4;
export const THREAD_ALIVE = 1;
export const THREAD_DEAD = 2;

/** A thread's ability to take locks. */
export class LockOwner {
  /** 1 to MAX_THREADS, another for each thread. */
  readonly id: number;
  readonly #liveness: Int32Array;

  constructor(id: number, liveness: SharedArrayBuffer) {
    this.id = id;
    this.#liveness = new Int32Array(liveness);
    Atomics.store(this.#liveness, id, THREAD_ALIVE);
  }

  /** Takes the arena's lock; throws when its owner has died. Not reentrant. */
  lock(arena: Arena): void {
    if (Atomics.compareExchange(arena.words, WORD_LOCK, FREE, this.id) !== FREE) {
      this.#wait(arena.words, WORD_LOCK, NO_ALARM, 0);
    }
  }

  /**
   * Takes the lock at `words[at]`, but waits no longer than the first `count` words of `alarm` are 0. False: it is not
   * taken. `wakeSleepers` after the alarm has been raised makes that quick.
   */
  lockUnless(words: Int32Array, at: number, alarm: Int32Array, count: number): boolean {
    return Atomics.compareExchange(words, at, FREE, this.id) === FREE || this.#wait(words, at, alarm, count);
  }

  unlock(arena: Arena): void {
    this.unlockWord(arena.words, WORD_LOCK);
  }

  unlockWord(words: Int32Array, at: number): void {
    if (Atomics.exchange(words, at, FREE) !== this.id) Atomics.notify(words, at, 1);
  }

  #wait(words: Int32Array, at: number, alarm: Int32Array, count: number): boolean {
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(words, at) !== FREE) continue;
      if (Atomics.compareExchange(words, at, FREE, this.id) === FREE) return true;
    }
    for (;;) {
      const found = Atomics.load(words, at);
      if (found === FREE) {
        // Others may sleep as well, and whoever wakes cannot know: the next unlock wakes one more.
        if (Atomics.compareExchange(words, at, FREE, this.id | WAITED) === FREE) return true;
        continue;
      }
      for (let index = 0; index < count; index++) if (Atomics.load(alarm, index) !== 0) return false;
      const owner = found & ~WAITED;
      if (Atomics.load(this.#liveness, owner) === THREAD_DEAD) {
        throw new Error(`the thread ${owner} died with a lock: what it wrote cannot be trusted`);
      }
      if (Atomics.compareExchange(words, at, found, owner | WAITED) !== found) continue;
      Atomics.wait(words, at, owner | WAITED, CHECK_MS);
    }
  }
}

/** Everybody who sleeps for the lock looks again. */
export function wakeSleepers(words: Int32Array, at: number): void {
  Atomics.notify(words, at);
}

/** Says that a thread is gone. Whoever waits for a lock of it will throw. Main thread. */
export function declareDead(liveness: SharedArrayBuffer, id: number): void {
  Atomics.store(new Int32Array(liveness), id, THREAD_DEAD);
}
