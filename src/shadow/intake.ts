/**
 * Decides whether a command is mirrored, and makes its item: keys, slots, sampling, limits, expiry. Worker thread
 * (slot owner). It must not know connections.
 */
import { hashBytes } from '../base/bytes.ts';
import type { Chunk, CopyArena } from '../base/copies.ts';
import { assert } from '../base/errors.ts';
import { keySlot, SLOT_COUNT } from '../base/slot.ts';
import type { CommandDefinition, CommandView } from '../commands/definition.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import {
  BIT_ALL_KEYS,
  BIT_KEYED,
  BIT_MIRRORED,
  BIT_SCRIPT,
  BIT_SCRIPTS,
  BIT_SINGLE_KEY,
  BIT_WRITE,
} from '../commands/table.ts';
import { findKeys, KeyList } from '../routing/keys.ts';
import { type DirtyCause, DROP_REASONS } from '../telemetry/metrics.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Breaker } from './breaker.ts';
import type { DeadlineTable } from './deadlines.ts';
import type { DirtySlots } from './dirty-slots.ts';
import { KnownDeadlines } from './known-deadlines.ts';
import { type ItemEvents, MirrorItem } from './mirror-item.ts';
import { isSampled } from './sampler.ts';
import type { ShadowScripts } from './shadow-scripts.ts';

export type DropReason = (typeof DROP_REASONS)[number];

/** What of the configuration the intake follows; replaced by a reload. */
export interface IntakeSettings {
  readonly enabled: boolean;
  readonly sample: number;
  readonly maxCommands: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** The shadow is a cluster: it has no other database. */
  readonly onlyDatabase0: boolean;
}

/** Commands accepted and not yet compared or dropped. */
export interface QueueCount {
  commands: number;
  bytes: number;
}

/** Of the grammar. */
const DATABASE_ARGUMENTS: ReadonlySet<string> = new Set(['db', 'destination-db']);

/** Items kept for use, two megabytes of them: what is on its way while the shadow is a little behind. */
const MAX_SPENT = 4096;

/** How long before a key's expiry its writes are ordered with care, at the least. */
const EXPIRY_WINDOW_MS = 50;

export class Intake {
  settings: IntakeSettings;
  /** How long the oldest command has waited for the shadow. */
  oldestMs = 0;
  /** Round trips to the shadow make the careful window wider, see `isNearDeadline`. */
  lagMs = 0;
  readonly queue: QueueCount = { commands: 0, bytes: 0 };
  readonly #services: WorkerServices;
  readonly #arena: CopyArena;
  readonly #breaker: Breaker;
  readonly #dirty: DirtySlots;
  readonly deadlines: KnownDeadlines;
  readonly #scripts: ShadowScripts;
  readonly #keys = new KeyList();
  readonly #events: ItemEvents;
  /**
   * Items to be used again: a new one for each command is 470 bytes of garbage, and with 800 on their way some 55 ns in
   * place of 38 (`bench/micro/mirror-item.ts`).
   */
  readonly #spent: MirrorItem[] = [];
  /** By slot: commands in flight on the primary that may set an expiry, as yet unknown. */
  readonly #expirySetters = new Int32Array(SLOT_COUNT);
  readonly #parser = new FrameParser();
  /** The command that was looked at last is a write that is left out, and what it writes is dirty for it. */
  hasLost = false;

  constructor(
    services: WorkerServices,
    settings: IntakeSettings,
    parts: {
      arena: CopyArena;
      breaker: Breaker;
      dirty: DirtySlots;
      deadlines: DeadlineTable;
      scripts: ShadowScripts;
      events: ItemEvents;
    },
  ) {
    this.#services = services;
    this.settings = settings;
    this.#arena = parts.arena;
    this.#breaker = parts.breaker;
    this.#dirty = parts.dirty;
    this.deadlines = new KnownDeadlines(parts.deadlines);
    this.#scripts = parts.scripts;
    this.#events = parts.events;
  }

