/**
 * What came of looking at a user's rules, and how the servers tell it. Data and cold texts: errors. As valkey 8.0
 * `getAclErrorMessage`, and redis 7.0 before it. Any thread.
 */
import type { Compatibility } from '../commands/compatibility.ts';

// The later, the more of the command was right.
export const ALLOWED = 0;
export const DENIED_COMMAND = 1;
export const DENIED_DATABASE = 2;
export const DENIED_KEY = 3;
/** For the log: a login. */
export const DENIED_LOGIN = 4;
export const DENIED_CHANNEL = 5;

export const NO_LOGIN = 'NOAUTH Authentication required.';
export const WRONG_LOGIN = 'WRONGPASS invalid username-password pair or user is disabled.';

/** Behind NOPERM: why a user may not run the command of this name. */
export function denialText(
  { isValkey, level }: Compatibility,
  user: string,
  denied: number,
  command: string,
): string {
  const isOld = !isValkey && level < 702;
  if (denied === DENIED_COMMAND)
    return `${isOld ? 'this user' : `User ${user}`} has no permissions to run the '${command}' command`;
  if (denied === DENIED_DATABASE) return 'No permissions to access database';
  const kind = denied === DENIED_KEY ? 'key' : 'channel';
  return isOld
    ? `this user has no permissions to access one of the ${kind}s used as arguments`
    : `No permissions to access a ${kind}`;
}

const OLD_SCRIPT_REASONS: Readonly<Record<number, string>> = {
  [DENIED_COMMAND]: "can't run this command or subcommand",
  [DENIED_KEY]: "can't access at least one of the keys mentioned in the command arguments",
  [DENIED_CHANNEL]: "can't publish to the channel mentioned in the command",
};

/** The same as a script gets it, behind ERR. */
export function scriptDenialText(
  compatibility: Compatibility,
  user: string,
  denied: number,
  command: string,
): string {
  const isOld = !compatibility.isValkey && compatibility.level < 702;
  if (isOld) return `The user executing the script ${OLD_SCRIPT_REASONS[denied]}`;
  return `ACL failure in script: ${denialText(compatibility, user, denied, command)}`;
}

/** The same as ACL DRYRUN says it; `object`: the key, channel or database. */
export function dryRunText(
  { isValkey, level }: Compatibility,
  user: string,
  denied: number,
  command: string,
  object: string,
): string {
  const who = !isValkey && level < 702 ? 'This user' : `User ${user}`;
  if (denied === DENIED_COMMAND) return `${who} has no permissions to run the '${command}' command`;
  if (denied === DENIED_DATABASE) return `${who} has no permissions to access database ${object}`;
  return `${who} has no permissions to access the '${object}' ${denied === DENIED_KEY ? 'key' : 'channel'}`;
}
