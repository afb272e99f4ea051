/**
 * Clients that wait in a blocking command on the primary, with a shadow. Worker thread (slot owner).
 *
 * A server serves them the moment a write has run, and their replies come on connections of their own. `settle` finds
 * out, by asking the server which of them still wait, whose reply must be awaited before anything else may happen to
 * the slots, and has their pops mirrored in the order in which they began to wait, which is the order of service.
 */

import { asciiBytes } from '../base/bytes.ts';
import type { Since } from '../commands/definition.ts';
import { hasSince, type ServerIdentity } from '../compare/identity.ts';
import { FrameWriter } from '../resp/encode.ts';
import { isError, replyText } from '../resp/reply.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import { WholeReply } from '../upstream/whole-reply.ts';
import { inOrderOfService, isOrderKnown, onlyKeyOf, type ServedClient } from './service-order.ts';

/** A client in a blocking command. */
export interface BlockedClient extends ServedClient {
  /** The server's id of its connection. */
  readonly serverId: number;
  /** Where that server can be asked. */
  readonly questionLane: CommandLane;
  /** Of its own keys. */
  readonly slots: Int32Array;
  /** The primary is known to have parked it. Before that it waits for its slots, and no write can serve it. */
  readonly parked: boolean;
  /** Whether the reply has come; what it popped is mirrored by `mirrorServed`. */
  readonly served: boolean;
  /**
   * Called by `settle` when the server says that the client no longer waits: once the reply is here, or a node has sent
   * the command back.
   */
  whenServed(callback: () => void): void;
  isMixed: boolean;
  /** False: its time was over, or it got an error. Only for those that are served. */
  readonly tookSomething: boolean;
  /** Mirrors what it popped. The caller holds the slots. */
  mirrorServed(): void;
  /** Whatever it pops cannot be put in order with what else happens to its keys. */
  orderLost(): void;
}

const CLIENT = asciiBytes('CLIENT');
/** Before, clients that wait for another type than the key has are put behind the others when somebody is served. */
const KEEPS_ORDER: Since = { redis: '7.0.0', valkey: '0.0.0' };

export class BlockedClients {
  /** In the order in which they began to wait. */
  readonly #clients = new Set<BlockedClient>();
  readonly #identity: () => ServerIdentity | undefined;

