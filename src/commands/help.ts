/** HELP of commands with subcommands, from the catalogue: what the product and version have. Cold: for people. */
import { hasSince } from './compatibility.ts';
import type { CommandContext } from './context.ts';

export function runHelp(context: CommandContext): void {
  const { table, compatibility } = context;
  const [container] = table.definitions[context.command].name.split('|');
  const { subcommands = [] } = table.definitions[table.byName(container)];
  const known = subcommands.filter(({ since }) => hasSince(compatibility, since));
  context.array(1 + 2 * known.length);
  context.simple(`${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const { name, summary } of known) {
    context.simple(name.slice(container.length + 1).toUpperCase());
    context.simple(`    ${summary}`);
  }
}
