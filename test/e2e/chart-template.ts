/**
 * A small reader of the template language Helm charts are written in: enough for this repository's chart, so that
 * its tests need no other program. Whatever it does not know is an error, never skipped. Not a substitute for Helm.
 */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';

export type Value = unknown;

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly expression: string }
  | { readonly kind: 'block'; readonly word: 'if' | 'with'; branches: Branch[] };

interface Branch {
  /** Undefined for `else`. */
  readonly condition: string | undefined;
  readonly body: Node[];
}

const ACTION = /\{\{(-?)\s*(.*?)\s*(-?)\}\}/gs;
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[|()]|-?\d+(?![\w.])|\.[\w.]*|\w+)/gy;

export class ChartTemplates {
  readonly #named = new Map<string, Node[]>();
  readonly #readFile: (file: string) => string;

  /** `readFile`: of the chart's folder, for `.Files.Get`. */
  constructor(readFile: (file: string) => string) {
    this.#readFile = readFile;
  }

  /** Reads the `define` blocks of a file and returns the rest, ready for `render`. */
  load(source: string): Node[] {
    const pieces = split(source);
    const root: Node[] = [];
    readNodes(pieces, root, this.#named, false);
    return root;
  }

  render(nodes: readonly Node[], root: Value): string {
    return this.#run(nodes, root);
  }

  #run(nodes: readonly Node[], dot: Value): string {
    let text = '';
    for (const node of nodes) {
      if (node.kind === 'text') text += node.text;
      else if (node.kind === 'output') text += show(this.#evaluate(node.expression, dot));
      else text += this.#branch(node.word, node.branches, dot);
    }
    return text;
  }

  #branch(word: 'if' | 'with', branches: readonly Branch[], dot: Value): string {
    for (const { condition, body } of branches) {
      if (condition === undefined) return this.#run(body, dot);
      const value = this.#evaluate(condition, dot);
      if (isTrue(value)) return this.#run(body, word === 'with' ? value : dot);
    }
    return '';
  }

  #evaluate(expression: string, dot: Value): Value {
    const tokens = tokenize(expression);
    const value = this.#pipeline(tokens, dot);
    if (tokens.length > 0) throw new Error(`cannot read the end of: ${expression}`);
    return value;
  }

  #pipeline(tokens: string[], dot: Value): Value {
    let value = this.#command(tokens, dot, []);
    while (tokens[0] === '|') {
      tokens.shift();
      value = this.#command(tokens, dot, [value]);
    }
    return value;
  }

  #command(tokens: string[], dot: Value, piped: readonly Value[]): Value {
    const first = tokens[0] ?? '';
    if (first === '.Files.Get') {
      const [, file = ''] = tokens.splice(0, 2);
      return this.#readFile(JSON.parse(file));
    }
    const name =
      /^[a-z]\w*$/i.test(first) && first !== 'true' && first !== 'false' ? tokens.shift() : undefined;
    const values: Value[] = [];
    while (tokens.length > 0 && tokens[0] !== '|' && tokens[0] !== ')')
      values.push(this.#operand(tokens, dot));
    if (name !== undefined) return this.#call(name, [...values, ...piped]);
    if (values.length !== 1 || piped.length > 0) throw new Error(`not a function call, near ${first}`);
    return values[0];
  }

  #operand(tokens: string[], dot: Value): Value {
    const token = tokens.shift() ?? '';
    if (token === '(') {
      const value = this.#pipeline(tokens, dot);
      if (tokens.shift() !== ')') throw new Error('a parenthesis is not closed');
      return value;
    }
    if (token.startsWith('"')) return JSON.parse(token);
    if (token === 'true' || token === 'false') return token === 'true';
    if (/^-?\d+$/.test(token)) return Number(token);
    if (!token.startsWith('.')) throw new Error(`unknown operand ${token}`);
    let value: Value = dot;
    for (const part of token.split('.').filter((step) => step !== '')) {
      if (value === undefined || value === null) throw new Error(`nil pointer at ${token}`);
      value = (value as Record<string, Value>)[part];
    }
    return value;
  }

  #call(name: string, values: readonly Value[]): Value {
    const [first, second, third] = values;
    switch (name) {
      case 'include': {
        const body = this.#named.get(String(first));
        if (body === undefined) throw new Error(`no template is called ${String(first)}`);
        return this.#run(body, second);
      }
      case 'default':
        return isTrue(second) ? second : first;
      case 'trunc':
        return String(second).slice(0, Number(first));
      case 'trimSuffix':
        return String(second).endsWith(String(first))
          ? String(second).slice(0, -String(first).length)
          : second;
      case 'contains':
        return String(second).includes(String(first));
      case 'replace':
        return String(third).replaceAll(String(first), String(second));
      case 'printf':
        return values
          .slice(1)
          .reduce<string>((text, value) => text.replace('%s', String(value)), String(first));
      case 'quote':
        return JSON.stringify(show(first));
      case 'nindent':
        return `\n${String(second).replace(/^/gm, ' '.repeat(Number(first)))}`;
      case 'toYaml':
        return stringify(first, { lineWidth: 0, sortMapEntries: true }).trimEnd();
      case 'sha256sum':
        return createHash('sha256').update(String(first)).digest('hex');
      case 'int':
        return Math.trunc(Number(first));
      case 'ne':
        return first !== second;
      case 'gt':
        return Number(first) > Number(second);
      default:
        throw new Error(`unknown function ${name}`);
    }
  }
}

