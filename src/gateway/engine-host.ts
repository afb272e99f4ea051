/**
 * The clients of one worker of a gateway whose primary is the engine and that has no shadow: their commands run right
 * here. Worker thread.
 */
import type { Engine } from '../engine/engine.ts';
import { COUNT_REJECTED } from '../engine/statistics.ts';
import { CommandScanner } from '../resp/scan-command.ts';
import type { ConnectionId } from '../transport/transport.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { Admission, LOGIN_NEEDED, LOGIN_NOT_NEEDED } from './admission.ts';
import { ClientEviction } from './client-eviction.ts';
import type { ClientHost } from './client-host.ts';
import { EngineLimits } from './engine-limits.ts';
import { EngineSession } from './engine-session.ts';
import type { Face } from './face.ts';
import type { SessionSettings } from './session-host.ts';

export class EngineHost implements ClientHost {
  readonly services: WorkerServices;
  readonly engine: Engine;
  scanner = new CommandScanner();
  readonly sessions = new Map<number, EngineSession>();
  lastLeft: EngineSession | undefined = undefined;
  readonly limits: EngineLimits;
  readonly admission: Admission;
  readonly #eviction: ClientEviction;
  /** The session whose commands are being executed. */
  current: EngineSession | undefined = undefined;
  #later: EngineSession[] = [];
  /** A script has been running for too long, and whose: what these send waits until that is over. */
  #wasBusy = false;
  #aside: EngineSession[] = [];
  readonly #scannerWhileBusy = new CommandScanner();
  /** They go on when other workers have taken what they were sent. */
  #held: EngineSession[] = [];

  constructor(
    services: WorkerServices,
    engine: Engine,
    settings: SessionSettings,
    shared: SharedArrayBuffer,
  ) {
    this.services = services;
    this.engine = engine;
    this.limits = new EngineLimits(engine.settings, settings);
    this.#eviction = new ClientEviction(engine);
    this.admission = new Admission(services, settings, shared);
    engine.access.onDefaultLogin = (isNeeded) =>
      this.admission.noteLogin(isNeeded ? LOGIN_NEEDED : LOGIN_NOT_NEEDED);
    engine.access.tellDefaultLogin();
    if (services.transport.turn !== undefined) engine.whileBusy.turn = () => this.#serveOthers();
  }

  /** In the midst of a script. Cold: once it has been running for too long. */
  #serveOthers(): void {
    const { current, scanner, engine, services } = this;
    this.#wasBusy = true;
    if (current !== undefined && !current.isAside) {
      this.#aside.push(current);
      current.setAside();
    }
    this.current = undefined;
    this.scanner = this.#scannerWhileBusy;
    services.clock.refresh();
    engine.whileBusy.serve(() => services.transport.turn?.());
    this.current = current;
    this.scanner = scanner;
  }

  /** No command is being executed any more. */
  #goOnAfterBusy(): void {
    this.#wasBusy = false;
    this.engine.mailbox.receive();
    const sessions = this.#aside;
    this.#aside = [];
    for (const session of sessions) session.takeBack();
  }

  accept(connection: ConnectionId, exposed: boolean, face?: Face): EngineSession | undefined {
    if (!this.admission.admits(connection, exposed)) {
      this.engine.statistics.cells[COUNT_REJECTED] += 1;
      return undefined;
    }
    const session = new EngineSession(this, connection, face);
    this.sessions.set(session.client.id, session);
    this.services.metrics.setClientConnections(this.sessions.size);
    return session;
  }

  sessionClosed(session: EngineSession): void {
    this.lastLeft = session;
    if (this.sessions.delete(session.client.id)) this.admission.left();
    this.services.metrics.setClientConnections(this.sessions.size);
    this.engine.disconnect(session.client);
  }

  /** The session goes on when the one being served is done. */
  driveLater(session: EngineSession): void {
    this.#later.push(session);
  }

  runLater(): void {
    this.engine.runLater();
    this.engine.later.resume();
    while (this.#wasBusy || this.#later.length > 0) {
      if (this.#wasBusy) this.#goOnAfterBusy();
      const sessions = this.#later;
      this.#later = [];
      for (const session of sessions) session.drive();
      this.engine.later.resume();
    }
  }

  /** The session goes on when the mailbox has room. */
  hold(session: EngineSession): void {
    this.#held.push(session);
  }

  onRoom(): void {
    if (this.#held.length === 0) return;
    this.engine.mailbox.flush();
    if (this.engine.mailbox.isFull) return;
    const sessions = this.#held;
    this.#held = [];
    for (const session of sessions) session.goOn();
  }

  reconfigure(settings: SessionSettings): void {
    this.admission.settings = settings;
    this.limits.reconfigure(settings);
  }

  tick(): void {
    for (const session of this.sessions.values()) session.tick();
    this.limits.refresh();
    this.#disconnectIdle();
    this.#eviction.look(this.sessions.values());
  }

  /** Disconnects clients that have been silent for too long. Waiting and subscribed ones are spared. */
  #disconnectIdle(): void {
    const { idleTimeoutMs } = this.limits;
    if (idleTimeoutMs === 0) return;
    const now = this.services.clock.nowMs;
    for (const session of this.sessions.values()) {
      const { client } = session;
      const idle = now - client.lastActiveMs > idleTimeoutMs;
      if (!idle || client.isWaiting || client.isListening || client.closing) continue;
      this.services.metrics.countDroppedClient('idle');
      session.close();
    }
  }
}
