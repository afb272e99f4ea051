/** From the configuration to what the parts of a worker take. Cold: at start and at a reload. */
import { availableParallelism } from 'node:os';
import { decodeLatin1 } from '../base/bytes.ts';
import type { CompareRule } from '../commands/definition.ts';
import { formatAddress, parseAddress } from '../config/address.ts';
import type { Config, PrimaryConfig, ShadowConfig } from '../config/schema.ts';
import { parseUpstreamUrl } from '../config/url.ts';
import type { StreamSettings } from '../shadow/stream.ts';
import type { Address } from '../transport/transport.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { MovingEndpoint } from '../upstream/moving-endpoint.ts';
import { SentinelGroup } from '../upstream/sentinel-group.ts';
import type { SentinelOptions } from '../upstream/sentinel-watch.ts';
import { ServerWatch } from '../upstream/server-watch.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { Cluster, SingleServer, type Upstream } from '../upstream/upstream.ts';
import type { UpstreamLogin } from './contexts.ts';
import type { EngineSockets } from './control.ts';
import type { SessionSettings } from './session-host.ts';

/** What metrics call the engine: its socket has another name each time. */
const ENGINE = 'engine';

/** Label of metrics: where the server is, without credentials. */
export function nodeName(address: Address): string {
  return address.kind === 'unix' ? address.path : formatAddress(address);
}

/** `sockets`: where engines are; absent: nobody is to be connected to. */
export function upstreamEndpoint(
  role: 'primary' | 'shadow',
  section: PrimaryConfig | ShadowConfig,
  config: Config,
  sockets?: EngineSockets,
): { endpoint: Endpoint; login: UpstreamLogin } {
  const url = parseUpstreamUrl(section.url!);
  const isOurs = url.kind === 'engine';
  const address: Address = isOurs ? { kind: 'unix', path: sockets?.[role] ?? '' } : url.addresses[0];
  const fixed = {
    role,
    connectTimeoutMs: section.connectTimeoutMs,
    keepAliveMs: config.upstream.keepAliveMs,
    node: isOurs ? ENGINE : (url.name ?? nodeName(address)),
    ...(url.tls ? { tls: section.tls.material } : {}),
  };
  const endpoint = url.kind === 'sentinel' ? new MovingEndpoint(fixed) : { ...fixed, address };
  return { endpoint, login: { user: asBytes(url.user), password: asBytes(url.password), database: url.db } };
}

/** How to find out where the endpoint is; undefined where it stays in its place. */
export function sentinelOptions(
  section: PrimaryConfig | ShadowConfig,
  { endpoint, login }: { endpoint: Endpoint; login: UpstreamLogin },
  config: Config,
): SentinelOptions | undefined {
  const url = parseUpstreamUrl(section.url!);
  if (url.kind !== 'sentinel') return undefined;
  const { sentinel, tls } = section;
  const isSecret = sentinel.tls === 'as-url' ? url.tls : sentinel.tls === 'yes';
  const { role, connectTimeoutMs, keepAliveMs } = endpoint;
  const context = { database: 0, resp: 2, name: '' } as const;
  return {
    sentinels: url.addresses.map((address) => ({
      role,
      address,
      connectTimeoutMs,
      keepAliveMs,
      node: nodeName(address),
      ...(isSecret ? { tls: tls.material } : {}),
    })),
    sentinelContext: {
      ...context,
      resp: 3,
      user: asBytes(sentinel.user ?? undefined),
      password: asBytes(sentinel.password ?? undefined),
    },
    group: url.name!,
    pollMs: sentinel.pollMs,
    reconnect: config.upstream.reconnect,
    context: { ...context, user: login.user, password: login.password },
  };
}

/** The UTF-8 of a text with one character per byte, as clients' logins are kept. */
function asBytes(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  return decodeLatin1(bytes, 0, bytes.length);
}

