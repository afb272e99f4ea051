/** The metrics page from workers' shared memory. */
import * as os from 'node:os';
import { describe, expect, test } from 'vitest';
import { type MetricSources, MetricsExporter } from '../../../src/telemetry/exporter.ts';
import { metricTable } from '../../../src/telemetry/metric-table.ts';
import {
  ACL_REASONS,
  CLIENT_DROP_REASONS,
  DROP_REASONS,
  DURATION_BUCKETS,
  MAX_NODES,
  WorkerMetrics,
} from '../../../src/telemetry/metrics.ts';

const labels = ['get', 'config|get', 'other'];

function workers(count: number): WorkerMetrics[] {
  const bytes = WorkerMetrics.bytes(labels.length);
  return Array.from({ length: count }, () => new WorkerMetrics(new SharedArrayBuffer(bytes), labels.length));
}

async function page(sources: Partial<MetricSources> & Pick<MetricSources, 'workers'>): Promise<string[]> {
  const exporter = new MetricsExporter({ labels, nodes: () => [], ...sources });
  return (await exporter.text()).split('\n');
}

describe('the page', () => {
  test('has every metric of the table with its type and help', async () => {
    const lines = await page({ workers: workers(1) });
    for (const [name, { type, help }] of Object.entries(metricTable)) {
      expect(lines).toContain(`# TYPE ${name} ${type}`);
      expect(lines).toContain(`# HELP ${name} ${help}`);
    }
    expect(lines.some((line) => line.startsWith('process_cpu_seconds_total '))).toBe(true);
  });

  test('has gauges at 0 and no series by command at first', async () => {
    const lines = await page({ workers: workers(2) });
    for (const name of [
      'shadow_queue_commands',
      'shadow_queue_bytes',
      'shadow_lag_seconds',
      'shadow_dirty_slots',
    ]) {
      expect(lines).toContain(`lockstep_${name} 0`);
    }
    expect(lines).toContain('lockstep_shadow_breaker_open 0');
    expect(lines).toContain('lockstep_client_connections 0');
    expect(lines).toContain('lockstep_engine_memory_bytes 0');
    expect(lines).toContain('lockstep_worker_busy_seconds_total{worker="1"} 0');
    for (const reason of DROP_REASONS)
      expect(lines).toContain(`lockstep_shadow_dropped_total{reason="${reason}"} 0`);
    expect(lines.filter((line) => /^lockstep_(commands|comparisons|divergent)/.test(line))).toEqual([]);
  });

  test('sums the workers, and ids that share a label', async () => {
    const [first, second] = workers(2) as [WorkerMetrics, WorkerMetrics];
    first.countCommand(0, 0, 0);
    second.countCommand(0, 0, 0);
    second.countCommand(0, 1, 1);
    second.countCommand(1, 0, 2);
    first.countCommand(-1, 0, 0);
    first.countCommand(2, 0, 0);
    first.countCommand(99, 0, 0);
    first.countComparison(1, 1);
    second.countComparison(1, 1);
    second.countDivergence(1, 6);
    const lines = await page({ workers: [first, second] });
    expect(lines).toContain('lockstep_commands_total{command="get",target="primary",result="ok"} 2');
    expect(lines).toContain('lockstep_commands_total{command="get",target="shadow",result="error"} 1');
    expect(lines).toContain(
      'lockstep_commands_total{command="config|get",target="primary",result="failed"} 1',
    );
    expect(lines).toContain('lockstep_commands_total{command="other",target="primary",result="ok"} 3');
    expect(lines).toContain('lockstep_comparisons_total{command="config|get",verdict="divergent"} 2');
    expect(lines).toContain('lockstep_divergent_replies_total{command="config|get",kind="ttl"} 1');
  });

  test('sums or takes the greatest of what workers set', async () => {
    const [first, second] = workers(2) as [WorkerMetrics, WorkerMetrics];
    first.setShadowQueue(3, 100);
    second.setShadowQueue(4, 200);
    first.setShadowLag(0.5);
    second.setShadowLag(2);
    second.setBreakerOpen(1);
    first.setClientConnections(5);
    second.setClientConnections(6);
    first.addClientBytes(0, 10);
    second.addClientBytes(1, 20);
    first.addShadowDropped(2, 7);
    second.addBusy(1.5);
    second.addBusy(0.25);
    const lines = await page({ workers: [first, second], shadowDirtySlots: () => 12 });
    expect(lines).toEqual(
      expect.arrayContaining([
        'lockstep_shadow_queue_commands 7',
        'lockstep_shadow_queue_bytes 300',
        'lockstep_shadow_lag_seconds 2',
        'lockstep_shadow_breaker_open 1',
        'lockstep_shadow_dirty_slots 12',
        'lockstep_client_connections 11',
        'lockstep_client_bytes_total{direction="in"} 10',
        'lockstep_client_bytes_total{direction="out"} 20',
        'lockstep_shadow_dropped_total{reason="queue_age"} 7',
        'lockstep_worker_busy_seconds_total{worker="1"} 1.75',
      ]),
    );
  });
});

