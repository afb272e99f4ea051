/** Sorting in slices. Cold: for SORT, and replies that are large. Pure. */
import type { Turns } from '../slices.ts';

/** What yields where others may run, and has a result at last. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** So many are sorted at once. */
const RUN = 1024;

/** The items in order; those that compare as equal stay in theirs. A merge sort of runs that are sorted at once. */
export function* mergeSorted<T>(
  items: readonly T[],
  compare: (left: T, right: T) => number,
  slices: Turns,
): Sliced<T[]> {
  if (items.length <= RUN) return items.toSorted(compare);
  let from: T[] = [];
  for (let start = 0; start < items.length; start += RUN) {
    for (const item of items.slice(start, start + RUN).sort(compare)) from.push(item);
    if (slices.isLate) yield;
  }
  for (let width = RUN; width < items.length; width *= 2) {
    const to: T[] = [];
    for (let start = 0; start < items.length; start += 2 * width) {
      const middle = Math.min(start + width, items.length);
      const end = Math.min(start + 2 * width, items.length);
      for (let left = start, right = middle; left < middle || right < end; ) {
        const isLeft = left < middle && (right >= end || compare(from[left], from[right]) <= 0);
        to.push(from[isLeft ? left++ : right++]);
        if (slices.isOver()) yield;
      }
    }
    from = to;
  }
  return from;
}
