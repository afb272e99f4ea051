/**
 * The description of one command, and the tight loop that fills it for commands that arrived whole.
 * `scan-command.ts` is the door to both. Must not know chunks, limits that depend on the session, or inline syntax.
 */
import { CR, LF, TYPE_BULK } from './constants.ts';
import { InlineRewriter } from './inline.ts';

/** Numbers in the array of spans for ordinary commands. */
export const INITIAL_SPANS = 128;

/**
 * The last complete command. One per thread, handed to every reader of the thread. All fields are valid until the next
 * call of `next` or `release` of any of these readers. A command that lies in the lent chunk (`bytes` is that chunk)
 * survives `release`, for as long as the lender lets it.
 */
export class CommandScanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** `spans[2 * i]`, `spans[2 * i + 1]` delimit argument i in `bytes`. Replaced when it grows: read it per command. */
  spans: Int32Array = new Int32Array(INITIAL_SPANS);
  count = 0;
  /** `bytes[frameStart, frameEnd)` is the command as a RESP array of bulk strings, ready to be forwarded. */
  frameStart = 0;
  frameEnd = 0;
  /** After SCAN_ERROR: the error reply without '-' and CRLF, or '' where servers close without a word. */
  error = '';
  /** False when the frame was rebuilt from an inline command: `bytes` is scratch memory then. */
  canonical = true;
  /** For the reader: arguments announced by the command that `scanWhole` gave up on. */
  announced = 0;
  readonly inline = new InlineRewriter();
}

/** Room for `numbers` spans, at least doubled; what was there stays. */
export function grownSpans(spans: Int32Array, numbers: number): Int32Array {
  const grown = new Int32Array(Math.max(numbers, spans.length * 2));
  grown.set(spans);
  return grown;
}

/**
 * Reads an array that lies wholly in `bytes[start, end)`; this is where nearly every command passes. Returns its end,
 * or -1 when anything is unusual: then `scanner` has the `count` arguments read so far, `frameEnd` is the start of
 * the first line not read, and `announced` the number of arguments, 0 when that line was not read either.
 */
export function scanWhole(
  scanner: CommandScanner,
  bytes: Uint8Array,
  start: number,
  end: number,
  maxArguments: number,
  maxBulkBytes: number,
): number {
  scanner.count = 0;
  scanner.announced = 0;
  scanner.frameEnd = start;
  let at = start + 1;
  let total = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    total = total * 10 + digit;
  }
  if (at + 2 > end || bytes[at] !== CR || bytes[at + 1] !== LF) return -1;
  if (total > maxArguments || total === 0 || bytes[start + 1] === 0x30) return -1;
  at += 2;
  scanner.announced = total;
  let spans = scanner.spans;
  for (let index = 0; index < total; index++) {
    const line = at;
    if (at + 5 > end || bytes[at] !== TYPE_BULK) return giveUp(scanner, index, line);
    let length = (bytes[at + 1] as number) - 0x30;
    if (length < 0 || length > 9) return giveUp(scanner, index, line);
    at += 2;
    if (bytes[at] !== CR) {
      if (length === 0) return giveUp(scanner, index, line);
      for (; at < end; at++) {
        const digit = (bytes[at] as number) - 0x30;
        if (digit < 0 || digit > 9) break;
        length = length * 10 + digit;
      }
      if (at + 2 > end || bytes[at] !== CR) return giveUp(scanner, index, line);
    }
    const payloadEnd = at + 2 + length;
    if (bytes[at + 1] !== LF || length > maxBulkBytes || payloadEnd + 2 > end)
      return giveUp(scanner, index, line);
    if (bytes[payloadEnd] !== CR || bytes[payloadEnd + 1] !== LF) return giveUp(scanner, index, line);
    if (2 * index + 2 > spans.length) spans = scanner.spans = grownSpans(spans, 2 * index + 2);
    spans[2 * index] = at + 2;
    spans[2 * index + 1] = payloadEnd;
    at = payloadEnd + 2;
  }
  scanner.bytes = bytes;
  scanner.count = total;
  scanner.frameStart = start;
  scanner.frameEnd = at;
  scanner.canonical = true;
  return at;
}

function giveUp(scanner: CommandScanner, argumentsRead: number, lineStart: number): number {
  scanner.count = argumentsRead;
  scanner.frameEnd = lineStart;
  return -1;
}
