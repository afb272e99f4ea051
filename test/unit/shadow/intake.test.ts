import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import { CopyArena } from '../../../src/base/copies.ts';
import { keySlot, SLOT_COUNT } from '../../../src/base/slot.ts';
import { FrameParser } from '../../../src/commands/parsed-frame.ts';
import { buildCommandTable, type CommandTable } from '../../../src/commands/table.ts';
import { Breaker } from '../../../src/shadow/breaker.ts';
import { DeadlineTable } from '../../../src/shadow/deadlines.ts';
import { DirtySlots } from '../../../src/shadow/dirty-slots.ts';
import { Intake, type IntakeSettings } from '../../../src/shadow/intake.ts';
import type { MirrorItem } from '../../../src/shadow/mirror-item.ts';
import { ShadowScripts } from '../../../src/shadow/shadow-scripts.ts';
import { DROP_REASONS, WorkerMetrics } from '../../../src/telemetry/metrics.ts';
import type { WorkerServices } from '../../../src/upstream/services.ts';
import { NO_EVENTS } from '../../support/item-events.ts';
import { encodeCommand } from '../../support/raw-client.ts';

const ALL: IntakeSettings = {
  enabled: true,
  sample: 1,
  maxCommands: 1000,
  maxBytes: 1e6,
  maxAgeMs: 1000,
  onlyDatabase0: false,
};

let table: CommandTable;
let intake: Intake;
let dirty: DirtySlots;
let breaker: Breaker;
let metrics: WorkerMetrics;
let clock: ManualClock;
const parser = new FrameParser();

beforeAll(() => {
  table = buildCommandTable();
});

beforeEach(() => {
  dirty = new DirtySlots(new SharedArrayBuffer(DirtySlots.BYTES));
  breaker = new Breaker({ failures: 1, openMs: 1000 });
  metrics = new WorkerMetrics(
    new SharedArrayBuffer(WorkerMetrics.bytes(table.catalogueCount)),
    table.catalogueCount,
  );
  clock = new ManualClock(1_000_000);
  intake = new Intake({ table, metrics, clock } as unknown as WorkerServices, ALL, {
    arena: new CopyArena(),
    breaker,
    dirty,
    deadlines: new DeadlineTable(64),
    scripts: new ShadowScripts(dirty),
    events: NO_EVENTS,
  });
});

/** Admits a command that lies somewhere in a chunk; the chunk is overwritten afterwards, as it would be. */
function admit(line: string, database = 0): MirrorItem | undefined {
  const wire = encodeCommand(line.split(' '));
  const chunk = Buffer.concat([Buffer.from('...'), wire, Buffer.from('...')]);
  const view = parser.parse(chunk, 3, 3 + wire.length);
  const command = table.lookup(view.bytes, view.spans, view.count);
  const item = intake.admit(command, view, 3, 3 + wire.length, database, 2);
  chunk.fill(0);
  return item;
}

function slotOf(key: string): number {
  return keySlot(Buffer.from(key), 0, key.length);
}

function slotsOf(item: MirrorItem | undefined): number[] {
  return Array.from({ length: item!.slotCount }, (_, index) => item!.slotAt(index));
}

function dropped(): Record<string, number> {
  const counts: Record<string, number> = {};
  DROP_REASONS.forEach((reason, index) => {
    if (metrics.shadowDropped(index) > 0) counts[reason] = metrics.shadowDropped(index);
  });
  return counts;
}

