/**
 * Patterns as KEYS, SCAN and PSUBSCRIBE take them: `*`, `?`, `[a-z]`, `[^ab]`, `\` before a character that stands for
 * itself. Matches exactly what the servers' `stringmatchlen` does, oddities included, but never takes longer than the
 * product of both lengths. Any thread; allocates nothing.
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const DASH = 0x2d;

/** With more stars than this before its end a pattern matches nothing, as in the servers. */
const MOST_STARS = 1000;

/** Where `matchesClass` has stopped reading. */
let classEnd = 0;

/** Whether `text[start, end)` matches `pattern[patternStart, patternEnd)`. */
export function globMatches(
  pattern: Uint8Array,
  patternStart: number,
  patternEnd: number,
  text: Uint8Array,
  start: number,
  end: number,
): boolean {
  let at = patternStart;
  let here = start;
  // Where to go on if what follows the last star does not match: the star takes one more byte.
  let afterStar = -1;
  let starTook = 0;
  let stars = 0;
  while (at < patternEnd && here < end) {
    const code = pattern[at];
    if (code === STAR) {
      while (at < patternEnd && pattern[at] === STAR) at++;
      if (at === patternEnd) return true;
      stars += 1;
      if (stars > MOST_STARS) return false;
      afterStar = at;
      starTook = here;
      continue;
    }
    let matched: boolean;
    if (code === QUESTION) {
      matched = true;
      at += 1;
    } else if (code === OPEN) {
      matched = matchesClass(pattern, at + 1, patternEnd, text[here]);
      at = classEnd;
    } else {
      if (code === BACKSLASH && at + 1 < patternEnd) at += 1;
      matched = pattern[at] === text[here];
      at += 1;
    }
    here += 1;
    if (matched && here === end) {
      while (at < patternEnd && pattern[at] === STAR) at++;
    }
    if (matched && (at < patternEnd || here === end)) continue;
    if (afterStar < 0) return false;
    starTook += 1;
    at = afterStar;
    here = starTook;
  }
  return at === patternEnd && here === end;
}

/** Whether a byte is in the class whose inside begins at `from`. */
function matchesClass(pattern: Uint8Array, from: number, patternEnd: number, byte: number): boolean {
  let at = from;
  const negated = at < patternEnd && pattern[at] === CARET;
  if (negated) at += 1;
  let matched = false;
  while (at < patternEnd && pattern[at] !== CLOSE) {
    if (pattern[at] === BACKSLASH && at + 1 < patternEnd) {
      at += 1;
      if (pattern[at] === byte) matched = true;
    } else if (at + 2 < patternEnd && pattern[at + 1] === DASH) {
      const low = Math.min(pattern[at], pattern[at + 2]);
      const high = Math.max(pattern[at], pattern[at + 2]);
      if (byte >= low && byte <= high) matched = true;
      at += 2;
    } else if (pattern[at] === byte) matched = true;
    at += 1;
  }
  // A class that is not closed ends with the pattern.
  classEnd = Math.min(at + 1, patternEnd);
  return matched !== negated;
}
