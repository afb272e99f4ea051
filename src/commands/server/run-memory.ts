/** What MEMORY does on the engine. Worker thread. Cold: administration. */
import { heldBytes, usableSize, usedBytes } from '../../memory/allocator.ts';
import { recordType } from '../../store/record.ts';
import { typeHooks } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { NOT_INTEGER, SYNTAX } from '../errors.ts';
import { peekKey } from '../lookup.ts';
import type { MemoryFigure } from '../ports.ts';

/** What the key takes in its arena. Samples are for the types to choose. */
export function runMemoryUsage(context: CommandContext): void {
  for (let at = 3; at < context.count; at += 2) {
    if (context.text(at).toLowerCase() !== 'samples' || at + 1 >= context.count) {
      context.error(SYNTAX);
      return;
    }
    const samples = context.text(at + 1);
    if (!/^(0|-?[1-9]\d{0,17})$/.test(samples)) {
      context.error(NOT_INTEGER);
      return;
    }
    if (Number(samples) < 0) {
      context.error(SYNTAX);
      return;
    }
  }
  const { arena, record } = peekKey(context, 2);
  if (record === 0) context.nil();
  else {
    const beside = typeHooks(recordType(arena, record)).sizeBytes(arena, record);
    context.integer(usableSize(arena, record) + beside);
  }
}

export function runMemoryStats(context: CommandContext): void {
  writeFigures(context, context.ports.information.memory(context));
}

function writeFigures(context: CommandContext, figures: readonly MemoryFigure[]): void {
  context.map(figures.length);
  for (const { name, value, isRatio } of figures) {
    context.bulkText(name);
    if (typeof value !== 'number') writeFigures(context, value);
    else if (isRatio === true) context.double(value);
    else context.integer(value);
  }
}

/** Pages go back to the arena as soon as nothing is in them: there is nothing to purge. */
export function runMemoryPurge(context: CommandContext): void {
  context.ok();
}

export function runMemoryMallocStats(context: CommandContext): void {
  const lines = context.store.shards.map(
    ({ arena, index }) =>
      `arena ${index}: size ${arena.buffer.byteLength}, held ${heldBytes(arena)}, used ${usedBytes(arena)}`,
  );
  context.writer.verbatim(`${lines.join('\n')}\n`, context.resp);
}

/** As the servers' report of an instance without problems, or of one that is nearly empty. */
export function runMemoryDoctor(context: CommandContext): void {
  const isSmall = context.store.usedBytes() < 5 * 1024 * 1024;
  context.writer.verbatim(isSmall ? EMPTY : HEALTHY, context.resp);
}

const EMPTY =
  "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these " +
  'conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to ' +
  'our programming as soon as I finished rebooting.\n';

const HEALTHY =
  "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n";
