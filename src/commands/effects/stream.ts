/**
 * Stream commands as what they did: entries with the id the primary chose, reads by consumer groups without waiting,
 * claims of exactly the entries that were claimed. Runs where the mirror stream is built (worker thread). It must not
 * know servers or connections.
 *
 * Claims are repeated as XCLAIM with the client's own options, so delivery counts move on the shadow as they did on
 * the primary. How long an entry has been idle differs between servers by the transit time; therefore idle times
 * never decide on the shadow: what was claimed is claimed with minimum 0, what was not with `NEVER_IDLE`, which claims
 * nothing and still drops entries from the pending list that the stream no longer has, as the primary's XCLAIM did.
 */
import { equalBytes } from '../../base/bytes.ts';
import type { FrameWriter } from '../../resp/encode.ts';
import type { Reply } from '../../resp/reply.ts';
import { replyText } from '../../resp/reply.ts';
import type { CommandView, EffectBuilder, EffectInput, EffectOutput, Expectation } from '../definition.ts';
import {
  argumentIs,
  copyArguments,
  EXPECT_NOTHING,
  EXPECT_PRIMARY,
  findArgument,
  nameHasLetter,
} from './arguments.ts';
import {
  BLOCK,
  COUNT,
  IDMP,
  IDMPAUTO,
  JUSTID,
  LASTID,
  LIMIT,
  MAXLEN,
  MINID,
  NOACK,
  STREAMS,
} from './words.ts';

const STAR = 0x2a;
const DASH = 0x2d;
const GREATER = 0x3e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const MAP = 0x25;

const NEVER_IDLE = '9223372036854775807';
/** An id no entry can have. */
const NO_ENTRY = '0-0';

/** XADD with `*` or `ms-*`: the same with the id the primary chose. Nothing was added when the reply is null. */
export function explicitStreamId(command: CommandView): EffectBuilder | undefined {
  const idAt = addedIdIndex(command);
  if (idAt === -1 || command.bytes[command.spans[2 * idAt + 1] - 1] !== STAR) return undefined;
  return buildExplicitId;
}

function buildExplicitId(input: EffectInput, output: EffectOutput): void {
  const reply = input.reply;
  const writer = output.command(input.count, EXPECT_PRIMARY);
  if (reply.isNull) {
    copyArguments(input, 0, input.count, writer);
    return;
  }
  const idAt = addedIdIndex(input);
  copyArguments(input, 0, idAt, writer);
  writer.bulk(reply.bytes, reply.valueStart, reply.valueEnd);
  copyArguments(input, idAt + 1, input.count, writer);
}

/** Index of XADD's id argument, -1 if there is none. Every other option before it is a word, perhaps with values. */
function addedIdIndex(command: CommandView): number {
  let index = 2;
  while (index < command.count) {
    const first = command.bytes[command.spans[2 * index]];
    if (first === STAR || (first >= DIGIT_0 && first <= DIGIT_9)) return index;
    index += 1 + addOptionValues(command, index);
  }
  return -1;
}

function addOptionValues(command: CommandView, index: number): number {
  if (argumentIs(command, index, MAXLEN) || argumentIs(command, index, MINID)) {
    const start = command.spans[2 * index + 2];
    const length = command.spans[2 * index + 3] - start;
    const isMark = length === 1 && (command.bytes[start] === 0x7e || command.bytes[start] === 0x3d);
    return isMark ? 2 : 1;
  }
  if (argumentIs(command, index, LIMIT) || argumentIs(command, index, IDMPAUTO)) return 1;
  return argumentIs(command, index, IDMP) ? 2 : 0;
}

/**
 * XREADGROUP with BLOCK: one XREADGROUP per stream that was served, limited to what was delivered, so that entries
 * added meanwhile stay undelivered. Streams that were not served only get the consumer, where the server creates it.
 */
export function readGroup(command: CommandView): EffectBuilder | undefined {
  const blockAt = findArgument(command, BLOCK, 4);
  return blockAt !== -1 && blockAt < findArgument(command, STREAMS, 4) ? buildReadGroup : undefined;
}

