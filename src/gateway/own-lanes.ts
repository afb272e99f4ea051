/**
 * The lanes of sessions that have their own, before a cluster with `upstream.sessions: pinned`: to each node that a
 * session uses there is one connection, and it is nobody else's. One per executor. Worker thread. It must not know
 * sessions but by number.
 */
import type { CommandLane } from '../upstream/command-lane.ts';
import type { SessionContext } from './ports.ts';

/** Those of a login or a database that the session has left. */
const UNUSED_MS = 60_000;
/** With a shadow, commands of a client that has left may still wait for their turn on its lane. */
const LINGER_MS = 5_000;

export class OwnLanes {
  readonly #make: (context: SessionContext) => CommandLane;
  /** By session, and by id of the context. */
  readonly #sessions = new Map<number, Map<number, CommandLane>>();
  /** Of sessions that are over. */
  #leaving: CommandLane[] = [];

  constructor(make: (context: SessionContext) => CommandLane) {
    this.#make = make;
  }

  /** Cold. */
  get all(): CommandLane[] {
    return [...[...this.#sessions.values()].flatMap((lanes) => [...lanes.values()]), ...this.#leaving];
  }

  laneOf(session: number, context: SessionContext): CommandLane {
    let lanes = this.#sessions.get(session);
    if (lanes === undefined) {
      lanes = new Map();
      this.#sessions.set(session, lanes);
    }
    let lane = lanes.get(context.id);
    if (lane === undefined) {
      lane = this.#make(context);
      lanes.set(context.id, lane);
    }
    return lane;
  }

  /** Cold: the client is gone; what it has sent is still run. */
  sessionOver(session: number, nowMs: number, mayWait: boolean): void {
    const lanes = this.#sessions.get(session);
    if (lanes === undefined) return;
    this.#sessions.delete(session);
    this.#leaving.push(...lanes.values());
    this.#endLeaving(nowMs, mayWait);
  }

  /** Call about once a second. `mayWait`: commands may wait elsewhere for their turn on a lane. */
  tick(nowMs: number, mayWait: boolean): void {
    this.#endLeaving(nowMs, mayWait);
    for (const lanes of this.#sessions.values()) {
      for (const [id, lane] of lanes) {
        lane.tick();
        if (lanes.size === 1 || lane.inFlight > 0 || nowMs - lane.lastUsedMs < UNUSED_MS) continue;
        lanes.delete(id);
        lane.close();
      }
    }
  }

  close(): void {
    for (const lane of this.all) lane.close();
  }

  #endLeaving(nowMs: number, mayWait: boolean): void {
    this.#leaving = this.#leaving.filter((lane) => {
      const isOver = lane.inFlight === 0 && (!mayWait || nowMs - lane.lastUsedMs >= LINGER_MS);
      if (isOver) lane.close();
      else lane.tick();
      return !isOver;
    });
  }
}
