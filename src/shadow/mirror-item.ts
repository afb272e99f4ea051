/**
 * One mirrored command on its way: waiting for its slots, in flight on the primary, in flight on the shadow, compared.
 * Worker thread (slot owner). The item only keeps what is known of the command and passes events to the stream,
 * which decides.
 */
import type { Chunk } from '../base/copies.ts';
import type { CommandDefinition, Expectation } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { ItemTrace } from '../telemetry/trace.ts';
import type { MirroredCommand, ReplyTarget } from '../upstream/reply-target.ts';
import type { Sweep } from './dirty-slots.ts';
import type { ScriptCall } from './shadow-scripts.ts';
import type { GateTask } from './slot-gate.ts';

/** What an item tells the stream it belongs to. */
export interface ItemEvents {
  primaryDone(item: MirrorItem): void;
  primaryFailed(item: MirrorItem, sent: boolean): void;
  /** As `primaryFailed`, of an item that holds no slots there. */
  lose(item: MirrorItem, sent: boolean): void;
  /** The shadow's gate let the item in. */
  shadowStart(item: MirrorItem): void;
  shadowReply(item: MirrorItem, part: number, bytes: Uint8Array, start: number, end: number): void;
  /** `text`: why the shadow gave no reply. */
  shadowFailed(item: MirrorItem, text: string): void;
  /** Replies that are longer are neither kept nor compared. */
  readonly maxReplyBytes: number;
}

/** Whoever holds an item's place in the primary's gate by other means than the item itself. */
export interface ItemHolder {
  /** The primary has answered (`answered`) or will not. Called instead of mirroring: the holder decides when. */
  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void;
  /** See `MirroredCommand`. */
  sentBack?(pauseMs: number, goOn: () => void): void;
}

/** Sends an item to the primary when the gate lets it in late, or refuses it to whoever waits for it. */
export interface LateStarter {
  mayStart(item: MirrorItem): void;
  readonly isRefusable: boolean;
  refuse(text: string): void;
}

const NOTHING = new Uint8Array(0);

export class MirrorItem implements MirroredCommand, ReplyTarget, GateTask {
  readonly events: ItemEvents;
  command!: number;
  definition!: CommandDefinition;
  database!: number;
  resp!: 2 | 3;
  /** The version of RESP of the shadow's reply; set when it is sent there. */
  shadowResp!: 2 | 3;
  isWrite!: boolean;
  /** Unix milliseconds, read before the command was sent to the primary; until then, when it was admitted. */
  sentAtMs!: number;

  /** The command as a canonical RESP array. */
  frame!: Chunk;
  frameStart!: number;
  frameEnd!: number;
  /** The primary's reply, once it is whole; `oversize` replies are not kept. */
  answer: Chunk | undefined = undefined;
  answerStart = 0;
  answerEnd = 0;
  oversize = false;
  /** The primary's reply while it is only lent, see `primaryDone`. */
  lent: Uint8Array | undefined = undefined;
  isPrimaryOver = false;
  /** The reply of the shadow that is under way is too long. */
  #isCut = false;
  /** Pieces of a reply that came in several chunks, of either side (never both at once). */
  pieces: FrameWriter | undefined = undefined;

  lane = 0;
  /** Names what the client's connections were set up as: the number of its context. */
  context = 0;
  allSlots = false;
  /** First slot, and the others when there are several. */
  slot = 0;
  slotCount = 1;
  slots: Int32Array | undefined = undefined;
  /** It has several keys in one slot. */
  sharesSlot = false;
  /** Span of the first key inside the frame, relative to `frameStart`; -1 when there is none. */
  keyStart = -1;
  keyEnd = -1;

  starter: LateStarter | undefined = undefined;
  /** Holds the item's slots in the primary's gate in its stead. */
  holder: ItemHolder | undefined = undefined;
  /** True once the primary is done with the item: its gate is the shadow's from then on. */
  onShadow = false;
  /** Monotonic milliseconds at which the shadow's turn began. */
  mirroredAtMs = 0;
  /** It went through the primary's gate as a task, not by the short way. */
  queued = false;
  /** The same of the shadow's gate. */
  gated = false;
  /** For commands that carry or name a Lua script. */
  script: ScriptCall | undefined = undefined;
  /** Commands for the shadow, where they are not the frame itself, and where each of them ends. */
  effect: Uint8Array | undefined = undefined;
  effectEnds: number[] | undefined = undefined;
  /** Commands of the effect sent to the shadow and not answered yet. */
  partsLeft = 0;
  /** One per command sent to the shadow; undefined: one verbatim command. */
  expectations: Expectation[] | undefined = undefined;
  /** A difference may come from the key's expiry on one side a moment before the other. */
  nearExpiry = false;
  /** When the first of its keys expires that is known to, Unix milliseconds, as far as was known when it was sent. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Which re-reading of a differing read this is; 0 for the client's own. */
  attempt = 0;
  /** The item whose difference this one checks. */
  origin: MirrorItem | undefined = undefined;
  /** It may set an expiry, and the primary has not answered yet. */
  setsExpiry = false;
  /** Its key, when the command has set an expiry so near that the shadow keeps the key on (see `key-leases.ts`). */
  leased: Uint8Array | undefined = undefined;
  /** Differences of this item that are being read again. */
  undecided = 0;
  /** The shadow failed at part of it. */
  lost = false;
  /** A part of the effect was compared and equal, others are to come. */
  matched = false;
  /** The verdict is counted, or a later re-reading will count it. */
  judged = false;
  /** For a command that empties the server: what became dirty after it. */
  sweep: Sweep | undefined = undefined;
  /** Bytes counted against the queue limit. */
  countedBytes = 0;
  finished = false;
  /** Where it is traced. */
  trace: ItemTrace | undefined = undefined;

