/**
 * The commands of a product and version as the rules of users name them: by name, by category. Made once per worker,
 * and once at start to check what is configured. Must not know users.
 */
import { ACL_CATEGORIES } from '../commands/acl-categories.ts';
import type { CommandDefinition, ServerName } from '../commands/definition.ts';
import type { CommandTable } from '../commands/table.ts';

export class RuleCommands {
  readonly table: CommandTable;
  /** 1 for what needs a right to the database it is sent in, by id. */
  readonly usesDatabase: Uint8Array;
  readonly #known: Uint8Array;
  /** Ids of subcommands, by id of their container. */
  readonly #subcommands: readonly (readonly number[])[];
  /** Ids by category. */
  readonly #categories = new Map<string, number[]>();

  /** Cold: once. `known` says by id what the product has; `server` whose variants of the definitions count. */
  constructor(table: CommandTable, known: Uint8Array, server: ServerName) {
    this.table = table;
    this.#known = known;
    this.usesDatabase = Uint8Array.from(table.definitions, (one) => (usesDatabase(one) ? 1 : 0));
    this.#subcommands = table.definitions.map(({ subcommands = [] }) =>
      subcommands.map(({ name }) => table.byName(name)),
    );
    for (const category of ACL_CATEGORIES) this.#categories.set(category, []);
    table.definitions.forEach(({ variants, categories }, id) => {
      if (known[id] === 0) return;
      for (const category of variants?.[server]?.categories ?? categories)
        this.#categories.get(category)?.push(id);
    });
  }

  get count(): number {
    return this.#known.length;
  }

  /** Id of a command (`get`) or subcommand (`config|get`) in any case; -1 where the product has none. */
  find(name: string): number {
    const id = this.table.byName(name);
    return id >= 0 && this.#known[id] === 1 ? id : -1;
  }

  name(id: number): string {
    return this.table.definitions[id].name;
  }

  /** Ids; none of a command without subcommands. */
  subcommands(id: number): readonly number[] {
    return this.#subcommands[id];
  }

  isSubcommand(id: number): boolean {
    return this.name(id).includes('|');
  }

  /** Ids of a category in any case; undefined where there is none. */
  category(name: string): readonly number[] | undefined {
    return this.#categories.get(name.toLowerCase());
  }
}

/** It reads or writes there; SELECT and SWAPDB only name others. As valkey 9.1 does it. */
function usesDatabase({ flags, categories, keys, databases }: CommandDefinition): boolean {
  const hasKeys = keys.some((spec) => !spec.flags.includes('not_key'));
  if (databases !== undefined && !hasKeys) return false;
  if (hasKeys || flags.includes('write') || flags.includes('readonly')) return true;
  return categories.includes('keyspace');
}
