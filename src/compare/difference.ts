/** How two replies differ, and how the place is written. Any thread. It must not hold values of replies. */
import type { DIVERGENCE_KINDS } from '../telemetry/metrics.ts';

export type DivergenceKind = (typeof DIVERGENCE_KINDS)[number];

export interface Difference {
  readonly kind: DivergenceKind;
  /**
   * Where: '' is the whole reply, `[3]` the fourth element, `{2}` the third pair of a map (or what should be pairs),
   * `{+2}` the third pair of the shadow's reply, which the primary's lacks. Never contains data. At most 120
   * characters.
   */
  readonly path: string;
}

const LONGEST_PATH = 120;

/** The same difference, seen from the aggregate that contains it; `step` is the place of the element in it. */
export function within(step: string, difference: Difference): Difference {
  const path = step + difference.path;
  if (path.length <= LONGEST_PATH) return { kind: difference.kind, path };
  return { kind: difference.kind, path: `${path.slice(0, LONGEST_PATH - 1)}…` };
}
