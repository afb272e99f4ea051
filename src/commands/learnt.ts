/**
 * Commands that a server has and the catalogue lacks (modules, later versions), as definitions made from what its
 * COMMAND reply says. Cold: once per upstream, on any thread. Knows nothing of how the reply was read.
 */
import type { CommandDefinition, CommandFlag, CompareRule, KeySpec } from './definition.ts';
import { SHAPE, UNORDERED } from './shapes.ts';

/** What a COMMAND or COMMAND INFO reply tells about one command. */
export interface LearntCommand {
  /** Any case; `container|subcommand` for a subcommand. */
  readonly name: string;
  readonly arity: number;
  readonly flags: readonly string[];
  /** With or without '@'. */
  readonly categories?: readonly string[];
  readonly tips?: readonly string[];
  readonly keys: readonly KeySpec[];
  readonly subcommands?: readonly LearntCommand[];
}

/**
 * A definition good enough to route and to mirror: reads and writes verbatim, everything else not at all. Replies are
 * compared by shape, because nothing is known about them.
 */
export function learntDefinition(command: LearntCommand): CommandDefinition {
  const flags = command.flags as readonly CommandFlag[];
  const tips = command.tips ?? [];
  const namesKeys = command.keys.some((spec) => !spec.flags.includes('not_key'));
  const touchesData = namesKeys || flags.includes('write') || flags.includes('readonly');
  const isBlocking = flags.includes('blocking');
  return {
    name: command.name.toLowerCase(),
    summary: '',
    group: 'module',
    since: { redis: null, valkey: null },
    arity: command.arity,
    flags,
    categories: (command.categories ?? []).map((category) => category.replace(/^@/, '')),
    keys: command.keys,
    tips,
    session: isBlocking ? 'blocking' : 'none',
    compare: learntRule(tips),
    mirror: touchesData && !isBlocking ? 'verbatim' : 'none',
    arguments: [],
    ...(command.subcommands === undefined || command.subcommands.length === 0
      ? {}
      : { subcommands: command.subcommands.map(learntDefinition) }),
  };
}

function learntRule(tips: readonly string[]): CompareRule {
  return tips.includes('nondeterministic_output_order') ? UNORDERED : SHAPE;
}
