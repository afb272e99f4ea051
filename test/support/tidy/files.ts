/** The repository's own text files, as the tidiness rules see them. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';

export interface TidyFile {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Offence {
  readonly rule: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly what: string;
}

export const repositoryRoot = path.resolve(import.meta.dirname, '../../..');

/** Tracked and new files, without what git ignores. */
export function listFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const output = execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const names = [...new Set(output.split('\0'))].filter((name) => name !== '');
  return names.filter((name) => fs.existsSync(path.join(repositoryRoot, name))).sort();
}

export function readTidyFile(name: string): TidyFile {
  const text = fs.readFileSync(path.join(repositoryRoot, name), 'utf8');
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { path: name, text, lines };
}

const parsed = new WeakMap<TidyFile, ts.SourceFile>();

export function parse(file: TidyFile): ts.SourceFile {
  const source = parsed.get(file) ?? ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
  parsed.set(file, source);
  return source;
}

/** Calls `visit` for `node` and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}
