/** What COMMAND's subcommands do on the engine, from the catalogue. Worker thread. Cold: clients ask once. */
import { globMatches } from '../../base/glob.ts';
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import type { CommandDefinition } from '../definition.ts';
import { SYNTAX } from '../errors.ts';
import { writeDocs } from './command-docs.ts';
import { writeCommand } from './command-information.ts';

/** Commands of the product and version, subcommands not counted. */
export function knownCommands({ table, compatibility }: CommandContext): CommandDefinition[] {
  const known: CommandDefinition[] = [];
  for (let id = 0; id < table.catalogueCount; id++) {
    const definition = table.definitions[id];
    if (!definition.name.includes('|') && hasSince(compatibility, definition.since)) known.push(definition);
  }
  return known;
}

/** COMMAND alone, and COMMAND with a subcommand that there is not. */
export function runCommand(context: CommandContext): void {
  if (context.count > 1) {
    context.error(`ERR unknown subcommand '${context.shown(1).slice(0, 128)}'. Try COMMAND HELP.`);
    return;
  }
  const known = knownCommands(context);
  context.array(known.length);
  for (const definition of known) writeCommand(context, definition);
}

export function runCommandCount(context: CommandContext): void {
  context.integer(knownCommands(context).length);
}

export function runCommandInfo(context: CommandContext): void {
  const named = namedCommands(context);
  context.array(named.length);
  for (const definition of named) {
    if (definition === undefined) context.nil();
    else writeCommand(context, definition);
  }
}

/** Unlike INFO, DOCS leaves out what there is not. */
export function runCommandDocs(context: CommandContext): void {
  const named = namedCommands(context).filter((definition) => definition !== undefined);
  context.map(named.length);
  for (const definition of named) writeDocs(context, definition);
}

/** All commands where none are named. */
function namedCommands(context: CommandContext): (CommandDefinition | undefined)[] {
  if (context.count === 2) return knownCommands(context);
  const named: (CommandDefinition | undefined)[] = [];
  for (let at = 2; at < context.count; at++) named.push(find(context, context.text(at)));
  return named;
}

function find({ table, compatibility }: CommandContext, name: string): CommandDefinition | undefined {
  const id = table.byName(name);
  const definition = id < 0 || id >= table.catalogueCount ? undefined : table.definitions[id];
  return definition !== undefined && hasSince(compatibility, definition.since) ? definition : undefined;
}

export function runCommandList(context: CommandContext): void {
  const keep = filterOf(context);
  if (keep === undefined) {
    context.error(SYNTAX);
    return;
  }
  const names: string[] = [];
  for (const definition of knownCommands(context)) {
    for (const one of [definition, ...(definition.subcommands ?? [])]) {
      if (hasSince(context.compatibility, one.since) && keep(one)) names.push(one.name);
    }
  }
  context.array(names.length);
  for (const name of names) context.bulkText(name);
}

function filterOf(context: CommandContext): ((definition: CommandDefinition) => boolean) | undefined {
  if (context.count === 2) return () => true;
  if (context.count !== 5 || context.text(2).toLowerCase() !== 'filterby') return undefined;
  const value = context.text(4);
  const { server } = context.ports.introspection;
  switch (context.text(3).toLowerCase()) {
    case 'module':
      return () => false;
    case 'aclcat':
      return ({ variants, categories }) =>
        (variants?.[server]?.categories ?? categories).includes(value.toLowerCase());
    case 'pattern': {
      const pattern = Buffer.from(value.toLowerCase(), 'latin1');
      return ({ name }) => {
        const bytes = Buffer.from(name);
        return globMatches(pattern, 0, pattern.length, bytes, 0, bytes.length);
      };
    }
    default:
      return undefined;
  }
}

export function runCommandGetkeys(context: CommandContext): void {
  const keys = keysOf(context);
  if (keys === undefined) return;
  context.array(keys.length);
  for (const { argument } of keys)
    context.bulk(context.bytes, context.start(argument), context.end(argument));
}

export function runCommandGetkeysandflags(context: CommandContext): void {
  const keys = keysOf(context);
  if (keys === undefined) return;
  context.array(keys.length);
  for (const { argument, flags } of keys) {
    context.array(2);
    context.bulk(context.bytes, context.start(argument), context.end(argument));
    context.set(flags.length);
    for (const flag of flags) context.simple(flag);
  }
}

/** Of the command that stands from argument 2 on. Undefined: the error has been written. */
function keysOf(context: CommandContext): ReturnType<typeof context.ports.introspection.keys> {
  const { table, ports, bytes, count } = context;
  const view = { bytes, spans: context.spans.slice(4, 2 * count), count: count - 2 };
  const id = table.lookup(view.bytes, view.spans, view.count);
  const definition = id < 0 ? undefined : find(context, table.definitions[id].name);
  if (definition === undefined) {
    context.error('ERR Invalid command specified');
    return undefined;
  }
  if (definition.keys.every(({ flags }) => flags.includes('not_key'))) {
    context.error('ERR The command has no key arguments');
    return undefined;
  }
  const arity = definition.variants?.[ports.introspection.server]?.arity ?? definition.arity;
  if (arity >= 0 ? view.count !== arity : view.count < -arity) {
    context.error('ERR Invalid number of arguments specified for command');
    return undefined;
  }
  const keys = ports.introspection.keys(view)?.map((key) => ({ ...key, argument: key.argument + 2 }));
  if (keys !== undefined) return keys;
  if (definition.flags.includes('no_mandatory_keys')) return [];
  context.error('ERR Invalid arguments specified for command');
  return undefined;
}