function buildReadGroup(input: EffectInput, output: EffectOutput): void {
  const streamsAt = findArgument(input, STREAMS, 4);
  const streamCount = (input.count - streamsAt - 1) >> 1;
  for (let stream = 0; stream < streamCount; stream += 1) {
    const keyAt = streamsAt + 1 + stream;
    const served = servedStream(input, keyAt);
    if (served === undefined) writeConsumer(input, keyAt, 2, 3, output);
    else writeStreamRead(input, streamsAt, keyAt, keyAt + streamCount, served, output);
  }
}

interface ServedStream {
  readonly parts: readonly Reply[];
  readonly entryCount: number;
}

/** What the reply (map in RESP3, array of pairs in RESP2) says about the stream named by an argument. */
function servedStream(input: EffectInput, keyAt: number): ServedStream | undefined {
  if (input.reply.isNull) return undefined;
  const items = input.reply.items;
  if (input.reply.type === MAP) {
    for (let index = 0; index < items.length; index += 2) {
      if (!isArgument(input, keyAt, items[index])) continue;
      return { parts: [items[index], items[index + 1]], entryCount: items[index + 1].items.length };
    }
    return undefined;
  }
  for (const pair of items) {
    if (isArgument(input, keyAt, pair.items[0]))
      return { parts: [pair], entryCount: pair.items[1].items.length };
  }
  return undefined;
}

function isArgument(command: CommandView, index: number, value: Reply): boolean {
  const start = command.spans[2 * index];
  const end = command.spans[2 * index + 1];
  return equalBytes(command.bytes, start, end, value.bytes, value.valueStart, value.valueEnd);
}

function writeStreamRead(
  input: EffectInput,
  streamsAt: number,
  keyAt: number,
  idAt: number,
  served: ServedStream,
  output: EffectOutput,
): void {
  // `>` reads new entries; any other id reads the consumer's history, where the client's own limit is the right one.
  const start = input.spans[2 * idAt];
  const readsNew = input.bytes[start] === GREATER && input.spans[2 * idAt + 1] - start === 1;
  const countAt = findArgument(input, COUNT, 4);
  const hasCount = countAt !== -1 && countAt < streamsAt;
  const noAckAt = findArgument(input, NOACK, 4);
  const hasNoAck = noAckAt !== -1 && noAckAt < streamsAt;
  const limited = readsNew || hasCount;
  const writer = output.command(7 + (limited ? 2 : 0) + (hasNoAck ? 1 : 0), {
    kind: 'parts',
    parts: served.parts,
  });
  copyArguments(input, 0, 4, writer);
  if (limited) {
    writer.text('COUNT');
    if (readsNew) writer.number(served.entryCount);
    else copyArguments(input, countAt + 1, countAt + 2, writer);
  }
  if (hasNoAck) writer.text('NOACK');
  writer.text('STREAMS');
  copyArguments(input, keyAt, keyAt + 1, writer);
  copyArguments(input, idAt, idAt + 1, writer);
}

/** A claim that claims nothing. Servers differ in whether it creates the consumer, as they do for the original. */
function writeConsumer(
  input: EffectInput,
  keyAt: number,
  groupAt: number,
  consumerAt: number,
  output: EffectOutput,
): void {
  const writer = output.command(7, EXPECT_NOTHING);
  writer.text('XCLAIM');
  copyArguments(input, keyAt, keyAt + 1, writer);
  copyArguments(input, groupAt, groupAt + 1, writer);
  copyArguments(input, consumerAt, consumerAt + 1, writer);
  writer.text(NEVER_IDLE);
  writer.text(NO_ENTRY);
  writer.text('JUSTID');
}

/** XCLAIM and XAUTOCLAIM: XCLAIM of the entries that were claimed, whatever their idle time on the shadow. */
export function claimed(command: CommandView): EffectBuilder | undefined {
  return nameHasLetter(command, 1, 'c') ? buildClaim : buildAutoclaim;
}

