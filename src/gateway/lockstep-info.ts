/**
 * The section `Lockstep` of INFO: the state of the gateway as a whole. Made by the main thread, which alone sees all
 * workers; a worker asks for it (`section-requests.ts`). Cold: when it is asked for.
 */
import type { Config } from '../config/schema.ts';
import { parseUpstreamUrl } from '../config/url.ts';
import { formatFields, formatSection, type InfoFields } from '../telemetry/info-section.ts';
import type { LatencyFigures } from '../telemetry/latency.ts';
import {
  CLIENT_DROP_REASONS,
  DROP_REASONS,
  RESULTS,
  type ResultIndex,
  type TargetIndex,
  VERDICTS,
  type VerdictIndex,
  type WorkerMetrics,
} from '../telemetry/metrics.ts';
import type { GatewayStatus, ServerStatus } from './control-view.ts';

export interface SectionSources {
  readonly config: Config;
  readonly status: GatewayStatus;
  readonly metrics: readonly WorkerMetrics[];
  /** Names of the nodes of both targets. */
  readonly nodes: readonly [readonly string[], readonly string[]];
  readonly latency: LatencyFigures;
  /** Records in the log of divergences. */
  readonly divergences: number;
}

export const SECTION_TITLE = 'Lockstep';

type Read = (metrics: WorkerMetrics) => number;

export function lockstepSection(sources: SectionSources): string {
  return formatSection(SECTION_TITLE, [
    ...gatewayFields(sources),
    ...trafficFields(sources),
    ...serverFields(sources),
    ...shadowFields(sources),
  ]);
}

function sum({ metrics }: SectionSources, read: Read): number {
  return metrics.reduce((total, one) => total + read(one), 0);
}

/** Over all commands, those included that the catalogue does not know. */
function sumCommands(sources: SectionSources, read: (metrics: WorkerMetrics, id: number) => number): number {
  return sum(sources, (one) => {
    let total = 0;
    for (let id = -1; id < one.commandCount; id++) total += read(one, id);
    return total;
  });
}

function gatewayFields(sources: SectionSources): InfoFields {
  const { config, status, metrics } = sources;
  const { rss, arrayBuffers } = process.memoryUsage();
  return [
    ['lockstep_version', status.version],
    ['lockstep_process_id', process.pid],
    ['lockstep_uptime_in_seconds', status.uptimeSeconds],
    ['lockstep_state', status.state],
    ['lockstep_mode', mode(config)],
    ['lockstep_sessions', config.upstream.sessions],
    ['lockstep_transport', status.transport],
    ['lockstep_workers', status.workers],
    ['lockstep_worker_busy_ratio', metrics.map((one) => one.busyRatio.toFixed(3)).join(',')],
    ['lockstep_used_memory_rss', rss],
    ['lockstep_array_buffer_bytes', arrayBuffers],
  ];
}

function mode(config: Config): string {
  if (config.shadow.url !== null) return 'mirror';
  return parseUpstreamUrl(config.primary.url).kind === 'engine' ? 'engine' : 'gateway';
}

function trafficFields(sources: SectionSources): InfoFields {
  const { config, status, latency } = sources;
  const results = RESULTS.map((name, index): [string, number] => [
    name,
    sumCommands(sources, (one, id) => one.commands(id, 0, index as ResultIndex)),
  ]);
  const dropped = CLIENT_DROP_REASONS.map((reason): [string, number] => [
    reason,
    sum(sources, (one) => one.droppedClients(reason)),
  ]);
  return [
    ['lockstep_connected_clients', status.sessions],
    ['lockstep_maxclients', config.limits.maxClients],
    ['lockstep_dropped_clients', formatFields(dropped)],
    ['lockstep_net_input_bytes', sum(sources, (one) => one.clientBytes(0))],
    ['lockstep_net_output_bytes', sum(sources, (one) => one.clientBytes(1))],
    ['lockstep_commands', formatFields(results)],
    [
      'lockstep_latency_percentiles_usec',
      `p50=${latency.p50Us},p99=${latency.p99Us},p99.9=${latency.p999Us},max=${latency.maxUs}`,
    ],
  ];
}

function serverFields(sources: SectionSources): InfoFields {
  const { primary, shadow } = sources.status;
  return [
    ['lockstep_primary', serverField(sources, 0, primary)],
    ['lockstep_shadow', shadow === null ? 'none' : serverField(sources, 1, shadow)],
  ];
}

function serverField(sources: SectionSources, target: TargetIndex, { up, identity }: ServerStatus): string {
  const nodes = sources.nodes[target];
  let connections = 0;
  for (const node of nodes.keys())
    connections += sum(sources, (one) => one.upstreamConnections(target, node));
  return formatFields([
    ['status', up ? 'up' : 'down'],
    ['address', nodes[0] ?? 'unknown'],
    ['nodes', nodes.length],
    ['product', identity?.product ?? 'unknown'],
    ['version', identity?.version ?? 'unknown'],
    ['connections', connections],
  ]);
}

function shadowFields(sources: SectionSources): InfoFields {
  const { shadow } = sources.status;
  if (shadow === null) return [];
  const verdicts = VERDICTS.map((name, index): [string, number] => [
    name,
    sumCommands(sources, (one, id) => one.comparisons(id, index as VerdictIndex)),
  ]);
  const dropped = DROP_REASONS.map((reason, index): [string, number] => [
    reason,
    sum(sources, (one) => one.shadowDropped(index)),
  ]);
  return [
    ['lockstep_shadow_enabled', shadow.enabled ? 1 : 0],
    ['lockstep_shadow_sample', shadow.sample],
    ['lockstep_shadow_breaker_open', shadow.breaker.open ? 1 : 0],
    ['lockstep_shadow_queue_commands', shadow.queue.commands],
    ['lockstep_shadow_queue_bytes', shadow.queue.bytes],
    ['lockstep_shadow_lag_seconds', shadow.queue.lagSeconds.toFixed(3)],
    ['lockstep_shadow_dirty_slots', shadow.dirty.slots],
    ['lockstep_shadow_dropped', formatFields(dropped)],
    ['lockstep_comparisons', formatFields(verdicts)],
    ['lockstep_divergences_kept', sources.divergences],
  ];
}