  /** It was sent to the primary at once, on a lane, and nobody but the lanes and the stream has it. */
  isShort = false;

  /** Of no command yet: `begin` is to follow. */
  constructor(events: ItemEvents) {
    this.events = events;
  }

  /**
   * Whether nobody has it any more, once its only reply from the shadow is judged: `begin` makes it as new. Whatever
   * took a longer way is left to the garbage collector, for a piece of a reply might still come for it.
   */
  get isSpent(): boolean {
    const { isShort, oversize, slots, gated, script, expectations, origin, leased, lost } = this;
    if (!isShort || oversize || gated || lost || slots !== undefined || script !== undefined) return false;
    return expectations === undefined && origin === undefined && leased === undefined;
  }

  /** Makes a new or a spent item that of a command: whatever was in it is gone. */
  begin(
    command: number,
    definition: CommandDefinition,
    isWrite: boolean,
    database: number,
    resp: 2 | 3,
    sentAtMs: number,
    frame: Chunk,
    frameStart: number,
    frameEnd: number,
  ): void {
    this.command = command;
    this.definition = definition;
    this.isWrite = isWrite;
    this.database = database;
    this.resp = resp;
    this.shadowResp = resp;
    this.sentAtMs = sentAtMs;
    this.frame = frame;
    this.frameStart = frameStart;
    this.frameEnd = frameEnd;
    this.answer = undefined;
    this.answerStart = 0;
    this.answerEnd = 0;
    this.oversize = false;
    this.lent = undefined;
    this.isPrimaryOver = false;
    this.#isCut = false;
    this.pieces = undefined;
    this.#unplaced();
    this.starter = undefined;
    this.holder = undefined;
    this.isShort = false;
    this.onShadow = false;
    this.mirroredAtMs = 0;
    this.queued = false;
    this.gated = false;
    this.script = undefined;
    this.effect = undefined;
    this.effectEnds = undefined;
    this.partsLeft = 0;
    this.expectations = undefined;
    this.#unjudged();
  }

  #unplaced(): void {
    this.lane = 0;
    this.context = 0;
    this.allSlots = false;
    this.slot = 0;
    this.slotCount = 1;
    this.slots = undefined;
    this.sharesSlot = false;
    this.keyStart = -1;
    this.keyEnd = -1;
    this.nearExpiry = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.setsExpiry = false;
    this.leased = undefined;
  }

  #unjudged(): void {
    this.attempt = 0;
    this.origin = undefined;
    this.undecided = 0;
    this.lost = false;
    this.matched = false;
    this.judged = false;
    this.sweep = undefined;
    this.countedBytes = 0;
    this.finished = false;
    this.trace = undefined;
  }

  /** It will go to the shadow on this lane. */
  placeOn(lane: number, resp: 2 | 3): void {
    this.lane = lane;
    this.shadowResp = resp;
  }

  slotAt(index: number): number {
    return this.slots === undefined ? this.slot : this.slots[index];
  }

  run(): void {
    if (this.onShadow) this.events.shadowStart(this);
    else this.starter!.mayStart(this);
  }

  /** For the primary's gate: on the shadow nobody waits. */
  get isRefusable(): boolean {
    return !this.onShadow && this.starter!.isRefusable;
  }

  refuse(text: string): void {
    this.starter!.refuse(text);
    this.events.lose(this, false);
  }

  /**
   * The events' `primaryDone` finds the whole reply in `lent[answerStart, answerEnd)` and copies what it keeps. When a
   * reply grows too long to be kept, it is called with what there is: the server has run the command, and nobody needs
   * to wait for the rest.
   */
  primaryPiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.isPrimaryOver) return;
    if (!last || this.pieces !== undefined) {
      this.oversize = !this.#collect(bytes, start, end);
      if (!last && !this.oversize) return;
      const pieces = this.pieces!;
      this.pieces = undefined;
      this.#lend(pieces.bytes, 0, pieces.length);
      return;
    }
    this.#lend(bytes, start, end);
  }

  primaryFailed(sent: boolean): void {
    if (this.isPrimaryOver) return;
    this.isPrimaryOver = true;
    this.events.primaryFailed(this, sent);
  }

  sentBack(pauseMs: number, goOn: () => void): boolean {
    if (this.holder?.sentBack === undefined) return false;
    this.holder.sentBack(pauseMs, goOn);
    return true;
  }

  /** A piece of the shadow's reply to command `part` of this item's effect. */
  reply(_session: number, part: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (!last || this.pieces !== undefined || this.#isCut) {
      if (!this.#isCut && (this.oversize || !this.#collect(bytes, start, end))) this.#isCut = true;
      if (!last) return;
      const pieces = this.#isCut ? undefined : this.pieces;
      this.pieces = undefined;
      this.#isCut = false;
      this.events.shadowReply(this, part, pieces?.bytes ?? NOTHING, 0, pieces?.length ?? 0);
      return;
    }
    this.events.shadowReply(this, part, bytes, start, end);
  }

  failed(_session: number, _part: number, text: string): void {
    this.pieces = undefined;
    this.#isCut = false;
    this.events.shadowFailed(this, text);
  }

  #lend(bytes: Uint8Array, start: number, end: number): void {
    this.isPrimaryOver = true;
    this.lent = bytes;
    this.answerStart = start;
    this.answerEnd = end;
    this.events.primaryDone(this);
    this.lent = undefined;
  }

  /** False: the reply is too long, and what there is of it stays as it was. */
  #collect(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.pieces === undefined) this.pieces = new FrameWriter();
    if (this.pieces.length + end - start > this.events.maxReplyBytes) return false;
    this.pieces.raw(bytes, start, end);
    return true;
  }
}
