/**
 * The shared connections to the primary: one lane for each way in which sessions want them set up, made when it is
 * first used and closed when nobody uses it. One per executor. Worker thread. It must not know sessions or commands.
 *
 * A reply that is very long holds up what is behind it on its lane. When one begins, the lane is retired and a new one
 * takes its place: only what was in flight has to wait. A session that has commands in flight on the old lane stays
 * there until they are answered, so that none overtakes another.
 */
import type { CommandLane, LinkEnd } from '../upstream/command-lane.ts';
import type { LinkContext } from '../upstream/handshake.ts';
import type { LaneOptions } from '../upstream/lane-options.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ContextTable } from './contexts.ts';
import { OwnLanes } from './own-lanes.ts';
import type { SessionContext } from './ports.ts';
import { settleLanes } from './reply-targets.ts';

/** So much waits for a server that is not there. */
export const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
/** Lanes of clients that logged in by themselves are closed after this silence. */
const LANE_IDLE_MS = 60_000;

/** What all lanes have in common. */
export type LaneSettings = Pick<LaneOptions, 'reconnect' | 'waitWhenDownMs' | 'maxInFlight'> & {
  readonly upstream: Upstream;
  /** Each session has lanes of its own. Only before a cluster: to one server it has a pinned connection. */
  readonly hasOwnLanes: boolean;
};

export interface PrimaryLanesOptions {
  linkContext(context: SessionContext): LinkContext;
  /** False: commands wait elsewhere for their turn on a lane, which must not be another one then. */
  mayRetire(): boolean;
  /** The base lane is up or down. */
  onBaseState(lane: CommandLane, up: boolean, reason: string): void;
}

export class PrimaryLanes {
  readonly #services: WorkerServices;
  readonly #settings: LaneSettings;
  readonly #options: PrimaryLanesOptions;
  readonly #baseContext: SessionContext;
  /** By id of their context; those of `aside` by -1 - id. */
  readonly #lanes = new Map<number, CommandLane>();
  readonly #retired: CommandLane[] = [];
  readonly #own: OwnLanes | undefined;
  #lastId = 0;
  base: CommandLane;

  constructor(
    services: WorkerServices,
    contexts: ContextTable,
    settings: LaneSettings,
    options: PrimaryLanesOptions,
  ) {
    this.#services = services;
    this.#settings = settings;
    this.#options = options;
    this.#baseContext = contexts.base;
    this.#own = settings.hasOwnLanes ? new OwnLanes((context) => this.#makeOwn(context)) : undefined;
    this.base = this.#make(contexts.base.id, options.linkContext(contexts.base));
  }

  /** How many there are. */
  get count(): number {
    return this.#lanes.size;
  }

