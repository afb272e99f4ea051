/**
 * The folders a client's bytes pass through do not allocate per command. What a reader of text can see of that is
 * checked here: calls and spreads that make garbage, in code that does not say why it may.
 *
 * A function, class or file whose comment holds the word "Cold" (with what makes it so: "Cold: once per connection.")
 * is left alone; so is code that runs once, outside functions.
 */
import ts from 'typescript';
import { lineOf, type Offence, parse, type TidyFile, walk } from './files.ts';
import { folderOf } from './layers.ts';

const hotFolders = new Set([
  'resp',
  'memory',
  'store',
  'commands',
  'engine',
  'transport',
  'upstream',
  'shadow',
  'gateway',
]);
const garbageMethods = new Set(['toString', 'subarray']);
const cold = /\bcold\b/i;

export function checkHotPath(file: TidyFile): Offence[] {
  if (!file.path.startsWith('src/') || !hotFolders.has(folderOf(file.path))) return [];
  if (cold.test(headComment(file.text))) return [];
  const source = parse(file);
  const offences: Offence[] = [];
  walk(source, (node) => {
    const what = garbage(node);
    if (!what || !insideFunction(node) || saysCold(node, source)) return;
    offences.push({ rule: 'hot-path', path: file.path, line: lineOf(source, node), what });
  });
  return offences;
}

function headComment(text: string): string {
  return /^\/\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';
}

function garbage(node: ts.Node): string | undefined {
  if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node)) return 'a spread';
  if (ts.isAwaitExpression(node)) return 'await';
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const name = node.expression.name.text;
  const owner = node.expression.expression;
  if (ts.isIdentifier(owner) && owner.text === 'Buffer' && name === 'concat') return 'Buffer.concat';
  return garbageMethods.has(name) ? `.${name}()` : undefined;
}

function insideFunction(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) if (ts.isFunctionLike(at)) return true;
  return false;
}

function saysCold(node: ts.Node, source: ts.SourceFile): boolean {
  for (let at: ts.Node | undefined = node.parent; at && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isBlock(at) || ts.isExpression(at)) continue;
    const comments = ts.getLeadingCommentRanges(source.text, at.getFullStart()) ?? [];
    if (comments.some((range) => cold.test(source.text.slice(range.pos, range.end)))) return true;
  }
  return false;
}