describe('what is mirrored', () => {
  it('uses an item again once it is over, and never one that went a longer way', () => {
    const short = admit('SET a 1')!;
    short.isShort = true;
    const long = admit('SET b 2')!;
    expect(intake.queue.commands).toBe(2);
    for (const item of [short, long]) {
      intake.over(item);
      intake.takeBack(item);
    }
    expect(intake.queue).toEqual({ commands: 0, bytes: 0 });
    const next = admit('GET c')!;
    expect(next).toBe(short);
    expect(slotsOf(next)).toEqual([slotOf('c')]);
    expect([next.isWrite, next.isShort, intake.queue.commands]).toEqual([false, false, 1]);
    expect(admit('GET d')).not.toBe(long);
  });

  it('is copied whole, with its first key and all its slots in order', () => {
    const item = admit('MSET b 1 {a}x 2 c 3 {a}y 4')!;
    const { frame, frameStart, frameEnd } = item;
    const text = (start: number, end: number): string =>
      Buffer.from(frame.bytes).toString('latin1', start, end);
    expect(text(frameStart, frameEnd)).toBe(
      encodeCommand('MSET b 1 {a}x 2 c 3 {a}y 4'.split(' ')).toString(),
    );
    expect(text(item.keyStart, item.keyEnd)).toBe('b');
    const slots = [slotOf('b'), slotOf('a'), slotOf('c')].sort((one, other) => one - other);
    expect(slotsOf(item)).toEqual(slots);
    expect(item).toMatchObject({ isWrite: true, allSlots: false, sentAtMs: 1_000_000, database: 0 });
    expect(intake.queue).toEqual({ commands: 1, bytes: frameEnd - frameStart });
  });

  it('is reads and writes of keys, and what touches all of them', () => {
    expect(admit('GET k')).toMatchObject({ isWrite: false, slotCount: 1, slot: slotOf('k') });
    expect(admit('FLUSHALL')).toMatchObject({ isWrite: true, allSlots: true });
    expect(admit('SWAPDB 0 1')).toMatchObject({ isWrite: true, allSlots: true });
    expect(admit('EVAL return 0')).toMatchObject({ isWrite: true, allSlots: true, slotCount: 0 });
    expect(admit('DBSIZE')).toMatchObject({ isWrite: false, slotCount: 0, allSlots: false });
    expect(dropped()).toEqual({});
  });

  it('is nothing that has no effect on data, without a count', () => {
    for (const line of ['PING', 'CONFIG GET port', 'PUBLISH c m', 'CLIENT LIST', 'nosuchcommand x']) {
      expect(admit(line)).toBe(undefined);
    }
    expect(dropped()).toEqual({});
    expect(dirty.count).toBe(0);
    expect(intake.queue).toEqual({ commands: 0, bytes: 0 });
  });
});

describe('what is left out', () => {
  it('is what a cluster has no database for, which makes nothing dirty unless keys come from there', () => {
    intake.settings = { ...ALL, onlyDatabase0: true };
    for (const line of ['SET k v', 'GET k', 'FLUSHDB', 'EVAL s 0']) expect(admit(line, 1)).toBe(undefined);
    expect(dropped()).toEqual({ database: 4 });
    expect(dirty.count).toBe(0);
    expect(admit('MOVE k 0', 1)).toBe(undefined);
    expect(admit('COPY k {k}2 DB 0', 1)).toBe(undefined);
    expect(dropped()).toEqual({ database: 6 });
    expect(dirty.count).toBe(1);
    expect(dirty.has(slotOf('k'))).toBe(true);
    expect(admit('FLUSHALL', 1)).toMatchObject({ database: 0, allSlots: true });
    expect(admit('SWAPDB 0 1', 1)).toMatchObject({ database: 0, allSlots: true });
    expect(admit('SET k v', 0)).toMatchObject({ database: 0 });
  });

  it('is counted by its reason; a write makes its slots dirty, a read does not', () => {
    const cases: [reason: string, arrange: () => void][] = [
      ['disabled', () => (intake.settings = { ...ALL, enabled: false })],
      ['breaker_open', () => breaker.trip(0)],
      ['queue_commands', () => (intake.settings = { ...ALL, maxCommands: 0 })],
      ['queue_bytes', () => (intake.settings = { ...ALL, maxBytes: 10 })],
      ['queue_age', () => (intake.oldestMs = 1001)],
    ];
    for (const [reason, arrange] of cases) {
      const index = DROP_REASONS.indexOf(reason as (typeof DROP_REASONS)[number]);
      arrange();
      for (const slot of [slotOf('a'), slotOf('b')]) dirty.clear(slot);
      expect(admit('GET a')).toBe(undefined);
      expect([reason, dirty.count]).toEqual([reason, 0]);
      expect(admit('MSET a 1 b 2')).toBe(undefined);
      expect([reason, metrics.shadowDropped(index)]).toEqual([reason, 2]);
      expect([dirty.count, dirty.has(slotOf('a')), dirty.has(slotOf('b'))]).toEqual([2, true, true]);
      intake.settings = ALL;
      intake.oldestMs = 0;
      breaker.mayProbe(1e9);
      breaker.success();
    }
    expect(admit('GET a')).toBeDefined();
  });

  it('without known keys leaves nothing or everything unknown', () => {
    intake.settings = { ...ALL, enabled: false };
    expect(admit('FLUSHALL')).toBe(undefined);
    expect(dirty.count).toBe(SLOT_COUNT);
  });

  it('when malformed is counted, but changes nothing', () => {
    for (const line of ['GET', 'SET', 'EVAL x 5 a', 'ZUNIONSTORE d 9 a']) expect(admit(line)).toBe(undefined);
    expect(dropped()).toEqual({ not_mirrorable: 4 });
    expect(dirty.count).toBe(0);
  });

  it('a limit that is reached by what waits is free again when that has gone', () => {
    intake.settings = { ...ALL, maxCommands: 2 };
    expect(admit('SET a 1')).toBeDefined();
    expect(admit('SET b 1')).toBeDefined();
    expect(admit('SET c 1')).toBe(undefined);
    intake.queue.commands -= 1;
    expect(admit('SET d 1')).toBeDefined();
    const size = encodeCommand(['SET', 'a', '1']).length;
    intake.settings = { ...ALL, maxBytes: intake.queue.bytes + size };
    expect(admit('SET e 1')).toBeDefined();
    expect(admit('SET f 1')).toBe(undefined);
    expect(dropped()).toEqual({ queue_commands: 1, queue_bytes: 1 });
  });
});

