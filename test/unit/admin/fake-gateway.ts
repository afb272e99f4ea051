/** A gateway of plain values for tests of the admin API. */

import type { CompatibilityName } from '../../../src/commands/compatibility.ts';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { type CompatibilityReport, reportCompatibility } from '../../../src/compare/compatibility-report.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
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
} from '../../../src/gateway/control-view.ts';
import type { CounterReport } from '../../../src/telemetry/counters.ts';
import type { LatencyReport } from '../../../src/telemetry/latency.ts';
import { DIVERGENCE_KINDS, DROP_REASONS, DURATION_BUCKETS } from '../../../src/telemetry/metrics.ts';

export function makeDivergence(id: number, more: Partial<DivergenceItem> = {}): DivergenceItem {
  return {
    id,
    at: '2026-01-02T03:04:05.678Z',
    command: 'get',
    kind: 'value',
    slot: 12182,
    keyHash: '00112233445566aa',
    firstDifference: 'whole reply',
    primary: 'string(3)',
    shadow: 'string(4)',
    count: 1,
    ...more,
  };
}

export class FakeGateway implements GatewayControl {
  readonly items: DivergenceItem[] = [];
  readonly listeners = new Set<(item: DivergenceItem) => void>();
  readiness: Readiness = { ready: true, reason: null };
  shadow: ShadowSwitch | undefined = { enabled: true, sample: 1 };
  current: Config;
  readonly #initial: Config;
  isDraining = false;
  counted = 0;
  reloads = 0;
  reloadError: Error | undefined;
  statusError: Error | undefined;
  lastQuery: DivergenceQuery | undefined;

  private constructor(config: Config) {
    this.current = config;
    this.#initial = config;
  }

  /** As it was made. */
  reset(): void {
    this.items.length = 0;
    this.readiness = { ready: true, reason: null };
    this.shadow = { enabled: true, sample: 1 };
    this.current = this.#initial;
    this.isDraining = false;
    this.reloads = 0;
    this.reloadError = undefined;
    this.statusError = undefined;
    this.lastQuery = undefined;
  }

  static async make(environment: NodeJS.ProcessEnv = {}): Promise<FakeGateway> {
    const all = {
      LOCKSTEP_PRIMARY_URL: 'redis://u:hunter2@127.0.0.1:7000',
      LOCKSTEP_ADMIN_LISTEN: '127.0.0.1:0',
      ...environment,
    };
    return new FakeGateway((await loadConfig({ environment: all, overrides: {} })).config);
  }

  async status(): Promise<GatewayStatus> {
    if (this.statusError !== undefined) throw this.statusError;
    const identity = { product: 'valkey', version: '9.1.0' };
    return {
      version: '0.1.0',
      uptimeSeconds: 12.5,
      state: 'running',
      transport: 'node',
      workers: 2,
      listen: ['127.0.0.1:6379'],
      sessions: 3,
      primary: { url: 'redis://u:***@127.0.0.1:7000', up: true, error: null, identity },
      shadow: {
        url: 'redis://127.0.0.1:7001',
        up: false,
        error: 'ECONNREFUSED',
        identity: null,
        enabled: true,
        sample: 1,
        breaker: { open: true },
        queue: { commands: 1, bytes: 2, lagSeconds: 0.5 },
        dirty: { slots: 3, ranges: [[1, 3]], truncated: false },
      },
    };
  }

  isReady(): Readiness {
    return this.readiness;
  }

  divergences(query: DivergenceQuery): DivergenceList {
    this.lastQuery = query;
    return { total: this.items.length, items: this.items.slice(0, query.limit) };
  }

  subscribe(listener: (item: DivergenceItem) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  clearDivergences(): void {
    this.items.length = 0;
  }

  async setShadow(patch: ShadowPatch): Promise<ShadowSwitch | undefined> {
    if (this.shadow !== undefined) this.shadow = { ...this.shadow, ...patch };
    return this.shadow;
  }

  config(): Config {
    return this.current;
  }

  async reload(): Promise<ReloadResult> {
    if (this.reloadError !== undefined) throw this.reloadError;
    this.reloads++;
    return { changed: ['log.level'], needsRestart: ['workers'] };
  }

  async drain(): Promise<void> {
    this.isDraining = true;
  }

  async slowCommands(limit: number): Promise<SlowList> {
    const client = { id: 7, address: '127.0.0.1:5000', name: '', user: null, database: 0 };
    const at = '2026-01-02T03:04:05.678Z';
    const entry = { id: 1, worker: 0, at, durationUs: 150_000, command: 'get', requestBytes: 22, client };
    return { total: 1, items: [entry].slice(0, limit) };
  }

  latency(): LatencyReport {
    const all = { count: 1, meanUs: 9, p50Us: 9, p90Us: 9, p99Us: 9, p999Us: 9, maxUs: 9 };
    return { all, commands: [{ command: 'get', ...all }] };
  }

  compatibility(target: CompatibilityName): CompatibilityReport {
    const seen = { commands: new Map([['delifeq', 3]]), options: [], unknownCount: 0 };
    return reportCompatibility(buildCommandTable().definitions, seen, null, target);
  }

  /** One GET that was answered and matched for every time this was asked. */
  counters(): CounterReport {
    this.counted++;
    const durations = [...DURATION_BUCKETS, 0].map((_, index) => (index === 1 ? this.counted : 0));
    return {
      commands: [
        {
          command: 'get',
          primary: [this.counted, 0, 0],
          verdicts: [this.counted, 0, 0, 0, 0],
          kinds: DIVERGENCE_KINDS.map(() => 0),
        },
      ],
      durations: [durations, durations.map(() => 0)],
      dropped: DROP_REASONS.map(() => 0),
      workers: [{ busySeconds: 0, clients: 3, bytesIn: 0, bytesOut: 0 }],
      nodes: [{ target: 'primary', name: '127.0.0.1:7000', up: true, connections: 1 }],
      engine: null,
    };
  }

  async metricsText(): Promise<string> {
    return '# HELP a b\n# TYPE a gauge\na 1\n';
  }
}
