/** Reads COMMAND and COMMAND DOCS (RESP2) of a real server into texts that definitions can be compared with. */
import type { ArgumentGrammar, KeySpec } from '../../src/commands/definition.ts';
import type { PlainReply } from '../support/raw-reply.ts';

export interface Reported {
  readonly arity: number;
  readonly flags: readonly string[];
  /** First key, last key, step. */
  readonly range: readonly number[];
  readonly categories: readonly string[];
  readonly tips: readonly string[];
  /** As `describeSpec`. */
  readonly keys: readonly string[];
}

export interface Documented {
  /** Undefined for modules without documentation. */
  readonly since: string | undefined;
  /** As `grammarText` of all arguments, joined by spaces. */
  readonly grammar: string;
}

/** Commands and subcommands by lower-case full name. */
export function readCommands(reply: PlainReply): Map<string, Reported> {
  const commands = new Map<string, Reported>();
  for (const entry of list(reply)) {
    const [name, arity, flags, first, last, step, categories, tips, keys, subcommands] = list(entry);
    commands.set(String(name).toLowerCase(), {
      arity: Number(arity),
      flags: texts(flags),
      range: [Number(first), Number(last), Number(step)],
      categories: texts(categories).map((category) => category.slice(1)),
      tips: texts(tips),
      keys: list(keys).map(reportedSpec),
    });
    for (const [subcommand, value] of readCommands(subcommands)) commands.set(subcommand, value);
  }
  return commands;
}

/** Documentation by lower-case full name. */
export function readDocs(reply: PlainReply): Map<string, Documented> {
  const docs = new Map<string, Documented>();
  const entries = list(reply);
  for (let index = 0; index < entries.length; index += 2) {
    const fields = pairs(entries[index + 1]);
    const since = fields.get('since');
    docs.set(String(entries[index]).toLowerCase(), {
      since: since === undefined ? undefined : String(since),
      grammar: list(fields.get('arguments') ?? [])
        .map(reportedArgument)
        .join(' '),
    });
    for (const [name, value] of readDocs(fields.get('subcommands') ?? [])) docs.set(name, value);
  }
  return docs;
}

/** Whether a command introduced in `since` is in `version`; never for null. */
export function isPresent(since: string | null, version: string): boolean {
  if (since === null) return false;
  const left = since.split('.').map(Number);
  const right = version.split('.').map(Number);
  for (let index = 0; index < 3; index += 1) {
    if (left[index] !== right[index]) return left[index] < right[index];
  }
  return true;
}

export function describeSpec(spec: KeySpec): string {
  const { begin, find } = spec;
  let text = [...spec.flags].sort().join('+');
  if (begin.type === 'index') text += ` index ${begin.index}`;
  else if (begin.type === 'keyword') text += ` keyword ${begin.keyword} ${begin.startFrom}`;
  else text += ' unknown';
  if (find.type === 'range') return `${text} range ${find.lastKey} ${find.step} ${find.limit}`;
  if (find.type === 'keynum') return `${text} keynum ${find.keyCountIndex} ${find.firstKey} ${find.step}`;
  return `${text} unknown`;
}

/** One argument as `name:type[=TOKEN][#keySpec][flags](nested)`. */
export function grammarText(argument: ArgumentGrammar): string {
  const flags: string[] = [];
  if (argument.optional) flags.push('optional');
  if (argument.multiple) flags.push('multiple');
  if (argument.multipleToken) flags.push('multiple_token');
  const nested = argument.arguments?.map(grammarText);
  return argumentText(argument.name, argument.type, argument.token, argument.keySpecIndex, flags, nested);
}

function reportedArgument(reply: PlainReply): string {
  const fields = pairs(reply);
  const token = fields.get('token');
  // Valkey 9.1 gives numfields of the HEXPIRE family, an integer, the spec of the key.
  const keySpec = fields.get('type') === 'integer' ? undefined : fields.get('key_spec_index');
  const nested = fields.get('arguments');
  return argumentText(
    String(fields.get('name')),
    String(fields.get('type')),
    token === undefined ? undefined : String(token),
    keySpec === undefined ? undefined : Number(keySpec),
    texts(fields.get('flags') ?? []),
    nested === undefined ? undefined : list(nested).map(reportedArgument),
  );
}

function argumentText(
  name: string,
  type: string,
  token: string | undefined,
  keySpec: number | undefined,
  flags: readonly string[],
  nested: readonly string[] | undefined,
): string {
  const inside = nested === undefined ? '' : `(${nested.join(' ')})`;
  const before = token === undefined ? '' : `=${token}`;
  const spec = keySpec === undefined ? '' : `#${keySpec}`;
  return `${name}:${type}${before}${spec}[${[...flags].sort().join('+')}]${inside}`;
}

function reportedSpec(reply: PlainReply): string {
  const fields = pairs(reply);
  const begin = pairs(fields.get('begin_search') ?? []);
  const find = pairs(fields.get('find_keys') ?? []);
  const where = pairs(begin.get('spec') ?? []);
  const how = pairs(find.get('spec') ?? []);
  let text = texts(fields.get('flags') ?? [])
    .sort()
    .join('+');
  if (begin.get('type') === 'index') text += ` index ${where.get('index')}`;
  else if (begin.get('type') === 'keyword')
    text += ` keyword ${where.get('keyword')} ${where.get('startfrom')}`;
  else text += ' unknown';
  if (find.get('type') === 'range')
    return `${text} range ${how.get('lastkey')} ${how.get('keystep')} ${how.get('limit')}`;
  if (find.get('type') === 'keynum') {
    return `${text} keynum ${how.get('keynumidx')} ${how.get('firstkey')} ${how.get('keystep')}`;
  }
  return `${text} unknown`;
}

function list(reply: PlainReply): readonly PlainReply[] {
  if (!Array.isArray(reply)) throw new Error(`not an array: ${JSON.stringify(reply)}`);
  return reply;
}

function texts(reply: PlainReply): string[] {
  return list(reply).map(String);
}

function pairs(reply: PlainReply): Map<string, PlainReply> {
  const entries = list(reply);
  const map = new Map<string, PlainReply>();
  for (let index = 0; index < entries.length; index += 2) map.set(String(entries[index]), entries[index + 1]);
  return map;
}
