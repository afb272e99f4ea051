/**
 * The mirror stream of one slot owner: what the primary has done goes to the shadow, in the same order per slot, and
 * the shadow's replies are judged. Worker thread. It must not know clients: a client has its reply before anything
 * here happens, and nothing here can change it.
 */
import { CopyArena } from '../base/copies.ts';
import { assert } from '../base/errors.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { Breaker } from './breaker.ts';
import { DeadlineTable } from './deadlines.ts';
import type { DirtySlots } from './dirty-slots.ts';
import { Doubts } from './doubts.ts';
import { Input, isErrorAt } from './effect-input.ts';
import { EffectScript } from './effect-script.ts';
import { Expiries } from './expiries.ts';
import { type DropReason, Intake, type IntakeSettings } from './intake.ts';
import type { Judge, JudgeSettings } from './judge.ts';
import { KEEP_MS, type KeyExpiry } from './key-expiry.ts';
import { LeftOut } from './left-out.ts';
import type { ItemEvents, MirrorItem } from './mirror-item.ts';
import type { PrimarySide } from './primary-side.ts';
import { isBusy, lossOf, NOT_RUN, outcomeOf, RUN_IN_PART } from './refusals.ts';
import type { ShadowLanes } from './shadow-lanes.ts';
import { ShadowScripts } from './shadow-scripts.ts';
import { SlotGate } from './slot-gate.ts';
import { MirrorUnit } from './unit.ts';

export interface StreamSettings extends JudgeSettings, IntakeSettings {
  readonly breaker: { readonly failures: number; readonly openMs: number; readonly timeoutMs: number };
}

/** Per tick. The lag that near expiries are judged by falls slowly: one fast reply does not hide a slow second. */
const LAG_DECAY = 0.9;

export class ShadowStream implements ItemEvents {
  readonly intake: Intake;
  readonly breaker: Breaker;
  readonly parser = new FrameParser();
  readonly scripts: ShadowScripts;
  readonly doubts: Doubts;
  readonly #leftOut = new LeftOut();
  maxReplyBytes: number;
  readonly #services: WorkerServices;
  readonly #arena = new CopyArena();
  readonly #gate = new SlotGate();
  readonly #deadlines = new DeadlineTable();
  readonly #script = new EffectScript();
  readonly #expiries: Expiries;
  readonly #dirty: DirtySlots;
  readonly #judge: Judge;
  readonly #lanes: ShadowLanes;
  readonly #primary: PrimarySide;
  #settings: StreamSettings;

