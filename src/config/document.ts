/**
 * A configuration before it is checked: the YAML file as plain data, the values laid over it by the environment and
 * the command line, and for every part the place it came from. Main thread. It must not know what is allowed.
 */
import { basename } from 'node:path';
import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import { ConfigError, type Problem } from './problems.ts';
import { formatPath, type Path } from './settings.ts';

type PlainMap = Record<string, unknown>;

function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Texts standing for whole sections: what `primary: redis://…` is short for. */
const SHORT_FORMS: readonly (readonly [section: string, key: string])[] = [
  ['primary', 'url'],
  ['shadow', 'url'],
  ['admin', 'listen'],
];

function expandListen(value: unknown): unknown {
  const list = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(list)) return value;
  return list.map((item: unknown) => (typeof item === 'string' ? { address: item } : item));
}

function expandShortForms(root: PlainMap): void {
  for (const [section, key] of SHORT_FORMS) {
    if (typeof root[section] === 'string') root[section] = { [key]: root[section] };
  }
  if ('listen' in root) root.listen = expandListen(root.listen);
}

/** A section left empty in YAML (`shadow:`) is null; it means its defaults. `null` written out for a setting stays. */
function dropEmptySections(root: PlainMap, isSection: (path: Path) => boolean, path: Path = []): void {
  for (const [key, value] of Object.entries(root)) {
    const at = [...path, key];
    if (value === null && isSection(at)) delete root[key];
    else if (isPlainMap(value)) dropEmptySections(value, isSection, at);
  }
}

/** What was written, and where. */
export class ConfigSource {
  /** Plain data, not yet checked. */
  readonly root: PlainMap;
  readonly #fileName: string;
  readonly #yaml: Document | undefined;
  readonly #lines: LineCounter;
  readonly #overrides = new Map<string, string>();

  private constructor(root: PlainMap, fileName: string, yaml: Document | undefined, lines: LineCounter) {
    this.root = root;
    this.#fileName = fileName;
    this.#yaml = yaml;
    this.#lines = lines;
  }

  static empty(): ConfigSource {
    return new ConfigSource({}, '', undefined, new LineCounter());
  }

  /** Throws ConfigError when the text is not YAML or not a map. `isSection` tells which paths hold maps. */
  static fromYaml(text: string, file: string, isSection: (path: Path) => boolean): ConfigSource {
    const fileName = basename(file);
    const lines = new LineCounter();
    const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const problems: Problem[] = yaml.errors.map((error) => ({
      path: '',
      message: `is not valid YAML: ${whatIsWrong(error)}${quotesHint(text, error.pos[0])}`,
      source: `${fileName}:${lines.linePos(error.pos[0]).line}`,
    }));
    if (problems.length > 0) throw new ConfigError(problems);
    const root = plainData(yaml, fileName) ?? {};
    if (!isPlainMap(root))
      throw new ConfigError([{ path: '', message: 'must be a map of settings', source: fileName }]);
    expandShortForms(root);
    dropEmptySections(root, isSection);
    return new ConfigSource(root, fileName, yaml, lines);
  }

  /** Lays a value over what is there. Does nothing below a part that is not a map: that part is reported instead. */
  override(path: readonly string[], value: unknown, source: string): void {
    let parent = this.root;
    for (const key of path.slice(0, -1)) {
      if (parent[key] === undefined) parent[key] = {};
      const child = parent[key];
      if (!isPlainMap(child)) return;
      parent = child;
    }
    parent[path[path.length - 1]!] = path[0] === 'listen' ? expandListen(value) : value;
    this.#overrides.set(formatPath(path), source);
  }

  /** Where a path, or the nearest part around it, was written; undefined when it is a default. */
  locate(path: Path): string | undefined {
    for (let length = path.length; length > 0; length--) {
      const override = this.#overrides.get(formatPath(path.slice(0, length)));
      if (override !== undefined) return override;
    }
    if (this.#yaml === undefined) return undefined;
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offset(path.slice(0, length));
      if (offset !== undefined) return `${this.#fileName}:${this.#lines.linePos(offset).line}`;
    }
    return this.#fileName;
  }

  /** Offset of the key (in a map) or the value (in a list) at `path`. */
  #offset(path: Path): number | undefined {
    const parent = path.length === 1 ? this.#yaml?.contents : this.#yaml?.getIn(path.slice(0, -1), true);
    const last = path[path.length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
      return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    }
    const node = this.#yaml?.getIn(path, true) as { range?: [number, number, number] | null } | undefined;
    return node?.range?.[0];
  }
}

/** Without the text that is quoted behind a colon: it may be a secret. */
function whatIsWrong({ message }: Error): string {
  return message.split(/:\s/, 1)[0]!;
}

/** The one value of ours that YAML takes for a key. */
function quotesHint(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset) + 1;
  return /^[^\n]*: +engine: *(?:[},\n]|$)/.test(text.slice(lineStart)) ? '; write "engine:" in quotes' : '';
}

function plainData(yaml: Document, fileName: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError([
      { path: '', message: `is not valid YAML: ${whatIsWrong(error as Error)}`, source: fileName },
    ]);
  }
}
