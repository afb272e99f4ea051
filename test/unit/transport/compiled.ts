/**
 * The transport as plain JavaScript in a temporary folder, for worker threads and processes of their own: compiled
 * once per test file, where loading a compiler into each worker would take longer than the tests.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import ts from 'typescript';
import { afterAll } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const folders = ['src/base', 'src/transport', 'test/unit/transport'];

let folder: string | undefined;

/** Path of a helper program of this folder, such as 'echo-worker', ready to run. */
export function compiledProgram(name: string): string {
  folder ??= compile();
  return path.join(folder, 'test/unit/transport', `${name}.js`);
}

function compile(): string {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-'));
  fs.writeFileSync(path.join(target, 'package.json'), '{"type":"module"}');
  // The addon is found two levels above the transport, as in the repository.
  fs.symlinkSync(path.join(root, 'native'), path.join(target, 'native'));
  for (const source of folders) {
    fs.mkdirSync(path.join(target, source), { recursive: true });
    for (const file of fs.readdirSync(path.join(root, source))) {
      if (file.endsWith('.test.ts') || !file.endsWith('.ts')) continue;
      const text = fs.readFileSync(path.join(root, source, file), 'utf8');
      const { outputText } = ts.transpileModule(text, {
        fileName: file,
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      });
      fs.writeFileSync(path.join(target, source, file.replace(/\.ts$/, '.js')), outputText);
    }
  }
  return target;
}

afterAll(() => {
  if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
});
