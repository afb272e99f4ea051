/**
 * Commands that are about users, where these are the gateway's own: logins, ACL, and what has to be noted of others.
 * Worker thread. Cold: once per login, subscription or transaction of a client with few rights, and administration.
 */
import { ALLOWED, dryRunText } from '../acl/denial.ts';
import type { Selector } from '../acl/selector.ts';
import type { AclPort, ShownSelector, ShownUser } from '../commands/access-ports.ts';
import type { Compatibility } from '../commands/compatibility.ts';
import type { CommandView } from '../commands/definition.ts';
import { wrongArity } from '../commands/errors.ts';
import {
  type AclContext,
  runAclDryrun,
  runAclGetuser,
  runAclList,
  runAclLog,
  runAclUsers,
  runAclWhoami,
} from '../commands/server/run-acl.ts';
import { MAX_COMMANDS } from '../commands/table.ts';
import { notWhileSubscribed } from '../engine/refusals.ts';
import type { FrameWriter } from '../resp/encode.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { subscriptionKind } from '../upstream/subscriptions.ts';
import type { GatewayAcl } from './acl.ts';
import { AclReply } from './acl-reply.ts';
import { argumentText, copyFrame, wholeFrame } from './frames.ts';
import { parseHello } from './hello.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';
import { answer, type SessionAccess } from './session-access.ts';
import { sortPatternRefusal } from './sort-refusal.ts';

/** True: the command goes no further. */
type Handler = (session: Session, command: number, frame: Frame, access: SessionAccess) => boolean;

const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. ' +
  'Are you sure your configuration is correct?';
const PING = wholeFrame(['PING']);

/** Answered from the gateway's users. */
const SHOWN: Readonly<Record<string, (context: AclContext) => void>> = {
  'acl|whoami': runAclWhoami,
  'acl|users': runAclUsers,
  'acl|list': runAclList,
  'acl|getuser': runAclGetuser,
  'acl|dryrun': runAclDryrun,
  'acl|log': runAclLog,
};
/** They would change users. */
const REFUSED = ['acl|setuser', 'acl|deluser', 'acl|load', 'acl|save'];
const LISTENING = ['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe'];

export class AclCommands {
  /** 1 for commands that are looked at here, by id. */
  readonly concerns = new Uint8Array(MAX_COMMANDS);
  readonly #handlers: (Handler | undefined)[] = [];
  readonly #acl: GatewayAcl;

