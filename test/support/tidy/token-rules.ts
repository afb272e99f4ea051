/** Things that are not written in this repository, and what must be: head comments. */
import ts from 'typescript';
import { lineOf, type Offence, parse, type TidyFile, walk } from './files.ts';

const postponed = new RegExp(
  `\\b(${['TO', 'FIX', 'XX'].map((word, at) => word + ['DO', 'ME', 'X'][at]).join('|')})\\b`,
);
const focusing = new Set(['only', 'skip', 'todo']);
const testNames = new Set(['it', 'test', 'describe', 'suite', 'bench']);

/** Notes about work left undone belong into issues. */
export function checkNotes(file: TidyFile): Offence[] {
  const offences: Offence[] = [];
  for (const [index, line] of file.lines.entries()) {
    const match = postponed.exec(line);
    if (match) offences.push({ rule: 'notes', path: file.path, line: index + 1, what: match[0] });
  }
  return offences;
}

export function checkHeadComment(file: TidyFile): Offence[] {
  const text = file.text.replace(/^#!.*\n/, '').trimStart();
  const head = /^(?:\/\*[\s\S]*?\*\/|(?:\/\/.*\n)+)/.exec(text)?.[0] ?? '';
  if (head.replace(/[\s/*]+/g, ' ').trim().length >= 20) return [];
  return [{ rule: 'head-comment', path: file.path, line: 1, what: 'says nothing about itself at its head' }];
}

export function checkTokens(file: TidyFile): Offence[] {
  const source = parse(file);
  const offences: Offence[] = [];
  const add = (node: ts.Node, what: string): void => {
    offences.push({ rule: 'banned', path: file.path, line: lineOf(source, node), what });
  };
  for (const [index, line] of file.lines.entries()) {
    const match = /^\s*(?:\/\/|\/\*)\s*(@ts-(?:nocheck|ignore|expect-error))/.exec(line);
    if (match) offences.push({ rule: 'banned', path: file.path, line: index + 1, what: match[1] as string });
  }
  walk(source, (node) => {
    const what = bannedSyntax(node, file.path) ?? bannedCall(node);
    if (what) add(node, what);
  });
  return offences;
}

function bannedSyntax(node: ts.Node, path: string): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'the type any';
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && !node.exportClause) return 'a barrel: export *';
  if (path.endsWith('.config.ts')) return undefined;
  if (ts.isExportAssignment(node)) return 'a default export';
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  const isDefault = modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
  return isDefault ? 'a default export' : undefined;
}

function bannedCall(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && isNamed(node.expression, 'Function')) return 'new Function';
  if (!ts.isCallExpression(node)) return undefined;
  if (isNamed(node.expression, 'eval')) return 'eval';
  if (!ts.isPropertyAccessExpression(node.expression)) return undefined;
  const name = node.expression.name.text;
  if (!focusing.has(name)) return undefined;
  let root: ts.Expression = node.expression.expression;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
  return ts.isIdentifier(root) && testNames.has(root.text) ? `a test marked .${name}` : undefined;
}

function isNamed(node: ts.Expression, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}
