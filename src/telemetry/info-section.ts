/** A section of INFO in the servers' form, for whoever answers INFO. Pure. Cold: nobody asks often. */

/** Words that ask for every section there is. */
const ALL = new Set(['default', 'all', 'everything']);

export type InfoFields = readonly (readonly [name: string, value: string | number])[];

/** `# Title` and one field a line. */
export function formatSection(title: string, fields: InfoFields): string {
  const lines = fields.map(([name, value]) => `${name}:${value}\r\n`);
  return `# ${title}\r\n${lines.join('')}`;
}

/** Fields of one line, `name=value` with commas between. */
export function formatFields(fields: InfoFields): string {
  return fields.map(([name, value]) => `${name}=${value}`).join(',');
}

/** Whether INFO with these words, in any case, shows the section. */
export function asksForSection(words: readonly string[], title: string): boolean {
  if (words.length === 0) return true;
  return words.some((word) => {
    const name = word.toLowerCase();
    return name === title.toLowerCase() || ALL.has(name);
  });
}

/** Sections have an empty line between them. */
export function appendSection(text: string, section: string): string {
  return text === '' ? section : `${text}\r\n${section}`;
}
