/**
 * Chooses a compare rule, or whether to mirror, by a command's arguments. The functions are made when the catalogue
 * is loaded; what they return reads the command's bytes in place and allocates nothing. Knows no particular command.
 */
import { asciiBytes } from '../base/bytes.ts';
import type { CommandView, CompareRule, EffectBuilder, MirrorRule } from './definition.ts';
import { findArgument } from './effects/arguments.ts';

export type RuleChooser = (command: CommandView) => CompareRule | undefined;

/** `compareWith`: `rule` when the word `name` stands at argument `from` or later. */
export function whenOption(name: string, from: number, rule: CompareRule): RuleChooser {
  const word = asciiBytes(name.toLowerCase());
  return (command) => (findArgument(command, word, from) === -1 ? undefined : rule);
}

/** `compareWith`: `rule` when the command has more than `count` arguments, its name included. */
export function whenMoreThan(count: number, rule: CompareRule): RuleChooser {
  return (command) => (command.count > count ? rule : undefined);
}

/** Mirrors verbatim, but not at all when `skips` says so for these arguments. */
export function verbatimUnless(skips: (command: CommandView) => boolean): MirrorRule {
  return { effect: (command) => (skips(command) ? writesNothing : undefined) };
}

const writesNothing: EffectBuilder = () => {};
