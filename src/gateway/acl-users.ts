/**
 * The gateway's own users, made from the configuration, and what a product has of commands and rules. Main and worker
 * threads. Cold: at start, at a reload, and when it is known what the primary is.
 */
import { makeDefaultUser, parseUsers } from '../acl/change-user.ts';
import { RuleCommands } from '../acl/rule-commands.ts';
import type { RuleSettings } from '../acl/selector.ts';
import { DEFAULT_USER, User } from '../acl/user.ts';
import { type Compatibility, type CompatibilityName, compatibilityOf } from '../commands/compatibility.ts';
import type { CommandDefinition } from '../commands/definition.ts';
import { buildCommandTable, type CommandTable } from '../commands/table.ts';
import { compareVersions, hasSince, type ServerIdentity } from '../compare/identity.ts';
import { hasUsers } from '../config/own-users.ts';
import { ConfigError, type Problem } from '../config/problems.ts';
import type { AclConfig } from '../config/schema.ts';
import { CommandPlan } from '../engine/command-plan.ts';

/** What texts and categories are taken from until it is known what the primary is. */
const USUAL: CompatibilityName = 'valkey-9';

/** The primary's commands, and what rules can name. */
export interface AclDialect {
  readonly plan: CommandPlan;
  readonly rules: RuleSettings;
  /** 1 for what may have keys where nobody can see them, by id: only who has a right to all keys may run it. */
  readonly hidesKeys: Uint8Array;
}

/** `identity`: of the primary, as far as it is known. */
export function makeDialect(table: CommandTable, identity: ServerIdentity | undefined): AclDialect {
  const compatibility = compatibilityOf(identity === undefined ? USUAL : likeness(identity));
  const plan = new CommandPlan(table, compatibility);
  table.definitions.forEach(({ since }, id) => {
    // What was learnt is the primary's own.
    const isOwn = id >= table.catalogueCount || identity === undefined;
    plan.known[id] = isOwn || hasSince(identity, since) ? 1 : 0;
  });
  // A module can be asked by the server alone.
  const hidesKeys = Uint8Array.from(table.definitions, (one, id) =>
    id >= table.catalogueCount && hasHiddenKeys(one) ? 1 : 0,
  );
  return { plan, rules: ruleSettings(plan), hidesKeys };
}

function hasHiddenKeys({ keys, flags }: CommandDefinition): boolean {
  if (flags.includes('movablekeys') && keys.length === 0) return true;
  return keys.some(
    ({ begin, find, flags: marks }) =>
      begin.type === 'unknown' || find.type === 'unknown' || marks.includes('incomplete'),
  );
}

/** Rules may name whatever the catalogue has: the primary may become another one. */
function ruleSettings({ table, server, compatibility }: CommandPlan): RuleSettings {
  const every = new Uint8Array(table.count).fill(1);
  return {
    commands: new RuleCommands(table, every, server),
    hasDatabases: true,
    showsSanitizing: showsSanitizing(compatibility),
    allowsChannels: () => false,
  };
}

function showsSanitizing({ isValkey, level }: Compatibility): boolean {
  return !isValkey || level < 900;
}

function likeness({ product, version }: ServerIdentity): CompatibilityName {
  if (product === 'valkey') return compareVersions(version, '9') >= 0 ? 'valkey-9' : 'valkey-8';
  if (compareVersions(version, '8') >= 0) return 'redis-8';
  return compareVersions(version, '7.2') >= 0 ? 'redis-7.2' : 'redis-7.0';
}

/** All users by name, in the order of their names, `default` among them. Throws a ConfigError. */
export function makeUsers(acl: AclConfig, settings: RuleSettings): Map<string, User> {
  const problems: Problem[] = [];
  const made: User[] = [];
  let last = 0;
  const read = (text: string, path: string): void => {
    const users = parseUsers(text, path, (name) => {
      last += name === DEFAULT_USER ? 0 : 1;
      return new User(settings, name, name === DEFAULT_USER ? 0 : last);
    });
    if ('errors' in users) {
      // Its lines begin with the place, which the problem has as well.
      const message = users.errors.replaceAll(`${path}:`, 'line ').trim();
      problems.push({ path, message });
    } else made.push(...users.values());
  };
  if (acl.material !== null) read(acl.material, 'acl.file');
  acl.users.forEach(({ name, rules }, index) => {
    const text = Buffer.from(`user ${name} ${rules}`).toString('latin1');
    read(text, `acl.users[${index}]`);
  });
  if (problems.length > 0) throw new ConfigError(problems);
  if (!made.some(({ name }) => name === DEFAULT_USER)) made.push(makeDefaultUser(settings, 0));
  made.sort((one, other) => (one.name < other.name ? -1 : 1));
  // What is in use knows whether it forbids anything.
  return new Map(made.map((user) => [user.name, User.from(settings, user.data)]));
}

/** Main thread: throws a ConfigError where the users cannot be made. */
export function checkUsers({ acl }: { readonly acl: AclConfig }): void {
  if (hasUsers(acl)) makeUsers(acl, makeDialect(buildCommandTable(), undefined).rules);
}
