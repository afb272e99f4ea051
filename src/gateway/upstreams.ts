/**
 * The primary, the shadow and what stands between them, on the thread that talks to them. Worker thread.
 * Cold: set-up, and ten ticks a second.
 */
import type { ServerIdentity } from '../compare/identity.ts';
import { isLive, isMoved } from '../config/live-upstreams.ts';
import type { Config } from '../config/schema.ts';
import { errorCode, isError, replyText } from '../resp/reply.ts';
import type { DirtySlots } from '../shadow/dirty-slots.ts';
import { Judge } from '../shadow/judge.ts';
import { ShadowLanes } from '../shadow/shadow-lanes.ts';
import { ShadowStream } from '../shadow/stream.ts';
import { AskOnce } from '../upstream/ask-once.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { HealthCheck } from '../upstream/health.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { LOGIN_NEEDED, LOGIN_NOT_NEEDED, LOGIN_UNANSWERED, LOGIN_UNKNOWN } from './admission.ts';
import type { ContextTable, UpstreamLogin } from './contexts.ts';
import type { EngineSockets, FromWorker, ServerState } from './control.ts';
import { type ExecutorOptions, LocalExecutor } from './executor.ts';
import { watchFailovers } from './failover-watch.ts';
import { NodeGauges } from './node-gauges.ts';
import { hasOwnLanes, makeUpstream, streamSettings, upstreamEndpoint } from './settings.ts';
import { shownAddress, TracedExecutor } from './traced-executor.ts';

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const NO_SERVER: ServerIdentity = { product: 'redis', version: '0.0.0' };
/** Why a server that is connected counts as down. */
const SILENT = 'does not answer';
const SHADOW_BACKLOG_BYTES = 64 * 1024 * 1024;
/** Reports posted to the main thread in one tick; more are counted in the metrics only. */
const MAX_REPORTS_PER_TICK = 1000;

export class Upstreams {
  readonly executor: LocalExecutor;
  readonly #services: WorkerServices;
  #config: Config;
  readonly #dirty: DirtySlots;
  readonly #stream: ShadowStream | undefined;
  readonly #shadowLanes: ShadowLanes | undefined;
  readonly #primaryHealth: HealthCheck;
  readonly #shadowHealth: HealthCheck;
  readonly #primary: Upstream;
  #shadow: Upstream | undefined = undefined;
  readonly #post: (message: FromWorker) => void;
  readonly #onLogin: (login: number, identity: ServerIdentity | undefined) => void;
  readonly #primaryNodes: NodeGauges;
  #shadowNodes: NodeGauges | undefined = undefined;
  #reports = 0;
  #lastShadow = '';
  #lastPrimary = '';

