/** Limits of the house style: files of 400 lines, functions of 60, lines of 120 characters. */
import ts from 'typescript';
import { lineOf, type Offence, parse, type TidyFile, walk } from './files.ts';

const fileLines = 400;
const functionLines = 60;
const lineCharacters = 120;

export function checkFileLength(file: TidyFile): Offence[] {
  if (file.lines.length <= fileLines) return [];
  const what = `${file.lines.length} lines, ${fileLines} are allowed`;
  return [{ rule: 'file-length', path: file.path, line: file.lines.length, what }];
}

export function checkLineLength(file: TidyFile): Offence[] {
  const offences: Offence[] = [];
  for (const [index, line] of file.lines.entries()) {
    if ([...line].length <= lineCharacters) continue;
    const what = `${line.length} characters, ${lineCharacters} are allowed`;
    offences.push({ rule: 'line-length', path: file.path, line: index + 1, what });
  }
  return offences;
}

export function checkFunctionLength(file: TidyFile): Offence[] {
  return /\.tsx?$/.test(file.path) ? longFunctions(file) : longBlocks(file);
}

function longFunctions(file: TidyFile): Offence[] {
  const source = parse(file);
  const offences: Offence[] = [];
  walk(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body || isTestGroup(node)) return;
    const first = lineOf(source, node);
    const count = source.getLineAndCharacterOfPosition(node.end).line + 1 - first + 1;
    if (count > functionLines) offences.push(tooLong(file, first, count));
  });
  return offences;
}

function tooLong(file: TidyFile, line: number, count: number): Offence {
  const what = `a function of ${count} lines, ${functionLines} are allowed`;
  return { rule: 'function-length', path: file.path, line, what };
}

/** The callback of `describe(…)` or `describe.each(…)(…)` groups functions; it is not one itself. */
function isTestGroup(node: ts.Node): boolean {
  const call = node.parent;
  if (!call || !ts.isCallExpression(call)) return false;
  let callee: ts.Expression = call.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
  return ts.isIdentifier(callee) && callee.text === 'describe';
}

/** In C a function is what stands between a brace at the beginning of a line and the next such brace. */
function longBlocks(file: TidyFile): Offence[] {
  if (!/\.[ch]$/.test(file.path)) return [];
  const offences: Offence[] = [];
  let first = -1;
  for (const [index, line] of file.lines.entries()) {
    const opens = line === '{' || (/^[A-Za-z].*\)\s*\{$/.test(line) && !/^(struct|enum|union)\b/.test(line));
    if (opens) first = index + 1;
    if (!line.startsWith('}') || first < 0) continue;
    const count = index + 1 - first + 1;
    if (count > functionLines) offences.push(tooLong(file, first, count));
    first = -1;
  }
  return offences;
}
