/**
 * The first line of a script: `#!lua flags=…` of EVAL scripts, `#!lua name=…` of libraries. Pure; any thread. Must not
 * know Lua.
 */
import { InlineRewriter } from '../../resp/inline.ts';
import type { ScriptDialect } from './dialect.ts';

/** Flags of scripts and functions, as bits. */
export const FLAG_NO_WRITES = 1;
export const FLAG_ALLOW_OOM = 2;
export const FLAG_ALLOW_STALE = 4;
export const FLAG_NO_CLUSTER = 8;
/** The script has no `#!` line: it is judged command by command, as before there were flags. */
export const FLAG_COMPATIBLE = 16;
export const FLAG_ALLOW_CROSS_SLOT = 32;

/** In the order servers list them. */
export const FLAG_NAMES: readonly (readonly [name: string, flag: number])[] = [
  ['no-writes', FLAG_NO_WRITES],
  ['allow-oom', FLAG_ALLOW_OOM],
  ['allow-stale', FLAG_ALLOW_STALE],
  ['no-cluster', FLAG_NO_CLUSTER],
  ['allow-cross-slot-keys', FLAG_ALLOW_CROSS_SLOT],
];

/** 0 for a name that is no flag. */
export function flagNamed(name: string): number {
  return FLAG_NAMES.find(([known]) => known === name)?.[1] ?? 0;
}

/** A text that explains why something was not accepted; without ERR. */
export interface Refusal {
  readonly refusal: string;
}

export interface ScriptHead {
  readonly flags: number;
  /** Bytes of the head that are not Lua; the line's end is, so that lines keep their numbers. */
  readonly length: number;
}

function isShebang(body: Uint8Array): boolean {
  return body[0] === 0x23 && body[1] === 0x21;
}

/** Cold: once per new script. The first line without its end; undefined when it has no end or holds a NUL. */
function firstLine(body: Uint8Array): string | undefined {
  const end = body.indexOf(0x0a);
  if (end < 0) return undefined;
  const line = Buffer.from(body.buffer, body.byteOffset, end).toString('latin1');
  return line.includes('\0') ? undefined : line;
}

/** Cold: once per new script. The words of a line, quotes resolved; undefined when quotes do not balance. */
function splitArguments(line: string): string[] | undefined {
  const rewriter = new InlineRewriter();
  const bytes = Buffer.from(line, 'latin1');
  if (!rewriter.rewrite(bytes, 0, bytes.length)) return undefined;
  const { writer, spans } = rewriter;
  const text = Buffer.from(writer.bytes.buffer, writer.bytes.byteOffset, writer.length).toString('latin1');
  return Array.from({ length: rewriter.count }, (_, index) =>
    text.slice(spans[index * 2], spans[index * 2 + 1]),
  );
}

/** Cold: once per new script. The head of an EVAL script. */
export function readScriptHead(body: Uint8Array, dialect: ScriptDialect): ScriptHead | Refusal {
  if (!isShebang(body)) return { flags: FLAG_COMPATIBLE, length: 0 };
  const line = firstLine(body);
  if (line === undefined) return { refusal: 'Invalid script shebang' };
  const parts = splitArguments(line);
  if (!parts || parts.length === 0) return { refusal: 'Invalid engine in script shebang' };
  const problem = engineProblem(parts[0], dialect);
  if (problem && !dialect.hasManyEngines) return problem;
  let flags = 0;
  for (const part of parts.slice(1)) {
    if (!part.startsWith('flags=')) return { refusal: `Unknown lua shebang option: ${part}` };
    const names = part.slice('flags='.length);
    for (const name of names === '' ? [] : names.split(',')) {
      const flag = flagNamed(name);
      if (flag === 0) return { refusal: `Unexpected flag in script shebang: ${name}` };
      flags |= flag;
    }
  }
  return problem ?? { flags, length: line.length };
}

function engineProblem(engine: string, dialect: ScriptDialect): Refusal | undefined {
  if (!dialect.hasManyEngines) {
    return engine === '#!lua' ? undefined : { refusal: `Unexpected engine in script shebang: ${engine}` };
  }
  const name = engine.slice(2);
  return name.toLowerCase() === 'lua' ? undefined : { refusal: `Could not find scripting engine '${name}'` };
}

export interface LibraryHead {
  readonly name: string;
  readonly length: number;
}

const NAME_RULE =
  'can only contain letters, numbers, or underscores(_) and must be at least one character long';

/** Whether a library or function may have the name. */
export function isValidName(name: string): boolean {
  return /^\w+$/.test(name);
}

/** Why a name was not accepted. */
export function nameRefusal(what: 'Library' | 'Function'): string {
  return `${what} names ${NAME_RULE}`;
}

/** Cold: once per library that is loaded. */
export function readLibraryHead(code: Uint8Array): LibraryHead | Refusal {
  if (!isShebang(code)) return { refusal: 'Missing library metadata' };
  const line = firstLine(code);
  const parts = line === undefined ? undefined : splitArguments(line);
  if (line === undefined || !parts || parts.length === 0) return { refusal: 'Invalid library metadata' };
  let name: string | undefined;
  for (const part of parts.slice(1)) {
    if (!/^name=/i.test(part)) return { refusal: `Invalid metadata value given: ${part}` };
    if (name !== undefined) {
      return { refusal: 'Invalid metadata value, name argument was given multiple times' };
    }
    name = part.slice('name='.length);
  }
  if (name === undefined) return { refusal: 'Library name was not given' };
  if (!isValidName(name)) return { refusal: nameRefusal('Library') };
  const engine = parts[0].slice(2);
  if (engine.toLowerCase() !== 'lua') return { refusal: `Engine '${engine}' not found` };
  return { name, length: line.length };
}
