/**
 * Command cases as text: one command on a line, arguments separated by blanks, `"…"` with the escapes of inline
 * commands where an argument has blanks or other bytes. In front of a command may stand
 *
 * - `~rule`: the reply varies from run to run, and this rule of the product's comparison (or `fields`, see `judge.ts`)
 *   says what of it must be equal;
 * - `!`: sent to gateways only, because a server would act on it (SHUTDOWN). The reply must be a declared difference.
 */
import { encodeCommand, type RawArgument } from '../support/raw-client.ts';

export interface CommandLine {
  /** One character is one byte. */
  readonly args: readonly string[];
  readonly rule: string | undefined;
  readonly gatewayOnly: boolean;
}

export interface CommandCase {
  readonly name: string;
  readonly lines: readonly CommandLine[];
  /** Changes its connection: it gets one of its own, closed afterwards. */
  readonly ownConnection: boolean;
}

/** Cases by name from texts by name. */
export function casesOf(
  texts: Readonly<Record<string, string>>,
  ownConnection = false,
): readonly CommandCase[] {
  return Object.entries(texts).map(([name, text]) => ({ name, lines: linesOf(text), ownConnection }));
}

function linesOf(text: string): readonly CommandLine[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map(parseLine);
}

export function parseLine(line: string): CommandLine {
  const marked = /^(?:~([a-z-]+) |(!) ?)?(.*)$/.exec(line);
  const args = splitArguments(marked?.[3] ?? '');
  return { args, rule: marked?.[1], gatewayOnly: marked?.[2] !== undefined };
}

const PIECE = /\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))/gy;
const NAMED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** One character is one byte. */
export function splitArguments(text: string): string[] {
  const args: string[] = [];
  for (const [, quoted, plain] of text.matchAll(PIECE)) args.push(plain ?? unescaped(quoted ?? ''));
  return args;
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (NAMED[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** As an array of bulk strings. */
export function encodeArray(args: readonly string[]): Buffer {
  const bytes: RawArgument[] = args.map((argument) => Buffer.from(argument, 'latin1'));
  return encodeCommand(bytes);
}

/** As an inline command. */
export function encodeInline(args: readonly string[]): Buffer {
  return Buffer.from(`${args.map(inlineArgument).join(' ')}\r\n`, 'latin1');
}

function inlineArgument(argument: string): string {
  if (/^[!#-&(-~]+$/.test(argument)) return argument;
  const escaped = [...argument].map((character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    const code = character.charCodeAt(0);
    return code >= 0x20 && code <= 0x7e ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** One readable line for messages. */
export function showLine(args: readonly string[]): string {
  const shown = args.slice(0, 12).map((argument) => {
    const cut = argument.length > 60 ? `${argument.slice(0, 40)}…(${argument.length})` : argument;
    return /^[!-~]+$/.test(cut) ? cut : JSON.stringify(cut);
  });
  return args.length > 12 ? `${shown.join(' ')} … (${args.length})` : shown.join(' ');
}
