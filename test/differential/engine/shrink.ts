/** Of commands that lead to a difference, the few that are needed for it: whoever mends it wants to see only these. */

/** So many times the commands are played again. */
const MOST_TRIES = 400;

/** Leaves out halves, quarters, and so on down to single ones, as long as `differs` says so of what is left. */
export async function shrink<T>(
  items: readonly T[],
  differs: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let left = items;
  let tries = MOST_TRIES;
  if (!(await differs(left))) return left;
  for (let size = left.length >> 1; size > 0; size >>= 1) {
    // From the end: commands after the difference go first.
    for (let at = left.length - size; at > -size && tries > 0; at -= size, tries -= 1) {
      const from = Math.max(0, at);
      const fewer = left.toSpliced(from, at + size - from);
      if (fewer.length > 0 && (await differs(fewer))) left = fewer;
    }
  }
  return left;
}