  constructor(acl: GatewayAcl, { table }: WorkerServices) {
    this.#acl = acl;
    const add = (names: readonly string[], handler: Handler): void => {
      for (const name of names) {
        this.#handlers[table.byName(name)] = handler;
        this.concerns[table.byName(name)] = 1;
      }
    };
    add(['auth'], (session, command, frame, access) => this.#auth(session, command, frame, access));
    add(['hello'], (session, command, frame, access) => this.#hello(session, command, frame, access));
    add(['reset'], (session, _command, _frame, access) => reset(session, access));
    add(['multi'], (session, _command, _frame, access) => {
      access.beginsTransaction(session);
      return false;
    });
    add(['exec'], (session, command, _frame, access) => access.refusesExec(session, command));
    add(['sort', 'sort_ro'], (session, command, frame, access) =>
      this.#sort(session, command, frame, access),
    );
    add(REFUSED, (session, command, _frame, access) => refuseChange(session, command, access));
    add(Object.keys(SHOWN), (session, command, frame) => this.#show(session, command, frame));
    add(LISTENING, (session, command, frame, access) => note(session, command, frame, access));
  }

  handle(session: Session, command: number, frame: Frame): boolean {
    const access = session.client.access!;
    const { plan } = this.#acl.dialect;
    if (!plan.isRightArity(command, frame.count)) {
      access.refuse(session, command, wrongArity(plan.table.definitions[command].name));
      return true;
    }
    return this.#handlers[command]!(session, command, frame, access);
  }

  #auth(session: Session, command: number, frame: Frame, access: SessionAccess): boolean {
    if (session.own.isStreaming && access.hearsAny) {
      access.refuse(session, command, notWhileSubscribed('auth'));
      return true;
    }
    const isOnlyPassword = frame.count === 2;
    const name = isOnlyPassword ? 'default' : argumentText(frame, 1);
    if (!session.own.inTransaction && frame.count <= 3) {
      if (isOnlyPassword && this.#acl.standard.noPassword) access.refuse(session, command, NO_PASSWORD);
      else if (this.#logIn(session, command, access, name, argumentText(frame, frame.count - 1)))
        answer(session, (writer) => writer.simple('OK'));
    } else access.refuse(session, command, frame.count > 3 ? 'ERR syntax error' : notQueued('AUTH'));
    return true;
  }

  /** False: the error is on its way. */
  #logIn(session: Session, command: number, access: SessionAccess, name: string, password: string): boolean {
    const { name: shown } = session.host.services.table.definitions[command];
    const user = this.#acl.logIn(session, shown, name, password);
    if (typeof user === 'string') {
      access.refuse(session, command, user);
      return false;
    }
    access.isAuthenticated = true;
    access.become(user);
    session.input.limitAgain();
    return true;
  }

  /** What is about users is done here; the rest is said to the server without it. */
  #hello(session: Session, command: number, frame: Frame, access: SessionAccess): boolean {
    const options = parseHello(frame);
    const isLogin = typeof options !== 'string' && options.password !== undefined;
    if (typeof options === 'string') access.refuse(session, command, options);
    else if (isLogin && session.own.inTransaction)
      access.refuse(session, command, notQueued('HELLO with AUTH'));
    else if (isLogin && !this.#logIn(session, command, access, options.user!, options.password!)) return true;
    else if (access.mustLogIn)
      access.refuse(session, command, notAuthenticated(this.#acl.dialect.plan.compatibility));
    else if (!isLogin) return false;
    else {
      // It is dispatched again as it is for the server.
      session.suspend(withoutLogin(frame));
      session.resume();
    }
    return true;
  }

  /** In a transaction as well, where servers tell it only when EXEC runs it. */
  #sort(session: Session, command: number, frame: Frame, access: SessionAccess): boolean {
    if (access.isOpen || this.#acl.mayReadAll(session, access, command, frame)) return false;
    const why = sortPatternRefusal(frame);
    if (why !== undefined) access.refuse(session, command, why);
    return why !== undefined;
  }

  #show(session: Session, command: number, frame: Frame): boolean {
    const copy = copyFrame(frame);
    const { name } = session.host.services.table.definitions[command];
    const write = (writer: FrameWriter): void =>
      SHOWN[name](new AclReply(this.#acl, session, copy, writer, this.#port(session)));
    const { own } = session;
    if (!own.inTransaction) answer(session, write);
    else {
      // Its place in the transaction is kept by a command that does nothing.
      const plan = {
        probe: PING,
        permits: () => true,
        act: (_asker: Session, _sequence: number, _reply: unknown, done: (by: typeof write) => void) =>
          done(write),
      };
      own.afterExec({ plan });
      own.submit(session.host.services.table.byName('ping'), PING);
    }
    return true;
  }

  #port(session: Session): AclPort {
    const acl = this.#acl;
    const { compatibility, table } = acl.dialect.plan;
    const refused = (): string => CONFIGURED;
    return {
      setUser: refused,
      deleteUsers: () => 0,
      load: refused,
      save: refused,
      names: () => [...acl.users.keys()],
      lines: () => Array.from(acl.users.values(), (user) => `user ${user.name} ${user.describe()}`),
      user: (name) => this.#shownUser(name),
      whyDenied: (name: string, view: CommandView, id: number) => {
        const user = acl.users.get(name);
        if (user === undefined) return undefined;
        const [denied, argument] = acl.tryOut(user, id, view, session.context.database);
        if (denied === ALLOWED) return undefined;
        return dryRunText(
          compatibility,
          name,
          denied,
          table.definitions[id].name,
          argumentText(view, argument),
        );
      },
      log: (most) => acl.entries(most),
      clearLog: () => acl.clearLog(),
    };
  }

  #shownUser(name: string): ShownUser | undefined {
    const user = this.#acl.users.get(name);
    if (user === undefined) return undefined;
    const { isValkey, level } = this.#acl.dialect.plan.compatibility;
    const showsDatabases = isValkey && level >= 901;
    const selectors = user.selectors.map((selector) => shown(selector, showsDatabases));
    return { flags: user.flags, passwords: user.passwords, selectors };
  }
}

const CONFIGURED =
  'lockstep: users are those of the configuration of the gateway (acl); change it and reload it';

function shown(selector: Selector, showsDatabases: boolean): ShownSelector {
  const selected = {
    commands: selector.describeCommands(),
    keys: selector.describeKeys(),
    channels: selector.describeChannels(),
  };
  return showsDatabases ? { ...selected, databases: selector.describeDatabases() } : selected;
}

function notQueued(name: string): string {
  return `ERR lockstep: ${name} cannot be part of a transaction where the gateway has users of its own`;
}

function refuseChange(session: Session, command: number, access: SessionAccess): boolean {
  access.refuse(session, command, `ERR ${CONFIGURED}`);
  return true;
}

/** Others start the session anew. */
function reset(session: Session, access: SessionAccess): boolean {
  if (session.own.isStreaming) access.reset();
  return false;
}

function note(session: Session, command: number, frame: Frame, access: SessionAccess): boolean {
  const { name } = session.host.services.table.definitions[command];
  const kind = subscriptionKind(name);
  access.notes((kind & 1) === 0, kind >> 1, frame);
  return false;
}

/** HELLO without its option AUTH. */
function withoutLogin(frame: Frame): Frame {
  const words: string[] = [];
  for (let at = 0; at < frame.count; at++) {
    const word = argumentText(frame, at);
    if (at >= 2 && word.toLowerCase() === 'auth') at += 2;
    else words.push(word);
    // The name may be one of these words.
    if (at >= 2 && word.toLowerCase() === 'setname') words.push(argumentText(frame, ++at));
  }
  return wholeFrame(words);
}

/** Redis 7.0 leaves the version out. */
function notAuthenticated({ isValkey, level }: Compatibility): string {
  const form = !isValkey && level < 702 ? 'HELLO AUTH' : 'HELLO <proto> AUTH';
  return (
    `NOAUTH HELLO must be called with the client already authenticated, otherwise the ${form} <user> <pass> ` +
    'option can be used to authenticate the client and select the RESP protocol version at the same time'
  );
}