describe('a sample', () => {
  it('is the same keys for every command, and only grows with the share', () => {
    const keys = Array.from({ length: 2000 }, (_, index) => `key:${index}`);
    let before = new Set<string>();
    for (const sample of [0, 0.05, 0.5, 1]) {
      intake.settings = { ...ALL, sample, maxCommands: 1e9, maxBytes: 1e9 };
      const taken = keys.filter((key) => admit(`GET ${key}`) !== undefined);
      expect(keys.filter((key) => admit(`SET ${key} v`) !== undefined)).toEqual(taken);
      expect(Math.abs(taken.length / keys.length - sample)).toBeLessThan(0.05);
      for (const key of before) expect(taken).toContain(key);
      before = new Set(taken);
    }
    // Who is not asked for is not missed.
    expect(dropped()).toEqual({});
    expect(dirty.count).toBe(0);
  });

  it('cannot hold half of a command', () => {
    intake.settings = { ...ALL, sample: 0.5 };
    const keys = Array.from({ length: 50 }, (_, index) => `key:${index}`);
    const inside = keys.find((key) => admit(`GET ${key}`) !== undefined)!;
    const outside = keys.find((key) => admit(`GET ${key}`) === undefined)!;
    expect(admit(`MSET ${outside} 1 ${outside} 2`)).toBe(undefined);
    expect(dropped()).toEqual({});
    expect(admit(`MSET ${inside} 1 ${outside} 2`)).toBe(undefined);
    expect(admit(`MGET ${inside} ${outside}`)).toBe(undefined);
    expect(dropped()).toEqual({ sampled_split: 2 });
    expect(dirty.has(slotOf(inside))).toBe(true);
    expect(admit('FLUSHALL')).toBeDefined();
  });
});

describe('a key near its expiry', () => {
  it('is any key of a command with a deadline so near, in its database', () => {
    intake.setDeadline(admit('SET k v')!, clock.nowMs + 200);
    expect(admit('INCR k')!.nearExpiry).toBe(false);
    clock.advance(151);
    expect(admit('INCR k')!.nearExpiry).toBe(true);
    expect(admit('MSET other 1 k 2')!.nearExpiry).toBe(true);
    expect(admit('INCR other')!.nearExpiry).toBe(false);
    expect(admit('INCR k', 1)!.nearExpiry).toBe(false);
    // It may have been the command before that let it expire.
    clock.advance(100);
    expect(admit('INCR k')!.nearExpiry).toBe(true);
  });

  it('is one that is farther off the slower the shadow is', () => {
    intake.setDeadline(admit('SET k v')!, clock.nowMs + 1000);
    expect(admit('INCR k')!.nearExpiry).toBe(false);
    intake.lagMs = 300;
    expect(admit('INCR k')!.nearExpiry).toBe(true);
  });

  it('is one that a command in flight may be about to give an expiry', () => {
    const setter = admit('EXPIRE k 100')!;
    expect(admit('INCR k')!.nearExpiry).toBe(true);
    expect(admit('INCR other')!.nearExpiry).toBe(false);
    expect(admit('MSET other 1 k 2')!.nearExpiry).toBe(true);
    intake.expiryKnown(setter);
    intake.expiryKnown(setter);
    expect(admit('INCR k')!.nearExpiry).toBe(false);
  });
});