function buildClaim(input: EffectInput, output: EffectOutput): void {
  const optionsAt = claimOptions(input);
  const entries = input.reply.items;
  if (entries.length > 0) {
    const writer = output.command(5 + entries.length + input.count - optionsAt, EXPECT_PRIMARY);
    copyArguments(input, 0, 4, writer);
    writer.number(0);
    for (const entry of entries) writeEntryId(entry, writer);
    copyArguments(input, optionsAt, input.count, writer);
  }
  writeUnclaimed(input, optionsAt, entries, output);
}

/** The ids that were asked for and not claimed. The reply keeps the order of the arguments. */
function writeUnclaimed(
  input: EffectInput,
  optionsAt: number,
  entries: readonly Reply[],
  output: EffectOutput,
): void {
  const unclaimed: number[] = [];
  let next = 0;
  for (let index = 5; index < optionsAt; index += 1) {
    if (next < entries.length && isSameId(input, index, entryIdText(entries[next]))) next += 1;
    else unclaimed.push(index);
  }
  if (unclaimed.length === 0) return;
  // Nothing was claimed: then this command also carries the group's last id, if the client gave one.
  const lastIdAt = entries.length === 0 ? findArgument(input, LASTID, optionsAt) : -1;
  const writer = output.command(6 + unclaimed.length + (lastIdAt === -1 ? 0 : 2), EXPECT_NOTHING);
  copyArguments(input, 0, 4, writer);
  writer.text(NEVER_IDLE);
  for (const index of unclaimed) copyArguments(input, index, index + 1, writer);
  writer.text('JUSTID');
  if (lastIdAt !== -1) copyArguments(input, lastIdAt, lastIdAt + 2, writer);
}

/** Index of XCLAIM's first option: ids start with a digit, options with a letter. */
function claimOptions(command: CommandView): number {
  let index = 5;
  while (index < command.count) {
    const first = command.bytes[command.spans[2 * index]];
    if (!(first >= DIGIT_0 && first <= DIGIT_9) && first !== DASH) break;
    index += 1;
  }
  return index;
}

function buildAutoclaim(input: EffectInput, output: EffectOutput): void {
  const [, entries, deleted] = input.reply.items;
  const deletedCount = deleted === undefined ? 0 : deleted.items.length;
  const idCount = entries.items.length + deletedCount;
  if (idCount === 0) {
    writeConsumer(input, 1, 2, 3, output);
    return;
  }
  const justIdAt = findArgument(input, JUSTID, 6);
  const expectation: Expectation = { kind: 'part', part: entries };
  const writer = output.command(5 + idCount + (justIdAt === -1 ? 0 : 1), expectation);
  writer.text('XCLAIM');
  copyArguments(input, 1, 4, writer);
  writer.number(0);
  for (const entry of entries.items) writeEntryId(entry, writer);
  for (let index = 0; index < deletedCount; index += 1) writeEntryId(deleted.items[index], writer);
  if (justIdAt !== -1) writer.text('JUSTID');
}

/** The id of a claimed entry: the entry itself after JUSTID, else the first of its two parts. */
function entryId(entry: Reply): Reply {
  return entry.items.length > 0 ? entry.items[0] : entry;
}

function writeEntryId(entry: Reply, writer: FrameWriter): void {
  const id = entryId(entry);
  writer.bulk(id.bytes, id.valueStart, id.valueEnd);
}

function entryIdText(entry: Reply): string {
  return replyText(entryId(entry));
}

/** Whether an id argument means this full id; a missing sequence is 0. */
function isSameId(command: CommandView, index: number, fullId: string): boolean {
  const start = command.spans[2 * index];
  const length = command.spans[2 * index + 1] - start;
  if (length !== fullId.length && length + 2 !== fullId.length) return false;
  for (let at = 0; at < length; at += 1) {
    if (command.bytes[start + at] !== fullId.charCodeAt(at)) return false;
  }
  return length === fullId.length || (fullId.endsWith('-0') && fullId.indexOf('-') === length);
}
