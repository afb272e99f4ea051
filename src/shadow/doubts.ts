/**
 * What is only known in hindsight to have left the shadow in doubt: seen when it has answered a write, before the
 * answer is judged. Worker thread (slot owner).
 */
import type { DirtyCause } from '../telemetry/metrics.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { DirtySlots } from './dirty-slots.ts';
import type { MirrorItem } from './mirror-item.ts';

/** A key's expiry on the shadow may be seen this much earlier than by the gateway's clock. */
const CLOCKS_MS = 10;

export class Doubts {
  readonly #services: WorkerServices;
  readonly #dirty: DirtySlots;

  constructor(services: WorkerServices, dirty: DirtySlots) {
    this.#services = services;
    this.#dirty = dirty;
  }

  /** The shadow has answered a write. Marks its slots where they may differ now for reasons of the gateway's. */
  answered(item: MirrorItem): void {
    if (this.#cameTooLate(item)) this.#mark(item, 'expiry');
    if (this.#spreadsDirt(item)) this.#mark(item, 'spread');
  }

  #mark(item: MirrorItem, cause: DirtyCause): void {
    for (let i = 0; i < item.slotCount; i++) this.#dirty.mark(item.slotAt(i), cause);
  }

  /** A key that the primary still had may have been gone there: no care was taken, for there was time enough. */
  #cameTooLate({ deadlineMs, nearExpiry }: MirrorItem): boolean {
    if (deadlineMs === Number.POSITIVE_INFINITY || nearExpiry) return false;
    return deadlineMs < this.#services.clock.nowMs + CLOCKS_MS;
  }

  /** What it has taken from a dirty slot it may have put into another one. */
  #spreadsDirt(item: MirrorItem): boolean {
    // Commands that clusters run in parts do the same to each of their keys.
    if (item.slots === undefined || item.slotCount < 2 || item.definition.request === 'multi_shard')
      return false;
    if (this.#dirty.count === 0) return false;
    for (let i = 0; i < item.slotCount; i++) if (this.#dirty.has(item.slotAt(i))) return true;
    return false;
  }
}
