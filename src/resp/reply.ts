/**
 * One reply as a tree of spans: for comparing, for effects, for the control plane. Not for replies that merely pass
 * through. Any thread. Must not know commands.
 */
import { decodeText, parseInteger } from '../base/bytes.ts';
import { TYPE_BLOB_ERROR, TYPE_BOOLEAN, TYPE_ERROR } from './constants.ts';
import type { Reply } from './decode-reply.ts';

export { decodeReply, type Reply } from './decode-reply.ts';
export { formatReply } from './format-reply.ts';

export function isError(reply: Reply): boolean {
  return reply.type === TYPE_ERROR || reply.type === TYPE_BLOB_ERROR;
}

/** The payload as text for people (UTF-8); '' for nulls and aggregates. */
export function replyText(reply: Reply): string {
  return decodeText(reply.bytes, reply.valueStart, reply.valueEnd);
}

/** The integer that an integer reply, a string of digits or a boolean holds. NaN for anything else and beyond 2^53. */
export function replyInteger(reply: Reply): number {
  if (reply.type === TYPE_BOOLEAN) return reply.bytes[reply.valueStart] === 0x74 ? 1 : 0;
  return parseInteger(reply.bytes, reply.valueStart, reply.valueEnd);
}

/** First word of an error (`ERR`, `WRONGTYPE`, `MOVED`); '' where the reply is no error. */
export function errorCode(reply: Reply): string {
  if (!isError(reply)) return '';
  let end = reply.valueStart;
  while (end < reply.valueEnd && reply.bytes[end] !== 0x20) end++;
  return decodeText(reply.bytes, reply.valueStart, end);
}
