/**
 * Compares the shadow's replies with the primary's and decides what a difference means: expected between these two
 * servers, of no weight because the slot is dirty, to be read again, or divergent. Worker thread (slot owner).
 * It must not know connections or the order of commands.
 */
import { equalBytes } from '../base/bytes.ts';
import type { CompareRule, Expectation } from '../commands/definition.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { replyShape } from '../commands/reply-shapes.ts';
import { mayHoldSecrets } from '../commands/secrets.ts';
import { compareExpected, type Difference } from '../compare/compare.ts';
import type { ServerIdentity } from '../compare/identity.ts';
import { explainDifference } from '../compare/known-differences.ts';
import { ruleFor } from '../compare/rule-for.ts';
import { ReplyConverter } from '../resp/convert-reply.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, isError, type Reply, replyInteger } from '../resp/reply.ts';
import {
  DIVERGENCE_KINDS,
  type DirtyCause,
  VERDICT_DIVERGENT,
  VERDICT_EXPECTED,
  VERDICT_MATCH,
  VERDICT_SKIPPED,
  VERDICT_UNCONFIRMED,
  VERDICTS,
  type VerdictIndex,
} from '../telemetry/metrics.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { DirtySlots } from './dirty-slots.ts';
import { buildDivergenceReport, type DivergenceDisplay, type DivergenceReport } from './divergence-record.ts';
import type { MirrorItem } from './mirror-item.ts';

export interface JudgeSettings {
  readonly confirm: { readonly attempts: number; readonly delayMs: number };
  readonly ttlToleranceMs: number;
  readonly rules: ReadonlyMap<string, CompareRule>;
  readonly maxReplyBytes: number;
  readonly display: DivergenceDisplay;
}

/** A read whose replies differed, to be read again on both sides. */
export interface Reread {
  /** The client's own command; its frame stays valid until its verdict. */
  readonly origin: MirrorItem;
  readonly attempt: number;
}

/** What the judge asks of the primary's side. */
export interface JudgedPrimary {
  /** Reads again on both sides; false: not possible now. */
  reread(request: Reread): boolean;
  /** The shadow has a later expiry for the item's key on purpose. */
  isLeased(item: MirrorItem): boolean;
}

export interface NearKeys {
  /** A key expires or has just expired, which a script may have met. */
  isSomeKeyNear(): boolean;
}

/** Reads that may wait to be read again; further ones stay unconfirmed. */
const MAX_REREADS = 10_000;

const PRIMARY: Expectation = { kind: 'primary' };
/** Why a difference was not looked into. */
const NOT_READ_AGAIN = 'not_read_again';

export class Judge {
  settings: JudgeSettings;
  readonly #services: WorkerServices;
  readonly #dirty: DirtySlots;
  readonly #identities: () => { primary: ServerIdentity; shadow: ServerIdentity };
  readonly #hasMoved: (slot: number) => boolean;
  readonly #report: (report: DivergenceReport) => void;
  readonly #parser = new FrameParser();
  #primary: JudgedPrimary | undefined = undefined;
  #finish: (item: MirrorItem) => void = () => {};
  #keys: NearKeys | undefined = undefined;
  #rereads = 0;

  constructor(
    services: WorkerServices,
    settings: JudgeSettings,
    parts: {
      dirty: DirtySlots;
      identities: () => { primary: ServerIdentity; shadow: ServerIdentity };
      /** Whether keys of the slot have gone from node to node, on either side. */
      hasMoved: (slot: number) => boolean;
      report: (report: DivergenceReport) => void;
    },
  ) {
    this.#services = services;
    this.settings = settings;
    this.#dirty = parts.dirty;
    this.#identities = parts.identities;
    this.#hasMoved = parts.hasMoved;
    this.#report = parts.report;
  }

  /** `finish` ends an item whose verdict came after its last reply. */
  attach(primary: JudgedPrimary, finish: (item: MirrorItem) => void, keys: NearKeys): void {
    this.#primary = primary;
    this.#keys = keys;
    this.#finish = finish;
  }

