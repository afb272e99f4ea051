/** What COMMAND asks of the engine: whose variants of the catalogue count, and which arguments are keys. Cold. */
import type { CommandView, KeyFlag, ServerName } from '../commands/definition.ts';
import type { IntrospectionPort } from '../commands/ports.ts';
import { findKeys, KeyList, keyFlagsAt } from '../routing/keys.ts';
import type { CommandPlan } from './command-plan.ts';

export class Introspection implements IntrospectionPort {
  readonly server: ServerName;
  readonly #plan: CommandPlan;

  constructor(plan: CommandPlan) {
    this.#plan = plan;
    this.server = plan.server;
  }

  keys(
    command: CommandView,
  ): readonly { readonly argument: number; readonly flags: readonly KeyFlag[] }[] | undefined {
    const { table } = this.#plan;
    const id = table.lookup(command.bytes, command.spans, command.count);
    const list = new KeyList();
    if (!findKeys(table, id, command, list)) return undefined;
    return Array.from({ length: list.count }, (_, at) => ({
      argument: list.indexes[at],
      // They say how flags are found, not what is done with the key.
      flags: keyFlagsAt(table, id, command, list, at).filter(
        (flag) => flag !== 'variable_flags' && flag !== 'incomplete',
      ),
    }));
  }
}
