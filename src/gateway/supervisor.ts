/**
 * Starts the workers, tells them what changes, gathers what they report, and is what the admin API talks to. Main
 * thread. It never touches a client's bytes. Cold: runs when something starts, stops, changes or is asked for.
 */
import { within } from '../base/within.ts';
import type { CompatibilityName } from '../commands/compatibility.ts';
import type { SaveWish } from '../commands/ports.ts';
import { buildCommandTable, type CommandTable } from '../commands/table.ts';
import { type CompatibilityReport, reportCompatibility } from '../compare/compatibility-report.ts';
import { diffReload } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import { secretsOf } from '../config/secrets.ts';
import { engineIdentity } from '../engine/engine-memory.ts';
import { killScript } from '../engine/script-state.ts';
import { declareDead } from '../memory/lock.ts';
import type { DirtySlots } from '../shadow/dirty-slots.ts';
import { DivergenceLog } from '../shadow/divergence-log.ts';
import { lockOwnerId } from '../store/store.ts';
import { MetricsExporter } from '../telemetry/exporter.ts';
import { type LatencyReport, type LatencyTable, reportLatency } from '../telemetry/latency.ts';
import type { Logger } from '../telemetry/log.ts';
import { MAX_NODES, type WorkerMetrics } from '../telemetry/metrics.ts';
import type { SpanExport } from '../telemetry/span-export.ts';
import { transportAvailability } from '../transport/create.ts';
import { certificateExpiries } from './certificate-expiry.ts';
import type { FromWorker, ServerState, ToWorker, WorkerSetup } from './control.ts';
import type {
  DivergenceItem,
  DivergenceList,
  DivergenceQuery,
  GatewayControl,
  GatewayStatus,
  Readiness,
  ReloadResult,
  ShadowPatch,
  ShadowSwitch,
  SlowList,
} from './control-view.ts';
import { EngineServers, logLoaded, saveEngine } from './engine-server.ts';
import type { TakeOver } from './hand-over-taker.ts';
import { checkListeners } from './listen-checks.ts';
import { addressText, Listening } from './listening.ts';
import { lockstepSection } from './lockstep-info.ts';
import { relay } from './relay.ts';
import { seenUse } from './seen-use.ts';
import { isEngineAlone, upstreamNodes } from './settings.ts';
import { countLostMirror, settleShadow } from './shadow-leftovers.ts';
import { listSlow } from './slow-log.ts';
import { describeGateway } from './status.ts';
import { Succession } from './succession.ts';
import { UpstreamChange } from './upstream-change.ts';
import { connectPeers, WorkerPeer } from './worker-peer.ts';
import { makeWorkerSetups } from './worker-setups.ts';

export interface SupervisorOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Reads the configuration again, for a reload. */
  readonly loadConfig: () => Promise<Config>;
  /** The process that it takes over from, if any: `succession.receive` is to be called. */
  readonly takeOver?: TakeOver | undefined;
  /** Where traces are made. */
  readonly spans?: SpanExport | undefined;
}

export interface Supervisor extends GatewayControl {
  /** Addresses really bound. */
  readonly addresses: readonly string[];
  readonly succession: Succession;
  /** Resolves with the exit code when everything has stopped. */
  readonly closed: Promise<number>;
}

const UNKNOWN: ServerState = { up: false, reason: 'not connected yet', identity: null };

export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const supervisor = new GatewaySupervisor(options);
  await supervisor.start();
  return supervisor;
}