  /** `identity` is the primary's, as far as it is known. */
  constructor(identity: () => ServerIdentity | undefined) {
    this.#identity = identity;
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Of those, whom the primary is known to have parked. For tests. */
  get parkedCount(): number {
    let count = 0;
    for (const { parked } of this.#clients) if (parked) count += 1;
    return count;
  }

  add(client: BlockedClient): void {
    this.#clients.add(client);
  }

  /** The server has parked it: behind everybody who waits already. */
  parked(client: BlockedClient): void {
    this.#clients.delete(client);
    const server = this.#identity();
    const keepsOrder = server !== undefined && hasSince(server, KEEPS_ORDER);
    for (const other of keepsOrder ? [] : this.#clients) {
      if (other.kind === client.kind || !sharesKey(other, client)) continue;
      other.isMixed = true;
      client.isMixed = true;
    }
    this.#clients.add(client);
  }

  remove(client: BlockedClient): void {
    this.#clients.delete(client);
  }

  waitsFor(item: MirrorItem): boolean {
    if (item.allSlots) return this.#clients.size > 0;
    for (const client of this.#clients) {
      for (let i = 0; i < item.slotCount; i++) {
        if (client.slots.includes(item.slotAt(i))) return true;
      }
    }
    return false;
  }

  /**
   * The slots of an item, and those of every client it may serve, and of every client those may serve in turn
   * (BLMOVE fills another list). Sorted.
   */
  slotsWith(item: MirrorItem): Int32Array {
    const slots = new Set<number>();
    for (let i = 0; i < item.slotCount; i++) slots.add(item.slotAt(i));
    if (item.allSlots) for (const client of this.#clients) for (const slot of client.slots) slots.add(slot);
    let before = 0;
    while (slots.size > before) {
      before = slots.size;
      for (const client of this.#clients) {
        if (client.slots.some((slot) => slots.has(slot))) for (const slot of client.slots) slots.add(slot);
      }
    }
    return Int32Array.from(slots).sort();
  }

  /**
   * Mirrors the pops of the clients that a write to `written` keys has served, then calls `done`. The caller holds
   * `slots`, which are those and all that the served clients may fill in turn. `written` is undefined where it is not
   * known which keys were filled, or in which order.
   */
  settle(slots: Int32Array, written: readonly string[] | undefined, done: () => void): void {
    const candidates: BlockedClient[] = [];
    for (const client of this.#clients) {
      if (client.parked && client.slots.some((slot) => slots.includes(slot))) candidates.push(client);
    }
    if (candidates.length === 0) {
      done();
      return;
    }
    this.askWaiting(candidates, ({ waiting, untold }) => {
      // If one was served, the reply comes when others may have had its slots.
      for (const client of untold) if (!client.served) client.orderLost();
      // Those that a node has sent back meanwhile are not parked any more, and wait for their slots.
      const expected = candidates.filter(
        (client) => client.served || (client.parked && !waiting.has(client) && !untold.has(client)),
      );
      let left = expected.length;
      if (left === 0) {
        done();
        return;
      }
      const arrived = (): void => {
        left -= 1;
        if (left > 0) return;
        const served = expected.filter((client) => client.served);
        const takers = served.filter(({ tookSomething }) => tookSomething);
        const filled = written ?? onlyKeyOf(takers);
        if (!isOrderKnown(takers, filled)) for (const client of takers) client.orderLost();
        for (const client of inOrderOfService(served, filled ?? [])) client.mirrorServed();
        done();
      };
      for (const client of expected) client.whenServed(arrived);
    });
  }

  /** Asks the primary which of these connections wait in a blocking command. */
  askWaiting(clients: readonly BlockedClient[], done: (answer: Waiting) => void): void {
    const byLane = new Map<CommandLane, BlockedClient[]>();
    for (const client of clients) {
      const lane = client.questionLane;
      byLane.set(lane, (byLane.get(lane) ?? []).concat(client));
    }
    const answer: Waiting = { waiting: new Set(), untold: new Set() };
    let left = byLane.size;
    for (const [lane, asked] of byLane) {
      // It may be on another connection when the answer comes.
      const numbers = asked.map(({ serverId }) => serverId);
      askList(lane, numbers, true, (ids) => {
        for (const [at, client] of asked.entries()) {
          if (ids === undefined || numbers[at] < 0) answer.untold.add(client);
          else if (ids.has(numbers[at])) answer.waiting.add(client);
        }
        left -= 1;
        if (left === 0) done(answer);
      });
    }
  }
}

/** Of the same database or not. */
function sharesKey(one: BlockedClient, other: BlockedClient): boolean {
  return one.sourceKeys.some((key) => other.sourceKeys.includes(key));
}

/** Who waits, and of whom the server does not tell: the user may not ask, or connections have no numbers there. */
export interface Waiting {
  readonly waiting: Set<BlockedClient>;
  readonly untold: Set<BlockedClient>;
}

/**
 * Asks one server; `done` gets the ids of those connections that wait, or undefined when it does not tell. Before
 * Redis 6.2 it can only be asked for all of its clients.
 */
function askList(
  lane: CommandLane,
  numbers: readonly number[],
  byId: boolean,
  done: (waiting: ReadonlySet<number> | undefined) => void,
): void {
  const asked = byId ? numbers.filter((id) => id >= 0) : [];
  const writer = new FrameWriter(256);
  writer.array(asked.length === 0 ? 2 : 3 + asked.length);
  writer.bulk(CLIENT, 0, CLIENT.length);
  writer.text('LIST');
  if (asked.length > 0) writer.text('ID');
  for (const id of asked) writer.number(id);
  const refused = (): void => {
    if (asked.length > 0) askList(lane, numbers, false, done);
    else done(undefined);
  };
  const target = new WholeReply((reply) => {
    if (isError(reply)) refused();
    else done(waitingIds(replyText(reply)));
  }, refused);
  lane.send(writer.bytes, 0, writer.length, target, 0, 0, INTERNAL_COMMAND, undefined);
}

/** Ids of the lines of CLIENT LIST whose flags have `b`. */
function waitingIds(text: string): Set<number> {
  const ids = new Set<number>();
  for (const line of text.split('\n')) {
    const id = /(?:^|\s)id=(\d+)/.exec(line);
    const flags = /\sflags=(\S+)/.exec(line);
    if (id !== null && flags?.[1]?.includes('b')) ids.add(Number(id[1]));
  }
  return ids;
}
