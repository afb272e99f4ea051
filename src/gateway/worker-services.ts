/** What every part of a worker shares, made of what it was started with. Worker thread. Cold: once. */
import type { SystemClock } from '../base/clock.ts';
import { buildCommandTable } from '../commands/table.ts';
import { WorkerMetrics } from '../telemetry/metrics.ts';
import { SpanCounts, Tracer } from '../telemetry/trace.ts';
import type { Transport } from '../transport/transport.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { SignsOfLife } from '../upstream/signs-of-life.ts';
import type { FromWorker, WorkerSetup } from './control.ts';

export function makeServices(
  setup: WorkerSetup,
  transport: Transport,
  clock: SystemClock,
  post: (message: FromWorker) => void,
  after: WorkerServices['after'],
): WorkerServices {
  const table = buildCommandTable();
  return {
    workerIndex: setup.index,
    transport,
    clock,
    table,
    metrics: new WorkerMetrics(setup.metrics, table.catalogueCount),
    life: new SignsOfLife(setup.life, clock),
    tracer: makeTracer(setup, clock, post),
    log: (level, message, fields) => post({ type: 'log', record: { level, message, fields: fields ?? {} } }),
    after,
  };
}

function makeTracer(
  { spans: memory, config }: WorkerSetup,
  clock: SystemClock,
  post: (message: FromWorker) => void,
): Tracer | undefined {
  if (memory === null) return undefined;
  const { samplePercent, maxQueuedSpans } = config.tracing;
  const counts = new SpanCounts(memory, maxQueuedSpans);
  return new Tracer({ clock, counts, samplePercent, post: (spans) => post({ type: 'spans', spans }) });
}