  /**
   * `onLogin`: what the primary wants of a client that shows no login, see `admission.ts`, and what it is; told again
   * and again.
   */
  constructor(
    services: WorkerServices,
    contexts: ContextTable,
    config: Config,
    sockets: EngineSockets,
    dirty: DirtySlots,
    post: (message: FromWorker) => void,
    onLogin: (login: number, identity: ServerIdentity | undefined) => void,
  ) {
    this.#services = services;
    this.#config = config;
    this.#dirty = dirty;
    this.#post = post;
    this.#onLogin = onLogin;
    const { healthIntervalMs } = config.upstream;
    this.#primaryHealth = new HealthCheck(services, 'primary', healthIntervalMs);
    this.#shadowHealth = new HealthCheck(services, 'shadow', healthIntervalMs);
    const { upstream, login } = makeUpstream(services, 'primary', config, sockets);
    this.#primaryNodes = new NodeGauges(services, 0, upstream, healthIntervalMs, post);
    this.executor = makeExecutor(services, contexts, {
      upstream,
      ...login,
      reconnect: config.upstream.reconnect,
      waitWhenDownMs: config.primary.waitWhenDownMs,
      maxInFlight: config.primary.maxInFlightCommands,
      pinnedIdleMax: config.upstream.pinnedIdleMax,
      hasOwnLanes: hasOwnLanes(config),
      onLearnt: (commands) => {
        post({ type: 'learnt', commands });
        services.log('info', 'learnt commands of the primary', { commands: commands.length });
      },
      onPrimaryState: (up, reason) => {
        if (!up) services.log('warn', 'the primary is down', { reason });
        else this.#primaryIsUp();
      },
    });
    this.#primary = upstream;
    this.#tellAddresses();
    upstream.onMove = () => this.executor.moved();
    if (config.shadow.url === null) return;
    const lanes = this.#makeShadowLanes(config, sockets);
    this.#shadowLanes = lanes;
    const settings = streamSettings(config);
    const judge = new Judge(services, settings, {
      dirty,
      identities: () => ({
        primary: this.executor.identity ?? NO_SERVER,
        shadow: lanes.identity ?? NO_SERVER,
      }),
      hasMoved: (slot) => hasMoved(upstream, slot) || hasMoved(lanes.upstream, slot),
      report: (report) => {
        this.#reports += 1;
        if (this.#reports <= MAX_REPORTS_PER_TICK) post({ type: 'divergence', report });
      },
    });
    this.#stream = new ShadowStream(services, settings, { dirty, lanes, primary: this.executor, judge });
    this.executor.stream = this.#stream;
    this.#watch(upstream, () => this.executor.baseLane);
    this.#watch(lanes.upstream, () => lanes.baseLane);
  }

  /** About once a second. */
  upkeep(): void {
    this.executor.tick();
    this.#shadowLanes?.tick();
  }

  /** The main thread has given out numbers for nodes. */
  nameNodes(target: 'primary' | 'shadow', names: readonly string[]): void {
    (target === 'primary' ? this.#primaryNodes : this.#shadowNodes)?.named(names);
  }

  reconfigure(config: Config): void {
    const old = this.#config;
    this.#config = config;
    const renewal = (role: 'primary' | 'shadow'): UpstreamLogin | undefined => {
      if (!isLive(role, old, config)) return undefined;
      const { endpoint, login } = upstreamEndpoint(role, config[role], config);
      (role === 'primary' ? this.#primary : this.#shadow!).changeEndpoint(endpoint);
      return isMoved(role, old, config) ? login : undefined;
    };
    const [primary, shadow] = [renewal('primary'), renewal('shadow')];
    if (primary !== undefined) {
      this.executor.identity = undefined;
      this.executor.moved(primary);
    }
    if (shadow !== undefined) this.#shadowLanes!.renew(shadow);
    this.#stream?.reconfigure(streamSettings(config));
  }

  /** Whether the server can be used that the configuration names: `done` gets '' or what speaks against it. */
  try(role: 'primary' | 'shadow', config: Config, done: (problem: string) => void): void {
    const { endpoint, login } = upstreamEndpoint(role, config[role], config);
    new AskOnce(this.#services, endpoint, { ...login, resp: 2, name: '' }, PING, (answer) => {
      if (typeof answer === 'string') done(answer);
      // Clients may have to log in by themselves.
      else done(isError(answer) && errorCode(answer) !== 'NOAUTH' ? replyText(answer) : '');
    });
  }

  /** At the end of every batch: whoever waits for the shadow to catch up must not read an old figure. */
  endOfTurn(): void {
    const queue = this.#stream?.intake.queue;
    if (queue !== undefined) this.#services.metrics.setShadowQueue(queue.commands, queue.bytes);
  }

  /** About ten times a second. */
  tick(): void {
    this.#reports = 0;
    const { metrics } = this.#services;
    const { executor } = this;
    executor.busy.tick();
    this.#primaryHealth.tick(executor.baseLane);
    this.#tellLogin();
    const up = executor.up && this.#primaryHealth.answers;
    this.#primary.tick(up);
    this.#primaryNodes.tick(executor.baseLane, executor.connections, up, this.#primaryHealth);
    this.#lastPrimary = this.#tellState('primary', this.#lastPrimary, {
      up,
      reason: executor.up ? (up ? '' : SILENT) : executor.baseLane.downReason,
      identity: executor.identity ?? null,
    });
    const lanes = this.#shadowLanes;
    if (lanes === undefined) return;
    this.#stream!.tick();
    metrics.setShadowDirtySlots(this.#dirty.count);
    this.#shadowHealth.tick(lanes.baseLane);
    const shadowUp = lanes.up && this.#shadowHealth.answers;
    this.#shadow!.tick(shadowUp);
    this.#shadowNodes!.tick(lanes.baseLane, lanes.connections, shadowUp, this.#shadowHealth);
    this.#lastShadow = this.#tellState('shadow', this.#lastShadow, {
      up: shadowUp,
      reason: lanes.up ? (shadowUp ? '' : SILENT) : lanes.downReason,
      identity: lanes.identity ?? null,
    });
  }

  close(): void {
    this.executor.close();
    this.#shadowLanes?.close();
    this.#shadow?.close();
  }

  /** For traces. */
  #tellAddresses(): void {
    const { tracer } = this.#services;
    if (tracer === undefined) return;
    tracer.addressOf = (target, slot) =>
      shownAddress(target === 'primary' ? this.#primary : this.#shadow, slot);
  }

  #primaryIsUp(): void {
    this.#primaryHealth.greeted(this.executor.baseLane.isStranger);
    this.#tellLogin();
  }

  #tellLogin(): void {
    const { up, isStranger, downReason } = this.executor.baseLane;
    // In RESP3 there is no connection without a login.
    if (!up && isStranger) this.#primaryHealth.greeted(true);
    const { wantsLogin } = this.#primaryHealth;
    const { identity } = this.executor;
    if (wantsLogin !== undefined) this.#onLogin(wantsLogin ? LOGIN_NEEDED : LOGIN_NOT_NEEDED, identity);
    else this.#onLogin(downReason === '' ? LOGIN_UNKNOWN : LOGIN_UNANSWERED, identity);
  }

  #makeShadowLanes(config: Config, sockets: EngineSockets): ShadowLanes {
    const { upstream, login } = makeUpstream(this.#services, 'shadow', config, sockets);
    this.#shadowNodes = new NodeGauges(
      this.#services,
      1,
      upstream,
      config.upstream.healthIntervalMs,
      this.#post,
    );
    this.#shadow = upstream;
    const lanes = new ShadowLanes(this.#services, {
      upstream,
      ...login,
      protocol: config.shadow.protocol,
      reconnect: config.upstream.reconnect,
      // The breaker decides whether commands are worth sending: what meets a closed door is dropped at once.
      waitWhenDownMs: 0,
      // The queue limits of the intake are the ones that count.
      maxInFlight: Number.MAX_SAFE_INTEGER,
      maxBacklogBytes: SHADOW_BACKLOG_BYTES,
    });
    upstream.onMove = () => lanes.moved();
    return lanes;
  }

  #watch({ cluster }: Upstream, base: () => CommandLane): void {
    if (cluster !== undefined) watchFailovers(this.#services, cluster.topology, this.#dirty, base);
  }

  #tellState(target: 'primary' | 'shadow', last: string, state: ServerState): string {
    const text = JSON.stringify(state);
    if (text !== last) this.#post({ type: 'server', target, state });
    return text;
  }
}

function makeExecutor(
  services: WorkerServices,
  contexts: ContextTable,
  options: ExecutorOptions,
): LocalExecutor {
  const { tracer } = services;
  if (tracer === undefined) return new LocalExecutor(services, contexts, options);
  return new TracedExecutor(services, contexts, options, tracer);
}

/** Keys of the slot have gone from node to node. */
function hasMoved({ cluster }: Upstream, slot: number): boolean {
  return cluster?.topology.hasMoved(slot) === true;
}