  constructor(
    services: WorkerServices,
    settings: StreamSettings,
    parts: { dirty: DirtySlots; lanes: ShadowLanes; primary: PrimarySide; judge: Judge },
  ) {
    this.#services = services;
    this.#settings = settings;
    this.maxReplyBytes = settings.maxReplyBytes;
    this.#lanes = parts.lanes;
    this.#primary = parts.primary;
    this.#judge = parts.judge;
    this.breaker = new Breaker(settings.breaker);
    const { dirty, lanes, primary } = parts;
    this.#dirty = dirty;
    this.scripts = new ShadowScripts(dirty);
    this.doubts = new Doubts(services, dirty);
    this.intake = new Intake(services, settings, {
      arena: this.#arena,
      breaker: this.breaker,
      dirty,
      deadlines: this.#deadlines,
      scripts: this.scripts,
      events: this,
    });
    const { intake, breaker } = this;
    this.#expiries = new Expiries({ services, gate: this.#gate, lanes, breaker, intake, primary });
    parts.lanes.attach(
      this.breaker,
      () => this.#services.clock.monotonicMs,
      (slots) => {
        // It may have lost anything, or everything.
        services.log('warn', 'the shadow has begun anew: its slots are dirty until they are known to agree');
        this.intake.unsure(slots, 'restart');
        this.scripts.forgetShadow();
      },
    );
    parts.judge.attach(this.#primary, (item) => this.#finish(item), intake);
  }

  reconfigure(settings: StreamSettings): void {
    // Keys that were not mirrored until now may be in any slot, and the shadow does not have what they hold.
    if (settings.sample > this.#settings.sample) this.#dirty.markAll('sample');
    this.#settings = settings;
    this.maxReplyBytes = settings.maxReplyBytes;
    this.intake.settings = settings;
    this.breaker.reconfigure(settings.breaker);
    this.#judge.settings = settings;
  }

  /** Regular upkeep: gauges, old deadlines, a shadow that has stopped answering. Call about ten times a second. */
  tick(): void {
    const { clock, metrics } = this.#services;
    const oldest = this.#lanes.oldestSentAtMs();
    const ageMs = oldest === Infinity ? 0 : clock.monotonicMs - oldest;
    this.intake.oldestMs = ageMs;
    this.intake.lagMs = Math.max(ageMs, this.intake.lagMs * LAG_DECAY);
    this.#deadlines.expireOlderThan(clock.nowMs - 1000);
    if (ageMs > this.#settings.breaker.timeoutMs) {
      this.breaker.trip(clock.monotonicMs);
      this.#lanes.reset();
    }
    this.#lanes.probe(clock.monotonicMs);
    metrics.setShadowLag(ageMs / 1000);
    metrics.setBreakerOpen(this.breaker.state === 'closed' ? 0 : 1);
  }

  /** An item is about to be sent to the primary, with its slots held if it has any. */
  starts(item: MirrorItem): void {
    item.sentAtMs = this.#services.clock.nowMs;
    this.#endSweep(item);
    // What is left out may run before it or behind it: then nothing is clean for it.
    if (item.definition.emptiesServer === true && this.#leftOut.isEmpty)
      item.sweep = this.#dirty.startSweep();
  }

  /** For a command that the intake has just declined: what is to hear of its end on the primary, if anything. */
  get leftOutNow(): LeftOut | undefined {
    return this.intake.hasLost ? this.#leftOut.begin() : undefined;
  }

  primaryDone(item: MirrorItem): void {
    this.keepAnswer(item);
    if (item.holder !== undefined) {
      item.holder.primaryOver(item, true, true);
      return;
    }
    this.mirror(item);
    this.#primary.releaseSlots(item);
  }

  primaryFailed(item: MirrorItem, sent: boolean): void {
    if (item.holder !== undefined) {
      item.holder.primaryOver(item, false, sent);
      return;
    }
    this.lose(item, sent);
    this.#primary.releaseSlots(item);
  }

  /** The primary gave no reply. When the command may have taken effect, nobody knows what the shadow should hold. */
  lose(item: MirrorItem, sent: boolean): void {
    if (sent) this.#primary.leases.hasRun(item);
    if (sent && item.isWrite) this.intake.dropItem(item, 'connection_lost');
    this.#finish(item);
  }

  /** Ends an item without a comparison. Its command had no effect that the shadow must hear of. */
  skip(item: MirrorItem): void {
    this.#judge.skipped(item);
    this.#finish(item);
  }

  drop(item: MirrorItem, reason: DropReason): void {
    this.intake.dropItem(item, reason);
    this.#finish(item);
  }

  /** Sends an item whose primary reply is known to the shadow. */
  mirror(item: MirrorItem): void {
    this.#primary.leases.hasRun(item);
    if (!this.breaker.allows() || !this.hasKnownEffect(item)) {
      this.drop(item, this.breaker.allows() ? 'not_mirrorable' : 'breaker_open');
      return;
    }
    if ((item.oversize && !item.isWrite) || outcomeOf(item) === NOT_RUN) {
      this.skip(item);
      return;
    }
    const { definition } = item;
    if (this.#expiries.concern(definition)) {
      const script = this.#script;
      script.reset();
      if (!this.writeEffect(item, script)) {
        if (script.count === 0) {
          this.skip(item);
          return;
        }
        item.expectations = script.expectations;
        item.effect = script.writer.bytes.slice(0, script.writer.length);
        item.effectEnds = script.starts.map((_, index) => script.end(index));
      }
    }
    const lane = this.#lanes.laneFor(item.database, item.resp);
    item.onShadow = true;
    item.mirroredAtMs = this.#services.clock.monotonicMs;
    item.placeOn(lane.id, this.#lanes.respOf(lane));
    if (item.slotCount === 1 && !item.allSlots && this.#gate.tryEnterOne(item.slot, lane.id))
      this.#sendToShadow(item, lane);
    else if (item.slotCount === 0 && !item.allSlots) this.#sendToShadow(item, lane);
    else {
      item.gated = true;
      this.#gate.enter(item);
    }
    this.#expiries.keepLeased(item);
  }

  /** False: what the shadow is to do depends on a reply that was too long to keep, or a script did not get far. */
  hasKnownEffect(item: MirrorItem): boolean {
    if (outcomeOf(item) === RUN_IN_PART) return false;
    const { mirror } = item.definition;
    if (!item.oversize || typeof mirror !== 'object') return true;
    return mirror.effect(this.parser.parse(item.frame.bytes, item.frameStart, item.frameEnd)) === undefined;
  }

  /**
   * The commands of a transaction that ran go to the shadow as one; its items are judged one by one. `slots` are all
   * slots they touch, sorted.
   */
  mirrorUnit(items: readonly MirrorItem[], execCommand: number, slots: Int32Array, allSlots: boolean): void {
    if (this.#lanes.spreads || !this.breaker.allows()) {
      for (const item of items) this.mirror(item);
      return;
    }
    const unit = new MirrorUnit({ stream: this, judge: this.#judge, execCommand }, items, slots, allSlots);
    const lane = this.#lanes.laneFor(unit.database, unit.resp);
    unit.lane = lane.id;
    unit.start(
      () => unit.send(lane, this.#lanes.respOf(lane)),
      () => this.#gate.leave(unit),
    );
    this.#gate.enter(unit);
    for (const item of items) {
      item.mirroredAtMs = this.#services.clock.monotonicMs;
      // Behind the leases that some may have taken out: others of them may have changed the key.
      this.#primary.leases.hasRun(item);
      this.#expiries.keepLeased(item);
    }
  }

  /**
   * Tells the shadow when keys expire, in the order of their slots, which the caller holds on the primary. Whoever asks
   * for keys to be kept past an expiry that is near must tell their real one afterwards, whatever happened between.
   * `missing` hears of keys that were to expire and that the shadow does not have.
   */
  tellExpiries(
    expiries: readonly KeyExpiry[],
    database: number,
    resp: 2 | 3,
    slots: Int32Array,
    missing: () => void = () => {},
  ): void {
    this.#expiries.tell(expiries, database, resp, slots, missing);
  }

  /** The shadow's gate let a queued item in. */
  shadowStart(item: MirrorItem): void {
    this.#sendToShadow(item, this.#lanes.byId(item.lane));
  }

  shadowReply(item: MirrorItem, part: number, bytes: Uint8Array, start: number, end: number): void {
    this.breaker.success();
    const lagMs = this.#services.clock.monotonicMs - item.mirroredAtMs;
    if (lagMs > this.intake.lagMs) this.intake.lagMs = lagMs;
    if (item.lost || isBusy(bytes, start, end)) {
      this.#partLost(item, 'not_mirrorable');
      return;
    }
    if (item.script !== undefined && !this.#scriptAnswered(item, bytes, start, end)) return;
    if (this.scripts.repeats > 0 && item.isWrite) this.scripts.overtakes(item);
    item.partsLeft -= 1;
    const over = item.partsLeft === 0;
    if (item.isWrite) this.doubts.answered(item);
    if (over) this.#leaveShadow(item);
    this.#judge.shadowReply(item, part, bytes, start, end);
    if (!over || item.undecided > 0) return;
    this.#finish(item);
    this.intake.takeBack(item);
  }

  /** For an item of a unit whose replies have all been judged. */
  finishJudged(item: MirrorItem): void {
    this.#judge.over(item);
    if (item.undecided === 0) this.#finish(item);
  }

  shadowFailed(item: MirrorItem, text: string): void {
    this.#partLost(item, lossOf(text, this.breaker.allows()));
  }

  /** The shadow has not run a command of the item, or nobody knows. */
  #partLost(item: MirrorItem, reason: DropReason): void {
    if (item.script !== undefined) this.scripts.failed(item);
    item.partsLeft -= 1;
    if (!item.lost) {
      item.lost = true;
      this.intake.dropItem(item, reason);
    }
    if (item.partsLeft > 0) return;
    this.#leaveShadow(item);
    if (item.undecided === 0) this.#finish(item);
  }

  /**
   * Writes what the shadow is to do for an item. True: the frame as it is, and nothing was written. Nothing written
   * and false: nothing is to be done.
   */
  writeEffect(item: MirrorItem, script: EffectScript): boolean {
    const { definition } = item;
    this.intake.expiryKnown(item);
    // A blocking command must never reach the shadow as such: there it might block.
    if (isErrorAt(item)) return definition.session !== 'blocking' && outcomeOf(item) !== NOT_RUN;
    const view = this.parser.parse(item.frame.bytes, item.frameStart, item.frameEnd);
    this.#expiries.moved(item);
    // Without its reply nobody knows whether it set one.
    const deadlineMs = item.oversize
      ? undefined
      : definition.deadline?.(new Input(view, item, item.sentAtMs));
    const leased = deadlineMs !== undefined && this.#expiries.lease(item, view, deadlineMs);
    const builder = typeof definition.mirror === 'object' ? definition.mirror.effect(view) : undefined;
    // A leased key gets its relative time from a clock that is ahead; an absolute one is put right behind the command.
    builder?.(new Input(view, item, leased ? item.sentAtMs + KEEP_MS : item.sentAtMs), script);
    return builder === undefined;
  }

  /** Copies the primary's reply out of the memory it was lent in. */
  keepAnswer(item: MirrorItem): void {
    const size = item.answerEnd - item.answerStart;
    item.oversize ||= size > this.maxReplyBytes;
    if (item.oversize) return;
    item.answer = this.#arena.copy(item.lent!, item.answerStart, item.answerEnd);
    item.answerStart = this.#arena.start;
    item.answerEnd = this.#arena.end;
    item.countedBytes += size;
    this.intake.queue.bytes += size;
    if (isErrorAt(item)) this.#endSweep(item);
  }

  #sendToShadow(item: MirrorItem, lane: CommandLane): void {
    if (this.#lanes.mayDelay(item, this.#gate)) this.#gate.sealAll(item);
    if (item.script !== undefined && this.scripts.wantsText(item.script, false)) {
      this.scripts.sendWithText(item, lane);
      return;
    }
    const { effect, effectEnds } = item;
    if (effect === undefined || effectEnds === undefined) {
      item.partsLeft = 1;
      lane.send(item.frame.bytes, item.frameStart, item.frameEnd, item, 0, 0, item.command, undefined, true);
      return;
    }
    item.partsLeft = effectEnds.length;
    let start = 0;
    for (let part = 0; part < effectEnds.length; part++) {
      lane.send(effect, start, effectEnds[part], item, 0, part, item.command, undefined);
      start = effectEnds[part];
    }
  }

  /** False: the command goes again, or it is lost and has been dropped. */
  #scriptAnswered(item: MirrorItem, bytes: Uint8Array, start: number, end: number): boolean {
    const outcome = this.scripts.answered(item, bytes, start, end);
    if (outcome === 'done') return true;
    if (outcome === 'again') {
      // Its slots stay held, and what comes now waits: of what is in flight behind it, more may fail.
      this.#gate.sealAll(item);
      this.scripts.sendWithText(item, this.#lanes.byId(item.lane));
      return false;
    }
    item.partsLeft = 0;
    this.#leaveShadow(item);
    this.drop(item, 'not_mirrorable');
    return false;
  }

  #leaveShadow(item: MirrorItem): void {
    if (item.gated) this.#gate.leave(item);
    else if (item.slotCount === 1) this.#gate.leaveOne(item.slot);
  }

  #endSweep(item: MirrorItem): void {
    if (item.sweep === undefined) return;
    this.#dirty.endSweep(item.sweep);
    item.sweep = undefined;
  }

  #finish(item: MirrorItem): void {
    assert(!item.finished, 'an item ends once');
    item.finished = true;
    this.intake.over(item);
    this.#endSweep(item);
    this.#arena.release(item.frame);
    if (item.answer !== undefined) this.#arena.release(item.answer);
    if (item.origin !== undefined) this.#judge.rereadOver(item);
  }
}
