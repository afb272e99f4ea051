/** Which rule compares the replies to a command. Any thread. It must not know replies. */
import type { CommandDefinition, CommandView, CompareRule } from '../commands/definition.ts';

/**
 * The rule for this command with these arguments. `overrides`: by catalogue name (lower case, `container|subcommand`),
 * from the configuration; they win. `known`: what else is known of this very command, such as the text of its script.
 */
export function ruleFor(
  definition: CommandDefinition,
  view: CommandView,
  overrides: ReadonlyMap<string, CompareRule>,
  known?: CompareRule,
): CompareRule {
  return overrides.get(definition.name) ?? known ?? definition.compareWith?.(view) ?? definition.compare;
}
