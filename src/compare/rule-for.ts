/** Which rule compares the replies to a command. Any thread. It must not know replies. */
import type { CommandDefinition, CommandView, CompareRule } from '../commands/definition.ts';

/**
 * The rule for this command with these arguments. `overrides`: by catalogue name (lower case, `container|subcommand`),
 * from the configuration; they win.
 */
export function ruleFor(
  definition: CommandDefinition,
  view: CommandView,
  overrides: ReadonlyMap<string, CompareRule>,
): CompareRule {
  return overrides.get(definition.name) ?? definition.compareWith?.(view) ?? definition.compare;
}