  /** The shadow's whole reply to command `part` of the item's effect. */
  shadowReply(item: MirrorItem, part: number, bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      // It was too long to be kept.
      this.#verdict(item, VERDICT_SKIPPED, 'too_long');
      return;
    }
    const expectation = item.expectations === undefined ? PRIMARY : item.expectations[part];
    const { answer } = item;
    if (expectation.kind === 'primary') {
      if (
        answer !== undefined &&
        equalBytes(answer.bytes, item.answerStart, item.answerEnd, bytes, start, end)
      ) {
        this.#verdict(item, VERDICT_MATCH);
        return;
      }
      if (item.oversize) {
        this.#verdict(item, VERDICT_SKIPPED, 'too_long');
        return;
      }
    }
    this.judgeReply(item, expectation, decodeReply(bytes, start, end));
    if (item.partsLeft === 0) this.over(item);
  }

  /** All replies of the item have been judged: what said nothing else was equal, or could not be compared. */
  over(item: MirrorItem): void {
    this.#verdict(
      item,
      item.matched ? VERDICT_MATCH : VERDICT_SKIPPED,
      item.matched ? '' : 'nothing_to_compare',
    );
  }

  /** Judges one decoded reply of the shadow. May leave the item undecided: then `finish` follows later. */
  judgeReply(item: MirrorItem, expectation: Expectation, shadow: Reply): void {
    const view = this.#parser.parse(item.frame.bytes, item.frameStart, item.frameEnd);
    const rule = this.#withTolerance(
      ruleFor(item.definition, view, this.settings.rules, item.script?.rule),
      item,
    );
    if (rule.rule === 'ignore') {
      this.#verdict(item, VERDICT_SKIPPED, 'ignored');
      return;
    }
    const answer = item.answer!;
    const primary = decodeReply(answer.bytes, item.answerStart, item.answerEnd);
    const inForm = item.shadowResp === item.resp ? shadow : this.#converted(item, shadow);
    const difference = compareExpected(expectation, rule, primary, inForm);
    if (difference === undefined) {
      if (expectation.kind !== 'any') this.#verdict(item, VERDICT_MATCH);
      return;
    }
    // What the primary wrote is missing there.
    const isRefused = item.isWrite && isError(shadow) && !isError(primary);
    if (this.#isDirty(item)) {
      if (isRefused) this.#markDirty(item, 'refused');
      this.#verdict(item, VERDICT_SKIPPED, 'dirty_slot');
      return;
    }
    if (explainDifference(item.definition, view, primary, shadow, this.#identities()) !== undefined) {
      if (isRefused) this.#markDirty(item, 'refused');
      this.#verdict(item, VERDICT_EXPECTED, 'known_difference');
      return;
    }
    if (rule.rule === 'ttl' && this.#primary!.isLeased(item)) {
      this.#verdict(item, VERDICT_UNCONFIRMED, 'near_expiry');
      return;
    }
    // Of a key, not of fields: those are handed over with the value, as times.
    const isOfKey = difference.kind === 'ttl' && difference.path === '';
    if (isOfKey && this.#hasMoved(item.slot) && bothExpire(primary, inForm)) {
      this.#verdict(item, VERDICT_EXPECTED, 'slot_moved');
      return;
    }
    this.#differs(item, difference, shadow);
  }

  /** The item ended without a comparison. */
  skipped(item: MirrorItem): void {
    this.#verdict(item, VERDICT_SKIPPED, 'not_run');
  }

  /** An item that read something again has ended, compared or not. */
  rereadOver(item: MirrorItem): void {
    if (!item.judged) this.#settle(item.origin!, VERDICT_SKIPPED, NOT_READ_AGAIN);
  }

  #differs(item: MirrorItem, difference: Difference, shadow: Reply): void {
    const { attempts } = this.settings.confirm;
    if (!item.isWrite && item.attempt < attempts) {
      if (this.#rereads >= MAX_REREADS) {
        this.#verdict(item, VERDICT_UNCONFIRMED, 'too_many');
        return;
      }
      this.#readAgain(item);
      return;
    }
    if (item.isWrite && (item.nearExpiry || (item.allSlots && this.#keys!.isSomeKeyNear()))) {
      this.#markDirty(item, 'expiry');
      this.#verdict(item, VERDICT_UNCONFIRMED, 'near_expiry');
      return;
    }
    if (!item.judged) this.#publish(item, difference, shadow);
    this.#verdict(item, VERDICT_DIVERGENT, difference.kind);
  }

  #readAgain(item: MirrorItem): void {
    const origin = item.origin ?? item;
    const attempt = item.attempt + 1;
    if (item.origin === undefined) {
      item.undecided = 1;
      this.#rereads += 1;
    }
    // The next attempt carries the origin on.
    item.judged = true;
    this.#services.after(this.settings.confirm.delayMs, () => {
      if (!this.#primary!.reread({ origin, attempt })) this.#settle(origin, VERDICT_SKIPPED, NOT_READ_AGAIN);
    });
  }

  /** Counts the item's verdict once: the first that is not a match, or else the match. */
  #verdict(item: MirrorItem, verdict: VerdictIndex, reason = ''): void {
    if (item.judged) return;
    if (verdict === VERDICT_MATCH && item.partsLeft > 0) {
      item.matched = true;
      return;
    }
    item.judged = true;
    if (verdict === VERDICT_MATCH && item.sweep !== undefined) this.#dirty.keepSince(item.sweep);
    if (item.origin === undefined) {
      this.#services.metrics.countComparison(item.command, verdict);
      if (item.trace !== undefined) item.trace.judged(VERDICTS[verdict], reason);
      return;
    }
    if (verdict === VERDICT_MATCH) this.#settle(item.origin, VERDICT_UNCONFIRMED, 'equal_when_read_again');
    else this.#settle(item.origin, verdict, reason);
  }

  #settle(origin: MirrorItem, verdict: VerdictIndex, reason: string): void {
    if (origin.undecided === 0) return;
    origin.undecided = 0;
    this.#rereads -= 1;
    this.#services.metrics.countComparison(origin.command, verdict);
    origin.trace?.judged(VERDICTS[verdict], reason);
    this.#finish(origin);
  }

  #publish(item: MirrorItem, difference: Difference, shadow: Reply): void {
    const answer = item.answer!;
    const { metrics, table, clock } = this.#services;
    metrics.countDivergence(item.command, DIVERGENCE_KINDS.indexOf(difference.kind));
    const key =
      item.keyStart < 0 ? undefined : { bytes: item.frame.bytes, start: item.keyStart, end: item.keyEnd };
    const facts = {
      atMs: clock.nowMs,
      command: table.labels[item.command],
      kind: difference.kind,
      path: difference.path,
      slot: item.slot,
      key,
      request: mayHoldSecrets(item.definition)
        ? undefined
        : { bytes: item.frame.bytes, start: item.frameStart, end: item.frameEnd },
      primary: { bytes: answer.bytes, start: item.answerStart, end: item.answerEnd },
      shadow: { bytes: shadow.bytes, start: shadow.start, end: shadow.end },
    };
    this.#report(buildDivergenceReport(facts, this.settings.display));
  }

  #markDirty(item: MirrorItem, cause: DirtyCause): void {
    if (item.allSlots) this.#dirty.markAll(cause);
    else for (let i = 0; i < item.slotCount; i++) this.#dirty.mark(item.slotAt(i), cause);
  }

  #isDirty(item: MirrorItem): boolean {
    for (let i = 0; i < item.slotCount; i++) {
      if (this.#dirty.has(item.slotAt(i))) return true;
    }
    return item.slotCount === 0 && this.#dirty.count > 0;
  }

  /** The shadow's reply in the version of RESP that the primary's is in. */
  #converted(item: MirrorItem, shadow: Reply): Reply {
    const view = this.#parser.parse(item.frame.bytes, item.frameStart, item.frameEnd);
    const writer = new FrameWriter(shadow.end - shadow.start + 64);
    const converter = new ReplyConverter(writer);
    converter.begin(replyShape(item.definition, view), item.resp);
    converter.feed(shadow.bytes, shadow.start, shadow.end);
    return decodeReply(writer.bytes, 0, writer.length);
  }

  /** The configured tolerance in the unit of the reply: commands on milliseconds begin with P or HP. */
  #withTolerance(rule: CompareRule, item: MirrorItem): CompareRule {
    if (rule.rule !== 'ttl') return rule;
    const { name } = item.definition;
    const inMilliseconds = name.startsWith('p') || name.startsWith('hp');
    const { ttlToleranceMs } = this.settings;
    const tolerance = inMilliseconds ? ttlToleranceMs : Math.ceil(ttlToleranceMs / 1000);
    return { rule: 'ttl', each: rule.each === true, tolerance };
  }
}

/** Two times, and none of the codes that stand for no time. */
function bothExpire(primary: Reply, shadow: Reply): boolean {
  return replyInteger(primary) >= 0 && replyInteger(shadow) >= 0;
}
