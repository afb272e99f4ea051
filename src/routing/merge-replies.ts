/**
 * Joins the replies of a command's parts, none of which is an error. Worker thread. Keeps nothing. Sums and arrays in
 * the order of keys are read in place; the rest, of commands that nobody sends in great numbers, is decoded.
 */
import { decodeText, equalBytes, parseInteger } from '../base/bytes.ts';
import type { MergeRule } from '../commands/definition.ts';
import { TYPE_ARRAY, TYPE_INTEGER, TYPE_SET } from '../resp/constants.ts';
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { decodeReply, type Reply, replyInteger, replyText } from '../resp/reply.ts';
import { ReplyScanner } from '../resp/scan-reply.ts';
import { mergeServerInfo } from './merge-info.ts';

type Replies = readonly FrameWriter[];

const scanner = new ReplyScanner();
/** By part: where its next element begins. */
let cursors = new Int32Array(64);

/**
 * Rule `ordered`: arrays become one array in which key `i` has the next element of part `partOf[i]`. False, and nothing
 * written, where they are not arrays with an element for each key.
 */
export function writeInOrder(
  replies: Replies,
  count: number,
  partOf: Int32Array,
  keyCount: number,
  out: FrameWriter,
): boolean {
  if (count > cursors.length) cursors = new Int32Array(2 * count);
  let elements = 0;
  for (let part = 0; part < count; part += 1) {
    const { bytes, length } = replies[part];
    const lineEnd = lineEndOf(bytes, length);
    const size = bytes[0] === TYPE_ARRAY ? parseInteger(bytes, 1, lineEnd) : -1;
    if (!(size > 0)) return false;
    elements += size;
    cursors[part] = lineEnd + 2;
  }
  if (elements !== keyCount) return false;
  const begin = out.length;
  out.array(keyCount);
  for (let key = 0; key < keyCount; key += 1) {
    const part = partOf[key];
    const { bytes, length } = replies[part];
    const at = cursors[part];
    const stop = scanner.scan(bytes, at, length);
    if (stop < 0) {
      // One part has fewer elements than keys.
      scanner.reset();
      out.length = begin;
      return false;
    }
    out.raw(bytes, at, stop);
    cursors[part] = stop;
  }
  return true;
}

/** Every rule but `ordered` and `one_succeeded`. False, and nothing written, where the replies do not fit the rule. */
export function mergeReplies(
  rule: MergeRule,
  replies: Replies,
  count: number,
  out: FrameWriter,
  resp: RespVersion,
): boolean {
  switch (rule) {
    case 'agg_sum':
    case 'agg_min':
    case 'agg_max':
    case 'agg_logical_and':
    case 'agg_logical_or':
      return mergeNumbers(rule, replies, count, out);
    case 'concatenate':
    case 'union':
      return concatenate(decodeAll(replies, count), rule === 'union', out);
    case 'random':
      return copyRandom(decodeAll(replies, count), out);
    case 'running':
      return copyRunning(decodeAll(replies, count), out);
    case 'texts':
      out.verbatim(textsOf(replies, count).join('\n\n'), resp);
      return true;
    case 'server-info':
      out.verbatim(mergeServerInfo(textsOf(replies, count)), resp);
      return true;
    default:
      out.raw(replies[0].bytes, 0, replies[0].length);
      return true;
  }
}

function mergeNumbers(rule: MergeRule, replies: Replies, count: number, out: FrameWriter): boolean {
  let total = 0;
  for (let part = 0; part < count; part += 1) {
    const { bytes, length } = replies[part];
    if (bytes[0] !== TYPE_INTEGER) return mergePlaces(rule, decodeAll(replies, count), out);
    const value = parseInteger(bytes, 1, length - 2);
    total = part === 0 ? begun(rule, value) : joined(rule, total, value);
  }
  if (Number.isNaN(total)) return false;
  out.integer(total);
  return true;
}

