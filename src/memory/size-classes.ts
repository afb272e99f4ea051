/**
 * Sizes of small blocks: steps of 4 bytes up to 128, where most records are, then eight steps to each doubling, up to
 * 32 KiB. Pure.
 */

export const LARGEST_SMALL_BYTES = 32768;
/** Classes of 8, 12, 16, … 128 bytes. */
const FINE_CLASSES = 31;
const STEPS = 8;
export const CLASS_COUNT = FINE_CLASSES + STEPS * 8;

/** Class of the smallest blocks that hold `sizeBytes`, 0 to `LARGEST_SMALL_BYTES`. */
export function sizeClass(sizeBytes: number): number {
  if (sizeBytes <= 8) return 0;
  if (sizeBytes <= 128) return (sizeBytes - 5) >> 2;
  const last = sizeBytes - 1;
  const shift = 31 - Math.clz32(last);
  return FINE_CLASSES + (shift - 7) * STEPS + ((last >> (shift - 3)) & (STEPS - 1));
}

/** Bytes of every block, by class. */
export const CLASS_BYTES: Int32Array = makeClassBytes();

/** Pages of a run, by class: enough that what is left over at its end is little. */
export const RUN_PAGES: Int32Array = makeRunPages();

function makeClassBytes(): Int32Array {
  const bytes = new Int32Array(CLASS_COUNT);
  for (let at = 0; at < FINE_CLASSES; at++) bytes[at] = 4 * (at + 2);
  for (let at = FINE_CLASSES; at < CLASS_COUNT; at++) {
    const doubling = (at - FINE_CLASSES) >> 3;
    bytes[at] = (STEPS + 1 + ((at - FINE_CLASSES) & 7)) << (doubling + 4);
  }
  return bytes;
}

function makeRunPages(): Int32Array {
  const pages = new Int32Array(CLASS_COUNT);
  for (let at = 0; at < CLASS_COUNT; at++) {
    const bytes = CLASS_BYTES[at];
    if (bytes <= 256) pages[at] = 4;
    else if (bytes <= 1024) pages[at] = 8;
    else pages[at] = Math.ceil((8 * bytes + 64) / 4096);
  }
  return pages;
}