  /**
   * The item of a command that is to be mirrored, its place in the queue counted; undefined when it is not mirrored.
   * A write that is left out marks its slots dirty here. `isOwn`: the bytes are nobody else's and stay as they are, so
   * they need not be copied.
   */
  admit(
    command: number,
    view: CommandView,
    frameStart: number,
    frameEnd: number,
    database: number,
    resp: 2 | 3,
    isOwn = false,
  ): MirrorItem | undefined {
    const table = this.#services.table;
    this.hasLost = false;
    if (command < 0) return undefined;
    const bits = table.bits[command];
    const isWrite = (bits & BIT_WRITE) !== 0;
    if ((bits & BIT_MIRRORED) === 0) {
      if (isWrite) this.refuse(command, view, 'not_mirrorable');
      return undefined;
    }
    // Looked at first: a script must be known even when the command that brings it is left out.
    const script =
      (bits & BIT_SCRIPT) === 0 ? undefined : this.#scripts.look(table.definitions[command], view);
    const keys = this.#keys;
    keys.count = 0;
    const keyed = (bits & BIT_KEYED) !== 0;
    if (keyed && !findKeys(table, command, view, keys)) {
      // Malformed, or keys that cannot be known: the server will most likely refuse it.
      this.#drop('not_mirrorable', bits, keys, view);
      return undefined;
    }
    if (database !== 0 && this.settings.onlyDatabase0 && table.definitions[command].scope !== 'keyspace') {
      this.#leaveOut(table.definitions[command], bits, keys, view);
      return undefined;
    }
    const refusal = this.#refusal(keys, view, frameEnd - frameStart);
    if (refusal !== undefined) return this.#decline(refusal, bits, keys, view);
    const chunk = isOwn
      ? this.#arena.adopt(view.bytes, frameStart, frameEnd)
      : this.#arena.copy(view.bytes, frameStart, frameEnd);
    const item = this.#itemOf(command, isWrite, database, resp, chunk);
    this.#place(item, view, frameStart, keys, (bits & BIT_ALL_KEYS) !== 0 || (isWrite && keys.count === 0));
    item.script = script;
    item.countedBytes = frameEnd - frameStart;
    this.queue.commands += 1;
    this.queue.bytes += item.countedBytes;
    item.trace = this.#services.tracer?.mirrored(item.slot);
    return item;
  }

