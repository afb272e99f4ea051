/**
 * The numbers behind math.random: the servers' own 48-bit linear congruential generator, which gives the same sequence
 * on every machine. It goes on from script to script. Runs on its owner's thread. Must not know Lua.
 */

const HALF = 2 ** 24;
/** The multiplier 0x5DEECE66D and the state, in two halves of 24 bits, so that products stay exact. */
const MULTIPLIER_HIGH = 0x5de;
const MULTIPLIER_LOW = 0xece66d;
const INCREMENT = 0xb;
/** The lowest 16 bits after seeding. */
const SEED_LOW = 0x330e;
const LARGEST = 2 ** 31 - 1;

export class RandomSequence {
  // The state a generator has that was never seeded.
  #high = 0x1234ab;
  #low = 0xcd330e;

  seed(value: number): void {
    this.#high = (value >>> 8) & 0xffffff;
    this.#low = ((value & 0xff) << 16) | SEED_LOW;
  }

  /** The next number, from 0 inclusive to 1 exclusive. */
  next(): number {
    const low = this.#low * MULTIPLIER_LOW + INCREMENT;
    const high = this.#high * MULTIPLIER_LOW + this.#low * MULTIPLIER_HIGH + Math.floor(low / HALF);
    this.#low = low % HALF;
    this.#high = high % HALF;
    const bits = this.#high * 128 + (this.#low >>> 17);
    return (bits % LARGEST) / LARGEST;
  }
}
