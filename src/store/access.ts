/**
 * When and how often keys are used: the 24 bits of a record that eviction goes by. Either the LRU clock (seconds, 24
 * bits) or, with an LFU policy, 16 bits of minutes and 8 bits of a logarithmic counter (valkey 8.0 `evict.c`). Any
 * worker thread; one object each.
 */
import type { Arena } from '../memory/arena.ts';

const CLOCK_MASK = 0xff_ffff;
const MINUTES_MASK = 0xffff;
const LFU_FIRST = 5;
const MS_PER_MINUTE = 60_000;

export class AccessClock {
  /** `maxmemory-policy` is one of the LFU policies. */
  usesFrequency = false;
  /** `lfu-log-factor` and `lfu-decay-time`. */
  logFactor = 10;
  decayMinutes = 1;
  #seconds = 0;
  #minutes = 0;

  /** Once per batch. */
  refresh(nowMs: number): void {
    this.#seconds = Math.floor(nowMs / 1000) & CLOCK_MASK;
    this.#minutes = Math.floor(nowMs / MS_PER_MINUTE) & MINUTES_MASK;
  }

  /** Of a new key. */
  initial(): number {
    return this.usesFrequency ? (this.#minutes << 8) | LFU_FIRST : this.#seconds;
  }

  /** The key has been used. */
  touch(arena: Arena, record: number): void {
    const at = record >> 2;
    const word = arena.words[at];
    const access = this.usesFrequency ? this.#counted(word >>> 8) : this.#seconds;
    if (word >>> 8 !== access) arena.words[at] = (word & 0xff) | (access << 8);
  }

  /** OBJECT IDLETIME, in seconds. */
  idleSeconds(access: number): number {
    return (this.#seconds - access) & CLOCK_MASK;
  }

  /** OBJECT FREQ: the counter after decay. */
  frequency(access: number): number {
    const periods =
      this.decayMinutes === 0
        ? 0
        : Math.floor(((this.#minutes - (access >>> 8)) & MINUTES_MASK) / this.decayMinutes);
    return Math.max(0, (access & 0xff) - periods);
  }

  /** The bits that `idleSeconds` turns into `seconds`: RESTORE … IDLETIME. */
  idleAccess(seconds: number): number {
    return (this.#seconds - seconds) & CLOCK_MASK;
  }

  /** The bits of a counter: RESTORE … FREQ. */
  frequencyAccess(counter: number): number {
    return (this.#minutes << 8) | counter;
  }

  #counted(access: number): number {
    const counter = this.frequency(access);
    const base = Math.max(0, counter - LFU_FIRST);
    const grows = counter < 255 && Math.random() < 1 / (base * this.logFactor + 1);
    return (this.#minutes << 8) | (grows ? counter + 1 : counter);
  }
}
