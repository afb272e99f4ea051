/** Which folder may import which, and which folder alone may use a package: the map of the design as data. */
import ts from 'typescript';
import { lineOf, type Offence, parse, type TidyFile, walk } from './files.ts';

/** A folder imports only from folders in lines above its own. */
export const layers: readonly (readonly string[])[] = [
  ['base'],
  ['resp', 'rdb'],
  ['config', 'telemetry'],
  ['memory'],
  ['store'],
  ['commands'],
  // The engine finds the keys of commands, and asks who may run them.
  ['acl', 'routing', 'compare'],
  ['engine'],
  ['transport'],
  ['upstream'],
  ['shadow'],
  ['gateway'],
  ['admin'],
  // Runs in browsers; of the others it takes types only.
  ['page'],
  ['main.ts'],
];

/** The only folder that imports a package. `@fastify/*` counts as fastify. */
export const doors: Readonly<Record<string, string>> = {
  fastify: 'admin',
  'prom-client': 'telemetry',
  pino: 'telemetry',
  'pino-pretty': 'telemetry',
  '@opentelemetry': 'telemetry',
  ioredis: 'upstream',
  zod: 'config',
  yaml: 'config',
  uplot: 'page',
  preact: 'page',
  'node:net': 'transport',
  'node:tls': 'transport',
};

export function levelOf(folder: string): number {
  return layers.findIndex((line) => line.includes(folder));
}

/** The part of a path below `src/` that stands in the map: a folder, or a file at the top. */
export function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

export function checkImports(file: TidyFile): Offence[] {
  if (!file.path.startsWith('src/')) return [];
  const own = folderOf(file.path);
  const source = parse(file);
  const offences: Offence[] = [];
  if (levelOf(own) < 0) {
    return [{ rule: 'layers', path: file.path, line: 1, what: `src/${own} is not on the map` }];
  }
  for (const { specifier, node } of importsOf(source)) {
    const line = lineOf(source, node);
    const wrong = specifier.startsWith('.')
      ? wrongLayer(file.path, own, specifier)
      : wrongDoor(own, specifier);
    if (wrong) offences.push({ ...wrong, path: file.path, line });
  }
  return offences;
}

interface Wrong {
  readonly rule: string;
  readonly what: string;
}

function wrongLayer(path: string, own: string, specifier: string): Wrong | undefined {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (!target.startsWith('src/')) return { rule: 'layers', what: `imports ${target}, outside src` };
  const folder = folderOf(target);
  if (folder === own) return undefined;
  const level = levelOf(folder);
  if (level >= 0 && level < levelOf(own)) return undefined;
  return { rule: 'layers', what: `${own} must not import ${folder} (${specifier})` };
}

function wrongDoor(own: string, specifier: string): Wrong | undefined {
  const parts = specifier.split('/');
  const name = specifier.startsWith('@fastify/') ? 'fastify' : (parts[0] as string);
  const door = Object.hasOwn(doors, name) ? doors[name] : undefined;
  const builtin = /^(net|tls)$/.test(name) ? 'transport' : door;
  if (builtin === undefined || builtin === own) return undefined;
  return { rule: 'one-door', what: `only ${builtin} may import ${specifier}` };
}

function importsOf(source: ts.SourceFile): { specifier: string; node: ts.Node }[] {
  const found: { specifier: string; node: ts.Node }[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, node });
  };
  walk(source, (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node, node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node, node.arguments[0]);
  });
  return found;
}
