/** Which keys a command has, and which shards it needs for them. Worker thread, one object each. */
import type { CommandContext } from '../commands/context.ts';
import { findKeys, KeyList } from '../routing/keys.ts';
import { type CommandPlan, LOCK_ALL, LOCK_EVERYTHING, LOCK_KEYS, LOCK_SCRIPT } from './command-plan.ts';
import type { ShardLocks } from './shard-locks.ts';

export class CommandKeys {
  readonly #plan: CommandPlan;
  readonly #found = new KeyList();

  constructor(plan: CommandPlan) {
    this.#plan = plan;
  }

  /** Prepares the keys of the context's command, which has none yet. */
  add(id: number, context: CommandContext): void {
    const keys = this.#found;
    findKeys(this.#plan.table, id, context, keys);
    for (let at = 0; at < keys.count; at++) context.addKey(keys.indexes[at]);
  }

  /** As `add`, and `locks` wants what the command needs. */
  want(id: number, context: CommandContext, locks: ShardLocks): void {
    const rule = this.#plan.lockRule(id, context);
    this.add(id, context);
    if (rule === LOCK_ALL || rule === LOCK_EVERYTHING) locks.wantAll();
    else if (rule === LOCK_KEYS || rule === LOCK_SCRIPT) locks.wantKeys(context);
    if (rule === LOCK_SCRIPT || rule === LOCK_EVERYTHING) locks.wantScript();
  }
}
