/** What the sessions of one worker share. Worker thread. */

import type { ServerIdentity } from '../compare/identity.ts';
import type { AclConfig } from '../config/schema.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { RequestLimits } from '../resp/limits.ts';
import { CommandScanner } from '../resp/scan-command.ts';
import { LatencyTable } from '../telemetry/latency.ts';
import type { ConnectionId } from '../transport/transport.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { type AclMemory, GatewayAcl } from './acl.ts';
import { Admission, type AdmissionSettings, LAST_ID, LAST_SESSION, LOGIN_UNKNOWN } from './admission.ts';
import { become } from './bridge.ts';
import { BridgeTools } from './bridge-tools.ts';
import { ClientDirectory } from './client-directory.ts';
import type { ClientHost } from './client-host.ts';
import { type ClassLimits, watchedBytes } from './client-output.ts';
import { ClientPause } from './client-pause.ts';
import { CommandHold } from './command-hold.ts';
import type { ContextTable } from './contexts.ts';
import type { Face } from './face.ts';
import type { ClientState } from './hand-over.ts';
import { LocalCommands } from './local-commands.ts';
import type { Executor, SessionTarget } from './ports.ts';
import { Protocols } from './protocols.ts';
import { RedirectTargets } from './redirect-targets.ts';
import { RequestNotes } from './request-notes.ts';
import type { SectionRequests } from './section-requests.ts';
import { Session } from './session.ts';
import { SlowLog, type SlowSettings } from './slow-log.ts';

export interface SessionSettings extends ClassLimits, AdmissionSettings {
  /** Pinned: a connection to one server is the client's own from beginning to end. */
  readonly sessions: 'pooled' | 'pinned';
  /** Its lanes are its own; the executor must know when it is over. */
  readonly hasOwnLanes: boolean;
  readonly protocol: 'auto' | 'resp2' | 'resp3';
  /** Whether there is a shadow, switched on or not. */
  readonly hasShadow: boolean;
  readonly allowShutdown: boolean;
  /** The primary is a cluster. */
  readonly isCluster: boolean;
  /** RESET on a connection of a session's own leaves it as it was when it was made: it was not logged in. */
  readonly resetsThere: boolean;
  readonly maxInFlightCommands: number;
  readonly maxQueryBytes: number;
  readonly maxBulkBytes: number;
  readonly slow: SlowSettings;
  readonly acl: AclConfig;
  readonly idleTimeoutMs: number;
}

/** What a worker shares with others. */
export interface SharedMemory {
  /** Of `SHARED_CLIENT_BYTES`. */
  readonly clients: SharedArrayBuffer;
  /** Of `LatencyTable.bytes`; no other worker's. */
  readonly latency: SharedArrayBuffer;
  /** Where the gateway has users of its own. */
  readonly acl: AclMemory | null;
}

const MAX_INLINE_BYTES = 64 * 1024;
const MAX_ARGUMENTS = 2147483647;

export function requestLimits(settings: SessionSettings, authenticated = true): RequestLimits {
  return {
    maxBulkBytes: settings.maxBulkBytes,
    maxArguments: MAX_ARGUMENTS,
    maxInlineBytes: MAX_INLINE_BYTES,
    authenticated,
    maxQueryBytes: settings.maxQueryBytes,
  };
}

