/**
 * What COMMAND DOCS says of a command: what the catalogue knows, which is summary, version, group and arguments. Worker
 * thread. Cold: redis-cli asks when it starts.
 */
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import type { ArgumentGrammar, CommandDefinition } from '../definition.ts';

/** The name, and a map of what there is to say. */
export function writeDocs(context: CommandContext, definition: CommandDefinition): void {
  const { compatibility } = context;
  const subcommands = (definition.subcommands ?? []).filter(({ since }) => hasSince(compatibility, since));
  const args = definition.arguments.filter((argument) => isThere(context, argument));
  context.bulkText(definition.name);
  context.map(3 + (args.length > 0 ? 1 : 0) + (subcommands.length > 0 ? 1 : 0));
  pair(context, 'summary', definition.summary);
  pair(context, 'since', definition.since[compatibility.product] ?? '');
  pair(context, 'group', definition.group);
  if (args.length > 0) {
    context.bulkText('arguments');
    writeArguments(context, args);
  }
  if (subcommands.length === 0) return;
  context.bulkText('subcommands');
  context.map(subcommands.length);
  for (const subcommand of subcommands) writeDocs(context, subcommand);
}

function isThere({ compatibility }: CommandContext, { since }: ArgumentGrammar): boolean {
  return since === undefined || hasSince(compatibility, since);
}

function pair(context: CommandContext, name: string, value: string): void {
  context.bulkText(name);
  context.bulkText(value);
}

function writeArguments(context: CommandContext, args: readonly ArgumentGrammar[]): void {
  context.array(args.length);
  for (const argument of args) writeArgument(context, argument);
}

function writeArgument(context: CommandContext, argument: ArgumentGrammar): void {
  const { name, display = name, type, token, keySpecIndex } = argument;
  const since = argument.since?.[context.compatibility.product];
  const flags = flagsOf(argument);
  const parts = argument.arguments?.filter((part) => isThere(context, part));
  const isGroup = type === 'oneof' || type === 'block';
  const texts: [string, string][] = [
    ['name', name],
    ['type', type],
  ];
  // Redis 7.0 has no names for people.
  if (!isGroup && context.compatibility.level >= 702) texts.push(['display_text', display]);
  const later: [string, string][] = [];
  if (token !== undefined) later.push(['token', token]);
  if (since) later.push(['since', since]);
  const more = [keySpecIndex !== undefined, flags.length > 0, parts !== undefined].filter(Boolean).length;
  context.map(texts.length + later.length + more);
  for (const [key, value] of texts) pair(context, key, value);
  if (keySpecIndex !== undefined) {
    context.bulkText('key_spec_index');
    context.integer(keySpecIndex);
  }
  for (const [key, value] of later) pair(context, key, value);
  if (flags.length > 0) {
    context.bulkText('flags');
    context.set(flags.length);
    for (const flag of flags) context.simple(flag);
  }
  if (parts === undefined) return;
  context.bulkText('arguments');
  writeArguments(context, parts);
}

function flagsOf({ optional, multiple, multipleToken }: ArgumentGrammar): string[] {
  const flags: string[] = [];
  if (optional) flags.push('optional');
  if (multiple) flags.push('multiple');
  if (multipleToken) flags.push('multiple_token');
  return flags;
}