  /** How many of them are connected. */
  get upCount(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.connections;
    for (const lane of this.#own?.all ?? []) count += lane.connections;
    return count + this.#retired.length;
  }

  /** How the connections are called. Cold: for commands about clients. */
  get ends(): LinkEnd[] {
    return this.#all.flatMap(({ ends }) => ends);
  }

  /** Cold. */
  get #all(): CommandLane[] {
    return [...this.#lanes.values(), ...this.#retired, ...(this.#own?.all ?? [])];
  }

  /** A number for a connection whose commands the gate is to let through one behind the other. */
  nextId(): number {
    return this.#lastId++;
  }

  laneFor(context: SessionContext): CommandLane {
    return this.#lanes.get(context.id) ?? this.#make(context.id, this.#options.linkContext(context));
  }

  /** The lane for the next command of a session. */
  laneOf(session: number, context: SessionContext): CommandLane {
    if (this.#own !== undefined) return this.#own.laneOf(session, context);
    for (let index = 0; index < this.#retired.length; index++) {
      if (this.#retired[index].serves(session)) return this.#retired[index];
    }
    return this.laneFor(context);
  }

  /** The client is gone. */
  sessionOver(session: number): void {
    this.#own?.sessionOver(session, this.#services.clock.monotonicMs, !this.#options.mayRetire());
  }

  /** A client is slow, or is not any more: see `Lane.holdBack`. */
  holdBack(session: number, isHeldBack: boolean): void {
    for (const lane of this.#retired) lane.holdBack(session, isHeldBack);
  }

  /**
   * A lane beside the usual ones, with the rights of the context and in no particular database: nothing is sent there
   * that a server could be long about, and a server that is busy with a script lets it be set up. Cold: rare.
   */
  aside(context: SessionContext): CommandLane {
    const id = -1 - context.id;
    const known = this.#lanes.get(id);
    return known ?? this.#make(id, { ...this.#options.linkContext(context), database: 0 });
  }

  /** Whether some command has been unanswered since before this time (monotonic milliseconds). */
  waitSince(timeMs: number): boolean {
    for (const lane of this.#lanes.values()) if (lane.oldestSentAtMs < timeMs) return true;
    return false;
  }

  /** Calls `done` when everything is answered that they have been given so far. Cold: before CLIENT PAUSE. */
  settle(done: () => void): void {
    settleLanes(this.#all, done);
  }

  /** Called about once a second: closes lanes nobody uses. */
  tick(): void {
    const now = this.#services.clock.monotonicMs;
    this.#own?.tick(now, !this.#options.mayRetire());
    for (const [id, lane] of this.#lanes) {
      lane.tick();
      if (lane === this.base || lane.inFlight > 0) continue;
      if (now - lane.lastUsedMs >= LANE_IDLE_MS) this.#forget(id, lane);
    }
  }

  /** The primary is somewhere else: see `Lane.moved`. `isOther`: it is another server, or has another login. */
  moved(isOther: boolean): void {
    if (isOther) {
      this.#renew();
      return;
    }
    for (const lane of this.#lanes.values()) lane.moved();
    for (const lane of this.#retired) lane.reset();
  }

  #renew(): void {
    const old = this.#all;
    this.#lanes.clear();
    this.#retired.length = 0;
    this.base = this.#make(this.#baseContext.id, this.#options.linkContext(this.#baseContext));
    this.base.open();
    for (const lane of old) lane.close();
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
    for (const lane of this.#retired) lane.close();
    this.#own?.close();
  }

  /** What all lanes of a context have in common. */
  #laneOptions(context: LinkContext) {
    const { reconnect, waitWhenDownMs, maxInFlight } = this.#settings;
    const maxBacklogBytes = MAX_BACKLOG_BYTES;
    return { id: this.nextId(), context, reconnect, waitWhenDownMs, maxInFlight, maxBacklogBytes };
  }

  /** Cold: once per session, as a rule. */
  #makeOwn(context: SessionContext): CommandLane {
    const lane = this.#settings.upstream.makeLane(this.#services, {
      ...this.#laneOptions(this.#options.linkContext(context)),
      persistent: false,
      // It connects again with the next command.
      onState: () => {},
    });
    lane.lastUsedMs = this.#services.clock.monotonicMs;
    return lane;
  }

  /** Cold: once per lane. */
  #make(id: number, linkContext: LinkContext): CommandLane {
    const options = this.#options;
    const isBase = id === this.#baseContext.id;
    const lane = this.#settings.upstream.makeLane(this.#services, {
      ...this.#laneOptions(linkContext),
      persistent: isBase,
      onLongReply: (which) => this.#retire(id, which, linkContext),
      onState: (which, up, reason) => {
        // Those that others have replaced have no say.
        if (this.#isRetired(which, up) || this.#lanes.get(id) !== which) return;
        if (isBase) options.onBaseState(which, up, reason);
        else if (!up && which.inFlight === 0) this.#forget(id, which);
      },
    });
    // Its first command may have to wait for its turn.
    lane.lastUsedMs = this.#services.clock.monotonicMs;
    this.#lanes.set(id, lane);
    return lane;
  }

  #retire(id: number, lane: CommandLane, linkContext: LinkContext): void {
    if (this.#lanes.get(id) !== lane || !this.#options.mayRetire()) return;
    this.#retired.push(lane);
    lane.retire();
    const next = this.#make(id, linkContext);
    if (lane === this.base) this.base = next;
    next.open();
  }

  /** A retired lane ends when it has answered what was in flight. */
  #isRetired(lane: CommandLane, up: boolean): boolean {
    const at = this.#retired.indexOf(lane);
    if (at >= 0 && !up) this.#retired.splice(at, 1);
    return at >= 0;
  }

  #forget(id: number, lane: CommandLane): void {
    if (this.#lanes.get(id) === lane) this.#lanes.delete(id);
    lane.close();
  }
}
