/** The state of the gateway as the admin API shows it. Main thread. Cold: when it is asked for. */
import type { Config } from '../config/schema.ts';
import { redactUrl } from '../config/url.ts';
import { VERSION } from '../config/version.ts';
import type { DirtySlots } from '../shadow/dirty-slots.ts';
import type { WorkerMetrics } from '../telemetry/metrics.ts';
import type { ServerState } from './control.ts';
import type { GatewayStatus, ServerStatus, ShadowStatus } from './control-view.ts';

const MAX_DIRTY_RANGES = 100;

export interface StatusSources {
  readonly config: Config;
  readonly startedAtMs: number;
  readonly state: GatewayStatus['state'];
  readonly transport: GatewayStatus['transport'];
  readonly addresses: readonly string[];
  /** One per worker. */
  readonly metrics: readonly WorkerMetrics[];
  readonly dirty: DirtySlots;
  readonly primary: ServerState;
  readonly shadow: ServerState;
}

export function describeGateway(sources: StatusSources): GatewayStatus {
  const { config, metrics } = sources;
  return {
    version: VERSION,
    uptimeSeconds: Math.round((Date.now() - sources.startedAtMs) / 1000),
    state: sources.state,
    transport: sources.transport,
    workers: metrics.length,
    listen: sources.addresses,
    sessions: total(sources, (one) => one.clientConnections),
    primary: serverStatus(config.primary.url, sources.primary),
    shadow: config.shadow.url === null ? null : shadowStatus(config.shadow.url, sources),
  };
}

function shadowStatus(url: string, sources: StatusSources): ShadowStatus {
  const { config, metrics, dirty, shadow } = sources;
  const ranges = dirty.ranges(MAX_DIRTY_RANGES + 1);
  return {
    ...serverStatus(url, shadow),
    enabled: config.shadow.enabled,
    sample: config.shadow.sample,
    breaker: { open: total(sources, (one) => one.breakerOpen) > 0 },
    queue: {
      commands: total(sources, (one) => one.shadowQueueCommands),
      bytes: total(sources, (one) => one.shadowQueueBytes),
      lagSeconds: Math.max(...metrics.map((one) => one.shadowLagSeconds)),
    },
    dirty: {
      slots: dirty.count,
      ranges: ranges.slice(0, MAX_DIRTY_RANGES),
      truncated: ranges.length > MAX_DIRTY_RANGES,
    },
  };
}

function total({ metrics }: StatusSources, read: (metrics: WorkerMetrics) => number): number {
  return metrics.reduce((sum, one) => sum + read(one), 0);
}

function serverStatus(url: string, { up, reason, identity }: ServerState): ServerStatus {
  return { url: redactUrl(url), up, error: up ? null : reason, identity };
}
