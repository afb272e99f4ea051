/** What a search has found. Worker thread. Small searches use one object again and again. */
import { FrameWriter } from '../../resp/encode.ts';
import { mergeSorted } from '../generic/merge-sort.ts';
import type { Slices, Turns } from '../slices.ts';

/** Lists longer than this are given back after the command. */
const KEPT_POINTS = 4096;
const FIRST_POINTS = 64;

export class GeoPoints {
  count = 0;
  longitudes = new Float64Array(FIRST_POINTS);
  latitudes = new Float64Array(FIRST_POINTS);
  /** Metres from the centre of the search. */
  distances = new Float64Array(FIRST_POINTS);
  scores = new Float64Array(FIRST_POINTS);
  /** Where in `members` the member ends; it begins where the one before ends. */
  ends = new Int32Array(FIRST_POINTS);
  /** In which order they are given out. */
  order = new Int32Array(FIRST_POINTS);
  readonly members = new FrameWriter();

  reset(): void {
    this.count = 0;
    this.members.reset();
    if (this.ends.length > KEPT_POINTS) this.#resize(FIRST_POINTS);
  }

  /** The member is `bytes[start, end)`. */
  add(
    longitude: number,
    latitude: number,
    distance: number,
    score: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const index = this.count;
    if (index === this.ends.length) this.#resize(2 * index);
    this.longitudes[index] = longitude;
    this.latitudes[index] = latitude;
    this.distances[index] = distance;
    this.scores[index] = score;
    this.members.raw(bytes, start, end);
    this.ends[index] = this.members.length;
    this.order[index] = index;
    this.count = index + 1;
  }

  start(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1];
  }

  /** Puts `order` in order of distances. */
  *sort(isDescending: boolean, slices: Turns): Slices {
    const { distances } = this;
    const sign = isDescending ? -1 : 1;
    const byDistance = (left: number, right: number): number =>
      sign * compare(distances[left], distances[right]) || left - right;
    this.order.set(yield* mergeSorted(Array.from(this.order.slice(0, this.count)), byDistance, slices));
  }

  /** There is room for those that are there. */
  #resize(size: number): void {
    const { count } = this;
    this.longitudes = copied(this.longitudes, new Float64Array(size), count);
    this.latitudes = copied(this.latitudes, new Float64Array(size), count);
    this.distances = copied(this.distances, new Float64Array(size), count);
    this.scores = copied(this.scores, new Float64Array(size), count);
    this.ends = copied(this.ends, new Int32Array(size), count);
    this.order = copied(this.order, new Int32Array(size), count);
  }
}

function compare(left: number, right: number): number {
  if (left > right) return 1;
  return left === right ? 0 : -1;
}

function copied<Numbers extends Float64Array | Int32Array>(
  from: Numbers,
  to: Numbers,
  count: number,
): Numbers {
  for (let at = 0; at < count; at++) to[at] = from[at];
  return to;
}
