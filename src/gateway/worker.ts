/**
 * Entry of a worker thread: puts its parts together and obeys the main thread. With a shadow, worker 0 owns all slots
 * and talks to the servers for everybody; without one each worker talks to the primary itself.
 */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '../base/clock.ts';
import { assert, OperationalError } from '../base/errors.ts';
import type { SaveWish } from '../commands/ports.ts';
import type { Config } from '../config/schema.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineMemory } from '../engine/engine-memory.ts';
import type { ServerIdentity } from '../engine/information.ts';
import { RingLink } from '../memory/ring-link.ts';
import { DirtySlots } from '../shadow/dirty-slots.ts';
import { createTransport } from '../transport/create.ts';
import type { Transport } from '../transport/transport.ts';
import { connectWaker } from '../transport/wake.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { ClientHost } from './client-host.ts';
import { ContextTable } from './contexts.ts';
import type { AddressedWake, FromWorker, ListenPlace, ToWorker, WorkerSetup } from './control.ts';
import { Drain } from './drain.ts';
import { makeDialer } from './engine-dialer.ts';
import { EngineHost } from './engine-host.ts';
import type { MovingClient } from './hand-over.ts';
import type { Executor } from './ports.ts';
import { RemoteExecutor } from './remote.ts';
import { returnMemoryWhenIdle } from './return-memory.ts';
import { SectionRequests } from './section-requests.ts';
import { SessionHost } from './session-host.ts';
import { SessionMover } from './session-mover.ts';
import { isEngineAlone, sessionSettings } from './settings.ts';
import { remoteSessions, TracedRemoteExecutor } from './traced-executor.ts';
import { Upstreams } from './upstreams.ts';
import { WorkerListeners } from './worker-listeners.ts';
import { makeServices } from './worker-services.ts';

const TICK_MS = 100;
const TICKS_PER_SECOND = 10;
const OWNER = 0;
/** More than this no timer takes. */
const MOST_DELAY_MS = 2 ** 31 - 1;

