/**
 * Keeps keys on the shadow that are about to expire, and tells it their real expiry when that is known. Worker thread
 * (slot owner).
 */
import type { CommandDefinition, CommandView } from '../commands/definition.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Breaker } from './breaker.ts';
import { Input } from './effect-input.ts';
import type { Intake } from './intake.ts';
import { type KeyExpiry, keptExpiry } from './key-expiry.ts';
import type { MirrorItem } from './mirror-item.ts';
import type { PrimarySide } from './primary-side.ts';
import type { ShadowLanes } from './shadow-lanes.ts';
import { enterExpiries } from './shadow-note.ts';
import type { SlotGate } from './slot-gate.ts';

/**
 * When the primary took this long for a command with a relative expiry, its beginning is not known well enough: reads
 * that differ are repeated for not much longer.
 */
const VAGUE_MS = 100;

const INTEGER = 0x3a;
const ZERO = 0x30;

export interface ExpiriesParts {
  readonly services: WorkerServices;
  /** Of the shadow. */
  readonly gate: SlotGate;
  readonly lanes: ShadowLanes;
  readonly breaker: Breaker;
  readonly intake: Intake;
  readonly primary: PrimarySide;
}

export class Expiries {
  readonly #parts: ExpiriesParts;

  constructor(parts: ExpiriesParts) {
    this.#parts = parts;
  }

  /** Whether there may be more to a command than to send it on as it is. */
  concern({ mirror, deadline, expiryGoesTo, swapsDatabases }: CommandDefinition): boolean {
    if (typeof mirror === 'object' || deadline !== undefined) return true;
    return expiryGoesTo !== undefined || swapsDatabases !== undefined;
  }

  /** See `ShadowStream.tellExpiries`. */
  tell(
    expiries: readonly KeyExpiry[],
    database: number,
    resp: 2 | 3,
    slots: Int32Array,
    missing: () => void,
  ): void {
    const { breaker, gate, lanes, intake } = this.#parts;
    for (const { key, state, atMs } of expiries) {
      if (state === 'expires') intake.deadlines.set(database, key, 0, key.length, atMs);
    }
    const lost = (): void => intake.unsure(slots, 'expiry');
    if (breaker.allows()) {
      enterExpiries(gate, lanes.laneFor(database, resp), slots, expiries, { missing, lost });
    } else lost();
  }

  /**
   * Notes an expiry that a command has set. True: it is near, or not known well, and the shadow must be told a later
   * one for now.
   */
  lease(item: MirrorItem, view: CommandView, deadlineMs: number): boolean {
    const { services, intake, primary } = this.#parts;
    intake.setDeadline(item, deadlineMs);
    const { nowMs } = services.clock;
    const isNear = deadlineMs - nowMs <= intake.expiryWindowMs;
    if (item.keyStart < 0 || !(isNear || nowMs - item.sentAtMs > VAGUE_MS)) return false;
    // A relative time began before now. When an absolute one is over, the primary's own clock decides.
    const latestMs = item.definition.deadline?.(new Input(view, item, nowMs + 1)) ?? deadlineMs;
    const isAbsolute = latestMs === deadlineMs;
    if (isAbsolute && !isNear) return false;
    const key = item.frame.bytes.slice(item.keyStart, item.keyEnd);
    const { database, resp } = item;
    // Where its beginning is all that is not known, the primary is asked at once.
    const goneAtMs = isAbsolute || !isNear ? Number.POSITIVE_INFINITY : latestMs;
    const askAtMs = isNear ? deadlineMs : nowMs;
    if (!primary.leases.mayAdd({ key, database, resp }, deadlineMs, goneAtMs, askAtMs)) return false;
    item.leased = key;
    return true;
  }

  /** A command has succeeded that may give keys the expiry of others. */
  moved(item: MirrorItem): void {
    const { expiryGoesTo, swapsDatabases } = item.definition;
    if (expiryGoesTo === undefined && swapsDatabases === undefined) return;
    const { intake, primary } = this.#parts;
    if (swapsDatabases !== undefined) intake.unsure(primary.leases.leasedSlots(), 'expiry');
    const { answer, answerStart } = item;
    const isRefused =
      answer !== undefined && answer.bytes[answerStart] === INTEGER && answer.bytes[answerStart + 1] === ZERO;
    if (!isRefused) intake.expiryMoved(item);
  }

  /** Behind a command that has set a near expiry: whatever it says, the shadow keeps the key. */
  keepLeased(item: MirrorItem): void {
    if (item.leased === undefined) return;
    const kept = keptExpiry(item.leased, this.#parts.services.clock.nowMs);
    this.tell([kept], item.database, item.resp, Int32Array.of(item.slot), () => {});
  }
}
