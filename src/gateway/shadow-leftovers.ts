/** What is still on its way to the shadow when the clients are gone. Main thread. Cold: at the end of the process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.ts';
import { DROP_REASONS, type WorkerMetrics } from '../telemetry/metrics.ts';

const SETTLE_POLL_MS = 20;

function queued(workers: readonly WorkerMetrics[]): number {
  return workers.reduce((sum, metrics) => sum + metrics.shadowQueueCommands, 0);
}

/** Resolves when nothing is left, or at the deadline. */
export async function settleShadow(workers: readonly WorkerMetrics[], deadlineMs: number): Promise<void> {
  while (queued(workers) > 0 && Date.now() < deadlineMs) await sleep(SETTLE_POLL_MS);
}

/** The workers are gone, so their counters may be written from here. */
export function countLostMirror(workers: readonly WorkerMetrics[], logger: Logger): void {
  const reason = DROP_REASONS.indexOf('shutdown');
  let commands = 0;
  for (const metrics of workers) {
    metrics.addShadowDropped(reason, metrics.shadowQueueCommands);
    commands += metrics.shadowDropped(reason);
  }
  if (commands > 0) logger.warn('the shadow did not get or answer the last commands', { commands });
}
