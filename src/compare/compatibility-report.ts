/**
 * Of the commands and options that clients use, what another server lacks, answers differently, or knows under another
 * form. Pure; main thread. It knows counts by name: no key, no value, nothing of a client.
 */
import {
  type Compatibility,
  type CompatibilityName,
  compatibilityOf,
  hasSince as levelHasSince,
} from '../commands/compatibility.ts';
import type { CommandDefinition, Since } from '../commands/definition.ts';
import type { KnownOption } from '../commands/option-table.ts';
import { commandUsage, optionUsage } from '../commands/usage.ts';
import { compareVersions, type ServerIdentity } from './identity.ts';
import { isWithin } from './known-differences.ts';
import { otherAnswers } from './other-answers.ts';
import { type OtherForm, otherFormOf } from './other-forms.ts';

/**
 * - `lacking`: the target refuses it.
 * - `other-form`: the target refuses it, and has another way to say the same, or nearly so.
 * - `different`: the target has it, and answers differently in some case.
 */
export type FindingKind = 'lacking' | 'other-form' | 'different';

export interface CompatibilityFinding {
  readonly kind: FindingKind;
  /** A name of the catalogue. */
  readonly command: string;
  /** null: the command itself. */
  readonly option: string | null;
  /** How often clients used it; of differences, how often they might have met it. */
  readonly count: number;
  readonly reason: string;
  /** How it is written, with words in place of names and values. */
  readonly example: string;
  /** What to send to the target instead; empty where there is nothing like it. */
  readonly otherForm: readonly string[];
}

export interface CompatibilityReport {
  readonly target: CompatibilityName;
  /** The release that `target` stands for. */
  readonly targetVersion: string;
  /** The present primary; null: it has not said yet what it is, and differences of answers are not known. */
  readonly from: ServerIdentity | null;
  /** Commands of the catalogue that were seen, and how often all together. */
  readonly commandsSeen: number;
  readonly commandsCount: number;
  /** How often commands were sent that the catalogue does not know: of modules, and of later releases. */
  readonly unknownCount: number;
  /** What the target refuses first, then what was used most. */
  readonly findings: readonly CompatibilityFinding[];
}

export interface SeenUse {
  /** By command, as clients sent them. */
  readonly commands: ReadonlyMap<string, number>;
  readonly options: readonly { readonly option: KnownOption; readonly count: number }[];
  /** Of commands that the catalogue lacks. */
  readonly unknownCount: number;
}

export function reportCompatibility(
  definitions: readonly CommandDefinition[],
  seen: SeenUse,
  from: ServerIdentity | null,
  target: CompatibilityName,
): CompatibilityReport {
  const level = compatibilityOf(target);
  const known = definitions.filter(({ name }) => (seen.commands.get(name) ?? 0) > 0);
  const findings: CompatibilityFinding[] = [];
  for (const definition of known) {
    const count = seen.commands.get(definition.name)!;
    // A container is sent with subcommands that nobody knows.
    if (definition.subcommands !== undefined && definition.name !== 'command') continue;
    if (!levelHasSince(level, definition.since)) findings.push(missingCommand(definition, count, level));
    else if (from !== null) findings.push(...differences(definition, count, from, level));
  }
  for (const { option, count } of seen.options) {
    const definition = definitions.find(({ name }) => name === option.command)!;
    if (count > 0 && levelHasSince(level, definition.since) && lacksOption(level, option))
      findings.push(missingOption(definition, option, count, level));
  }
  return {
    target,
    targetVersion: level.version,
    from,
    commandsSeen: known.length,
    commandsCount: known.reduce((sum, { name }) => sum + seen.commands.get(name)!, 0),
    unknownCount: seen.unknownCount,
    findings: findings.sort(byWeight),
  };
}

export function lacksOption(level: Compatibility, { since, until }: KnownOption): boolean {
  return !levelHasSince(level, since) || (until !== undefined && levelHasSince(level, until));
}

const ORDER: readonly FindingKind[] = ['lacking', 'other-form', 'different'];

function byWeight(one: CompatibilityFinding, other: CompatibilityFinding): number {
  const byKind = ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind);
  if (byKind !== 0) return byKind;
  return other.count - one.count || (one.command < other.command ? -1 : 1);
}

function missingCommand(
  definition: CommandDefinition,
  count: number,
  level: Compatibility,
): CompatibilityFinding {
  const form = otherFormOf(definition.name, undefined);
  return {
    kind: form === undefined ? 'lacking' : 'other-form',
    command: definition.name,
    option: null,
    count,
    reason: sinceText(level, definition.since, undefined, form),
    example: commandUsage(definition),
    otherForm: form?.lines ?? [],
  };
}

function missingOption(
  definition: CommandDefinition,
  option: KnownOption,
  count: number,
  level: Compatibility,
): CompatibilityFinding {
  const form = otherFormOf(option.command, option.name);
  return {
    kind: form === undefined ? 'lacking' : 'other-form',
    command: option.command,
    option: option.name,
    count,
    reason: sinceText(level, option.since, option.until, form),
    example: optionUsage(definition, option.name),
    otherForm: form?.lines ?? [],
  };
}

function differences(
  definition: CommandDefinition,
  count: number,
  from: ServerIdentity,
  { product, version }: Compatibility,
): CompatibilityFinding[] {
  const target: ServerIdentity = { product, version };
  if (from.product === product && minorOf(from.version) === minorOf(version)) return [];
  return otherAnswers
    .filter(({ commands, left, right }) => {
      if (!commands.includes(definition.name)) return false;
      const forth = isWithin(from, left) && isWithin(target, right);
      return forth || (isWithin(from, right) && isWithin(target, left));
    })
    .map(({ reason }) => ({
      kind: 'different' as const,
      command: definition.name,
      option: null,
      count,
      reason,
      example: commandUsage(definition),
      otherForm: [],
    }));
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

const PRODUCTS = { redis: 'Redis', valkey: 'Valkey' } as const;

function sinceText(
  { product, version }: Compatibility,
  since: Since,
  until: Since | undefined,
  form: OtherForm | undefined,
): string {
  const gone = until?.[product];
  const first = since[product];
  const name = PRODUCTS[product];
  let text: string;
  if (gone !== undefined && gone !== null && compareVersions(version, gone) >= 0)
    text = `${name} no longer has it since ${gone}.`;
  else if (first === null) text = `${name} does not have it.`;
  else text = `${name} has it since ${first}.`;
  return form?.note === undefined ? text : `${text} ${form.note}`;
}