  #itemOf(command: number, isWrite: boolean, database: number, resp: 2 | 3, chunk: Chunk): MirrorItem {
    const definition = this.#services.table.definitions[command];
    const { nowMs } = this.#services.clock;
    const { start, end } = this.#arena;
    const from = this.settings.onlyDatabase0 ? 0 : database;
    const item = this.#spent.pop() ?? new MirrorItem(this.#events);
    item.begin(command, definition, isWrite, from, resp, nowMs, chunk, start, end);
    return item;
  }

  /** An item has ended: its command is off the queue. */
  over(item: MirrorItem): void {
    this.expiryKnown(item);
    this.queue.commands -= 1;
    this.queue.bytes -= item.countedBytes;
    if (item.trace !== undefined) item.trace.over(item.mirroredAtMs);
  }

  /** An item has ended by the shadow's reply, and whoever has called does not look at it again. */
  takeBack(item: MirrorItem): void {
    if (item.isSpent && this.#spent.length < MAX_SPENT) this.#spent.push(item);
  }

  /** Remembers when the first key of an item expires. */
  setDeadline(item: MirrorItem, deadlineMs: number): void {
    if (item.keyStart < 0) return;
    this.deadlines.set(item.database, item.frame.bytes, item.keyStart, item.keyEnd, deadlineMs);
  }

  /** Looks again whether a key of the item is about to expire: it may have waited for its slots. */
  lookAgain(item: MirrorItem): void {
    if (this.deadlines.isEmpty || item.keyStart < 0) return;
    this.#lookAtDeadlines(item, this.#keysOf(item), this.#keys);
  }

  /** A command has succeeded that may give a key the expiry of another one. */
  expiryMoved(item: MirrorItem): void {
    const { expiryGoesTo, swapsDatabases } = item.definition;
    if (expiryGoesTo === undefined && swapsDatabases === undefined) return;
    const view = this.#keysOf(item);
    if (expiryGoesTo !== undefined) {
      this.deadlines.copy(item.database, view, this.#keys, expiryGoesTo(view, item.database));
    } else {
      const [one, other] = swapsDatabases!(view);
      this.deadlines.swap(one, other);
    }
  }

  /** The keys of an item, in `#keys`, and the command that they are spans of. */
  #keysOf(item: MirrorItem): CommandView {
    const view = this.#parser.parse(item.frame.bytes, item.frameStart, item.frameEnd);
    this.#keys.count = 0;
    findKeys(this.#services.table, item.command, view, this.#keys);
    return view;
  }

  /** A command that cannot be mirrored although it should be: counted, and what it writes is unknown. */
  refuse(command: number, view: CommandView, reason: DropReason): void {
    const { table } = this.#services;
    this.hasLost = false;
    const bits = table.bits[command];
    this.#keys.count = 0;
    if ((bits & BIT_KEYED) !== 0) findKeys(table, command, view, this.#keys);
    this.#drop(reason, bits, this.#keys, view);
  }

  /**
   * A command that is too long to be kept, of which only the first arguments are known. Where they may lack keys, it
   * may have written anywhere.
   */
  refuseLong(command: number, head: CommandView): void {
    const { table } = this.#services;
    this.hasLost = false;
    const bits = table.bits[command];
    if ((bits & BIT_MIRRORED) === 0) return;
    const keys = this.#keys;
    keys.count = 0;
    const isKnown = (bits & BIT_SINGLE_KEY) !== 0 && findKeys(table, command, head, keys);
    if (!isKnown) keys.count = 0;
    const refusal = this.#refusal(keys, head, Number.POSITIVE_INFINITY)!;
    if (refusal !== 'unsampled') this.#drop(refusal, bits, keys, head);
  }

  /** How near an expiry must be to be handled with care: wider the longer commands take to the shadow. */
  get expiryWindowMs(): number {
    return EXPIRY_WINDOW_MS + 4 * this.lagMs;
  }

  /** Cold: for scripts, which may look at any key. */
  isSomeKeyNear(): boolean {
    return this.deadlines.hasBefore(this.#services.clock.nowMs + this.expiryWindowMs);
  }

  /** A command that nobody knows has succeeded: it may have written anywhere. */
  refuseUnknown(): void {
    this.#services.metrics.addShadowDropped(DROP_REASONS.indexOf('not_mirrorable'), 1);
    this.#dirty.markAll('dropped');
  }

  /** Nothing is left out, but it may come too late: the shadow may differ in these slots. */
  unsure(slots: Int32Array, cause: DirtyCause): void {
    for (const slot of slots) this.#dirty.mark(slot, cause);
  }

  /** Counts a drop; marks what it leaves unknown. */
  dropItem(item: MirrorItem, reason: DropReason): void {
    this.#services.metrics.addShadowDropped(DROP_REASONS.indexOf(reason), 1);
    item.trace?.judged('skipped', reason);
    if (!item.isWrite || changesScriptsOnly(this.#services.table.bits[item.command])) return;
    if (item.allSlots) this.#dirty.markAll('dropped');
    else for (let i = 0; i < item.slotCount; i++) this.#dirty.mark(item.slotAt(i), 'dropped');
  }

  #refusal(keys: KeyList, view: CommandView, sizeBytes: number): DropReason | 'unsampled' | undefined {
    const { settings, queue } = this;
    if (!settings.enabled) return 'disabled';
    if (settings.sample < 1) {
      let sampled = 0;
      for (let i = 0; i < keys.count; i++) {
        const at = keys.indexes[i] * 2;
        if (isSampled(hashBytes(view.bytes, view.spans[at], view.spans[at + 1]), settings.sample)) sampled++;
      }
      if (keys.count > 0 && sampled === 0) return 'unsampled';
      if (sampled < keys.count) return 'sampled_split';
    }
    if (!this.#breaker.allows()) return 'breaker_open';
    if (queue.commands >= settings.maxCommands) return 'queue_commands';
    if (queue.bytes + sizeBytes > settings.maxBytes) return 'queue_bytes';
    if (this.oldestMs > settings.maxAgeMs) return 'queue_age';
    return undefined;
  }

  /** A command of a database that the shadow does not have. What it writes there is nobody's loss. */
  #leaveOut(definition: CommandDefinition, bits: number, keys: KeyList, view: CommandView): void {
    // MOVE and COPY may bring keys from there into database 0.
    if (namesDatabase(definition)) {
      this.#drop('database', bits, keys, view);
    } else {
      this.#services.metrics.addShadowDropped(DROP_REASONS.indexOf('database'), 1);
      this.#services.tracer?.leftOut('database');
    }
  }

  #decline(refusal: DropReason | 'unsampled', bits: number, keys: KeyList, view: CommandView): undefined {
    if (refusal === 'unsampled') this.#services.tracer?.leftOut(refusal);
    else this.#drop(refusal, bits, keys, view);
    return undefined;
  }

  /** Counts what is left out; a write leaves its slots unknown, one without keys all of them. */
  #drop(reason: DropReason, bits: number, keys: KeyList, view: CommandView): void {
    this.#services.metrics.addShadowDropped(DROP_REASONS.indexOf(reason), 1);
    this.#services.tracer?.leftOut(reason);
    if ((bits & BIT_WRITE) === 0 || changesScriptsOnly(bits)) return;
    if (keys.count === 0 || (bits & BIT_ALL_KEYS) !== 0) {
      // A malformed command without keys changes nothing.
      this.hasLost = reason !== 'not_mirrorable' || (bits & BIT_KEYED) === 0;
      if (this.hasLost) this.#dirty.markAll('dropped');
      return;
    }
    this.hasLost = true;
    for (let i = 0; i < keys.count; i++) {
      const at = keys.indexes[i] * 2;
      this.#dirty.mark(keySlot(view.bytes, view.spans[at], view.spans[at + 1]), 'dropped');
    }
  }

  /** Gives the item its slots and key. `allSlots`: it is ordered against everything. */
  #place(item: MirrorItem, view: CommandView, frameStart: number, keys: KeyList, allSlots: boolean): void {
    item.allSlots = allSlots;
    if (keys.count === 0) {
      item.slotCount = 0;
      item.slot = -1;
      return;
    }
    const { bytes, spans } = view;
    const first = keys.indexes[0] * 2;
    const moved = item.frameStart - frameStart;
    item.keyStart = spans[first] + moved;
    item.keyEnd = spans[first + 1] + moved;
    item.slot = keySlot(bytes, spans[first], spans[first + 1]);
    // Nothing expires: the common case needs no hashes.
    if (!this.deadlines.isEmpty) this.#lookAtDeadlines(item, view, keys);
    if (keys.count > 1) this.#placeMany(item, view, keys);
    if (this.#expirySetters[item.slot] > 0) item.nearExpiry = true;
    if (maySetExpiry(item, view)) {
      item.setsExpiry = true;
      this.#expirySetters[item.slot] += 1;
    }
  }

  /** What an item may have done to an expiry is known, or will never be. */
  expiryKnown(item: MirrorItem): void {
    if (!item.setsExpiry) return;
    item.setsExpiry = false;
    this.#expirySetters[item.slot] -= 1;
  }

  #placeMany(item: MirrorItem, view: CommandView, keys: KeyList): void {
    const slots = new Set<number>();
    for (let i = 0; i < keys.count; i++) {
      const at = keys.indexes[i] * 2;
      const start = view.spans[at];
      const end = view.spans[at + 1];
      const slot = keySlot(view.bytes, start, end);
      slots.add(slot);
      if (this.#expirySetters[slot] > 0) item.nearExpiry = true;
    }
    item.slots = Int32Array.from(slots).sort();
    item.slotCount = item.slots.length;
    item.sharesSlot = item.slotCount < keys.count;
    assert(item.slotCount > 0, 'a command with keys has slots');
  }

  #lookAtDeadlines(item: MirrorItem, view: CommandView, keys: KeyList): void {
    item.deadlineMs = this.deadlines.soonest(item.database, view, keys);
    if (item.deadlineMs - this.#services.clock.nowMs < this.expiryWindowMs) item.nearExpiry = true;
  }
}

/** Whether a command may reach keys of another database. Cold. */
export function namesDatabase(definition: CommandDefinition): boolean {
  return definition.arguments.some(({ name }) => DATABASE_ARGUMENTS.has(name));
}

/** Arguments of SET without options. */
const PLAIN_SET_ARGUMENTS = 3;

function maySetExpiry({ definition }: MirrorItem, view: CommandView): boolean {
  if (definition.deadline === undefined) return false;
  if (typeof definition.mirror !== 'object') return true;
  return view.count > PLAIN_SET_ARGUMENTS || definition.mirror.effect(view) !== undefined;
}

/** SCRIPT LOAD and SCRIPT FLUSH: commands that depend on them find out, see `ShadowScripts`. */
function changesScriptsOnly(bits: number): boolean {
  return (bits & BIT_SCRIPT) !== 0 && (bits & BIT_SCRIPTS) !== 0;
}
