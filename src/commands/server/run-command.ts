/** What COMMAND's subcommands do on the engine. Worker thread. */
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';

/** Commands of the product and version, subcommands not counted. */
export function runCommandCount(context: CommandContext): void {
  const { table, compatibility } = context;
  let count = 0;
  for (let id = 0; id < table.catalogueCount; id++) {
    const { name, since } = table.definitions[id];
    if (!name.includes('|') && hasSince(compatibility, since)) count += 1;
  }
  context.integer(count);
}
