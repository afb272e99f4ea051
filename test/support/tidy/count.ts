/**
 * Prints the present number of offences by rule and file, in the form of `tidy-offenders.json`. For looking at, or for
 * lowering the numbers there: `node --import ./test/support/typescript.mjs test/support/tidy/count.ts`.
 */
import { listFiles, readTidyFile } from './files.ts';
import { concerns, rules } from './rules.ts';

const files = listFiles().filter(concerns).map(readTidyFile);
const counts: Record<string, Record<string, number>> = {};
for (const rule of rules) {
  for (const file of files) {
    const count = rule.applies(file.path) ? rule.check(file).length : 0;
    if (count === 0) continue;
    counts[rule.name] ??= {};
    (counts[rule.name] as Record<string, number>)[file.path] = count;
  }
}
console.log(JSON.stringify(counts, null, 2));
