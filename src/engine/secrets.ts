/** Which arguments of commands are secrets, that neither MONITOR nor a log shows. Cold: for administration. */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';

const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  ...['requirepass', 'masterauth', 'masteruser', 'primaryauth', 'primaryuser'],
  ...['tls-key-file-pass', 'tls-client-key-file-pass'],
]);
/** All that stands behind the subcommand is about a user. */
const ABOUT_USERS: ReadonlySet<string> = new Set(['acl|setuser', 'acl|getuser', 'acl|deluser']);

/** False for passwords, and for what the servers take for as secret. `name` is the command's in the catalogue. */
export function shownArgument(name: string, command: CommandView, argument: number): boolean {
  if (name === 'auth') return argument === 0;
  if (ABOUT_USERS.has(name)) return argument < 2;
  if (name === 'config|set') {
    const isValue = argument > 2 && argument % 2 === 1;
    return !isValue || !SECRET_SETTINGS.has(wordAt(command, argument - 1));
  }
  const before = (distance: number): string =>
    argument > distance ? wordAt(command, argument - distance) : '';
  if (name === 'hello') return before(1) !== 'auth' && before(2) !== 'auth';
  if (name !== 'migrate') return true;
  return before(1) !== 'auth' && before(1) !== 'auth2' && before(2) !== 'auth2';
}

function wordAt({ bytes, spans }: CommandView, argument: number): string {
  return decodeLatin1(bytes, spans[2 * argument], spans[2 * argument + 1]).toLowerCase();
}
