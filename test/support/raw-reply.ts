/**
 * A RESP2 and RESP3 decoder for tests, written apart from `src/resp` so that it can judge it. It is plain and slow:
 * one recursive function over a buffer. It knows no sockets.
 */

export type RawReply =
  | { readonly type: 'simple' | 'error' | 'bulkError' | 'double' | 'bigNumber'; readonly text: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'bulk'; readonly bytes: Buffer }
  | { readonly type: 'verbatim'; readonly format: string; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** `form` is the type byte it was sent with: `$-1`, `*-1` or `_`. */
  | { readonly type: 'null'; readonly form: '$' | '*' | '_' }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly RawReply[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [RawReply, RawReply])[] };

export interface Decoded {
  readonly reply: RawReply;
  /** Offset after the reply, its attributes included. */
  readonly end: number;
}

/** Thrown for bytes that are not RESP. */
export class MalformedReply extends Error {}

/** Decodes the reply that begins at `start`; undefined while it is incomplete. Throws MalformedReply. */
export function decodeRaw(bytes: Buffer, start: number): Decoded | undefined {
  const lineEnd = bytes.indexOf('\r\n', start, 'latin1');
  if (lineEnd < 0) return undefined;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString('latin1', start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (type) {
    case '+':
      return { reply: { type: 'simple', text: utf8(bytes, start + 1, lineEnd) }, end: next };
    case '-':
      return { reply: { type: 'error', text: utf8(bytes, start + 1, lineEnd) }, end: next };
    case ':':
      return { reply: { type: 'integer', value: integer(line) }, end: next };
    case ',':
      return { reply: { type: 'double', text: line }, end: next };
    case '(':
      return { reply: { type: 'bigNumber', text: line }, end: next };
    case '#':
      return { reply: { type: 'boolean', value: truth(line) }, end: next };
    case '_':
      if (line !== '') throw new MalformedReply(`null with a payload: ${line}`);
      return { reply: { type: 'null', form: '_' }, end: next };
    case '$':
    case '=':
    case '!':
      return decodeBulk(type, bytes, line, next);
    case '*':
    case '~':
    case '>':
      return decodeItems(type, bytes, line, next);
    case '%':
      return decodeMap(bytes, line, next);
    case '|':
      return decodeAttributed(bytes, line, next);
    default:
      throw new MalformedReply(`unknown type byte ${JSON.stringify(type)} at ${start}`);
  }
}

function decodeBulk(type: '$' | '=' | '!', bytes: Buffer, line: string, start: number): Decoded | undefined {
  if (line === '?') return decodeStreamed(bytes, start);
  const length = size(line);
  if (length < 0) return { reply: { type: 'null', form: '$' }, end: start };
  const end = start + length;
  if (bytes.length < end + 2) return undefined;
  if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new MalformedReply(`no line end at ${end}`);
  if (type === '$')
    return { reply: { type: 'bulk', bytes: Buffer.from(bytes.subarray(start, end)) }, end: end + 2 };
  const text = utf8(bytes, start, end);
  if (type === '!') return { reply: { type: 'bulkError', text }, end: end + 2 };
  return { reply: { type: 'verbatim', format: text.slice(0, 3), text: text.slice(4) }, end: end + 2 };
}

function decodeStreamed(bytes: Buffer, start: number): Decoded | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return undefined;
    const line = bytes.toString('latin1', at, lineEnd);
    if (!line.startsWith(';')) throw new MalformedReply(`bad part of a streamed string: ${line}`);
    const length = size(line.slice(1));
    at = lineEnd + 2;
    if (length === 0) return { reply: { type: 'bulk', bytes: Buffer.concat(parts) }, end: at };
    if (bytes.length < at + length + 2) return undefined;
    parts.push(bytes.subarray(at, at + length));
    at += length + 2;
  }
}

