/**
 * Which shards the command being executed has locked. Locks are taken in ascending order only, all of a command's at
 * once, so threads cannot wait for each other in a circle; that of scripts comes before them. A script that touches
 * more than it has declared takes the rest in the middle (`reachAll`): there is only one script at a time, and while
 * it does so, whoever waits for several locks gives back those it has, for it has not done anything yet.
 * One object per worker.
 */
import type { CommandContext } from '../commands/context.ts';
import { WORD_LOCK } from '../memory/arena.ts';
import { wakeSleepers } from '../memory/lock.ts';
import type { Shard, Store } from '../store/store.ts';
import { ALARM_ANY, ALARM_BUSY, type ScriptState } from './script-state.ts';

export class ShardLocks {
  readonly #store: Store;
  readonly #scripts: ScriptState;
  /** 1 for each shard that is wanted or held. */
  readonly #wanted: Uint8Array;
  #count = 0;
  #wantsScript = false;

  constructor(store: Store, scripts: ScriptState) {
    this.#store = store;
    this.#scripts = scripts;
    this.#wanted = new Uint8Array(store.shards.length);
  }

  want(shard: number): void {
    this.#count += 1 - this.#wanted[shard];
    this.#wanted[shard] = 1;
  }

  wantKeys(context: CommandContext): void {
    for (let at = 0; at < context.keyCount; at++) this.want(context.keys[at].shard.index);
  }

  wantAll(): void {
    this.#wanted.fill(1);
    this.#count = this.#wanted.length;
  }

  /** The lock of scripts as well. */
  wantScript(): void {
    this.#wantsScript = true;
  }

  /** Whether a shard is wanted or held. */
  has(shard: number): boolean {
    return this.#wanted[shard] !== 0;
  }

  get hasAll(): boolean {
    return this.#count === this.#wanted.length;
  }

  /** Locks one shard, which is nobody's affair but the caller's. False: a script is busy. */
  lockOne(shard: Shard): boolean {
    return this.#store.lockUnless(shard, this.#scripts.words, ALARM_BUSY);
  }

  /** Locks what is wanted. False: a script is busy; nothing is locked or wanted. */
  lock(): boolean {
    while (!this.#take()) {
      if (this.#scripts.busyKind !== 0) {
        this.#forget();
        return false;
      }
      this.#scripts.waitForAlarm();
    }
    return true;
  }

  /** Locks what is wanted, however long that takes: for what cannot be refused. */
  lockAnyway(): void {
    while (!this.#take()) this.#scripts.waitForAlarm();
  }

  /** In the middle of a script: the shards that are missing. */
  reachAll(): void {
    const { shards } = this.#store;
    this.#scripts.reach(true);
    this.wake();
    for (const shard of shards) {
      if (this.#wanted[shard.index] !== 0) continue;
      this.#store.lock(shard);
      this.want(shard.index);
    }
    this.#scripts.reach(false);
  }

  /** Whoever sleeps for something that is held here looks at the alarms. */
  wake(): void {
    for (const { index, arena } of this.#store.shards) {
      if (this.#wanted[index] !== 0) wakeSleepers(arena.words, WORD_LOCK);
    }
    this.#scripts.wakeAll();
  }

  /** Unlocks all of them and wants them still: before more are wanted. */
  release(): void {
    this.#giveBack(this.#wanted.length);
  }

  /** Unlocks all of them and wants none. */
  unlock(): void {
    const { shards } = this.#store;
    for (let index = 0; this.#count > 0; index++) {
      if (this.#wanted[index] === 0) continue;
      this.#wanted[index] = 0;
      this.#store.unlock(shards[index]);
      this.#count -= 1;
    }
    if (!this.#wantsScript) return;
    this.#wantsScript = false;
    this.#scripts.leave();
  }

  /** False: an alarm has been raised; nothing is locked. */
  #take(): boolean {
    const { shards } = this.#store;
    if (this.#wantsScript && !this.#scripts.enter()) return false;
    let left = this.#count;
    for (let index = 0; left > 0; index++) {
      if (this.#wanted[index] === 0) continue;
      if (!this.#store.lockUnless(shards[index], this.#scripts.words, ALARM_ANY)) {
        this.#giveBack(index);
        return false;
      }
      left -= 1;
    }
    return true;
  }

  /** Unlocks those before `end`, and scripts. */
  #giveBack(end: number): void {
    const { shards } = this.#store;
    for (let index = 0; index < end; index++) {
      if (this.#wanted[index] !== 0) this.#store.unlock(shards[index]);
    }
    if (this.#wantsScript) this.#scripts.leave();
  }

  #forget(): void {
    this.#wanted.fill(0);
    this.#count = 0;
    this.#wantsScript = false;
  }
}