/** What the primary or the shadow is, for one worker. */
export function makeUpstream(
  services: WorkerServices,
  role: 'primary' | 'shadow',
  config: Config,
  sockets: EngineSockets,
): { upstream: Upstream; login: UpstreamLogin } {
  const section = config[role];
  const { endpoint, login } = upstreamEndpoint(role, section, config, sockets);
  const { answerTimeoutMs } = config.primary;
  // The shadow's breaker has a time of its own.
  if (role === 'primary' && answerTimeoutMs > 0) endpoint.watch = new ServerWatch(services, answerTimeoutMs);
  const { kind, addresses } = parseUpstreamUrl(section.url!);
  const sentinels = sentinelOptions(section, { endpoint, login }, config);
  if (sentinels !== undefined && endpoint instanceof MovingEndpoint) {
    return { upstream: new SentinelGroup(services, endpoint, sentinels), login };
  }
  if (kind !== 'cluster') return { upstream: new SingleServer(endpoint), login };
  const { user, password } = login;
  const { refreshMs, retryForMs, reads, zone } = config.upstream.cluster;
  const upstream = new Cluster(services, {
    endpoint,
    seeds: addresses.flatMap((address) => (address.kind === 'tcp' ? [address] : [])),
    context: { database: 0, resp: 2, user, password, name: '' },
    refreshMs,
    retryForMs,
    // What the shadow answers is to be compared.
    readPolicy: role === 'primary' && reads !== 'primary' ? { reads, zone: zone ?? '' } : undefined,
  });
  return { upstream, login };
}

/** Names of the nodes of both targets, for metrics; those of a cluster are found out later. */
export function upstreamNodes(config: Config): readonly [string[], string[]] {
  const names = (role: 'primary' | 'shadow'): string[] => {
    const section = config[role];
    if (section.url === null || parseUpstreamUrl(section.url).kind === 'cluster') return [];
    return [upstreamEndpoint(role, section, config).endpoint.node];
  };
  return [names('primary'), names('shadow')];
}

/** The primary is a cluster. */
export function isClusterPrimary({ primary }: Config): boolean {
  return parseUpstreamUrl(primary.url).kind === 'cluster';
}

/**
 * Each client has connections of its own, but none of them is the client itself to the server: a cluster is reached by
 * many. So sessions are what they are with shared ones.
 */
export function hasOwnLanes(config: Config): boolean {
  return config.upstream.sessions === 'pinned' && isClusterPrimary(config);
}

/** The primary is the engine, and nobody else needs to see its commands: they run in the workers. */
export function isEngineAlone({ primary, shadow }: Config): boolean {
  return isEngine(primary.url) && shadow.url === null;
}

export function isEngine(url: string | null): boolean {
  return url !== null && parseUpstreamUrl(url).kind === 'engine';
}

/**
 * How many workers there are to be. Those of several run side by side, so a command that one client has sent before
 * that of another may reach the server behind it. Pinned sessions are for those whom that would disturb.
 */
export function workerCount(config: Config): number {
  if (config.workers !== 'auto') return config.workers;
  const keepsOrder = config.upstream.sessions === 'pinned' && !isEngineAlone(config);
  return keepsOrder ? 1 : availableParallelism();
}

export function streamSettings(config: Config): StreamSettings {
  const { shadow, compare } = config;
  const rules = new Map<string, CompareRule>();
  for (const [name, rule] of Object.entries(compare.rules)) rules.set(name, { rule });
  return {
    enabled: shadow.enabled,
    sample: shadow.sample,
    maxCommands: shadow.queue.maxCommands,
    maxBytes: shadow.queue.maxBytes,
    maxAgeMs: shadow.queue.maxAgeMs,
    onlyDatabase0: shadow.url !== null && parseUpstreamUrl(shadow.url).kind === 'cluster',
    breaker: shadow.breaker,
    confirm: compare.confirm,
    ttlToleranceMs: compare.ttlToleranceMs,
    rules,
    maxReplyBytes: compare.maxReplyBytes,
    display: compare.divergences,
  };
}

export function sessionSettings(config: Config): SessionSettings {
  const { allowShutdown, protocol } = config.upstream;
  const { user, password, db } = parseUpstreamUrl(config.primary.url);
  const logsClientsIn = user !== undefined || password !== undefined;
  const resetsThere = !logsClientsIn && db === 0;
  const isCluster = isClusterPrimary(config);
  const hasShadow = config.shadow.url !== null;
  const { slow } = config.log;
  return {
    ...config.limits,
    slow,
    acl: config.acl,
    sessions: hasOwnLanes(config) ? 'pooled' : config.upstream.sessions,
    hasOwnLanes: hasOwnLanes(config),
    protocol,
    hasShadow,
    allowShutdown,
    logsClientsIn,
    resetsThere,
    isCluster,
  };
}

export function listenAddresses(config: Config): Address[] {
  return config.listen.map(({ address }) => parseAddress(address) as Address);
}
