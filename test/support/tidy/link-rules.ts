/** Links between documents: the file exists, and so does the heading. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Offence, repositoryRoot, type TidyFile } from './files.ts';

export function checkLinks(file: TidyFile): Offence[] {
  const offences: Offence[] = [];
  let fenced = false;
  for (const [index, line] of file.lines.entries()) {
    if (line.startsWith('```')) fenced = !fenced;
    if (fenced) continue;
    for (const match of line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      const target = match[1] as string;
      if (/^[a-z]+:/.test(target) || leadsSomewhere(file.path, target)) continue;
      offences.push({ rule: 'links', path: file.path, line: index + 1, what: `${target} leads nowhere` });
    }
  }
  return offences;
}

function leadsSomewhere(from: string, target: string): boolean {
  const [name = '', anchor] = target.split('#');
  const place = path.join(
    repositoryRoot,
    name === '' ? from : path.join(path.dirname(from), decodeURI(name)),
  );
  if (!fs.existsSync(place)) return false;
  if (anchor === undefined || !place.endsWith('.md')) return true;
  const headings = fs.readFileSync(place, 'utf8').matchAll(/^#+ +(.+)$/gm);
  return [...headings].some((match) => anchorOf(match[1] as string) === anchor.toLowerCase());
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}
