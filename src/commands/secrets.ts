/** Which commands are never shown with their arguments. Any thread. Cold: only where commands are shown at all. */
import type { CommandDefinition } from './definition.ts';

/** They may hold passwords: logins, settings, users, and what copies keys to other servers. */
export function mayHoldSecrets({ flags, categories }: CommandDefinition): boolean {
  if (flags.includes('no_auth') || flags.includes('admin')) return true;
  return flags.includes('write') && categories.includes('dangerous');
}