export class SessionHost implements ClientHost {
  readonly services: WorkerServices;
  readonly executor: Executor;
  readonly contexts: ContextTable;
  readonly scanner = new CommandScanner();
  /** For replies made here; every use ends before the next begins. */
  readonly writer = new FrameWriter();
  readonly directory = new ClientDirectory(this);
  readonly pause: ClientPause;
  readonly hold: CommandHold = new CommandHold(this);
  readonly local: LocalCommands;
  readonly slow: SlowLog;
  readonly requestNotes: RequestNotes;
  /** The same while somebody wants notes of what is read now. */
  notes: RequestNotes | undefined = undefined;
  readonly latency: LatencyTable;
  readonly sections: SectionRequests;
  readonly redirects = new RedirectTargets(this);
  readonly protocols: Protocols;
  /** Converts replies that are whole; every use ends before the next begins. */
  readonly bridged: BridgeTools;
  readonly requestLimits: RequestLimits;
  /** For clients that have yet to log in. */
  readonly strangerLimits: RequestLimits;
  readonly admission: Admission;
  /** The gateway's own users, if there are any. */
  readonly acl: GatewayAcl | undefined;
  settings: SessionSettings;
  /** See `watchedBytes`. */
  outputWatchBytes: number;
  /** Addresses of the gateway's own connections, see `slow-log-plan.ts`. */
  readonly ownAddresses = new Set<string>();
  /** Sessions that keep to connections of their own for a while. */
  readonly preferring = new Set<Session>();
  /** Somebody is using `scanner`. */
  scannerBusy = false;
  readonly sessions = new Map<number, Session>();
  lastLeft: Session | undefined = undefined;
  /** Who listens on connections beside the sessions' own, by numbers like theirs. */
  readonly listeners = new Map<number, SessionTarget>();
  readonly #later: Session[] = [];
  /** They came before anybody knew what the primary wants of strangers: their first command waits. */
  readonly #early = new Set<Session>();
  /** What was last known of that. */
  #login = LOGIN_UNKNOWN;
  readonly #shared: Int32Array;
  readonly #ids: BigInt64Array;

  constructor(
    services: WorkerServices,
    executor: Executor,
    contexts: ContextTable,
    settings: SessionSettings,
    shared: SharedMemory,
    sections: SectionRequests,
  ) {
    this.services = services;
    this.executor = executor;
    this.contexts = contexts;
    this.settings = settings;
    this.outputWatchBytes = watchedBytes(settings);
    this.admission = new Admission(services, settings, shared.clients);
    this.acl = shared.acl === null ? undefined : new GatewayAcl(this, settings.acl, shared.acl);
    this.slow = new SlowLog(settings.slow);
    this.requestNotes = new RequestNotes(this.slow, services.tracer);
    if (services.tracer !== undefined) services.tracer.onSwitch = () => this.#heedNotes();
    this.#heedNotes();
    this.latency = new LatencyTable(shared.latency, services.table.catalogueCount);
    this.sections = sections;
    this.#shared = new Int32Array(shared.clients);
    this.#ids = new BigInt64Array(shared.clients, 0, 1);
    this.pause = new ClientPause(services, settings.hasShadow);
    this.local = new LocalCommands(this);
    this.protocols = new Protocols(settings.protocol, services.clock);
    this.bridged = new BridgeTools();
    this.requestLimits = requestLimits(settings);
    this.strangerLimits = requestLimits(settings, false);
    this.heedUsers();
  }

  /** How much a client may send. */
  limitsOf({ context, client }: Session): RequestLimits {
    const isStranger =
      client.access?.mustLogIn ?? (context.password === undefined && this.admission.wantsLogin);
    return isStranger ? this.strangerLimits : this.requestLimits;
  }

  /** As `ClientHost.accept`. */
  accept(connection: ConnectionId, exposed: boolean, face?: Face): Session | undefined {
    if (!this.admission.admits(connection, exposed)) return undefined;
    return this.#begin(connection, Number(Atomics.add(this.#ids, LAST_ID, 1n)) + 1, face);
  }

  /** A client of another process goes on here. What it has sent already is worked on when `begin` is called. */
  adopt(connection: ConnectionId, state: ClientState, face?: Face): { session: Session; begin: () => void } {
    this.admission.takesOver();
    const session = this.#begin(connection, state.id, face);
    const { database, user, password, protocol } = state;
    const resp = this.protocols.upstreamFor(protocol);
    become(session, this.contexts.get(database, resp, user, password), protocol);
    session.client.continue(state);
    session.replies.mode = state.replyMode;
    const unread = Buffer.from(state.unread, 'base64');
    return { session, begin: () => session.input.data(unread, 0, unread.length) };
  }

