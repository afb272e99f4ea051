/**
 * Changing users by rules, reading them from a file, and what changes mean for those who listen to channels. Cold. As
 * valkey 8.0 `ACLStringSetUser`, `ACLLoadFromFile`.
 */
import { type RuleError, ruleErrorText } from './rule-errors.ts';
import { mergeSelectors } from './rule-texts.ts';
import { hasSpaces, type RuleSettings, textOf } from './selector.ts';
import { DEFAULT_USER, User } from './user.ts';

/** Applies rules. Undefined, or why it could not be done, and then the user is of no use. */
export function applyRules(user: User, rules: readonly string[]): string | undefined {
  const merged = mergeSelectors(rules);
  if ('unmatched' in merged) {
    return `Unmatched parenthesis in acl selector starting at '${textOf(merged.unmatched)}'.`;
  }
  for (const rule of merged) {
    const error = user.apply(rule);
    if (error === undefined) continue;
    return `Error in ACL SETUSER modifier '${textOf(rule)}': ${ruleErrorText(error)}`;
  }
  return undefined;
}

/** Who may do everything without a password. */
export function makeDefaultUser(settings: RuleSettings, number: number): User {
  const user = new User(settings, DEFAULT_USER, number);
  for (const rule of ['+@all', '~*', '&*', 'on', 'nopass']) user.apply(rule);
  return user;
}

/** Channels that a user may have after a change; undefined where nobody loses any by it. */
export function channelsLeft(after: User, before: User): readonly string[] | undefined {
  if (after.selectors.some(({ allChannels }) => allChannels)) return undefined;
  const left = after.selectors.flatMap(({ channels }) => channels.map(({ text }) => text));
  const isKept = before.selectors.every(
    ({ allChannels, channels }) => !allChannels && channels.every(({ text }) => left.includes(text)),
  );
  return isKept ? undefined : left;
}

/** Users by name, or everything that is wrong with the file. */
export function parseUsers(
  text: string,
  file: string,
  make: (name: string) => User,
): Map<string, User> | { readonly errors: string } {
  const users = new Map<string, User>();
  let errors = '';
  text.split('\n').forEach((full, index) => {
    const line = full.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (line !== '') errors += parseLine(line, `${file}:${index + 1}`, index + 1, users, make);
  });
  return errors === '' ? users : { errors };
}

/** Adds the user of a line, or says what is wrong. */
function parseLine(
  line: string,
  place: string,
  number: number,
  users: Map<string, User>,
  make: (name: string) => User,
): string {
  const [keyword, name, ...rules] = line.split(' ');
  if (keyword !== 'user' || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (users.has(name)) return `WARNING: Duplicate user '${name}' found on line ${number}. `;
  const user = make(name);
  users.set(name, user);
  const merged = mergeSelectors(rules);
  if ('unmatched' in merged) return `${place}: Unmatched parenthesis in selector definition.`;
  let errors = '';
  let isTold = false;
  for (const rule of merged) {
    const error: RuleError | undefined = user.apply(rule.replace(/^[\t\r\n]+|[\t\r\n]+$/g, ''));
    if (error === 'unknown') {
      errors += `${place}: Error in applying operation '${rule}': ${ruleErrorText(error)}. `;
    } else if (error !== undefined && !isTold) {
      // Others may follow from it, and rules hold secrets.
      errors += `${place}: ${ruleErrorText(error)}. `;
      isTold = true;
    }
  }
  return errors;
}
