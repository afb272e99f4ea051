/**
 * Keeps a client's commands in its order where some of them wait for their slots and others have none to wait for:
 * `DBSIZE`, `PUBLISH` or `EVALSHA` behind a write that is held up must not reach the primary first. Worker thread
 * (slot owner). Only sessions with a command held up are known here, so in the usual case the map is empty.
 */
import { copyOf } from '../base/bytes.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { MirroredCommand, ReplyTarget } from '../upstream/reply-target.ts';
import type { Frame } from './ports.ts';

/** A command that is to be sent when its turn comes. */
export interface LateCommand {
  /** It goes through the gate, which keeps the order of those that do. */
  readonly isGated: boolean;
  start(): void;
}

interface Held {
  /** Commands that wait for their slots. */
  waiting: number;
  /** What came after them and must not overtake, oldest first. */
  readonly late: LateCommand[];
  draining: boolean;
}

export class HeldCommands {
  readonly #sessions = new Map<number, Held>();

  /** A command of the session waits for its slots; `sent` follows. */
  hold(session: number): void {
    const held = this.#sessions.get(session);
    if (held === undefined) this.#sessions.set(session, { waiting: 1, late: [], draining: false });
    else held.waiting += 1;
  }

  /** The command is on its way. What came behind it may go, too. */
  sent(session: number): void {
    const held = this.#sessions.get(session)!;
    held.waiting -= 1;
    if (held.waiting === 0 && !held.draining) this.#drain(session, held);
  }

  /** Whether the session's next command has to be given to `defer`. */
  mustWait(session: number, isGated: boolean): boolean {
    if (this.#sessions.size === 0) return false;
    const held = this.#sessions.get(session);
    return held !== undefined && (!isGated || held.late.length > 0);
  }

  defer(session: number, command: LateCommand): void {
    this.#sessions.get(session)!.late.push(command);
  }

  #drain(session: number, held: Held): void {
    held.draining = true;
    let started = 0;
    // Starting one may hold up the session again; the gate keeps the order of those behind it that it lets in.
    for (; started < held.late.length; started++) {
      const next = held.late[started];
      if (held.waiting > 0 && !next.isGated) break;
      next.start();
    }
    held.late.splice(0, started);
    held.draining = false;
    if (held.waiting > 0) return;
    if (held.late.length > 0) this.#drain(session, held);
    else this.#sessions.delete(session);
  }
}

/** A command that is not mirrored, sent from a copy of its own. */
export class LateSend implements LateCommand {
  readonly isGated = false;
  readonly #lane: CommandLane;
  readonly #bytes: Uint8Array;
  readonly #target: ReplyTarget;
  readonly #session: number;
  readonly #sequence: number;
  readonly #command: number;
  readonly #mirrored: MirroredCommand | undefined;

  constructor(
    lane: CommandLane,
    { bytes, frameStart, frameEnd }: Frame,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
  ) {
    this.#mirrored = mirrored;
    this.#lane = lane;
    this.#bytes = copyOf(bytes, frameStart, frameEnd);
    this.#target = target;
    this.#session = session;
    this.#sequence = sequence;
    this.#command = command;
  }

  start(): void {
    this.#lane.send(
      this.#bytes,
      0,
      this.#bytes.length,
      this.#target,
      this.#session,
      this.#sequence,
      this.#command,
      this.#mirrored,
    );
  }
}

/** Sends an item by way of the gate. */
export interface ItemStarter {
  startLate(
    item: MirrorItem,
    lane: CommandLane,
    target: ReplyTarget,
    session: number,
    sequence: number,
  ): void;
}

/** A command of a mirrored item that goes through the gate when its turn comes, or has no slots. */
export class LateItem implements LateCommand {
  readonly isGated: boolean;
  readonly #starter: ItemStarter;
  readonly #item: MirrorItem;
  readonly #lane: CommandLane;
  readonly #target: ReplyTarget;
  readonly #session: number;
  readonly #sequence: number;

  constructor(
    starter: ItemStarter,
    item: MirrorItem,
    lane: CommandLane,
    target: ReplyTarget,
    session: number,
    sequence: number,
  ) {
    this.isGated = item.slotCount !== 0 || item.allSlots;
    this.#starter = starter;
    this.#item = item;
    this.#lane = lane;
    this.#target = target;
    this.#session = session;
    this.#sequence = sequence;
  }

  start(): void {
    this.#starter.startLate(this.#item, this.#lane, this.#target, this.#session, this.#sequence);
  }
}
