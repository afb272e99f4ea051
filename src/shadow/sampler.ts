/**
 * Decides which keys are mirrored. Owns one comparison; runs on worker threads, once per keyed command.
 * It must not know commands: the caller hashes the key.
 */

const HASH_RANGE = 4294967296;

/**
 * Whether the key with this hash belongs to the sample. Sticky by key, so a sample holds whole keys, and monotone:
 * a key of the 5 % sample is in the 10 % sample too, so raising the share never loses a key.
 *
 * @param hash 32-bit hash of the key, signed or unsigned.
 * @param sample share of keys in [0, 1]; 0 takes none and 1 takes all. NaN takes none.
 */
export function isSampled(hash: number, sample: number): boolean {
  return hash >>> 0 < sample * HASH_RANGE;
}
