/**
 * Commands of the gateway's own to the shadow, in the order of their slots, whose replies say nothing: keeping a key
 * alive until the primary's word on it is here. Worker thread (slot owner).
 */

import type { FrameWriter } from '../resp/encode.ts';
import type { Lane } from '../upstream/lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { GateTask, SlotGate } from './slot-gate.ts';

export class ShadowNote implements GateTask, ReplyTarget {
  readonly lane: number;
  readonly allSlots = false;
  readonly #gate: SlotGate;
  readonly #lane: Lane;
  readonly #slots: Int32Array;
  readonly #frame: FrameWriter;
  readonly #ends: readonly number[];
  #left: number;

  /** `ends` are the ends of the commands in the frame. */
  constructor(gate: SlotGate, lane: Lane, slots: Int32Array, frame: FrameWriter, ends: readonly number[]) {
    this.#gate = gate;
    this.#lane = lane;
    this.lane = lane.id;
    this.#slots = slots;
    this.#frame = frame;
    this.#ends = ends;
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
    for (const end of this.#ends) {
      this.#lane.send(this.#frame.bytes, start, end, this, 0, 0, INTERNAL_COMMAND, undefined);
      start = end;
    }
  }

  reply(
    _session: number,
    _sequence: number,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    last: boolean,
  ): void {
    if (last) this.#over();
  }

  failed(): void {
    this.#over();
  }

  #over(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#gate.leave(this);
  }
}