class GatewayWorker {
  readonly #setup: WorkerSetup;
  #config: Config;
  readonly #transport: Transport;
  readonly #clock = new SystemClock();
  readonly #services: WorkerServices;
  readonly #contexts: ContextTable;
  readonly #upstreams: Upstreams | undefined;
  readonly #host: ClientHost;
  /** Where commands go to servers. */
  readonly #sessionHost: SessionHost | undefined;
  readonly #engine: Engine | undefined;
  /** What INFO says on the engine of how it is reached. */
  readonly #identity: ServerIdentity;
  readonly #remote: RemoteExecutor | undefined;
  readonly #links: RingLink[] = [];
  readonly #listeners: WorkerListeners;
  #ticks = 0;
  #drain: Drain | undefined = undefined;
  /** While another process takes over. */
  #mover: SessionMover | undefined = undefined;
  #elu = performance.eventLoopUtilization();
  /** Wakes this worker when one of its clients has waited long enough. */
  #waitTimer: NodeJS.Timeout | undefined = undefined;
  #waitTimerAtMs = Number.POSITIVE_INFINITY;
  readonly #sections = new SectionRequests((token) => post({ type: 'describe', token }));

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#config = setup.config;
    this.#contexts = new ContextTable(setup.config.upstream.protocol === 'resp3' ? 3 : 2);
    this.#transport = createTransport(setup.config.transport);
    const after = (delayMs: number, work: () => void) => setTimeout(() => this.#turn(work), delayMs);
    this.#services = makeServices(setup, this.#transport, this.#clock, post, after);
    const { maxClients } = setup.config.limits;
    const { allowShutdown: allowsShutdown } = setup.config.upstream;
    const shutDown = (wish: SaveWish, isUrgent: boolean): void => post({ type: 'shutdown', wish, isUrgent });
    const describe = (done: (section: string) => void): void => this.#sections.ask(done);
    this.#identity = { port: 0, address: '', maxClients, allowsShutdown, shutDown, describe };
    this.#engine = setup.engine === null ? undefined : this.#makeEngine(setup.engine);
    const remote = setup.toOwner.length > 0 && setup.index !== OWNER;
    const isAlone = isEngineAlone(this.#config);
    const upstreams =
      remote || isAlone
        ? undefined
        : new Upstreams(
            this.#services,
            this.#contexts,
            this.#config,
            setup.sockets,
            new DirtySlots(setup.dirtySlots),
            post,
            (login, identity) => this.#sessionHost!.noteLogin(login, identity),
          );
    this.#upstreams = upstreams;
    this.#remote = remote ? this.#makeRemote() : undefined;
    this.#sessionHost = isAlone ? undefined : this.#makeSessionHost();
    const settings = sessionSettings(this.#config);
    this.#host = this.#sessionHost ?? new EngineHost(this.#services, this.#engine!, settings, setup.clients);
    this.#listeners = new WorkerListeners({
      transport: this.#transport,
      table: this.#services.table,
      host: this.#host,
      isShared: setup.workers > 1,
    });
    this.#transport.onBatchEnd(() => this.#endOfTurn());
    setInterval(() => this.#turn(() => this.#tick()), TICK_MS);
    returnMemoryWhenIdle(() => this.#host.sessions.size === 0);
    post({ type: 'started', transport: this.#transport.kind, wakes: this.#makeWakes() });
  }

  #makeRemote(): RemoteExecutor {
    const { tracer } = this.#services;
    const sessions = (id: number) => this.#sessionHost?.targetOf(id);
    if (tracer === undefined) return new RemoteExecutor(this.#contexts, sessions);
    return new TracedRemoteExecutor(this.#contexts, sessions, tracer);
  }

  #makeSessionHost(): SessionHost {
    const { clients, latency, workers, acl } = this.#setup;
    const executor: Executor = this.#upstreams?.executor ?? this.#remote!;
    const settings = sessionSettings(this.#config);
    const shared = { clients, latency, acl };
    const host = new SessionHost(this.#services, executor, this.#contexts, settings, shared, this.#sections);
    host.directory.connect(workers - 1, (token, question) => post({ type: 'ask', token, question }));
    host.redirects.connect(workers - 1, (to, message) => post({ type: 'peer', to, message }));
    return host;
  }

  #makeEngine(memory: EngineMemory): Engine {
    const { index, workers } = this.#setup;
    return new Engine({
      memory,
      worker: index,
      workers,
      compatibility: this.#config.engine.compatibility,
      table: this.#services.table,
      clock: this.#clock,
      identity: this.#identity,
      dialer: makeDialer(this.#services),
      log: this.#services.log,
    });
  }

  /** Cold: once. All clients have left. */
  #saveAtEnd(wish: SaveWish): void {
    const { snapshots } = this.#engine!;
    this.#turn(() => snapshots.saveAtEnd(wish, (isGood) => post({ type: 'saved', isGood })));
  }

  obey(message: ToWorker): void {
    switch (message.type) {
      case 'connect':
        for (const { of, token } of message.wakes) this.#connect(of, token);
        return;
      case 'listen':
        this.#listen(message.places).catch((error: unknown) => reportFailure(error));
        return;
      case 'announce':
        this.#noteAddress(message.port, message.host);
        return;
      case 'reconfigure':
        this.#turn(() => this.#reconfigure(message.config));
        return;
      case 'try':
        this.#turn(() =>
          this.#upstreams!.try(message.role, message.config, (problem) => post({ type: 'tried', problem })),
        );
        return;
      case 'hold':
        this.#turn(() => this.#sessionHost!.hold.set(message.isOn, () => post({ type: 'held' })));
        return;
      case 'learn':
        for (const command of this.#services.table.unknownOf(message.commands))
          this.#services.table.learn(command);
        return;
      case 'nodes':
        this.#upstreams?.nameNodes(message.target, message.names);
        return;
      case 'asked': {
        const { from: to, token, question } = message;
        this.#turn(() =>
          this.#sessionHost!.directory.answer(question, (answer) =>
            post({ type: 'answer', to, token, answer }),
          ),
        );
        return;
      }
      case 'answered':
        this.#turn(() => this.#sessionHost!.directory.answered(message.token, message.answer));
        return;
      case 'peer':
        this.#turn(() => this.#sessionHost!.redirects.hear(message.from, message.message));
        return;
      case 'described':
        this.#turn(() => this.#sections.answered(message.token, message.section));
        return;
      case 'tell-slow':
        post({ type: 'slow', entries: this.#sessionHost?.slow.entries ?? [] });
        return;
      case 'save':
        this.#saveAtEnd(message.wish);
        return;
      case 'drain':
        this.#turn(() => this.#startDrain());
        return;
      default:
        this.#turn(() => this.#handOver(message));
    }
  }

  /** Cold: while another process takes over from this one, or this one from another. */
  #handOver(message: ToWorker): void {
    if (message.type === 'leave') this.#listeners.leave();
    else if (message.type === 'adopt') this.#adopt(message.clients);
    else if (message.type === 'move') this.#move(message.step);
    else assert(false, 'unknown message');
  }

  /** Runs work that does not come from the transport as a batch of its own. */
  #turn(work: () => void): void {
    this.#clock.refresh();
    work();
    this.#endOfTurn();
    this.#transport.flush();
  }

  #endOfTurn(): void {
    this.#host.runLater();
    this.#sessionHost?.hold.look();
    // Before other workers have their replies.
    this.#upstreams?.endOfTurn();
    this.#services.tracer?.endOfTurn();
    for (const link of this.#links) link.flush();
    this.#engine?.mailbox.flush();
    if (this.#engine !== undefined) this.#setWaitTimer(this.#engine.blocking.nextDeadlineMs);
    this.#clock.expire();
    this.#mover?.look();
    // A long command goes on when others have had their turn.
    if (this.#engine?.isBusy === true) setImmediate(() => this.#turn(() => {}));
  }

  /** One that is too early does no harm: it finds nothing to do and sets the next one. */
  #setWaitTimer(atMs: number): void {
    if (atMs >= this.#waitTimerAtMs) return;
    clearTimeout(this.#waitTimer);
    this.#waitTimerAtMs = atMs;
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - this.#clock.monotonicMs)), MOST_DELAY_MS);
    this.#waitTimer = setTimeout(() => {
      this.#waitTimerAtMs = Number.POSITIVE_INFINITY;
      this.#turn(() => {});
    }, delayMs);
  }

  #makeWakes(): AddressedWake[] {
    const { index, workers, toOwner, engine } = this.#setup;
    if (toOwner.length === 0 && engine === null) return [];
    const others = Array.from({ length: workers }, (_, at) => at).filter((other) => other !== index);
    const met = engine !== null || index === OWNER ? others : [OWNER];
    return met.map((by) => ({ by, token: this.#transport.createWake(() => this.#receive()) }));
  }

  #connect(of: number, token: Parameters<typeof connectWaker>[0]): void {
    const { index, toOwner, fromOwner } = this.#setup;
    const waker = connectWaker(token);
    this.#engine?.mailbox.connect(of, waker);
    if (toOwner.length === 0 || (index !== OWNER && of !== OWNER)) return;
    const worker = index === OWNER ? of : index;
    const toRing = index === OWNER ? fromOwner[worker] : toOwner[worker];
    const fromRing = index === OWNER ? toOwner[worker] : fromOwner[worker];
    if (index === OWNER) {
      const sessions = remoteSessions(this.#upstreams!.executor, this.#contexts);
      const link = new RingLink(toRing, fromRing, waker, sessions);
      sessions.attach(link);
      this.#links.push(link);
    } else {
      const link = new RingLink(toRing, fromRing, waker, this.#remote!);
      this.#remote!.attach(link);
      this.#links.push(link);
    }
  }

  #receive(): void {
    for (const link of this.#links) {
      link.receive();
      link.flush();
    }
    this.#engine?.mailbox.receive();
    if (this.#remote !== undefined || this.#engine !== undefined) this.#host.onRoom();
  }

  /** Cold: once. */
  async #listen(places: readonly ListenPlace[]): Promise<void> {
    const bound = await this.#listeners.listen(places, this.#config);
    const first = bound.map(({ address }) => address).find(({ kind }) => kind === 'tcp');
    if (first?.kind === 'tcp' && this.#identity.port === 0) this.#noteAddress(first.port, first.host);
    post({ type: 'listening', bound });
  }

  /** Cold: once per process, or twice. */
  #move(step: 'quiet' | 'go' | 'stop'): void {
    if (step === 'stop') {
      this.#mover?.stop();
      this.#mover = undefined;
      return;
    }
    const events = {
      moved: (clients: readonly MovingClient[]) => post({ type: 'moved', clients }),
      quiet: () => post({ type: 'quiet' }),
      empty: () => post({ type: 'empty' }),
    };
    this.#mover ??= new SessionMover(this.#sessionHost!, events, step === 'quiet');
    if (step === 'go') this.#mover.go();
  }

  /** Cold: once per client that another process has had, or a few of them. */
  #adopt(clients: readonly MovingClient[]): void {
    const lost = this.#listeners.adopt(clients, this.#sessionHost!);
    if (lost > 0)
      this.#services.log('warn', 'clients of another process could not be taken', { clients: lost });
  }

  #noteAddress(port: number, address: string): void {
    Object.assign(this.#identity, { port, address });
    const { maxClients: maxclients } = this.#identity;
    this.#engine?.settings.tell({
      port,
      bind: address,
      maxclients,
      databases: this.#config.engine.databases,
    });
  }

  #reconfigure(config: Config): void {
    // What others have said before.
    this.#receive();
    this.#config = config;
    this.#identity.maxClients = config.limits.maxClients;
    this.#engine?.settings.tell({ maxclients: config.limits.maxClients });
    this.#identity.allowsShutdown = config.upstream.allowShutdown;
    this.#services.tracer?.reconfigure(config.tracing.samplePercent);
    this.#host.reconfigure(sessionSettings(config));
    this.#upstreams?.reconfigure(config);
    this.#listeners.reconfigure(config);
    post({ type: 'reconfigured' });
  }

  #tick(): void {
    this.#ticks += 1;
    this.#engine?.tick();
    this.#upstreams?.tick();
    this.#sessionHost?.heedLogin();
    this.#mover?.tick();
    this.#drain?.tick();
    if (this.#ticks % TICKS_PER_SECOND !== 0) return;
    this.#host.tick();
    this.#upstreams?.upkeep();
    const elu = performance.eventLoopUtilization();
    this.#services.metrics.addBusy((elu.active - this.#elu.active) / 1000);
    this.#services.metrics.setBusyRatio(performance.eventLoopUtilization(elu, this.#elu).utilization);
    this.#elu = elu;
  }

  /** Cold: once. No new clients; those there are leave when they have their replies. */
  #startDrain(): void {
    this.#listeners.close();
    this.#drain = new Drain(this.#host, this.#mover, () => post({ type: 'drained' }));
  }
}

function post(message: FromWorker): void {
  const ports = message.type === 'started' ? message.wakes.flatMap(({ token }) => token.port ?? []) : [];
  parentPort!.postMessage(message, ports);
}

function reportFailure(error: unknown): void {
  if (!(error instanceof OperationalError)) throw error;
  post({ type: 'failed', code: error.code, message: error.message });
}

function start(): void {
  try {
    const worker = new GatewayWorker(workerData as WorkerSetup);
    parentPort!.on('message', (message: ToWorker) => worker.obey(message));
  } catch (error) {
    reportFailure(error);
  }
}

start();
