/**
 * Who clients are and what they may do. Users are the same on all workers (`shared-users.ts`): who changes them tells
 * the others by mail, ahead of the reply, so that their clients are bound to the new users, or disconnected, before
 * they do anything else. Worker thread. As valkey 8.0 `acl.c`.
 *
 * Clients of users who may do everything have no MODE_RESTRICTED, and nobody looks at their commands here.
 */

import {
  ALLOWED,
  DENIED_CHANNEL,
  DENIED_COMMAND,
  DENIED_KEY,
  DENIED_LOGIN,
  denialText,
  dryRunText,
  scriptDenialText,
  WRONG_LOGIN,
} from '../acl/denial.ts';
import { RuleCommands } from '../acl/rule-commands.ts';
import type { RuleSettings } from '../acl/selector.ts';
import type { User } from '../acl/user.ts';
import { asciiBytes, copyOf, decodeLatin1 } from '../base/bytes.ts';
import type { AccessPort } from '../commands/access-ports.ts';
import {
  type ClientState,
  MODE_MULTI,
  MODE_RESTRICTED,
  MODE_UNAUTHENTICATED,
} from '../commands/client-state.ts';
import { formatLine } from '../commands/connection/client-line.ts';
import type { CommandContext } from '../commands/context.ts';
import type { CommandView } from '../commands/definition.ts';
import { LISTEN_CHANNEL, LISTEN_PATTERN, LISTEN_SHARD } from '../commands/ports.ts';
import { Arena } from '../memory/arena.ts';
import { AccessLog } from './access-log.ts';
import type { EngineClient } from './client.ts';
import { lineOf } from './client-lines.ts';
import type { CommandPlan } from './command-plan.ts';
import type { Engine } from './engine.ts';
import { MAIL_ACCESS } from './mail-kinds.ts';
import { mayChannel, Permissions } from './permissions.ts';
import { SETTING_ACLLOG_LENGTH, SETTING_PUBSUB_DEFAULT, type Settings } from './settings.ts';
import { SharedUsers } from './shared-users.ts';

const TOO_MANY = 'lockstep: there is no room for so many users and rules';
/** Of the users' arena: users take up to twice 4 MiB, the rest is for the log. */
const ACCESS_BYTES = 16 * 1024 * 1024;

const LOG_TOPLEVEL = 0;
const LOG_MULTI = 1;
const LOG_LUA = 2;

/** By DENIED_…: why EXEC does not run a command any more. */
const EXEC_REASONS: Readonly<Record<number, string>> = {
  [DENIED_COMMAND]: 'no permission to execute the command or subcommand',
  [DENIED_KEY]: 'no permission to touch the specified keys',
  [DENIED_CHANNEL]: 'no permission to access one of the channels used as arguments to the command',
};

/** Which channels users may listen to yet, of those who lose some. */
type ChannelsLeft = readonly (readonly [string, readonly string[]])[];

export interface UserChange {
  /** All users from then on. Clients of those whose numbers are not among them are disconnected. */
  readonly users: readonly User[];
  readonly channels: ChannelsLeft;
}

/** Cold: once. */
export function createAccessMemory(): SharedArrayBuffer {
  return Arena.create(ACCESS_BYTES).buffer;
}

/** Cold: once per worker, and once at start. */
export function ruleSettings(plan: CommandPlan, settings: Settings): RuleSettings {
  const { isValkey, level } = plan.compatibility;
  return {
    commands: new RuleCommands(plan.table, plan.known, plan.server),
    hasDatabases: isValkey && level >= 901,
    showsSanitizing: !isValkey || level < 900,
    allowsChannels: () => settings.text(SETTING_PUBSUB_DEFAULT) === 'allchannels',
  };
}

export class Access implements AccessPort {
  readonly users: SharedUsers;
  readonly #engine: Engine;
  readonly log: AccessLog;
  readonly #permissions: Permissions;
  /** Cold: told whether the user `default` has to log in, at first and when that changes. */
  onDefaultLogin: (isNeeded: boolean) => void = () => {};

  constructor(engine: Engine, memory: SharedArrayBuffer) {
    const { plan, settings, store, mailbox } = engine;
    const arena = Arena.attach(memory);
    this.#engine = engine;
    this.log = new AccessLog(arena);
    const rules = ruleSettings(plan, settings);
    this.#permissions = new Permissions(rules.commands, store.databases);
    this.users = new SharedUsers(arena, rules, store.owner);
    settings.onPassword = (password) => this.setDefaultPassword(password);
    mailbox.handle(MAIL_ACCESS, {
      mail: (_from, _a, _b, _c, _d, bytes, start, end) => this.#hear(bytes, start, end),
    });
  }

  // Clients.

