/** When lanes that are one session's own end. */
import { expect, it } from 'vitest';
import { OwnLanes } from '../../../src/gateway/own-lanes.ts';
import type { SessionContext } from '../../../src/gateway/ports.ts';
import type { CommandLane } from '../../../src/upstream/command-lane.ts';

const context = (id: number): SessionContext => ({ id }) as SessionContext;

/** What of a lane counts here. */
class Lane {
  inFlight = 0;
  lastUsedMs = 0;
  isClosed = false;

  tick(): void {}

  close(): void {
    this.isClosed = true;
  }
}

function lanesOf(): { own: OwnLanes; made: Lane[] } {
  const made: Lane[] = [];
  const own = new OwnLanes(() => {
    const lane = new Lane();
    made.push(lane);
    return lane as Partial<CommandLane> as CommandLane;
  });
  return { own, made };
}

it('each session and context has one, for as long as the session lasts', () => {
  const { own, made } = lanesOf();
  const first = own.laneOf(1, context(0));
  expect(own.laneOf(1, context(0))).toBe(first);
  expect(own.laneOf(2, context(0))).not.toBe(first);
  own.tick(10_000_000, false);
  own.sessionOver(1, 10_000_000, false);
  expect(made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  expect(own.all).toHaveLength(1);
});

it('what is owed to a client that has left is waited for, and what waits for its turn', () => {
  const { own, made } = lanesOf();
  own.laneOf(1, context(0));
  made[0]!.inFlight = 1;
  made[0]!.lastUsedMs = 1000;
  own.sessionOver(1, 1000, false);
  expect(made[0]!.isClosed).toBe(false);
  made[0]!.inFlight = 0;
  own.tick(1001, true);
  expect(made[0]!.isClosed).toBe(false);
  own.tick(6000, true);
  expect([made[0]!.isClosed, own.all]).toEqual([true, []]);
});

it('those of a login that the session has left end when nothing has used them for a while', () => {
  const { own, made } = lanesOf();
  for (const id of [0, 1]) own.laneOf(1, context(id));
  for (const one of made) one.lastUsedMs = 1000;
  made[1]!.lastUsedMs = 50_000;
  own.tick(60_999, false);
  expect(made.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  own.tick(61_000, false);
  expect(made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  own.tick(1_000_000, false);
  expect(made[1]!.isClosed).toBe(false);
});
