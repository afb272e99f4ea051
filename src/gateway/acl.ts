/**
 * The gateway's own users on one worker: who they are, what they may do, and what they were denied. There only where
 * the configuration has users. Worker thread. `session-access.ts` is about one client.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  ALLOWED,
  DENIED_COMMAND,
  DENIED_KEY,
  DENIED_LOGIN,
  denialText,
  NO_LOGIN,
  WRONG_LOGIN,
} from '../acl/denial.ts';
import { DEFAULT_USER, type User } from '../acl/user.ts';
import type { DeniedAccess } from '../commands/access-ports.ts';
import { formatLine } from '../commands/connection/client-line.ts';
import type { CommandView } from '../commands/definition.ts';
import { wrongArity } from '../commands/errors.ts';
import { BIT_NO_AUTH } from '../commands/table.ts';
import type { AclConfig } from '../config/schema.ts';
import { AccessLog } from '../engine/access-log.ts';
import { Permissions } from '../engine/permissions.ts';
import { noMulti, unknownCommand, unknownSubcommand } from '../engine/refusals.ts';
import { Arena } from '../memory/arena.ts';
import { LIVENESS_BYTES, LockOwner } from '../memory/lock.ts';
import { AclCommands } from './acl-commands.ts';
import { type AclDialect, makeDialect, makeUsers } from './acl-users.ts';
import { decodeIdentity, IDENTITY } from './admission.ts';
import { snapshotOf } from './client-directory.ts';
import { describeClient, usualLine } from './client-line.ts';
import { argumentText } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';
import { SessionAccess } from './session-access.ts';
import type { SessionHost } from './session-host.ts';

const LOG_BYTES = 4 * 1024 * 1024;
// Places in DENIED_CONTEXTS.
const LOG_TOPLEVEL = 0;
const LOG_MULTI = 1;

/** What the workers share of it. */
export interface AclMemory {
  readonly log: SharedArrayBuffer;
  readonly liveness: SharedArrayBuffer;
}

/** Cold: once. */
export function createAclMemory(): AclMemory {
  return { log: Arena.create(LOG_BYTES).buffer, liveness: new SharedArrayBuffer(LIVENESS_BYTES) };
}

export class GatewayAcl {
  readonly #host: SessionHost;
  readonly commands: AclCommands;
  readonly #arena: Arena;
  readonly #owner: LockOwner;
  readonly #log: AccessLog;
  #config: AclConfig;
  /** Of all workers: what the primary is. */
  readonly #shared: Int32Array;
  /** What is known of that here. */
  #identity = 0;
  dialect: AclDialect;
  users: ReadonlyMap<string, User>;
  #permissions: Permissions;

  constructor(host: SessionHost, config: AclConfig, memory: AclMemory) {
    this.#host = host;
    this.#config = config;
    this.#shared = host.admission.shared;
    this.#arena = Arena.attach(memory.log);
    this.#owner = new LockOwner(host.services.workerIndex + 1, memory.liveness);
    this.#log = new AccessLog(this.#arena);
    this.dialect = makeDialect(host.services.table, undefined);
    this.users = makeUsers(config, this.dialect.rules);
    this.#permissions = this.#makePermissions();
    this.commands = new AclCommands(this, host.services);
  }

  get standard(): User {
    return this.users.get(DEFAULT_USER)!;
  }

  /** Who shows no login may do nothing. */
  get wantsLogin(): boolean {
    const { noPassword, isOn } = this.standard;
    return !noPassword || !isOn;
  }

  /** A client that has just connected, or is to be like one. */
  open(): SessionAccess {
    return new SessionAccess(this);
  }

  /** Cold: once per login. The user, or the error. */
  logIn(session: Session, command: string, name: string, password: string): User | string {
    const user = this.users.get(name);
    if (user?.accepts(password) === true) return user;
    this.#note(session, command, name);
    return WRONG_LOGIN;
  }

