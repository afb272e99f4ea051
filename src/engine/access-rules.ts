/** ACL: changing users, keeping them in a file, showing them. Worker thread. Cold: administration. */
import { applyRules, channelsLeft } from '../acl/change-user.ts';
import type { Selector } from '../acl/selector.ts';
import { isUserName } from '../acl/user.ts';
import type { AclPort, DeniedAccess, ShownSelector, ShownUser } from '../commands/access-ports.ts';
import type { Compatibility } from '../commands/compatibility.ts';
import type { CommandView } from '../commands/definition.ts';
import { type Access, withUser } from './access.ts';
import type { Engine } from './engine.ts';
import { SETTING_ACLFILE } from './settings.ts';
import { readUsers, writeUsers } from './users-file.ts';

const NOT_SAVED =
  'There was an error trying to save the ACLs. Please check the server logs for more information';

export class AccessRules implements AclPort {
  readonly #engine: Engine;
  readonly #access: Access;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#access = engine.access;
  }

  setUser(name: string, rules: readonly string[]): string | undefined {
    if (!isUserName(name)) return "Usernames can't contain spaces or null characters";
    const error = this.#access.change((users) => {
      const known = users.find(name);
      const user = known === undefined ? users.make(name) : users.copy(known);
      const wrong = applyRules(user, rules);
      if (wrong !== undefined) return wrong;
      const left = known === undefined ? undefined : channelsLeft(user, known);
      const channels = left === undefined ? [] : [[name, left] as const];
      return { users: withUser(users.all, user), channels };
    });
    return error?.replace(/[\r\n]/g, ' ');
  }

  deleteUsers(names: readonly string[]): number {
    let count = 0;
    this.#access.change((users) => {
      const left = users.all.filter(({ name }) => !names.includes(name));
      count = users.all.length - left.length;
      return { users: left, channels: [] };
    });
    return count;
  }

  user(name: string): ShownUser | undefined {
    const user = this.#users.find(name);
    if (user === undefined) return undefined;
    return {
      flags: user.flags,
      passwords: user.passwords,
      selectors: user.selectors.map((selector) => this.#shown(selector)),
    };
  }

  names(): readonly string[] {
    return this.#users.names;
  }

  lines(): readonly string[] {
    return this.#users.all.map((user) => `user ${user.name} ${user.describe()}`);
  }

  load(): string | undefined {
    const { compatibility } = this.#engine;
    const file = this.#file;
    if (file === '') return notConfigured(compatibility);
    // Redis 7.2 takes all for new ones: their clients are disconnected.
    const spares = compatibility.isValkey || compatibility.level >= 704;
    return this.#access.change((users) => readUsers(users, file, spares));
  }

  save(): string | undefined {
    const file = this.#file;
    if (file === '') return notConfigured(this.#engine.compatibility);
    const error = writeUsers(file, this.lines());
    return error === undefined ? undefined : `${NOT_SAVED} (lockstep: ${error})`;
  }

  whyDenied(name: string, command: CommandView, id: number, database: number): string | undefined {
    const user = this.#users.find(name);
    return user === undefined ? undefined : this.#access.whyDenied(user, id, command, database);
  }

  log(most: number): readonly DeniedAccess[] {
    const { users, log } = this.#access;
    return users.during(() => log.entries(most));
  }

  clearLog(): void {
    const { users, log } = this.#access;
    users.during(() => log.clear());
  }

  /** As of this moment. */
  get #users(): Access['users'] {
    this.#access.users.refresh();
    return this.#access.users;
  }

  get #file(): string {
    return Buffer.from(this.#engine.settings.text(SETTING_ACLFILE), 'latin1').toString();
  }

  #shown(selector: Selector): ShownSelector {
    const shown = {
      commands: selector.describeCommands(),
      keys: selector.describeKeys(),
      channels: selector.describeChannels(),
    };
    if (!this.#access.users.settings.hasDatabases) return shown;
    return { ...shown, databases: selector.describeDatabases() };
  }
}

function notConfigured({ isValkey }: Compatibility): string {
  const [name, file, whose] = isValkey ? ['', '', ''] : ['Redis ', 'Redis ', 'Redis '];
  return (
    `This ${name}instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER ` +
    `command and then issue a CONFIG REWRITE (assuming you have a ${file}configuration file set) in order to store ` +
    `users in the ${whose}configuration.`
  );
}
