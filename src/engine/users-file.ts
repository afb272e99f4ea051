/** The file of users: reading it, at start and for ACL LOAD, and writing it. Main and worker threads. Cold. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { applyRules, channelsLeft, makeDefaultUser, parseUsers } from '../acl/change-user.ts';
import { DEFAULT_USER, type User } from '../acl/user.ts';
import { compatibilityOf } from '../commands/compatibility.ts';
import type { CommandTable } from '../commands/table.ts';
import { ConfigError } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { Arena } from '../memory/arena.ts';
import { ruleSettings, type UserChange } from './access.ts';
import { CommandPlan } from './command-plan.ts';
import type { EngineMemory } from './engine-memory.ts';
import { SETTING_ACLFILE, SETTING_PASSWORD, Settings } from './settings.ts';
import { SharedUsers } from './shared-users.ts';

const NO_CHANGE = 'no change to the previously active ACL rules was performed';

/** What the configuration says of users. Nobody else uses the memory yet. Throws a ConfigError. */
export function prepareUsers(
  memory: EngineMemory,
  table: CommandTable,
  { compatibility, password, aclFile }: Pick<Config['engine'], 'compatibility' | 'password' | 'aclFile'>,
): void {
  const settings = new Settings(memory.settings);
  const plan = new CommandPlan(table, compatibilityOf(compatibility));
  const users = new SharedUsers(Arena.attach(memory.access), ruleSettings(plan, settings));
  if (password !== null) {
    const text = Buffer.from(password).toString('latin1');
    settings.setText(SETTING_PASSWORD, text);
    const user = users.copy(users.standard);
    applyRules(user, ['resetpass', `>${text}`]);
    users.replace([user]);
  }
  if (aclFile === null) return;
  settings.setText(SETTING_ACLFILE, Buffer.from(aclFile).toString('latin1'));
  const change = readUsers(users, aclFile, true);
  const problem = typeof change === 'string' ? change : 'has no room for so many users and rules';
  if (typeof change === 'string' || !users.replace(change.users))
    throw new ConfigError([{ path: 'engine.aclFile', message: problem }]);
}

/** Users from a file in place of all, or why not. `spares`: clients of users whose names are there stay. */
export function readUsers(users: SharedUsers, file: string, spares: boolean): UserChange | string {
  let text: string;
  try {
    text = fs.readFileSync(file, 'latin1');
  } catch (error) {
    return `Error loading ACLs, opening file '${file}': ${systemText(error)}`;
  }
  const parsed = parseUsers(text, file, (name) => users.make(name, spares));
  if ('errors' in parsed) return `${parsed.errors}WARNING: ACL errors detected, ${NO_CHANGE}`;
  const loaded = [...parsed.values()];
  if (!parsed.has(DEFAULT_USER)) loaded.push(makeDefaultUser(users.settings, users.standard.number));
  return changeTo(loaded, users.all);
}

function changeTo(loaded: readonly User[], before: readonly User[]): UserChange {
  const channels: [string, readonly string[]][] = [];
  for (const old of before) {
    const user = loaded.find(({ name }) => name === old.name);
    const left = user === undefined ? undefined : channelsLeft(user, old);
    if (left !== undefined) channels.push([old.name, left]);
  }
  return { users: loaded, channels };
}

/** What is there stays until the new file is complete. Undefined, or why it cannot be written. */
export function writeUsers(file: string, lines: readonly string[]): string | undefined {
  const temporary = `${file}.tmp-${process.pid}-${Date.now()}`;
  try {
    const text = lines.map((line) => `${line}\n`).join('');
    fs.writeFileSync(temporary, text, { encoding: 'latin1', flag: 'wx', mode: 0o600, flush: true });
    fs.renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    return systemText(error);
  }
  return undefined;
}

function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function systemText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'No such file or directory' : (code ?? message);
}
