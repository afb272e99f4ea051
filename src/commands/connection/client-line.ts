/** Lines of CLIENT LIST: their fields, and taking them apart and putting them together. Pure; any thread. */

/** Fields of one line, in their order. */
export type ClientLine = Map<string, string>;

/** In the order in which servers write them; what later ones have comes behind. */
const FLAGS = 'OSMPxbtRBdcuAUreTI';
/** `name=value` pairs; values hold no spaces. */
export function parseLine(text: string): ClientLine {
  const line: ClientLine = new Map();
  for (const pair of text.split(' ')) {
    const at = pair.indexOf('=');
    if (at > 0) line.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return line;
}

/** The lines of CLIENT LIST, without empty ones. */
export function parseLines(text: string): ClientLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** Ends with a newline. */
export function formatLine(line: ClientLine): string {
  const pairs: string[] = [];
  for (const [name, value] of line) pairs.push(`${name}=${value}`);
  return `${pairs.join(' ')}\n`;
}

export function lineNumber(line: ClientLine, field: string): number {
  return Number(line.get(field) ?? 0);
}

/** The letters of the field `flags`, in the servers' order. */
export function flagLetters(given: Iterable<string>): string {
  const letters = new Set(given);
  letters.delete('N');
  const known = Array.from(FLAGS).filter((letter) => letters.delete(letter));
  const flags = known.join('') + Array.from(letters).join('');
  return flags === '' ? 'N' : flags;
}
