/**
 * One command that goes to several slots or nodes of a cluster in parts: holds the parts, collects their replies, and
 * tells whoever asked once. Worker thread. The objects are used again. It must not know where parts go.
 */
import { decodeText } from '../base/bytes.ts';
import { OUTCOME_UNKNOWN } from '../base/errors.ts';
import type { CommandView } from '../commands/definition.ts';
import { FrameWriter, type RespVersion } from '../resp/encode.ts';
import { Gather } from '../routing/gather.ts';
import type { Router } from '../routing/router.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';

const MINUS = 0x2d;
const BLOB_ERROR = 0x21;

/** Whom the one reply is for. */
export interface SplitOrigin {
  readonly target: ReplyTarget;
  readonly session: number;
  readonly sequence: number;
  readonly command: number;
  readonly mirrored: MirroredCommand | undefined;
  readonly isWrite: boolean;
  /** Monotonic milliseconds. */
  readonly givenAtMs: number;
}

export interface SplitEvents {
  /** The one reply has been given. `failed`: it is an error of the gateway's own, or of a part of the nodes. */
  splitOver(split: SplitCommand, origin: SplitOrigin, isError: boolean, failed: boolean): void;
}

export class SplitCommand implements ReplyTarget {
  readonly #events: SplitEvents;
  readonly #gather = new Gather();
  readonly #merged = new FrameWriter(256);
  /** The commands of all parts, one behind the other. */
  readonly frame = new FrameWriter(256);
  /** By part: where its command ends, and its slot, or the negative number of its node (see `ClusterLane`). */
  readonly ends: number[] = [];
  readonly places: number[] = [];
  #origin: SplitOrigin | undefined = undefined;
  /** Parts that have begun to answer, by part: 1, or 2 with an error. */
  readonly #states: number[] = [];
  /** Parts that gave no reply, and those of them that may have run. */
  #failures = 0;
  #unknown = 0;

  constructor(events: SplitEvents) {
    this.#events = events;
  }

  get count(): number {
    return this.ends.length;
  }

  /** One part for each slot of a command that has just been routed to parts. */
  fillParts(rules: Router, view: CommandView): void {
    this.#reset();
    const { parts } = rules;
    for (let part = 0; part < parts.count; part++) {
      rules.writePart(part, view, this.frame);
      this.#add(parts.slots[part]);
    }
  }

  /** The same command at each of these places. */
  fillCopies(bytes: Uint8Array, start: number, end: number, places: readonly number[]): void {
    this.#reset();
    for (const place of places) {
      this.frame.raw(bytes, start, end);
      this.#add(place);
    }
  }

  /** Before the first part is sent. */
  begin(origin: SplitOrigin, rules: Router, resp: RespVersion): void {
    this.#origin = origin;
    this.#gather.begin(rules.merge, this.count, origin.isWrite, resp);
    if (rules.merge === 'ordered') this.#gather.keepOrder(rules.parts);
  }

  reply(_session: number, part: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#states[part] === 0) this.#states[part] = isErrorType(bytes[start]) ? 2 : 1;
    this.#gather.piece(part, bytes, start, end, last);
    if (last && this.#gather.isOver) this.#finish();
  }

  failed(_session: number, part: number, text: string): void {
    this.#failures += 1;
    if (text.endsWith(OUTCOME_UNKNOWN)) this.#unknown += 1;
    this.#states[part] = 0;
    this.#gather.failed(part, text);
    if (this.#gather.isOver) this.#finish();
  }

  #finish(): void {
    const origin = this.#origin!;
    const { target, session, sequence, mirrored } = origin;
    const merged = this.#merged;
    merged.reset();
    this.#gather.write(merged);
    const { bytes, length } = merged;
    const done = this.#states.filter((state) => state === 1).length;
    const isError = isErrorType(bytes[0]);
    // Where all nodes have refused, the error is an answer; anything else is no answer that a mirror could use.
    const failed = isError && (this.#failures > 0 || done > 0);
    if (failed) target.failed(session, sequence, decodeText(bytes, 1, length - 2));
    else target.reply(session, sequence, bytes, 0, length, true);
    if (failed) mirrored?.primaryFailed(done > 0 || this.#unknown > 0);
    else mirrored?.primaryPiece(bytes, 0, length, true);
    this.#origin = undefined;
    this.#events.splitOver(this, origin, isError, failed);
  }

  #add(place: number): void {
    this.ends.push(this.frame.length);
    this.places.push(place);
    this.#states.push(0);
  }

  #reset(): void {
    this.frame.reset();
    this.ends.length = 0;
    this.places.length = 0;
    this.#states.length = 0;
    this.#failures = 0;
    this.#unknown = 0;
  }
}

function isErrorType(type: number): boolean {
  return type === MINUS || type === BLOB_ERROR;
}
