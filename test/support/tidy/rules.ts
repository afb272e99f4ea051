/** Every tidiness rule with the files it applies to. */
import type { Offence, TidyFile } from './files.ts';
import { checkHotPath } from './hot-rules.ts';
import { checkImports } from './layers.ts';
import { checkLinks } from './link-rules.ts';
import { checkFileLength, checkFunctionLength, checkLineLength } from './size-rules.ts';
import { checkHeadComment, checkNotes, checkTokens } from './token-rules.ts';

export interface Rule {
  readonly name: string;
  readonly applies: (path: string) => boolean;
  readonly check: (file: TidyFile) => Offence[];
}

const code = /^(src|test|bench|native)\/.*\.(tsx?|mjs|c|h)$|^[^/]+\.(ts|mjs)$/;

const isCode = (path: string): boolean => code.test(path);
const isTypeScript = (path: string): boolean => isCode(path) && /\.tsx?$/.test(path);
const isDocument = (path: string): boolean => path.endsWith('.md');
/** The name of a test says whose test it is. */
const hasHead = (path: string): boolean => isCode(path) && !/\.(config|test)\.ts$/.test(path);

function only(rule: string, offences: Offence[]): Offence[] {
  return offences.filter((offence) => offence.rule === rule);
}

export const rules: readonly Rule[] = [
  { name: 'file-length', applies: isCode, check: checkFileLength },
  { name: 'function-length', applies: isCode, check: checkFunctionLength },
  { name: 'line-length', applies: isCode, check: checkLineLength },
  { name: 'layers', applies: isTypeScript, check: (file) => only('layers', checkImports(file)) },
  { name: 'one-door', applies: isTypeScript, check: (file) => only('one-door', checkImports(file)) },
  { name: 'banned', applies: isTypeScript, check: checkTokens },
  { name: 'hot-path', applies: isTypeScript, check: checkHotPath },
  { name: 'notes', applies: (path) => isCode(path) || isDocument(path), check: checkNotes },
  { name: 'head-comment', applies: hasHead, check: checkHeadComment },
  { name: 'links', applies: isDocument, check: checkLinks },
];

/** Whether any rule looks at the file. */
export function concerns(path: string): boolean {
  return isCode(path) || isDocument(path);
}
