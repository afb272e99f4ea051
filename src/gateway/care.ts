/** Which writes need their slots alone, with a shadow. Worker thread (slot owner). */
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { LocalExecutor } from './executor.ts';

/** Near a key's expiry, or where they may serve a blocked client. */
export function needsCare(executor: LocalExecutor, item: MirrorItem): boolean {
  if (!item.isWrite) return false;
  if (!item.allSlots && isNear(executor, item)) return true;
  return executor.blocked.count > 0 && executor.blocked.waitsFor(item);
}

/** Whether a key of the item is about to expire, or it may carry on what the shadow is told to keep for a while. */
export function isNear({ leases }: LocalExecutor, item: MirrorItem): boolean {
  if (leases.concern(item)) item.nearExpiry = true;
  return item.nearExpiry;
}