/** Text and actions in turn, with the white space taken away that `{{-` and `-}}` ask for. */
function split(source: string): Array<{ text: string } | { action: string }> {
  const pieces: Array<{ text: string } | { action: string }> = [];
  let at = 0;
  let trimNext = false;
  for (const match of source.matchAll(ACTION)) {
    let text = source.slice(at, match.index);
    if (trimNext) text = text.trimStart();
    if (match[1] === '-') text = text.trimEnd();
    pieces.push({ text }, { action: match[2] ?? '' });
    trimNext = match[3] === '-';
    at = match.index + match[0].length;
  }
  const rest = source.slice(at);
  pieces.push({ text: trimNext ? rest.trimStart() : rest });
  return pieces;
}

/** Reads into `into` until `else`, `end` or the end; returns the action that ended it. */
function readNodes(
  pieces: ReturnType<typeof split>,
  into: Node[],
  named: Map<string, Node[]>,
  isInner: boolean,
): string {
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    if ('text' in piece) {
      if (piece.text !== '') into.push({ kind: 'text', text: piece.text });
      continue;
    }
    const [word = '', ...rest] = piece.action.split(/\s+/);
    if (word === 'end' || word === 'else') {
      if (!isInner) throw new Error(`${word} without a beginning`);
      return piece.action;
    }
    if (word === 'define') {
      const body: Node[] = [];
      readNodes(pieces, body, named, true);
      named.set(JSON.parse(rest.join(' ')), body);
    } else if (word === 'if' || word === 'with') {
      into.push({ kind: 'block', word, branches: readBranches(pieces, rest.join(' '), named) });
    } else {
      into.push({ kind: 'output', expression: piece.action });
    }
  }
  if (isInner) throw new Error('an end is missing');
  return '';
}

function readBranches(
  pieces: ReturnType<typeof split>,
  firstCondition: string,
  named: Map<string, Node[]>,
): Branch[] {
  const branches: Branch[] = [];
  let condition: string | undefined = firstCondition;
  for (;;) {
    const body: Node[] = [];
    const ending = readNodes(pieces, body, named, true);
    branches.push({ condition, body });
    if (ending === 'end') return branches;
    const another = /^else if (.*)$/s.exec(ending);
    if (another === null && ending !== 'else') throw new Error(`cannot read ${ending}`);
    condition = another?.[1];
  }
}

function tokenize(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (match === null) throw new Error(`cannot read ${expression.slice(at)}`);
    tokens.push(match[1] ?? '');
  }
  return tokens;
}

/** As Go's templates see it: nothing, zero, false and what is empty are false. */
function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function show(value: Value): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw new Error('a map or list stands where a text should');
  return String(value);
}