function decodeItems(type: '*' | '~' | '>', bytes: Buffer, line: string, start: number): Decoded | undefined {
  if (type === '*' && line === '-1') return { reply: { type: 'null', form: '*' }, end: start };
  const list = decodeList(bytes, line, start, 1);
  if (!list) return undefined;
  const name = type === '*' ? 'array' : type === '~' ? 'set' : 'push';
  return { reply: { type: name, items: list.items }, end: list.end };
}

function decodeMap(bytes: Buffer, line: string, start: number): Decoded | undefined {
  const list = decodeList(bytes, line, start, 2);
  if (!list) return undefined;
  const entries: [RawReply, RawReply][] = [];
  for (let index = 0; index + 1 < list.items.length; index += 2) {
    entries.push([list.items[index] as RawReply, list.items[index + 1] as RawReply]);
  }
  return { reply: { type: 'map', entries }, end: list.end };
}

/** Attributes belong to the reply after them; the tests do not look at their contents. */
function decodeAttributed(bytes: Buffer, line: string, start: number): Decoded | undefined {
  const list = decodeList(bytes, line, start, 2);
  return list && decodeRaw(bytes, list.end);
}

function decodeList(
  bytes: Buffer,
  line: string,
  start: number,
  factor: number,
): { items: RawReply[]; end: number } | undefined {
  const streamed = line === '?';
  const count = streamed ? Number.POSITIVE_INFINITY : size(line) * factor;
  const items: RawReply[] = [];
  let at = start;
  while (items.length < count) {
    if (streamed && bytes.toString('latin1', at, at + 3) === '.\r\n') return { items, end: at + 3 };
    const decoded = decodeRaw(bytes, at);
    if (!decoded) return undefined;
    items.push(decoded.reply);
    at = decoded.end;
  }
  return { items, end: at };
}

function integer(line: string): bigint {
  if (!/^[+-]?\d+$/.test(line)) throw new MalformedReply(`bad integer ${JSON.stringify(line)}`);
  return BigInt(line.startsWith('+') ? line.slice(1) : line);
}

function size(line: string): number {
  if (!/^(-1|\d+)$/.test(line)) throw new MalformedReply(`bad length ${JSON.stringify(line)}`);
  return Number(line);
}

function truth(line: string): boolean {
  if (line !== 't' && line !== 'f') throw new MalformedReply(`bad boolean ${JSON.stringify(line)}`);
  return line === 't';
}

function utf8(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end);
}

/** What tests compare with most of the time. Strings of both kinds are strings; nothing else shares a form. */
export type PlainReply =
  | string
  | number
  | bigint
  | boolean
  | null
  | { readonly error: string }
  | { readonly double: string }
  | { readonly bigNumber: string }
  | { readonly verbatim: string }
  | { readonly map: readonly (readonly [PlainReply, PlainReply])[] }
  | { readonly set: readonly PlainReply[] }
  | { readonly push: readonly PlainReply[] }
  | readonly PlainReply[];

/** Drops what most tests do not ask about: simple or bulk, form of null. Integers beyond 2^53 stay bigints. */
export function plain(reply: RawReply): PlainReply {
  switch (reply.type) {
    case 'simple':
      return reply.text;
    case 'bulk':
      return reply.bytes.toString('utf8');
    case 'error':
    case 'bulkError':
      return { error: reply.text };
    case 'integer': {
      const value = Number(reply.value);
      return Number.isSafeInteger(value) ? value : reply.value;
    }
    case 'double':
      return { double: reply.text };
    case 'bigNumber':
      return { bigNumber: reply.text };
    case 'verbatim':
      return { verbatim: reply.text };
    case 'boolean':
      return reply.value;
    case 'null':
      return null;
    case 'array':
      return reply.items.map(plain);
    case 'set':
      return { set: reply.items.map(plain) };
    case 'push':
      return { push: reply.items.map(plain) };
    case 'map':
      return { map: reply.entries.map(([key, value]) => [plain(key), plain(value)] as const) };
  }
}
