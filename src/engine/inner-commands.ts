/** Commands that run inside another one, in EXEC or in a script, whose locks are held. Worker thread. */
import type { CommandContext } from '../commands/context.ts';
import type { CommandView } from '../commands/definition.ts';
import type { RespVersion } from '../resp/encode.ts';
import { STAT_COMMANDS, STAT_ERRORS } from '../store/statistics.ts';
import type { EngineClient } from './client.ts';
import { LOCK_EVERYTHING, LOCK_NONE, LOCK_SCRIPT } from './command-plan.ts';
import type { Engine } from './engine.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { ShardLocks } from './shard-locks.ts';

/** Runs a command with the context `inner`, and appends its reply to that context's writer. */
export function callInner(
  engine: Engine,
  inner: CommandContext,
  client: EngineClient,
  id: number,
  view: CommandView,
  resp: RespVersion,
): void {
  const { plan, monitors, statistics, store, watch } = engine;
  const isScript = inner === engine.scripted;
  inner.client = client;
  inner.bytes = view.bytes;
  inner.spans = view.spans;
  inner.count = view.count;
  inner.command = id;
  inner.database = client.database;
  inner.resp = resp;
  inner.failed = false;
  engine.running = id;
  engine.findKeysOf(id, inner);
  if (isScript) engine.scripting.calls.reach(inner, plan.needsAll(id, view));
  store.statistics.cells[STAT_COMMANDS] += 1;
  client.commandCount += 1;
  if (plan.reads[id] === 0) engine.snapshots.keepKeys(inner);
  const before = inner.writer.length;
  if (statistics.begins(id, view.count)) {
    const start = performance.now();
    plan.runs[id]!(inner);
    const microseconds = (performance.now() - start) * 1000;
    statistics.timed(id, microseconds);
    engine.lookAtSettings();
    if (microseconds >= watch.leastUs) watch.took(client, id, view, microseconds);
  } else plan.runs[id]!(inner);
  if (!isScript) {
    const request = view.spans[2 * view.count - 1] - view.spans[0];
    const reply = inner.writer.length - before;
    if (request >= watch.leastRequest || reply >= watch.leastReply)
      watch.large(client, id, view, request, reply);
  }
  if (client.tracking !== undefined && plan.isTracked[id] === 1)
    engine.tracker.remember(client, isScript ? engine.scripting.calls.trackedContext(inner) : inner);
  if (monitors.isOn) monitors.feed(client, inner, isScript);
  if (!inner.failed) return;
  store.statistics.cells[STAT_ERRORS] += 1;
  statistics.failed(id, inner.errorText, true);
}

/** Adds to `locks` what a queued command needs. */
export function wantInner(engine: Engine, queued: QueuedCommand, locks: ShardLocks): void {
  const { inner, plan } = engine;
  const id = queued.command;
  const rule = plan.lockRule(id, queued);
  if (rule === LOCK_SCRIPT || rule === LOCK_EVERYTHING) locks.wantScript();
  if (plan.needsAll(id, queued)) {
    locks.wantAll();
    return;
  }
  if (plan.locks[id] === LOCK_NONE) return;
  inner.bytes = queued.bytes;
  inner.spans = queued.spans;
  inner.count = queued.count;
  engine.findKeysOf(id, inner);
  // Keys of one command may be in any database: only the shards count here.
  locks.wantKeys(inner);
}