  #begin(connection: ConnectionId, clientId: number, face: Face | undefined): Session {
    const id = this.nextNumber();
    const session = new Session(this, id, clientId, connection, face);
    this.sessions.set(id, session);
    if (this.admission.login === LOGIN_UNKNOWN) {
      session.suspend();
      this.#early.add(session);
    }
    this.services.metrics.setClientConnections(this.sessions.size);
    return session;
  }

  /** See `Upstreams`. */
  noteLogin(login: number, identity: ServerIdentity | undefined): void {
    this.admission.noteIdentity(identity);
    this.admission.noteLogin(login);
    this.heedLogin();
  }

  /** Perhaps somebody, on another worker even, has found out what the primary wants of strangers. */
  heedLogin(): void {
    const { login } = this.admission;
    if (login === this.#login) return;
    this.#login = login;
    for (const session of this.sessions.values()) session.input.limitAgain();
    for (const session of this.#early) {
      this.#early.delete(session);
      session.resume();
    }
  }

  /** Cold: there are other users of the gateway's own, or these are the first. */
  heedUsers(): void {
    if (this.acl !== undefined) this.admission.wantsOwnLogin = this.acl.wantsLogin;
  }

  /** A number for a session, or for a listener. */
  nextNumber(): number {
    return Atomics.add(this.#shared, LAST_SESSION, 1);
  }

  /** Who has this number. */
  targetOf(id: number): SessionTarget | undefined {
    return this.sessions.get(id) ?? this.listeners.get(id);
  }

  sessionClosed(session: Session): void {
    this.lastLeft = session;
    this.pause.forget(session);
    this.preferring.delete(session);
    this.#early.delete(session);
    if (this.sessions.delete(session.id)) this.admission.left();
    this.services.metrics.setClientConnections(this.sessions.size);
  }

  /** The session goes on when whoever uses the scanner is done; `runLater` is called at the end of every batch. */
  driveLater(session: Session): void {
    this.#later.push(session);
  }

  runLater(): void {
    for (let session = this.#later.pop(); session !== undefined; session = this.#later.pop()) session.drive();
  }

  /** No command of the session can be sent now. */
  mustHold(session: Session): boolean {
    return !this.executor.hasRoom() || (this.hold.isOn && this.hold.holds(session));
  }

  /** The way to the executor is free again. */
  onRoom(): void {
    for (const session of this.sessions.values()) session.drive();
  }

  reconfigure(settings: SessionSettings): void {
    this.settings = settings;
    this.admission.settings = settings;
    this.slow.reconfigure(settings.slow);
    this.#heedNotes();
    this.acl?.reconfigure(settings.acl);
    this.outputWatchBytes = watchedBytes(settings);
    for (const limits of [this.requestLimits, this.strangerLimits]) {
      limits.maxBulkBytes = settings.maxBulkBytes;
      limits.maxQueryBytes = settings.maxQueryBytes;
    }
  }

  #heedNotes(): void {
    this.notes = this.requestNotes.isWanted ? this.requestNotes : undefined;
  }

  /** Once a second. */
  tick(): void {
    for (const session of this.preferring) {
      if (session.isBusy) continue;
      session.own.settled();
      if (!session.own.long.isPreferred) this.preferring.delete(session);
    }
    for (const session of this.sessions.values()) session.tick();
    this.#disconnectIdle();
  }

  /** Disconnects clients that have been silent for too long. Blocked and subscribed ones are spared. */
  #disconnectIdle(): void {
    const { idleTimeoutMs } = this.settings;
    if (idleTimeoutMs === 0) return;
    const now = this.services.clock.nowMs;
    for (const session of this.sessions.values()) {
      const idle = now - session.client.lastActiveMs > idleTimeoutMs;
      if (!idle || session.own.isListening || session.isBusy || session.isLeaving) continue;
      this.services.metrics.countDroppedClient('idle');
      session.closeAfterReplies();
    }
  }
}
