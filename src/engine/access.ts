/** Who clients are: everybody is the user `default`, who has no password and may do everything. Worker thread. */
import type { CommandContext } from '../commands/context.ts';
import type { AccessPort } from '../commands/ports.ts';

const WRONG = 'WRONGPASS invalid username-password pair or user is disabled.';

export class DefaultAccess implements AccessPort {
  authenticate(_context: CommandContext, user: string, _password: string): string | undefined {
    return user === 'default' ? undefined : WRONG;
  }

  hasUser(name: string): boolean {
    return name === 'default';
  }

  hasPassword(): boolean {
    return false;
  }
}