class GatewaySupervisor implements Supervisor {
  readonly closed: Promise<number>;
  #config: Config;
  readonly #logger: Logger;
  readonly #loadConfig: () => Promise<Config>;
  readonly #peers: WorkerPeer[] = [];
  readonly #listening: Listening;
  readonly succession: Succession;
  /** In threads of their own, where there is a shadow. */
  readonly #engines: EngineServers;
  readonly #spans: SpanExport | undefined;
  readonly #dirty: DirtySlots;
  readonly #log: DivergenceLog;
  readonly #nodes: readonly [string[], string[]];
  readonly #exporter: MetricsExporter;
  readonly #metrics: readonly WorkerMetrics[];
  readonly #latency: readonly LatencyTable[];
  readonly #table: CommandTable;
  readonly #setups: readonly WorkerSetup[];
  readonly #startedAtMs = Date.now();
  #primary: ServerState = UNKNOWN;
  #shadow: ServerState = UNKNOWN;
  #state: 'starting' | 'running' | 'draining' = 'starting';
  /** Changes of the configuration take effect one after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  #close: (exitCode: number) => void = () => {};

  constructor(options: SupervisorOptions) {
    const { config, logger } = options;
    this.#config = config;
    this.#logger = logger;
    this.#loadConfig = options.loadConfig;
    this.#spans = options.spans;
    this.#listening = new Listening(this.#peers, config, logger);
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    const table = buildCommandTable();
    this.#table = table;
    this.#engines = new EngineServers(config, table, logger);
    const made = makeWorkerSetups(config, table, this.#engines.sockets, options.spans?.memory);
    const { setups, metrics, latency, dirty, loaded } = made;
    logLoaded(logger, loaded, {});
    this.#setups = setups;
    this.#metrics = metrics;
    this.#latency = latency;
    this.#dirty = dirty;
    this.#log = new DivergenceLog(config.compare.divergences.keep);
    if (isEngineAlone(config))
      this.#primary = { up: true, reason: '', identity: engineIdentity(config.engine) };
    this.#nodes = upstreamNodes(config);
    const figures = made.figures ?? this.#engines.figures;
    this.#exporter = new MetricsExporter({
      labels: table.labels,
      workers: this.#metrics,
      nodes: (target) => this.#nodes[target],
      shadowDirtySlots: () => this.#dirty.count,
      certificates: () => certificateExpiries(this.#config),
      slotsDirtied: (cause) => this.#dirty.countOf(cause),
      ...(figures === undefined ? {} : { engine: figures }),
      threads: this.#engines.threads,
      spans: options.spans,
    });
    this.succession = new Succession({
      peers: this.#peers,
      metrics,
      listening: this.#listening,
      config: () => this.#config,
      logger,
      finish: () => void this.drain(),
      clients: setups[0].clients,
      before: options.takeOver,
      primary: () => this.#primary,
    });
  }

  async start(): Promise<void> {
    const { reason, kind } = transportAvailability();
    if (kind === 'node' && this.#config.transport !== 'node') {
      this.#logger.warn('the native transport is not available, node:net serves instead', { reason });
    }
    try {
      await this.#engines.start({
        hear: (peer, message) => this.#hear(peer, 0, message),
        died: (setup, error) => this.#workerDied(setup, error),
      });
      const started = this.#setups.map((setup) => this.#spawn(setup));
      await Promise.all(started);
      connectPeers(this.#peers);
      await this.succession.prepare();
      this.#engines.announce(this.#listening.addresses);
    } catch (error) {
      await this.#terminate();
      throw error;
    }
    this.#state = 'running';
  }

  get addresses(): readonly string[] {
    return this.#listening.addresses.map(addressText);
  }

  isReady(): Readiness {
    if (this.#state !== 'running') return { ready: false, reason: `the gateway is ${this.#state}` };
    if (!this.#primary.up) return { ready: false, reason: `the primary is down: ${this.#primary.reason}` };
    return { ready: true, reason: null };
  }

  async status(): Promise<GatewayStatus> {
    return describeGateway({
      config: this.#config,
      startedAtMs: this.#startedAtMs,
      state: this.#state,
      transport: this.#peers[0]?.started?.transport ?? transportAvailability().kind,
      addresses: this.addresses,
      metrics: this.#metrics,
      dirty: this.#dirty,
      primary: this.#primary,
      shadow: this.#shadow,
    });
  }

  divergences(query: DivergenceQuery): DivergenceList {
    return this.#log.list(query);
  }

  subscribe(listener: (item: DivergenceItem) => void): () => void {
    return this.#log.onAdd(listener);
  }

  clearDivergences(): void {
    this.#log.clear();
  }

  async setShadow(patch: ShadowPatch): Promise<ShadowSwitch | undefined> {
    if (this.#config.shadow.url === null) return undefined;
    return this.#change(async () => {
      const { shadow } = this.#config;
      const enabled = patch.enabled ?? shadow.enabled;
      const sample = patch.sample ?? shadow.sample;
      await this.#apply({ ...this.#config, shadow: { ...shadow, enabled, sample } });
      return { enabled, sample };
    });
  }

  config(): Config {
    return this.#config;
  }

  async reload(): Promise<ReloadResult> {
    return this.#change(async () => {
      const { changed, needsRestart, merged } = diffReload(this.#config, await this.#loadConfig());
      checkListeners(merged);
      const change = new UpstreamChange(this.#peers, this.#logger, this.#nodes);
      await change.make(this.#config, merged, () => this.#apply(merged));
      return { changed, needsRestart };
    });
  }

  metricsText(): Promise<string> {
    return this.#exporter.text();
  }

  counters() {
    return this.#exporter.counters();
  }

  latency(): LatencyReport {
    return reportLatency(this.#latency, this.#table.labels);
  }

  compatibility(target: CompatibilityName): CompatibilityReport {
    const seen = seenUse(this.#table, this.counters(), this.latency(), this.#metrics);
    return reportCompatibility(this.#table.definitions, seen, this.#primary.identity, target);
  }

  async slowCommands(limit: number): Promise<SlowList> {
    return this.#change(async () => {
      if (this.#state !== 'running') return { total: 0, items: [] };
      const told = Promise.all(this.#peers.map((peer) => peer.next('slow')));
      this.#tellAll({ type: 'tell-slow' });
      return listSlow(await told, limit);
    });
  }

  async #section(): Promise<string> {
    const own = { config: this.#config, metrics: this.#metrics, nodes: this.#nodes };
    const more = { status: await this.status(), latency: this.latency().all, divergences: this.#log.total };
    return lockstepSection({ ...own, ...more });
  }

  async drain(wish: SaveWish = 'as set'): Promise<void> {
    if (this.#state === 'draining') return;
    this.#state = 'draining';
    await this.succession.close();
    const deadlineMs = Date.now() + this.#config.limits.drainTimeoutMs;
    const drained = Promise.all(this.#peers.map((peer) => peer.next('drained')));
    this.#tellAll({ type: 'drain' });
    const { engine } = this.#setups[0];
    if (!(await within(drained, this.#config.limits.drainTimeoutMs))) {
      this.#logger.warn('clients were still waiting for replies when limits.drainTimeoutMs ended');
      if (engine !== null) killScript(engine.scripts);
      this.#engines.killScripts();
    }
    await within(this.succession.settled(), Math.max(0, deadlineMs - Date.now()));
    await settleShadow(this.#metrics, deadlineMs);
    const isSaved = await this.#saveAtEnd(wish);
    await this.#terminate();
    countLostMirror(this.#metrics, this.#logger);
    this.#close(isSaved ? 0 : 1);
  }

  /** What has changed since the last snapshot is saved where that is wanted. False: it could not be. */
  async #saveAtEnd(wish: SaveWish): Promise<boolean> {
    const [peer] = this.#peers;
    if (this.#setups[0].engine !== null && peer !== undefined) return saveEngine(peer, wish);
    return this.#engines.saveAtEnd(wish);
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => undefined);
    return result;
  }

  /** Resolves when every worker goes by the new configuration. */
  async #apply(config: Config): Promise<void> {
    this.#config = config;
    this.#logger.setLevel(config.log.level);
    this.#logger.setSecrets(secretsOf(config));
    this.#log.resize(config.compare.divergences.keep);
    const told = Promise.all(this.#peers.map((peer) => peer.next('reconfigured')));
    this.#tellAll({ type: 'reconfigure', config });
    await this.#engines.reconfigure(config);
    await told;
  }

  #spawn(setup: WorkerSetup): Promise<void> {
    const peer = new WorkerPeer(setup, {
      hear: (message) => this.#hear(peer, setup.index, message),
      died: (error) => this.#workerDied(setup, error),
    });
    this.#peers.push(peer);
    return peer.start();
  }

  #hear(peer: WorkerPeer, index: number, message: FromWorker): void {
    switch (message.type) {
      case 'log':
        this.#logger.write(message.record.level, message.record.message, {
          ...message.record.fields,
          worker: index,
        });
        return;
      case 'spans':
        this.#spans?.take(message.spans);
        return;
      case 'divergence':
        this.#log.add(message.report);
        return;
      case 'describe':
        void this.#section().then((section) =>
          peer.tell({ type: 'described', token: message.token, section }),
        );
        return;
      case 'learnt':
        this.#tellAll({ type: 'learn', commands: message.commands });
        return;
      case 'nodes':
        this.#nameNodes(message.target, message.names);
        return;
      case 'ask':
      case 'answer':
      case 'peer':
        relay(this.#peers, index, message);
        return;
      case 'moved':
      case 'empty':
        this.succession.hear(index, message);
        return;
      case 'shutdown':
        this.#logger.info('draining', { signal: 'SHUTDOWN' });
        if (message.isUrgent) return void this.#terminate().then(() => this.#close(0));
        return void this.drain(message.wish);
      case 'server':
        if (message.target === 'shadow') this.#shadow = message.state;
        else if (index === 0) this.#primary = message.state;
        return;
    }
  }

  /** Gives nodes of a cluster their numbers in the metrics. */
  #nameNodes(target: 'primary' | 'shadow', names: readonly string[]): void {
    const nodes = this.#nodes[target === 'primary' ? 0 : 1];
    for (const name of names) if (!nodes.includes(name) && nodes.length < MAX_NODES) nodes.push(name);
    this.#tellAll({ type: 'nodes', target, names: nodes });
  }

  #tellAll(message: ToWorker): void {
    for (const peer of this.#peers) peer.tell(message);
  }

  /** Shared memory may be half written: nothing can be served from it any more. */
  #workerDied({ engine, index }: WorkerSetup, error: unknown): void {
    if (this.#state === 'draining') return;
    this.#state = 'draining';
    // Others may be waiting for a lock that it had.
    if (engine !== null) declareDead(engine.store.liveness, lockOwnerId(index));
    this.#logger.fatal('a worker died, the process stops', { worker: index, error });
    void this.#terminate().then(() => this.#close(1));
  }

  async #terminate(): Promise<void> {
    this.#state = 'draining';
    await Promise.all(this.#peers.map(({ worker }) => worker.terminate()));
    await this.#engines.terminate();
  }
}
