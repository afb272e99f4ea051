/**
 * Which Lua scripts the shadow has. Worker thread (slot owner).
 *
 * EVALSHA names a script that the primary has got from somebody, at some time; the shadow may have been restarted
 * since, or may not have been sent it. So the mirror sends EVAL with the text until the shadow has answered it once,
 * and then the client's own EVALSHA. Should the shadow have forgotten the script all the same (NOSCRIPT), the command
 * is sent again with the text, behind what is in flight; its slots stay held until that is answered, and let nothing
 * new in. Further EVALSHA in flight fail and follow in the same order. A write in flight that did not fail has
 * overtaken the script, and then the slots are dirty.
 *
 * Epochs count the times at which the shadow may have lost its scripts; what was known before is known no longer.
 */
import type { CommandDefinition, CommandView, CompareRule, ScriptUse } from '../commands/definition.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { promisesNoWrites } from '../commands/scripting/promises.ts';
import { EXACT } from '../commands/shapes.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { DirtySlots } from './dirty-slots.ts';
import type { MirrorItem } from './mirror-item.ts';
import { type KnownScript, ScriptBook } from './script-book.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const NOSCRIPT = Buffer.from('-NOSCRIPT ');

/** What is known of the script of one command on its way. */
export class ScriptCall {
  readonly use: ScriptUse;
  /** Undefined: nobody has sent the text through this gateway, or too long ago. */
  readonly script: KnownScript | undefined;
  /** Of the shadow when it was sent there. */
  epoch = 0;
  /** The shadow gets, or got, the text: what the client sent, or in place of the digest. */
  withText: boolean;
  /** It was sent a second time. */
  repeated = false;

  constructor(use: ScriptUse, script: KnownScript | undefined) {
    this.use = use;
    this.script = script;
    this.withText = use.kind === 'text';
  }

  /** How replies are compared, where the text of a digest tells. */
  get rule(): CompareRule | undefined {
    return this.use.kind === 'digest' && this.script?.isStable === true ? EXACT : undefined;
  }
}

/** What the shadow's reply to a script command means for the mirror. */
export type ScriptOutcome = 'done' | 'again' | 'lost';

export class ShadowScripts {
  readonly book = new ScriptBook(MAX_BYTES);
  readonly #dirty: DirtySlots;
  readonly #parser = new FrameParser();
  readonly #writer = new FrameWriter();
  #epoch = 0;
  /** Sent again and not answered yet. */
  readonly #repeated = new Set<MirrorItem>();

  constructor(dirty: DirtySlots) {
    this.#dirty = dirty;
  }

  /** Commands that were sent again and not answered yet. While there are any, `overtakes` wants to see every write. */
  get repeats(): number {
    return this.#repeated.size;
  }

  /** Looks at a command that clients sent, mirrored or not: its text is remembered. */
  look(definition: CommandDefinition, view: CommandView): ScriptCall | undefined {
    const use = definition.script!;
    if (use.kind === 'forget') return new ScriptCall(use, undefined);
    const argument = use.kind === 'text' ? use.argument : 1;
    if (view.count <= argument) return undefined;
    const start = view.spans[2 * argument];
    const end = view.spans[2 * argument + 1];
    const { bytes } = view;
    return new ScriptCall(
      use,
      use.kind === 'text' ? this.book.note(bytes, start, end) : this.book.find(bytes, start, end),
    );
  }

  /** Cold: while writes are paused. Whether a script is known that has promised not to write. */
  promiseNoWrites(digest: string): boolean {
    const bytes = Buffer.from(digest, 'latin1');
    const text = this.book.find(bytes, 0, bytes.length)?.text;
    return text !== undefined && promisesNoWrites(text, 0, text.length);
  }

  /** The shadow may have no script any more. */
  forgetShadow(): void {
    this.#epoch += 1;
  }

  /** The call is about to be sent. True: the shadow is to get the text instead, see `sendWithText`. */
  wantsText(call: ScriptCall, always: boolean): boolean {
    call.epoch = this.#epoch;
    const { script } = call;
    if (call.withText || script === undefined) return false;
    call.withText = always || script.shadowEpoch !== this.#epoch;
    return call.withText;
  }

  /** Sends the command with the text in place of the digest. */
  sendWithText(item: MirrorItem, lane: CommandLane): void {
    this.#writer.reset();
    this.writeWithText(item, this.#writer);
    item.partsLeft = 1;
    lane.send(this.#writer.bytes, 0, this.#writer.length, item, 0, 0, item.command, undefined);
  }

  writeWithText(item: MirrorItem, writer: FrameWriter): void {
    const { use, script } = item.script!;
    if (use.kind !== 'digest' || script === undefined) return;
    const view = this.#parser.parse(item.frame.bytes, item.frameStart, item.frameEnd);
    writer.array(view.count);
    writer.text(use.withText);
    writer.bulk(script.text, 0, script.text.length);
    // The rest as it came, from behind the line end of the digest.
    writer.raw(view.bytes, view.spans[3] + 2, item.frameEnd);
  }

  /** Looks at the shadow's whole reply. 'again': send it with the text. 'lost': the shadow cannot run it. */
  answered(item: MirrorItem, bytes: Uint8Array, start: number, end: number): ScriptOutcome {
    const call = item.script!;
    const { use, script } = call;
    this.#repeated.delete(item);
    if (use.kind === 'forget') {
      this.#epoch += 1;
      return 'done';
    }
    if (use.kind === 'digest' && isNoScript(bytes, start, end)) {
      if (call.withText || script === undefined) return 'lost';
      this.#epoch += 1;
      this.wantsText(call, true);
      this.#repeated.add(item);
      call.repeated = true;
      return 'again';
    }
    const accepted = bytes[start] !== NOSCRIPT[0];
    if (accepted && script !== undefined && call.epoch === this.#epoch) script.shadowEpoch = this.#epoch;
    return 'done';
  }

  /** A script command will not be answered. */
  failed(item: MirrorItem): void {
    this.#repeated.delete(item);
  }

  /** The shadow has answered a write. If it ran before a script that the primary ran first, nobody knows the slots. */
  overtakes(write: MirrorItem): void {
    if (write.script?.repeated === true) return;
    for (const repeated of this.#repeated) {
      if (shareSlots(repeated, write)) this.#markDirty(repeated);
    }
  }

  #markDirty(item: MirrorItem): void {
    for (let i = 0; i < item.slotCount; i++) this.#dirty.mark(item.slotAt(i), 'script');
  }
}

export function isNoScript(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < NOSCRIPT.length) return false;
  for (let at = 0; at < NOSCRIPT.length; at++) if (bytes[start + at] !== NOSCRIPT[at]) return false;
  return true;
}

function shareSlots(left: MirrorItem, right: MirrorItem): boolean {
  for (let i = 0; i < left.slotCount; i++) {
    for (let j = 0; j < right.slotCount; j++) if (left.slotAt(i) === right.slotAt(j)) return true;
  }
  return false;
}
