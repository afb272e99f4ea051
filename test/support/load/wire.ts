/**
 * The wire format as the tests understand it: commands to bytes, bytes to replies. Written apart from `src/resp`
 * on purpose, so that a mistake in the product's scanner cannot hide in the tests that judge it.
 * Strings are latin1 throughout: one character is one byte, whatever the bytes mean.
 */

/** A command as RESP bytes in a latin1 string. Characters above 0xff are not allowed. */
export function encodeCommand(args: readonly (string | number)[]): string {
  let out = `*${args.length}\r\n`;
  for (let index = 0; index < args.length; index++) {
    const text = String(args[index]);
    out += `$${text.length}\r\n${text}\r\n`;
  }
  return out;
}

/** A decoded reply. `kind` is the type byte; null of any spelling keeps the type it came with ('$', '*' or '_'). */
export interface WireReply {
  readonly kind: string;
  /** Payload of scalars, '' for aggregates and nulls. */
  readonly text: string;
  readonly isNull: boolean;
  /** Elements of aggregates; a map is flattened to key, value, key, value. */
  readonly items: readonly WireReply[];
}

const CR = 13;

function lineEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at + 1 < end; at++) if (bytes[at] === CR) return at;
  return -1;
}

function readCount(bytes: Buffer, from: number, end: number): number {
  let at = from;
  const negative = bytes[at] === 45;
  if (negative) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (digit < 0 || digit > 9) throw new Error(`not a count: ${bytes.toString('latin1', from, end)}`);
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** Offset after the reply that starts at `start`, or -1 while it is incomplete. Throws on bytes that are no reply. */
export function skipReply(bytes: Buffer, start: number, end: number): number {
  let at = start;
  let pending = 1;
  while (pending > 0) {
    if (at >= end) return -1;
    const kind = bytes[at];
    const eol = lineEnd(bytes, at + 1, end);
    if (eol < 0) return -1;
    const after = eol + 2;
    if (kind === 36 || kind === 61 || kind === 33) {
      const length = readCount(bytes, at + 1, eol);
      at = length < 0 ? after : after + length + 2;
      if (at > end) return -1;
      pending--;
    } else if (kind === 42 || kind === 126 || kind === 62) {
      pending += Math.max(0, readCount(bytes, at + 1, eol)) - 1;
      at = after;
    } else if (kind === 37) {
      pending += 2 * Math.max(0, readCount(bytes, at + 1, eol)) - 1;
      at = after;
    } else if (kind === 124) {
      pending += 2 * Math.max(0, readCount(bytes, at + 1, eol));
      at = after;
    } else if (
      kind === 43 ||
      kind === 45 ||
      kind === 58 ||
      kind === 95 ||
      kind === 35 ||
      kind === 44 ||
      kind === 40
    ) {
      at = after;
      pending--;
    } else {
      throw new Error(`not a reply: ${JSON.stringify(bytes.toString('latin1', at, Math.min(end, at + 40)))}`);
    }
  }
  return at;
}

/** Decodes one complete reply (attributes are dropped). The offset after it comes back in `next`. */
export function decodeWire(
  bytes: Buffer,
  start: number,
): { readonly reply: WireReply; readonly next: number } {
  const kind = String.fromCharCode(bytes[start]);
  const eol = lineEnd(bytes, start + 1, bytes.length);
  const after = eol + 2;
  if (kind === '|') {
    let at = after;
    for (let left = 2 * readCount(bytes, start + 1, eol); left > 0; left--) at = decodeWire(bytes, at).next;
    return decodeWire(bytes, at);
  }
  if (kind === '$' || kind === '=' || kind === '!') {
    const length = readCount(bytes, start + 1, eol);
    if (length < 0) return { reply: { kind, text: '', isNull: true, items: [] }, next: after };
    const text = bytes.toString('latin1', after, after + length);
    return { reply: { kind, text, isNull: false, items: [] }, next: after + length + 2 };
  }
  if ('*~>%'.includes(kind)) {
    const count = readCount(bytes, start + 1, eol) * (kind === '%' ? 2 : 1);
    const items: WireReply[] = [];
    let at = after;
    for (let left = count; left > 0; left--) {
      const element = decodeWire(bytes, at);
      items.push(element.reply);
      at = element.next;
    }
    return { reply: { kind, text: '', isNull: count < 0, items }, next: at };
  }
  const text = bytes.toString('latin1', start + 1, eol);
  return { reply: { kind, text, isNull: kind === '_', items: [] }, next: after };
}

/** Decodes all replies in `bytes`, which must end with a complete one. */
export function decodeAll(bytes: Buffer): WireReply[] {
  const replies: WireReply[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { reply, next } = decodeWire(bytes, at);
    replies.push(reply);
    at = next;
  }
  return replies;
}

/** One line that shows type and content, for assertions: `*[$"a" :1 _]`. */
export function showReply(reply: WireReply): string {
  if (reply.isNull) return reply.kind === '_' ? '_' : `${reply.kind}nil`;
  if ('*~>%'.includes(reply.kind)) return `${reply.kind}[${reply.items.map(showReply).join(' ')}]`;
  if (reply.kind === '$' || reply.kind === '=') return `${reply.kind}${JSON.stringify(reply.text)}`;
  return reply.kind + reply.text;
}

/** Cuts a byte stream into replies. One per connection. */
export class ReplyCutter {
  /** The bytes of the reply that `next` found: `bytes[start, end)`, valid until the next `push`. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  private scanned = 0;
  private filled = 0;
  private store: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    const kept = this.filled - this.scanned;
    if (kept === 0) {
      this.bytes = chunk;
      this.filled = chunk.length;
      this.scanned = 0;
      return;
    }
    const inStore = this.bytes === this.store;
    if (!inStore || this.filled + chunk.length > this.store.length) this.moveToStore(kept, chunk.length);
    chunk.copy(this.store, this.filled);
    this.filled += chunk.length;
  }

  private moveToStore(kept: number, more: number): void {
    const fits = this.store.length >= kept + more;
    const target = fits ? this.store : Buffer.allocUnsafe(2 * (kept + more));
    this.bytes.copy(target, 0, this.scanned, this.filled);
    this.store = target;
    this.bytes = target;
    this.scanned = 0;
    this.filled = kept;
  }

  /** True when a complete reply was found; its bounds are in `start` and `end`. */
  next(): boolean {
    const end = skipReply(this.bytes, this.scanned, this.filled);
    if (end < 0) return false;
    this.start = this.scanned;
    this.end = end;
    this.scanned = end;
    return true;
  }

  /** Bytes that belong to no complete reply yet. */
  get unfinished(): number {
    return this.filled - this.scanned;
  }

  decode(): WireReply {
    return decodeWire(this.bytes, this.start).reply;
  }
}
