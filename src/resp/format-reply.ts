/**
 * Replies as one line of printable ASCII, for divergence records and logs. Any thread; not per command.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import * as wire from './constants.ts';
import { decodeReply, type Reply } from './decode-reply.ts';

/** Statuses that servers send of their own accord: these say nothing about anybody's data. */
const PUBLIC_STATUSES = new Set([
  'OK',
  'PONG',
  'QUEUED',
  'RESET',
  'NOKEY',
  'CONTINUE',
  'none',
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'stream',
  'vectorset',
]);

const CUT = '...';
const HEXADECIMAL = '0123456789abcdef';

class Formatter {
  text = '';
  readonly #limit: number;
  readonly #isRedacted: boolean;

  constructor(limit: number, isRedacted: boolean) {
    this.#limit = limit;
    this.#isRedacted = isRedacted;
  }

  get isFull(): boolean {
    return this.text.length > this.#limit;
  }

  cut(): string {
    if (!this.isFull) return this.text;
    if (this.#limit <= CUT.length) return CUT.slice(0, this.#limit);
    return this.text.slice(0, this.#limit - CUT.length) + CUT;
  }

  value(reply: Reply): void {
    if (this.isFull) return;
    if (reply.isNull) {
      this.text += '(nil)';
      return;
    }
    switch (reply.type) {
      case wire.TYPE_ARRAY:
        this.#elements(reply, 'array', '[', ']');
        break;
      case wire.TYPE_SET:
        this.#elements(reply, 'set', '~[', ']');
        break;
      case wire.TYPE_PUSH:
        this.#elements(reply, 'push', '>[', ']');
        break;
      case wire.TYPE_MAP:
        this.#elements(reply, 'map', '{', '}');
        break;
      default:
        if (this.#isRedacted) this.#redacted(reply);
        else this.#scalar(reply);
    }
  }

  /** `[a,b]`, `{k=>v,k=>v}`; redacted with the name and the number of elements or pairs in front. */
  #elements(reply: Reply, name: string, opening: string, closing: string): void {
    const isMap = reply.type === wire.TYPE_MAP;
    const { items } = reply;
    if (this.#isRedacted) this.text += `${name}(${isMap ? items.length / 2 : items.length})`;
    this.text += this.#isRedacted ? opening.slice(-1) : opening;
    for (let index = 0; index < items.length && !this.isFull; index++) {
      if (index > 0) this.text += isMap && index % 2 === 1 ? '=>' : ',';
      this.value(items[index] as Reply);
    }
    this.text += closing;
  }

  #redacted(reply: Reply): void {
    const length = reply.valueEnd - reply.valueStart;
    if (reply.type === wire.TYPE_ERROR || reply.type === wire.TYPE_BLOB_ERROR) {
      const code = /^[A-Z][A-Z_]{0,31}(?= |$)/.exec(this.#plain(reply, 33))?.[0];
      this.text += code === undefined ? `error(${length})` : `error ${code}(${length})`;
    } else if (reply.type === wire.TYPE_INTEGER || reply.type === wire.TYPE_BOOLEAN) {
      this.#scalar(reply);
    } else if (reply.type === wire.TYPE_SIMPLE) {
      const status = this.#plain(reply, 16);
      this.text += PUBLIC_STATUSES.has(status) ? status : `status(${length})`;
    } else if (reply.type === wire.TYPE_DOUBLE || reply.type === wire.TYPE_BIG_NUMBER) {
      this.text += reply.type === wire.TYPE_DOUBLE ? `double(${length})` : `bignumber(${length})`;
    } else {
      this.text += reply.type === wire.TYPE_VERBATIM ? `verbatim(${length})` : `string(${length})`;
    }
  }

  #scalar(reply: Reply): void {
    switch (reply.type) {
      case wire.TYPE_INTEGER:
        this.text += '(integer) ';
        break;
      case wire.TYPE_DOUBLE:
        this.text += '(double) ';
        break;
      case wire.TYPE_BIG_NUMBER:
        this.text += '(big number) ';
        break;
      case wire.TYPE_ERROR:
      case wire.TYPE_BLOB_ERROR:
        this.text += '(error) ';
        break;
      case wire.TYPE_BOOLEAN:
        this.text += reply.bytes[reply.valueStart] === 0x74 ? '(true)' : '(false)';
        return;
      default:
        break;
    }
    const isQuoted = reply.type === wire.TYPE_BULK || reply.type === wire.TYPE_VERBATIM;
    if (isQuoted) this.text += '"';
    this.#escaped(reply, isQuoted);
    if (isQuoted) this.text += '"';
  }

  /** Printable ASCII as it is, the rest as redis-cli shows it. */
  #escaped(reply: Reply, isQuoted: boolean): void {
    for (let at = reply.valueStart; at < reply.valueEnd && !this.isFull; at++) {
      const byte = reply.bytes[at] as number;
      if (byte === 0x5c || (isQuoted && byte === 0x22)) this.text += `\\${String.fromCharCode(byte)}`;
      else if (byte >= 0x20 && byte < 0x7f) this.text += String.fromCharCode(byte);
      else if (byte === wire.LF) this.text += '\\n';
      else if (byte === wire.CR) this.text += '\\r';
      else if (byte === 0x09) this.text += '\\t';
      else this.text += `\\x${HEXADECIMAL[byte >> 4]}${HEXADECIMAL[byte & 15]}`;
    }
  }

  #plain(reply: Reply, limit: number): string {
    return decodeLatin1(reply.bytes, reply.valueStart, Math.min(reply.valueEnd, reply.valueStart + limit));
  }
}

/**
 * Shows the scanned reply `bytes[start, end)` in at most `maxBytes` characters, cut with `...`. Redacted, it shows
 * types, lengths, integers, booleans, nulls, error codes and the servers' own statuses, and no byte of anything else.
 */
export function formatReply(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxBytes: number,
  redactValues: boolean,
): string {
  const formatter = new Formatter(maxBytes, redactValues);
  formatter.value(decodeReply(bytes, start, end));
  return formatter.cut();
}
