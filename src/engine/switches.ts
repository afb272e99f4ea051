/** What DEBUG switches on and off, in memory that all workers share. Any thread. */
import type { SwitchesPort } from '../commands/ports.ts';

const NO_EXPIRY = 0;
const ANY_SCRIPT = 1;
const NO_TICK = 2;
export const SWITCHES_BYTES = 12;

export class Switches implements SwitchesPort {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  get noExpiry(): boolean {
    return Atomics.load(this.#words, NO_EXPIRY) !== 0;
  }

  set noExpiry(isOn: boolean) {
    this.#set(NO_EXPIRY, isOn);
  }

  get anyScript(): boolean {
    return Atomics.load(this.#words, ANY_SCRIPT) !== 0;
  }

  set anyScript(isOn: boolean) {
    this.#set(ANY_SCRIPT, isOn);
  }

  get noTick(): boolean {
    return Atomics.load(this.#words, NO_TICK) !== 0;
  }

  set noTick(isOn: boolean) {
    this.#set(NO_TICK, isOn);
  }

  #set(word: number, isOn: boolean): void {
    Atomics.store(this.#words, word, isOn ? 1 : 0);
  }
}
