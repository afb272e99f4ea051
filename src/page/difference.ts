/** Where two replies, as the log shows them, part for the first time. Pure. */

/** A text in three pieces: what both have, what differs first, and the rest. */
export interface Marked {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

export interface Difference {
  /** The texts are the same: what differs is not shown. */
  readonly isHidden: boolean;
  readonly primary: Marked;
  readonly shadow: Marked;
}

/** Strings with their quotes, brackets and commas one by one, and what lies between. */
const TOKENS = /"(?:[^"\\]|\\.)*"?|=>|[[\]{},]|[^"[\]{},]+/g;
/** In a longer element only the part from the first differing character on is marked. */
const WHOLE_ELEMENT = 24;

export function markDifference(primary: string, shadow: string): Difference {
  const [mine, theirs] = [primary.match(TOKENS) ?? [], shadow.match(TOKENS) ?? []];
  let at = 0;
  let start = 0;
  while (at < mine.length && mine[at] === theirs[at]) start += mine[at++]!.length;
  let [one, other] = [elementAt(mine, at), elementAt(theirs, at)];
  if (one === other) [one, other] = [mine[at] ?? '', theirs[at] ?? ''];
  let inside = 0;
  if (Math.max(one.length, other.length) > WHOLE_ELEMENT) {
    while (inside < one.length && one[inside] === other[inside]) inside++;
  }
  return {
    isHidden: primary === shadow,
    primary: cut(primary, start + inside, start + one.length),
    shadow: cut(shadow, start + inside, start + other.length),
  };
}

/** What stands there: nothing where an aggregate ends, and an element with the comma before it. */
function elementAt(tokens: readonly string[], at: number): string {
  const token = tokens[at] ?? '';
  if (token === ']' || token === '}') return '';
  return token === ',' || token === '=>' ? token + (tokens[at + 1] ?? '') : token;
}

function cut(text: string, start: number, end: number): Marked {
  return { before: text.slice(0, start), marked: text.slice(start, end), after: text.slice(end) };
}
