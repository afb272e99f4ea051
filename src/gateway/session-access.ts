/**
 * What one client may do where the gateway has users of its own: who it is, and which of its commands go no further.
 * Worker thread. `takes` is asked before anything is done with a command; it allocates nothing for what is allowed.
 */
import { channelsLeft } from '../acl/change-user.ts';
import type { User } from '../acl/user.ts';
import { asciiBytes } from '../base/bytes.ts';
import { mayChannel } from '../engine/permissions.ts';
import type { FrameWriter } from '../resp/encode.ts';
import type { GatewayAcl } from './acl.ts';
import { afterMessages } from './client-questions.ts';
import { argumentText, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

/** No server knows it: a transaction that it is sent into is broken. */
const REFUSED = wholeFrame(['lockstep:refused']);
const DISCARD = wholeFrame(['DISCARD']);
/** Kinds of channels. */
const NAMES = 0;
const PATTERNS = 1;
const SHARDS = 2;
const KINDS = 3;

export class SessionAccess {
  readonly acl: GatewayAcl;
  user: User;
  /** It has logged in, or needed not to when it came. */
  isAuthenticated: boolean;
  /** None of its commands has to be looked at, but for those that are about users. */
  isOpen = false;
  /** Its commands since MULTI were allowed to this one. */
  #queuedAs: User | undefined = undefined;
  /** What it has asked to hear, by kind; texts with one character for each byte. */
  #hears: Set<string>[] | undefined = undefined;

  constructor(acl: GatewayAcl) {
    this.acl = acl;
    this.user = acl.standard;
    this.isAuthenticated = !acl.wantsLogin;
    this.become(this.user);
  }

  get mustLogIn(): boolean {
    return !this.isAuthenticated && this.acl.wantsLogin;
  }

  become(user: User): void {
    this.user = user;
    this.isOpen = user.isUnrestricted && !this.mustLogIn;
  }

  /** True: the command goes no further, for it has been answered or will be. */
  takes(session: Session, command: number, frame: Frame): boolean {
    const { acl } = this;
    if (!this.isOpen) {
      const why = acl.whyRefused(session, this, command, frame);
      if (why !== undefined) {
        this.refuse(session, command, why);
        return true;
      }
    }
    return (
      command >= 0 && acl.commands.concerns[command] === 1 && acl.commands.handle(session, command, frame)
    );
  }

  /** Cold: an error. It comes in its place among the replies, and breaks a transaction. */
  refuse(session: Session, command: number, text: string): void {
    const { own, host } = session;
    const isExec = command >= 0 && command === host.services.table.byName('exec');
    const error = isExec ? `EXECABORT Transaction discarded because of: ${text.replace(/^ERR /, '')}` : text;
    if (!own.inTransaction) answer(session, (writer) => writer.error(error));
    else if (isExec) this.#abort(session, error);
    else {
      const sequence = own.submit(-1, REFUSED);
      session.collect(sequence, () => session.finish(sequence, (writer) => writer.error(text)));
    }
  }

  /** EXEC is refused, and nothing of the transaction is done. */
  #abort(session: Session, error: string): void {
    const { table } = session.host.services;
    const discard = table.byName('discard');
    const sequence = session.replies.nextSequence;
    session.own.dispatch(discard, table.bits[discard], DISCARD);
    session.collect(sequence, () => session.finish(sequence, (writer) => writer.error(error)));
  }

  /** Cold: of those who may not do everything. MULTI goes to the server. */
  beginsTransaction(session: Session): void {
    if (!session.own.inTransaction) this.#queuedAs = this.user;
  }

  /** Cold: as above. True: its rules have changed since MULTI, and nobody has kept what it has queued. */
  refusesExec(session: Session, command: number): boolean {
    if (!session.own.inTransaction || this.isOpen || this.#queuedAs === this.user) return false;
    this.refuse(session, command, 'lockstep: the rights of this user have changed since MULTI');
    return true;
  }

  /** Cold: once per subscription. */
  notes(isMore: boolean, kind: number, frame: Frame): void {
    this.#hears ??= Array.from({ length: KINDS }, () => new Set<string>());
    const known = this.#hears[kind];
    if (!isMore && frame.count === 1) known.clear();
    for (let at = 1; at < frame.count; at++) {
      if (isMore) known.add(argumentText(frame, at));
      else known.delete(argumentText(frame, at));
    }
  }

  get hearsAny(): boolean {
    return this.#hears?.some((known) => known.size > 0) === true;
  }

  /** Cold: RESET of a client whose connection the session does not start anew. */
  reset(): void {
    this.isAuthenticated = !this.acl.wantsLogin;
    this.become(this.acl.standard);
    this.#hears = undefined;
  }

  /** Cold: the same users in other words. */
  renew(): void {
    const user = this.acl.users.get(this.user.name) ?? this.user;
    if (this.#queuedAs === this.user) this.#queuedAs = user;
    this.become(user);
  }

  /** Cold: users have changed. As the servers: who is deleted leaves, and who hears what it may not hear any more. */
  changed(session: Session): void {
    const before = this.user;
    const user = this.acl.users.get(before.name);
    if (user === undefined) {
      session.disconnect();
      return;
    }
    this.become(user);
    if (user === before) return;
    const left = channelsLeft(user, before);
    if (left !== undefined && this.#hearsBeyond(left)) session.disconnect();
    // What it waits for was asked for under other rules.
    else if (!user.isUnrestricted) session.stopWaiting();
  }

  #hearsBeyond(patterns: readonly string[]): boolean {
    const channels = patterns.map((text) => ({ text, bytes: asciiBytes(text) }));
    return [NAMES, PATTERNS, SHARDS].some((kind) =>
      Array.from(this.#hears?.[kind] ?? []).some((text) => {
        const bytes = asciiBytes(text);
        return !mayChannel({ channels }, bytes, 0, bytes.length, kind === PATTERNS);
      }),
    );
  }
}

/** Answers in its place: behind messages that what was sent before has brought. */
export function answer(session: Session, write: (writer: FrameWriter) => void): void {
  const { own, host } = session;
  if (own.isStreaming) {
    // There, output is not cut into replies.
    const { writer } = host;
    writer.reset();
    write(writer);
    session.emit(writer.bytes, 0, writer.length);
  } else if (own.hears) afterMessages(session, () => session.answer(write));
  else session.answer(write);
}
