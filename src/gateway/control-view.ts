/**
 * What the gateway offers to the admin API, and nothing else: status, divergences, and the switches.
 * Main thread.
 */
import type { CompatibilityName } from '../commands/compatibility.ts';
import type { CompatibilityReport } from '../compare/compatibility-report.ts';
import type { Config } from '../config/schema.ts';
import type { CounterReport } from '../telemetry/counters.ts';
import type { LatencyReport } from '../telemetry/latency.ts';
import type { DIVERGENCE_KINDS } from '../telemetry/metrics.ts';
import type { SlowEntry } from './slow-log.ts';

export type DivergenceKind = (typeof DIVERGENCE_KINDS)[number];

export interface ServerStatus {
  /** Without its password. */
  readonly url: string;
  readonly up: boolean;
  /** Why it is down; null while it is up or nothing is known yet. */
  readonly error: string | null;
  /** null until the server has said what it is. */
  readonly identity: { readonly product: string; readonly version: string } | null;
}

export interface ShadowStatus extends ServerStatus {
  readonly enabled: boolean;
  /** Share of keys mirrored, 0 to 1. */
  readonly sample: number;
  readonly breaker: { readonly open: boolean };
  readonly queue: { readonly commands: number; readonly bytes: number; readonly lagSeconds: number };
  readonly dirty: {
    /** Number of dirty slots. */
    readonly slots: number;
    /** The first runs of them, both ends included. */
    readonly ranges: readonly (readonly [start: number, end: number])[];
    /** There are more runs than listed. */
    readonly truncated: boolean;
  };
}

export interface GatewayStatus {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly state: 'starting' | 'running' | 'draining';
  readonly transport: 'native' | 'node';
  readonly workers: number;
  /** Addresses really bound. */
  readonly listen: readonly string[];
  /** Client connections. */
  readonly sessions: number;
  readonly primary: ServerStatus;
  /** null: there is no shadow. */
  readonly shadow: ShadowStatus | null;
}

export interface DivergenceItem {
  readonly id: number;
  /** ISO time of the latest occurrence. */
  readonly at: string;
  readonly command: string;
  readonly kind: DivergenceKind;
  /** -1 for a command without keys. */
  readonly slot: number;
  readonly keyHash: string;
  readonly key?: string;
  /** The whole command as redis-cli takes it, where it may be shown. */
  readonly request?: string;
  readonly firstDifference: string;
  readonly primary: string;
  readonly shadow: string;
  readonly count: number;
}

export interface DivergenceQuery {
  readonly limit: number;
  /** Compared without regard to case. */
  readonly command?: string | undefined;
  readonly kind?: DivergenceKind | undefined;
}

export interface DivergenceList {
  /** Records that fit the query, before the limit. */
  readonly total: number;
  /** Newest first. */
  readonly items: readonly DivergenceItem[];
}

export interface SlowList {
  /** Before the limit. */
  readonly total: number;
  readonly items: readonly SlowEntry[];
}

export interface ShadowPatch {
  readonly enabled?: boolean;
  readonly sample?: number;
}

export interface ShadowSwitch {
  readonly enabled: boolean;
  readonly sample: number;
}

export interface ReloadResult {
  /** Paths of settings that took effect. */
  readonly changed: readonly string[];
  /** Paths of settings that keep their old value until a restart. */
  readonly needsRestart: readonly string[];
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not; null when ready. */
  readonly reason: string | null;
}

export interface GatewayControl {
  status(): Promise<GatewayStatus>;
  /** Ready: listening, not draining, and the primary is up. */
  isReady(): Readiness;
  divergences(query: DivergenceQuery): DivergenceList;
  /** Calls the listener with every divergence from now on, until the returned function is called. */
  subscribe(listener: (item: DivergenceItem) => void): () => void;
  clearDivergences(): void;
  /** Changes what is given and returns what is in effect; undefined when there is no shadow. */
  setShadow(patch: ShadowPatch): Promise<ShadowSwitch | undefined>;
  /** In effect now, secrets included; the API redacts it and takes its token from it. */
  config(): Config;
  /** Rejects with ConfigError, and changes nothing, when the new configuration is not right. */
  reload(): Promise<ReloadResult>;
  /** Stops accepting, lets commands in flight finish, then ends the process. Resolves when that is done. */
  drain(): Promise<void>;
  metricsText(): Promise<string>;
  /** What metricsText is made from, as numbers. */
  counters(): CounterReport;
  /** What was slow, of all workers, newest first. */
  slowCommands(limit: number): Promise<SlowList>;
  latency(): LatencyReport;
  /** What clients have used since the start, and what of it the target does not have or answers differently. */
  compatibility(target: CompatibilityName): CompatibilityReport;
}
