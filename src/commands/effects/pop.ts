/**
 * Pops as what they removed. Random pops name their members; blocking pops become the pop that happened, which never
 * blocks the mirror stream. Runs where the mirror stream is built (worker thread). It must not know servers or
 * connections.
 */
import type { CommandView, EffectBuilder, EffectInput, EffectOutput } from '../definition.ts';
import { argumentInteger, copyArguments, EXPECT_PRIMARY, nameHasLetter } from './arguments.ts';

const BULK_STRING = 0x24;

/** SPOP key [count]: SREM key of the popped members. */
export function removePopped(_command: CommandView): EffectBuilder | undefined {
  return buildRemovePopped;
}

function buildRemovePopped(input: EffectInput, output: EffectOutput): void {
  const reply = input.reply;
  if (reply.isNull) return;
  if (reply.type === BULK_STRING) {
    const writer = output.command(3, { kind: 'integer', value: 1 });
    writer.text('SREM');
    copyArguments(input, 1, 2, writer);
    writer.bulk(reply.bytes, reply.valueStart, reply.valueEnd);
    return;
  }
  const members = reply.items;
  if (members.length === 0) return;
  const writer = output.command(2 + members.length, { kind: 'integer', value: members.length });
  writer.text('SREM');
  copyArguments(input, 1, 2, writer);
  for (const member of members) writer.bulk(member.bytes, member.valueStart, member.valueEnd);
}

/** BLPOP and BRPOP: LPOP or RPOP of the key that was served. */
export function servedListPop(_command: CommandView): EffectBuilder | undefined {
  return buildListPop;
}

function buildListPop(input: EffectInput, output: EffectOutput): void {
  if (input.reply.isNull) return;
  const [key, element] = input.reply.items;
  const writer = output.command(2, { kind: 'part', part: element });
  writer.text(nameHasLetter(input, 1, 'l') ? 'LPOP' : 'RPOP');
  writer.bulk(key.bytes, key.valueStart, key.valueEnd);
}

/** BLMOVE and BRPOPLPUSH: LMOVE or RPOPLPUSH. */
export function servedMove(_command: CommandView): EffectBuilder | undefined {
  return buildMove;
}

function buildMove(input: EffectInput, output: EffectOutput): void {
  if (input.reply.isNull) return;
  const last = input.count - 1;
  const writer = output.command(last, EXPECT_PRIMARY);
  writer.text(nameHasLetter(input, 1, 'l') ? 'LMOVE' : 'RPOPLPUSH');
  copyArguments(input, 1, last, writer);
}

/** BLMPOP and BZMPOP: LMPOP or ZMPOP of the key that was served, with the count that was popped. */
export function servedMultiPop(_command: CommandView): EffectBuilder | undefined {
  return buildMultiPop;
}

function buildMultiPop(input: EffectInput, output: EffectOutput): void {
  if (input.reply.isNull) return;
  const [key, elements] = input.reply.items;
  const whereAt = 3 + argumentInteger(input, 2);
  const writer = output.command(6, EXPECT_PRIMARY);
  const isList = nameHasLetter(input, 1, 'l');
  writer.text(isList ? 'LMPOP' : 'ZMPOP');
  writer.number(1);
  writer.bulk(key.bytes, key.valueStart, key.valueEnd);
  copyArguments(input, whereAt, whereAt + 1, writer);
  writer.text('COUNT');
  writer.number(elements.items.length);
}

/** BZPOPMIN and BZPOPMAX: ZPOPMIN or ZPOPMAX of the key that was served. */
export function servedSortedSetPop(_command: CommandView): EffectBuilder | undefined {
  return buildSortedSetPop;
}

function buildSortedSetPop(input: EffectInput, output: EffectOutput): void {
  if (input.reply.isNull) return;
  const [key, member, score] = input.reply.items;
  const writer = output.command(2, { kind: 'parts', parts: [member, score] });
  writer.text(nameHasLetter(input, 6, 'i') ? 'ZPOPMIN' : 'ZPOPMAX');
  writer.bulk(key.bytes, key.valueStart, key.valueEnd);
}
