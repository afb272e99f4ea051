/**
 * MULTI … EXEC on its way to the shadow: the effects of its commands between MULTI and EXEC on one connection, so the
 * shadow's own readers see them at once as the primary's did. Worker thread (slot owner).
 */
import { copyOf } from '../base/bytes.ts';
import type { Expectation } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply, replyText } from '../resp/reply.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import { EffectScript } from './effect-script.ts';
import type { Judge } from './judge.ts';
import type { MirrorItem } from './mirror-item.ts';
import { isBusy } from './refusals.ts';
import type { GateTask } from './slot-gate.ts';
import type { ShadowStream } from './stream.ts';

const ARRAY = 0x2a;
const MINUS = 0x2d;

/** What of a queued command the shadow was sent: its items' replies in EXEC's array, first to last. */
interface Section {
  readonly item: MirrorItem;
  readonly expectations: readonly Expectation[];
}

export class MirrorUnit implements GateTask, ReplyTarget {
  readonly database: number;
  readonly resp: 2 | 3;
  lane = 0;
  readonly allSlots: boolean;
  readonly #slots: Int32Array;
  readonly #stream: ShadowStream;
  readonly #judge: Judge;
  readonly #execCommand: number;
  readonly #sections: Section[] = [];
  readonly #frame = new FrameWriter();
  /** End of each command in the frame, MULTI and EXEC included. */
  readonly #ends: number[] = [];
  /** Command id of each of them, for the metrics. */
  readonly #ids: number[] = [];
  #pieces: FrameWriter | undefined = undefined;
  /** By part: the error with which the shadow refused to queue it. */
  readonly #refusals = new Map<number, Reply>();
  #lost = false;
  #send: () => void = () => {};
  #leave: () => void = () => {};

  constructor(
    parts: { stream: ShadowStream; judge: Judge; execCommand: number },
    items: readonly MirrorItem[],
    slots: Int32Array,
    allSlots: boolean,
  ) {
    this.#stream = parts.stream;
    this.#judge = parts.judge;
    this.#execCommand = parts.execCommand;
    this.#slots = slots;
    this.allSlots = allSlots;
    this.database = items[0].database;
    this.resp = items[0].resp;
    this.#command('MULTI');
    for (const item of items) this.#add(item);
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  slotAt(index: number): number {
    return this.#slots[index];
  }

  /** `send` and `leave` are what to do when the shadow's gate has let the unit in, and when it is over. */
  start(send: () => void, leave: () => void): void {
    this.#command('EXEC');
    this.#send = send;
    this.#leave = leave;
  }

  run(): void {
    this.#send();
  }

  /** Called by the stream, through `run`. */
  send(lane: CommandLane, resp: 2 | 3): void {
    for (const { item } of this.#sections) item.shadowResp = resp;
    let start = 0;
    for (let part = 0; part < this.#ends.length; part++) {
      lane.send(this.#frame.bytes, start, this.#ends[part], this, 0, part, this.#ids[part], undefined);
      start = this.#ends[part];
    }
  }

  reply(_session: number, part: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (part !== this.#ends.length - 1) {
      // +OK and +QUEUED tell nothing. An error (they are short, and come whole) is the reason why EXEC will fail.
      if (last && bytes[start] === MINUS) {
        const copy = copyOf(bytes, start, end);
        this.#refusals.set(part, decodeReply(copy, 0, copy.length));
      }
      return;
    }
    if (last && this.#pieces === undefined) {
      this.#judgeExec(decodeReply(bytes, start, end));
      return;
    }
    this.#pieces ??= new FrameWriter();
    this.#pieces.raw(bytes, start, end);
    if (last) this.#judgeExec(decodeReply(this.#pieces.bytes, 0, this.#pieces.length));
  }

  failed(_session: number, part: number): void {
    this.#lost = true;
    if (part !== this.#ends.length - 1) return;
    this.#leave();
    for (const { item } of this.#sections) this.#stream.drop(item, 'connection_lost');
  }

  #judgeExec(exec: Reply): void {
    this.#stream.breaker.success();
    this.#leave();
    if (this.#lost) {
      for (const { item } of this.#sections) this.#stream.drop(item, 'connection_lost');
      return;
    }
    if (exec.type !== ARRAY || exec.isNull) {
      this.#judgeRefusal(exec);
      return;
    }
    let at = 0;
    for (const { item, expectations } of this.#sections) {
      if (item.isWrite) this.#stream.doubts.answered(item);
      item.partsLeft = expectations.length;
      for (const expectation of expectations) {
        const reply = exec.items[at++];
        item.partsLeft -= 1;
        if (item.script !== undefined && this.#isLost(item, reply)) continue;
        if (item.oversize) continue;
        this.#judge.judgeReply(item, expectation, reply);
      }
      if (!item.finished) this.#stream.finishJudged(item);
    }
  }

  /**
   * The shadow refused the transaction as a whole: none of it happened there. Commands that it would not queue are
   * judged by its own words; the others had to go with them.
   */
  #judgeRefusal(exec: Reply): void {
    let part = 1;
    for (const { item, expectations } of this.#sections) {
      let reply = this.#refusals.size === 0 ? exec : undefined;
      for (const end = part + expectations.length; part < end; part++) reply ??= this.#refusals.get(part);
      if (reply === undefined || saysBusy(reply)) {
        this.#stream.drop(item, 'not_mirrorable');
        continue;
      }
      if (!item.oversize) this.#judge.judgeReply(item, { kind: 'primary' }, reply);
      this.#stream.finishJudged(item);
    }
  }

  /** The shadow does not have the script that the item names. */
  #isLost(item: MirrorItem, reply: Reply): boolean {
    if (this.#stream.scripts.answered(item, reply.bytes, reply.start, reply.end) === 'done') return false;
    this.#stream.drop(item, 'not_mirrorable');
    return true;
  }

  #add(item: MirrorItem): void {
    const script = new EffectScript();
    if (this.#stream.writeEffect(item, script)) {
      const { frame, frameStart, frameEnd } = item;
      const { scripts } = this.#stream;
      // Inside of a transaction nothing could be repeated in its place.
      if (item.script !== undefined && scripts.wantsText(item.script, true)) {
        script.begin({ kind: 'primary' });
        scripts.writeWithText(item, script.writer);
      } else script.verbatim(frame.bytes, frameStart, frameEnd, { kind: 'primary' });
    }
    const base = this.#frame.length;
    this.#frame.raw(script.writer.bytes, 0, script.writer.length);
    for (let i = 0; i < script.count; i++) {
      this.#ends.push(base + script.end(i));
      this.#ids.push(item.command);
    }
    this.#sections.push({ item, expectations: script.expectations });
  }

  #command(name: string): void {
    this.#frame.array(1);
    this.#frame.text(name);
    this.#ends.push(this.#frame.length);
    this.#ids.push(name === 'EXEC' ? this.#execCommand : INTERNAL_COMMAND);
  }
}

/** The shadow was too busy to queue a command, or to run what it had queued. */
function saysBusy(reply: Reply): boolean {
  return isBusy(reply.bytes, reply.start, reply.end) || /^EXECABORT .*(BUSY|LOADING) /.test(replyText(reply));
}