test('what is counted by reason is touched by nothing else', async () => {
  const [worker] = workers(1) as [WorkerMetrics];
  worker.setBusyRatio(0.5);
  for (const [index, reason] of CLIENT_DROP_REASONS.entries())
    for (let count = 0; count <= index; count++) worker.countDroppedClient(reason);
  for (const reason of ACL_REASONS.keys()) worker.countAclDenial(reason);
  worker.countAclDenial(ACL_REASONS.indexOf('auth'));
  worker.setBusyRatio(0.25);
  for (const reason of DROP_REASONS.keys()) worker.addShadowDropped(reason, reason + 1);
  const lines = await page({ workers: [worker] });
  for (const [index, reason] of CLIENT_DROP_REASONS.entries())
    expect(lines).toContain(`lockstep_clients_dropped_total{reason="${reason}"} ${index + 1}`);
  for (const [index, reason] of DROP_REASONS.entries())
    expect(lines).toContain(`lockstep_shadow_dropped_total{reason="${reason}"} ${index + 1}`);
  for (const reason of ACL_REASONS)
    expect(lines).toContain(`lockstep_acl_denied_total{reason="${reason}"} ${reason === 'auth' ? 2 : 1}`);
  expect(worker.busyRatio).toBe(0.25);
});

describe('histogram', () => {
  test('is cumulative and has sum and count', async () => {
    const [worker] = workers(1) as [WorkerMetrics];
    for (const seconds of [0.00005, 0.00006, 0.3, 99]) worker.observeDuration(0, seconds);
    const lines = await page({ workers: [worker] });
    const name = 'lockstep_command_duration_seconds';
    expect(lines).toContain(`${name}_bucket{le="0.00005",target="primary"} 1`);
    expect(lines).toContain(`${name}_bucket{le="0.0001",target="primary"} 2`);
    expect(lines).toContain(`${name}_bucket{le="0.5",target="primary"} 3`);
    expect(lines).toContain(`${name}_bucket{le="10",target="primary"} 3`);
    expect(lines).toContain(`${name}_bucket{le="+Inf",target="primary"} 4`);
    expect(lines).toContain(`${name}_count{target="primary"} 4`);
    expect(lines).toContain(`${name}_sum{target="primary"} ${0.00005 + 0.00006 + 0.3 + 99}`);
    expect(lines).toContain(`${name}_count{target="shadow"} 0`);
    expect(lines.filter((line) => line.startsWith(`${name}_bucket{`))).toHaveLength(
      2 * (DURATION_BUCKETS.length + 1),
    );
  });
});

describe('nodes', () => {
  test('are named by the main thread, up when one worker says so, and gone when forgotten', async () => {
    const [first, second] = workers(2) as [WorkerMetrics, WorkerMetrics];
    first.setUpstream(0, 0, 2, true);
    second.setUpstream(0, 0, 1, false);
    first.setUpstream(1, 1, 0, false);
    first.setUpstream(0, MAX_NODES, 9, true);
    const nodes = (target: 0 | 1): string[] => (target === 0 ? ['a:1'] : ['x:1', 'y:2']);
    const before = await page({ workers: [first, second], nodes });
    expect(before).toContain('lockstep_upstream_connections{target="primary",node="a:1"} 3');
    expect(before).toContain('lockstep_upstream_up{target="primary",node="a:1"} 1');
    expect(before).toContain('lockstep_upstream_up{target="shadow",node="y:2"} 0');
    expect(before.filter((line) => line.includes('x:1'))).toEqual([]);
    first.forgetUpstream(1, 1);
    const after = await page({ workers: [first, second], nodes });
    expect(after.filter((line) => line.includes('y:2'))).toEqual([]);
  });
});

test('the engine has its own figures', async () => {
  const lines = await page({
    workers: workers(1),
    engine: () => ({
      keys: [3, 0],
      memoryBytes: 4096,
      blockedClients: 7,
      memoryLimitBytes: 8192,
      hits: 11,
      misses: 12,
      expiredKeys: 13,
      evictedKeys: 14,
    }),
  });
  expect(lines).toContain('lockstep_engine_keys{db="0"} 3');
  expect(lines).toContain('lockstep_engine_memory_bytes 4096');
  expect(lines).toContain('lockstep_engine_blocked_clients 7');
  expect(lines).toContain('lockstep_engine_memory_limit_bytes 8192');
  expect(lines).toContain('lockstep_engine_lookups_total{result="hit"} 11');
  expect(lines).toContain('lockstep_engine_lookups_total{result="miss"} 12');
  expect(lines).toContain('lockstep_engine_removed_keys_total{reason="expired"} 13');
  expect(lines).toContain('lockstep_engine_removed_keys_total{reason="evicted"} 14');
});

test('the memory limit is at most what the machine has', async () => {
  const lines = await page({ workers: workers(1) });
  const line = lines.find((one) => one.startsWith('lockstep_memory_limit_bytes '));
  const bytes = Number(line?.split(' ')[1]);
  expect(bytes).toBeGreaterThan(process.memoryUsage.rss());
  expect(bytes).toBeLessThanOrEqual(os.totalmem());
});

test('certificates have the second in which they expire', async () => {
  const certificates = () => [{ setting: 'listen[0].tls.certificate', expiresAtMs: 1_800_000_000_000 }];
  const name = 'lockstep_certificate_expiry_timestamp_seconds';
  const lines = await page({ workers: workers(1), certificates });
  expect(lines).toContain(`${name}{setting="listen[0].tls.certificate"} 1800000000`);
  const without = await page({ workers: workers(1) });
  expect(without.filter((line) => line.startsWith(`${name}{`))).toEqual([]);
});
