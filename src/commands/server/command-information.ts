/** What COMMAND and COMMAND INFO say of a command. Worker thread. Cold: clients ask once. As valkey 8.0 `server.c`. */
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import type { CommandDefinition, KeySpec } from '../definition.ts';
import { legacyRange } from '../key-range.ts';

export function writeCommand(context: CommandContext, definition: CommandDefinition): void {
  const variant = definition.variants?.[context.ports.introspection.server];
  const keys = variant?.keys ?? definition.keys;
  const { first, last, step } = legacyRange(keys);
  context.array(10);
  context.bulkText(definition.name);
  context.integer(variant?.arity ?? definition.arity);
  const flags = new Set([...definition.flags, ...(variant?.addFlags ?? [])]);
  for (const flag of variant?.removeFlags ?? []) flags.delete(flag);
  writeWords(context, [...flags]);
  for (const figure of [first, last, step]) context.integer(figure);
  const categories = variant?.categories ?? definition.categories;
  writeWords(
    context,
    categories.map((category) => `@${category}`),
  );
  const tips = tipsOf(definition);
  context.set(tips.length);
  for (const tip of tips) context.bulkText(tip);
  context.set(keys.length);
  for (const spec of keys) writeSpec(context, spec);
  const subcommands = (definition.subcommands ?? []).filter(({ since }) =>
    hasSince(context.compatibility, since),
  );
  const { isValkey, level } = context.compatibility;
  if (definition.subcommands === undefined && !(isValkey && level >= 900)) context.set(0);
  else context.array(subcommands.length);
  for (const subcommand of subcommands) writeCommand(context, subcommand);
}

function tipsOf({ tips = [], request, response }: CommandDefinition): string[] {
  const all = [...tips];
  if (request !== undefined) all.push(`request_policy:${request}`);
  if (response !== undefined) all.push(`response_policy:${response}`);
  return all;
}

function writeWords(context: CommandContext, words: readonly string[]): void {
  context.set(words.length);
  for (const word of words) context.simple(word);
}

function writeSpec(context: CommandContext, { flags, begin, find }: KeySpec): void {
  context.map(3);
  context.bulkText('flags');
  writeWords(context, flags);
  context.bulkText('begin_search');
  if (begin.type === 'index') writeStep(context, 'index', { index: begin.index });
  else if (begin.type === 'keyword')
    writeStep(context, 'keyword', { keyword: begin.keyword, startfrom: begin.startFrom });
  else writeStep(context, 'unknown', {});
  context.bulkText('find_keys');
  if (find.type === 'range')
    writeStep(context, 'range', { lastkey: find.lastKey, keystep: find.step, limit: find.limit });
  else if (find.type === 'keynum')
    writeStep(context, 'keynum', {
      keynumidx: find.keyCountIndex,
      firstkey: find.firstKey,
      keystep: find.step,
    });
  else writeStep(context, 'unknown', {});
}

function writeStep(
  context: CommandContext,
  type: string,
  spec: Readonly<Record<string, string | number>>,
): void {
  const fields = Object.entries(spec);
  context.map(2);
  context.bulkText('type');
  context.bulkText(type);
  context.bulkText('spec');
  context.map(fields.length);
  for (const [name, value] of fields) {
    context.bulkText(name);
    if (typeof value === 'number') context.integer(value);
    else context.bulkText(value);
  }
}