function begun(rule: MergeRule, value: number): number {
  return rule === 'agg_logical_and' || rule === 'agg_logical_or' ? Number(value !== 0) : value;
}

function joined(rule: MergeRule, total: number, value: number): number {
  switch (rule) {
    case 'agg_sum':
      return total + value;
    case 'agg_min':
      return Math.min(total, value);
    case 'agg_max':
      return Math.max(total, value);
    case 'agg_logical_and':
      return Number(total !== 0 && value !== 0);
    default:
      return Number(total !== 0 || value !== 0);
  }
}

/** Arrays of equal length: integers are joined place by place, other elements are those of the first. */
function mergePlaces(rule: MergeRule, replies: readonly Reply[], out: FrameWriter): boolean {
  const [first] = replies;
  const isFit = replies.every(
    ({ type, items }) => type === TYPE_ARRAY && items.length === first.items.length,
  );
  if (!isFit) return false;
  out.array(first.items.length);
  for (let place = 0; place < first.items.length; place += 1) {
    const item = first.items[place];
    if (item.type !== TYPE_INTEGER) {
      out.raw(item.bytes, item.start, item.end);
      continue;
    }
    let total = begun(rule, replyInteger(item));
    for (let part = 1; part < replies.length; part += 1) {
      total = joined(rule, total, replyInteger(replies[part].items[place]));
    }
    out.integer(total);
  }
  return true;
}

function concatenate(replies: readonly Reply[], isUnion: boolean, out: FrameWriter): boolean {
  const [{ type }] = replies;
  const isFit = (type === TYPE_ARRAY || type === TYPE_SET) && replies.every((reply) => reply.type === type);
  if (!isFit) return false;
  const all = replies.flatMap(({ items }) => items);
  const elements = isUnion ? distinct(all) : all;
  out.header(type, elements.length);
  for (const { bytes, start, end } of elements) out.raw(bytes, start, end);
  return true;
}

function distinct(elements: readonly Reply[]): Reply[] {
  const byText = new Map<string, Reply[]>();
  return elements.filter((element) => {
    const text = replyText(element);
    const alike = byText.get(text) ?? [];
    byText.set(text, alike);
    // Texts are alike where bytes that are no UTF-8 are not.
    if (alike.some((other) => isSame(other, element))) return false;
    alike.push(element);
    return true;
  });
}

function isSame(left: Reply, right: Reply): boolean {
  return equalBytes(left.bytes, left.start, left.end, right.bytes, right.start, right.end);
}

function copyRandom(replies: readonly Reply[], out: FrameWriter): boolean {
  const present = replies.filter(({ isNull }) => !isNull);
  const candidates = present.length === 0 ? replies : present;
  return copy(candidates[Math.floor(Math.random() * candidates.length)], out);
}

/** FUNCTION STATS: the node on which a function runs, else any. */
function copyRunning(replies: readonly Reply[], out: FrameWriter): boolean {
  const busy = replies.find(({ items }) => {
    const at = items.findIndex((item, index) => index % 2 === 0 && replyText(item) === 'running_script');
    return at >= 0 && !items[at + 1].isNull;
  });
  return copy(busy ?? replies[0], out);
}

function copy({ bytes, start, end }: Reply, out: FrameWriter): boolean {
  out.raw(bytes, start, end);
  return true;
}

function decodeAll(replies: Replies, count: number): Reply[] {
  const decoded: Reply[] = [];
  for (let part = 0; part < count; part += 1) {
    decoded.push(decodeReply(replies[part].bytes, 0, replies[part].length));
  }
  return decoded;
}

function textsOf(replies: Replies, count: number): string[] {
  return decodeAll(replies, count).map(({ bytes, valueStart, valueEnd }) =>
    decodeText(bytes, valueStart, valueEnd),
  );
}

function lineEndOf(bytes: Uint8Array, length: number): number {
  let at = 1;
  while (at < length && bytes[at] !== 0x0d) at += 1;
  return at;
}
