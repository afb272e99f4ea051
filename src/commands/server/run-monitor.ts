/** What MONITOR, TIME and ROLE do on the engine. Worker thread. */
import type { CommandContext } from '../context.ts';

export function runMonitor(context: CommandContext): void {
  if (!context.mayBlock) {
    context.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    return;
  }
  context.ports.monitors.start(context.client);
  context.ok();
}

export function runTime(context: CommandContext): void {
  const seconds = Math.floor(context.nowMs / 1000);
  const micros = String(Math.floor((context.nowMs - seconds * 1000) * 1000));
  context.array(2);
  context.bulkText(String(seconds));
  context.bulkText(micros);
}

/** A primary without replicas. */
export function runRole(context: CommandContext): void {
  context.array(3);
  context.bulkText('master');
  context.integer(0);
  context.array(0);
}
