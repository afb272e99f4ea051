/**
 * Commands of the gateway's own to the shadow, in the order of their slots, whose replies say little: keeping a key
 * alive until the primary's word on it is here. Worker thread (slot owner).
 */

import { FrameWriter } from '../resp/encode.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import { type KeyExpiry, writeExpiry } from './key-expiry.ts';
import type { GateTask, SlotGate } from './slot-gate.ts';

const INTEGER = 0x3a;
const ZERO = 0x30;
const MINUS = 0x2d;

export class ShadowNote implements GateTask, ReplyTarget {
  readonly lane: number;
  readonly allSlots = false;
  readonly #gate: SlotGate;
  readonly #lane: CommandLane;
  readonly #slots: Int32Array;
  readonly #frame: FrameWriter;
  readonly #ends: readonly number[];
  readonly #zero: (part: number) => void;
  readonly #lost: () => void;
  #left: number;

  /**
   * `ends` are the ends of the commands in the frame; `zero` hears which of them were answered with the integer 0,
   * `lost` that one was not run, or nobody knows.
   */
  constructor(
    gate: SlotGate,
    lane: CommandLane,
    slots: Int32Array,
    frame: FrameWriter,
    ends: readonly number[],
    zero: (part: number) => void,
    lost: () => void,
  ) {
    this.#gate = gate;
    this.#lane = lane;
    this.lane = lane.id;
    this.#slots = slots;
    this.#frame = frame;
    this.#ends = ends;
    this.#zero = zero;
    this.#lost = lost;
    this.#left = ends.length;
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  slotAt(index: number): number {
    return this.#slots[index];
  }

  enter(): void {
    this.#gate.enter(this);
  }

  run(): void {
    let start = 0;
    for (let part = 0; part < this.#ends.length; part++) {
      this.#lane.send(this.#frame.bytes, start, this.#ends[part], this, 0, part, INTERNAL_COMMAND, undefined);
      start = this.#ends[part];
    }
  }

  reply(_session: number, part: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (end - start >= 2 && bytes[start] === INTEGER && bytes[start + 1] === ZERO) this.#zero(part);
    if (bytes[start] === MINUS) this.#lost();
    if (last) this.#over();
  }

  failed(): void {
    this.#lost();
    this.#over();
  }

  #over(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#gate.leave(this);
  }
}

/**
 * Tells a shadow when keys expire. `missing` hears of those that were to expire and that it does not have, `lost` that
 * it was not told of one.
 */
export function enterExpiries(
  gate: SlotGate,
  lane: CommandLane,
  slots: Int32Array,
  expiries: readonly KeyExpiry[],
  events: { readonly missing: () => void; readonly lost: () => void },
): void {
  const frame = new FrameWriter(64 * expiries.length);
  const ends = expiries.map((expiry) => {
    writeExpiry(frame, expiry);
    return frame.length;
  });
  const zero = (part: number): void => {
    const { state } = expiries[part];
    if (state === 'expires' || state === 'kept') events.missing();
  };
  new ShadowNote(gate, lane, slots, frame, ends, zero, events.lost).enter();
}