  /** A client that has just connected, or is to be like one. */
  reset(state: ClientState): void {
    const client = state as EngineClient;
    const { standard } = this.users;
    client.isAuthenticated = standard.noPassword && standard.isOn;
    this.#bind(client, standard);
  }

  /** Cold: once per login. */
  authenticate(context: CommandContext, name: string, password: string): string | undefined {
    this.#catchUp();
    const user = this.users.find(name);
    const client = context.client as EngineClient;
    if (user?.accepts(password) === true) {
      client.isAuthenticated = true;
      this.#bind(client, user);
      return undefined;
    }
    const object = decodeLatin1(context.bytes, context.start(0), context.end(0));
    this.#note(client, DENIED_LOGIN, contextOf(client), object, name);
    return WRONG_LOGIN;
  }

  hasPassword(): boolean {
    this.#catchUp();
    return !this.users.standard.noPassword;
  }

  hasUser(name: string): boolean {
    this.#catchUp();
    return this.users.find(name) !== undefined;
  }

  #bind(client: EngineClient, user: User): void {
    client.account = user;
    client.user = user.name;
    this.#setMode(client);
  }

  #setMode(client: EngineClient): void {
    const { noPassword, isOn } = this.users.standard;
    const mustLogIn = !client.isAuthenticated && (!noPassword || !isOn);
    client.mode &= ~(MODE_UNAUTHENTICATED | MODE_RESTRICTED);
    if (mustLogIn) client.mode |= MODE_UNAUTHENTICATED;
    if (client.account?.isUnrestricted === false) client.mode |= MODE_RESTRICTED;
  }

  // Rights.

  /** ALLOWED or DENIED_…, of a client with MODE_RESTRICTED. */
  check(client: EngineClient, id: number, command: CommandView, database = client.database): number {
    this.#catchUp();
    const { account } = client;
    if (account === undefined) return DENIED_COMMAND;
    return account.isUnrestricted ? ALLOWED : this.#permissions.check(account, id, command, database);
  }

  mayReadAll(context: CommandContext): boolean {
    const client = context.client as EngineClient;
    if ((client.mode & MODE_RESTRICTED) === 0) return true;
    if (client.account === undefined) return false;
    return this.#permissions.mayReadAll(client.account, context.command, context, context.database);
  }

  /** Cold: an error. What the client is told whose command was not ALLOWED, and it is logged. */
  refusal(client: EngineClient, denied: number, id: number, command: CommandView): string {
    this.#noteCommand(client, denied, contextOf(client), id, command);
    return `NOPERM ${this.#why(client.user, denied, id)}`;
  }

  /** Whether EXEC may run the command; if not, the error has been written. Of a client with MODE_RESTRICTED. */
  mayExecute(context: CommandContext, id: number, command: CommandView): boolean {
    const client = context.client as EngineClient;
    const denied = this.check(client, id, command);
    if (denied === ALLOWED) return true;
    this.#noteCommand(client, denied, LOG_MULTI, id, command);
    context.error(
      'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. ' +
        `This command is no longer allowed for the following reason: ${EXEC_REASONS[denied] ?? 'no permission'}`,
    );
    return false;
  }

  /** A user of a client of whichever worker. */
  byNumber(number: number): User | undefined {
    this.#catchUp();
    return this.users.byNumber(number);
  }

  /** Whether a command that has waited may run now; if not, the error has been written. */
  mayRunAgain(context: CommandContext): boolean {
    const client = context.client as EngineClient;
    const denied = this.check(client, context.command, context, context.database);
    if (denied === ALLOWED) return true;
    context.error(this.refusal(client, denied, context.command, context));
    this.#engine.statistics.uncounted(context.command);
    this.#engine.statistics.failed(context.command, context.errorText, false);
    return false;
  }

  /** Why a script may not run the command for the client; undefined: it may. */
  scriptRefusal(client: EngineClient, id: number, command: CommandView): string | undefined {
    const denied = this.check(client, id, command);
    if (denied === ALLOWED) return undefined;
    this.#noteCommand(client, denied, LOG_LUA, id, command);
    const { compatibility, table } = this.#engine.plan;
    return scriptDenialText(compatibility, client.user, denied, table.definitions[id].name);
  }

  /** Cold: ACL DRYRUN. Undefined: nothing. */
  whyDenied(user: User, id: number, command: CommandView, database: number): string | undefined {
    const denied = this.#permissions.check(user, id, command, database);
    if (denied === ALLOWED) return undefined;
    const { compatibility, table } = this.#engine.plan;
    const object = argumentText(command, this.#permissions.argument);
    return dryRunText(compatibility, user.name, denied, table.definitions[id].name, object);
  }

  #why(user: string, denied: number, id: number): string {
    const { compatibility, table } = this.#engine.plan;
    return denialText(compatibility, user, denied, table.definitions[id].name);
  }

  // The log.

  #noteCommand(client: EngineClient, denied: number, at: number, id: number, command: CommandView): void {
    const { name } = this.#engine.plan.table.definitions[id];
    const { argument } = this.#permissions;
    this.#note(client, denied, at, argument === 0 ? name : argumentText(command, argument), client.user);
  }

  #note(client: EngineClient, reason: number, context: number, object: string, user: string): void {
    const engine = this.#engine;
    const most = engine.settings.numbers[SETTING_ACLLOG_LENGTH];
    const line = formatLine(lineOf(engine, client)).trimEnd();
    const event = { reason, context, object, user, line, updatedMs: engine.clock.nowMs };
    this.users.during(() => this.log.add(event, most));
  }

  // Changes.

  /**
   * Changes users, here at once and on the other workers before the reply leaves. `work` makes the change, or says why
   * not, while nobody else can. Undefined: it is done.
   */
  change(work: (users: SharedUsers) => UserChange | string): string | undefined {
    const change = this.users.during(() => {
      const wanted = work(this.users);
      if (typeof wanted === 'string') return wanted;
      return this.users.replace(wanted.users) ? wanted : TOO_MANY;
    });
    if (typeof change === 'string') return change;
    this.#carryOut(change.channels);
    const { mailbox } = this.#engine;
    const bytes = Buffer.from(JSON.stringify(change.channels), 'latin1');
    for (let worker = 0; worker < mailbox.workers; worker++) {
      if (worker !== mailbox.worker) mailbox.send(worker, MAIL_ACCESS, 0, 0, 0, 0, bytes, 0, bytes.length);
    }
    return undefined;
  }

  /** Cold: CONFIG SET requirepass. Without a password nobody needs one. */
  setDefaultPassword(password: string): string | undefined {
    return this.change((users) => {
      const user = users.copy(users.standard);
      user.apply('resetpass');
      user.apply(password === '' ? 'nopass' : `>${password}`);
      return { users: withUser(users.all, user), channels: [] };
    });
  }

  /** Cold: administration. Another worker has changed users. */
  #hear(bytes: Uint8Array, start: number, end: number): void {
    this.#carryOut(JSON.parse(decodeLatin1(copyOf(bytes, start, end), 0, end - start)) as ChannelsLeft);
  }

  /** Users have changed somewhere: clients of this worker get theirs, and some have to go. */
  #carryOut(channels: ChannelsLeft): void {
    this.users.refresh();
    const { clients, directory } = this.#engine;
    const left = new Map(channels);
    const lost: number[] = [];
    for (const client of clients.values()) {
      const patterns = left.get(client.user);
      if (patterns !== undefined && listensBeyond(client, patterns)) lost.push(client.id);
    }
    directory.kill(lost);
    this.#bindAll();
  }

  /** Clients get the users that there are now; those whose user is no more have to go. */
  #bindAll(): void {
    const { clients, directory } = this.#engine;
    const lost: number[] = [];
    for (const client of clients.values()) {
      const user = client.account === undefined ? undefined : this.users.byNumber(client.account.number);
      if (user !== undefined) this.#bind(client, user);
      else {
        client.account = undefined;
        client.mode |= MODE_RESTRICTED;
        lost.push(client.id);
      }
    }
    directory.kill(lost);
    this.tellDefaultLogin();
  }

  /** Cold: at start, and when users have changed. */
  tellDefaultLogin(): void {
    const { noPassword, isOn } = this.users.standard;
    this.onDefaultLogin(!noPassword || !isOn);
  }

  /** Where mail is late: nothing is decided by users of before. */
  #catchUp(): void {
    if (this.users.isCurrent) return;
    this.users.refresh();
    this.#bindAll();
  }
}

/** Cold: administration. The users with this one in place of one that has its name. */
export function withUser(users: readonly User[], user: User): User[] {
  return users.filter(({ name }) => name !== user.name).concat(user);
}

function contextOf(client: EngineClient): number {
  return (client.mode & MODE_MULTI) !== 0 || client.transaction > 0 ? LOG_MULTI : LOG_TOPLEVEL;
}

function argumentText({ bytes, spans }: CommandView, argument: number): string {
  return decodeLatin1(bytes, spans[2 * argument], spans[2 * argument + 1]);
}

/** Cold: administration. The client listens to what matches none of the patterns, or its patterns are none of them. */
function listensBeyond({ listensTo }: EngineClient, patterns: readonly string[]): boolean {
  const allowed = { channels: patterns.map((text) => ({ text, bytes: asciiBytes(text) })) };
  return [LISTEN_CHANNEL, LISTEN_PATTERN, LISTEN_SHARD].some((kind) =>
    Array.from(listensTo[kind].values()).some(
      ({ name }) => !mayChannel(allowed, name, 0, name.length, kind === LISTEN_PATTERN),
    ),
  );
}