  /** Undefined: the user may. Of clients who may not do everything, or have yet to log in. */
  whyRefused(session: Session, access: SessionAccess, id: number, frame: Frame): string | undefined {
    if (this.#shared[IDENTITY] !== this.#identity || id >= this.dialect.plan.known.length) this.#renew();
    const { plan } = this.dialect;
    const isWrong = id < 0 || plan.known[id] === 0 || !plan.isRightArity(id, frame.count);
    if (isWrong || plan.table.definitions[id].subcommands !== undefined) {
      const why = this.#whyWrong(access, id, frame);
      if (why !== undefined || id < 0) return why;
    }
    if (access.mustLogIn) return (plan.table.bits[id] & BIT_NO_AUTH) !== 0 ? undefined : NO_LOGIN;
    let denied = this.#permissions.check(access.user, id, frame, session.context.database);
    if (denied === ALLOWED && this.dialect.hidesKeys[id] === 1 && !hasAllKeys(access.user))
      denied = DENIED_KEY;
    return denied === ALLOWED ? undefined : this.#refusal(session, access, denied, id, frame);
  }

  /** Cold: for patterns that may name any key. */
  mayReadAll(session: Session, { user }: SessionAccess, id: number, frame: Frame): boolean {
    return this.#permissions.mayReadAll(user, id, frame, session.context.database);
  }

  /** Cold: ACL DRYRUN. `DENIED_…`, and the argument that it is about. */
  tryOut(user: User, id: number, command: CommandView, database: number): [number, number] {
    const denied = this.#permissions.check(user, id, command, database);
    return [denied, this.#permissions.argument];
  }

  /** Cold: an error. In the servers' order; undefined where there is nothing wrong after all. */
  #whyWrong(access: SessionAccess, id: number, frame: Frame): string | undefined {
    const { plan } = this.dialect;
    const { isValkey, level } = plan.compatibility;
    const isKnown = id >= 0 && plan.known[id] === 1;
    // Valkey 9 tells nothing to who has yet to log in.
    const hides = access.mustLogIn && isValkey && level >= 900;
    if (hides && (!isKnown || (plan.table.bits[id] & BIT_NO_AUTH) === 0)) return NO_LOGIN;
    if (id < 0) return this.#host.local.isAttack(frame) ? undefined : oneLine(unknownCommand(frame));
    const { name, subcommands } = plan.table.definitions[id];
    if (!isKnown) return oneLine(name.includes('|') ? unknownSubcommand(frame) : unknownCommand(frame));
    if (subcommands !== undefined && frame.count > 1) return oneLine(unknownSubcommand(frame));
    const isRight = plan.isRightArity(id, frame.count) && (subcommands === undefined || name === 'command');
    return isRight ? undefined : wrongArity(name);
  }

  /** Cold: an error. What the client is told, and it is logged. */
  #refusal(session: Session, access: SessionAccess, denied: number, id: number, frame: Frame): string {
    const { plan } = this.dialect;
    const { compatibility, table } = plan;
    const { inTransaction } = session.own;
    if (inTransaction && plan.noMulti[id] === 1) return noMulti({ compatibility }, table.labels[id]);
    const { argument } = this.#permissions;
    const { name } = table.definitions[id];
    const object = argument === 0 ? name : argumentText(frame, argument);
    this.#add(session, denied, inTransaction ? LOG_MULTI : LOG_TOPLEVEL, object, access.user.name);
    return `NOPERM ${denialText(compatibility, access.user.name, denied, name)}`;
  }

  #note(session: Session, name: string, user: string): void {
    this.#add(session, DENIED_LOGIN, LOG_TOPLEVEL, name, user);
  }

  #add(session: Session, reason: number, context: number, object: string, user: string): void {
    const line = formatLine(describeClient(snapshotOf(session), usualLine(), undefined, undefined)).trimEnd();
    const { metrics, clock } = this.#host.services;
    metrics.countAclDenial(reason - DENIED_COMMAND);
    const updatedMs = clock.nowMs;
    const event = { reason, context, object, user, line, updatedMs };
    this.#locked(() => this.#log.add(event, this.#config.logLength));
  }

  /** Cold: ACL LOG. */
  entries(most: number): DeniedAccess[] {
    return this.#locked(() => this.#log.entries(most));
  }

  clearLog(): void {
    this.#locked(() => this.#log.clear());
  }

  #locked<Result>(work: () => Result): Result {
    this.#owner.lock(this.#arena);
    try {
      return work();
    } finally {
      this.#owner.unlock(this.#arena);
    }
  }

  /** Cold: at a reload. Clients are bound to the new users; those whose user is gone, or who hear too much, leave. */
  reconfigure(config: AclConfig): void {
    this.#config = config;
    const before = this.users;
    const users = new Map(makeUsers(config, this.dialect.rules));
    for (const [name, user] of users) {
      const known = before.get(name);
      // Who is as before stays who it is.
      if (known !== undefined && isSameUser(known, user)) users.set(name, known);
    }
    this.users = users;
    for (const session of [...this.#host.sessions.values()]) session.client.access?.changed(session);
    this.#host.heedUsers();
  }

  /** Cold: it is known now what the primary is, or that it has more commands. Rules mean what they mean there. */
  #renew(): void {
    this.#identity = this.#shared[IDENTITY];
    this.dialect = makeDialect(this.#host.services.table, decodeIdentity(this.#identity));
    this.users = makeUsers(this.#config, this.dialect.rules);
    this.#permissions = this.#makePermissions();
    for (const { client } of this.#host.sessions.values()) client.access?.renew();
  }

  /** How many databases the primary has is its own affair. */
  #makePermissions(): Permissions {
    return new Permissions(this.dialect.rules.commands, Number.POSITIVE_INFINITY);
  }
}

function hasAllKeys({ selectors }: User): boolean {
  return selectors.some(({ allKeys }) => allKeys);
}

function isSameUser(one: User, other: User): boolean {
  const [{ number: _, ...rules }, { number: __, ...others }] = [one.data, other.data];
  return isDeepStrictEqual(rules, others);
}

/** What clients send must not end the line of an error. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
