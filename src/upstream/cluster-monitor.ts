/**
 * MONITOR before a cluster: what all primaries say, line by line as it comes. Worker thread. Cold: whoever watches
 * everything pays for it.
 *
 * The client has its answer when every node has given its own: what anybody sends from then on is seen. A node that
 * comes is watched from then on, and so is one that was lost when it is back: nobody can say what a client has missed
 * meanwhile. It ends when no node is left.
 */
import { asciiBytes, equalBytes } from '../base/bytes.ts';
import { ROUTE_SLOT } from '../routing/router.ts';
import type { ClusterPinnedOptions } from './pinned-node.ts';
import { INTERNAL_COMMAND } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import type { TopologyMap } from './topology.ts';
import { WholeMessages } from './whole-messages.ts';

const RETRY_MS = 200;
const RESET = asciiBytes('+RESET\r\n');

export interface MonitorEvents {
  heard(bytes: Uint8Array, start: number, end: number): void;
  lost(text: string, wasReady: boolean): void;
}

interface Watched {
  readonly connection: SessionConnection;
  /** It has answered MONITOR. */
  isAnswered: boolean;
}

export class ClusterMonitor {
  readonly #options: ClusterPinnedOptions;
  readonly #events: MonitorEvents;
  readonly #command: Uint8Array;
  /** By node. */
  readonly #watched = new Map<number, Watched>();
  /** The client has had the answer to MONITOR. */
  #isAnswered = false;
  /** What the client is to be told first, and what was read behind it: at most what one read of a node gave. */
  #answer: Uint8Array | undefined = undefined;
  #early: Uint8Array[] = [];
  /** The client is slow. */
  #isHeldBack = false;
  /** Answers to RESET that the client must not see. */
  #resets = 0;
  /** After RESET its connections watch nothing. */
  #isReset = false;
  #isClosed = false;
  readonly #onChange = (map: TopologyMap): void => this.#follow(map);

  /** `command`: MONITOR as the client sent it. */
  constructor(options: ClusterPinnedOptions, command: Uint8Array, events: MonitorEvents) {
    this.#options = options;
    this.#command = command;
    this.#events = events;
    options.cluster.topology.onChange(this.#onChange);
  }

  get ends(): { readonly index: number; readonly connection: SessionConnection }[] {
    return Array.from(this.#watched, ([index, { connection }]) => ({ index, connection }));
  }

  /** Another command: its answer comes with the lines. */
  write(bytes: Uint8Array, start: number, end: number, name: string): void {
    const { router, topology } = this.#options.cluster;
    const all = [...this.#watched.values()];
    if (name === 'reset' || name === 'quit') {
      this.#isReset = true;
      this.#resets = all.length - 1;
      for (const { connection } of all) connection.write(bytes, start, end);
      return;
    }
    const isSlot = router.route(INTERNAL_COMMAND, bytes, start, end) === ROUTE_SLOT;
    const owner = isSlot ? this.#watched.get(topology.ownerOf(router.slot)) : undefined;
    (owner ?? all[0])?.connection.write(bytes, start, end);
  }

  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    for (const watched of this.#watched.values()) this.#hold(watched);
  }

  close(): void {
    this.#isClosed = true;
    this.#options.cluster.topology.offChange(this.#onChange);
    for (const { connection } of this.#watched.values()) {
      connection.adopt(undefined);
      connection.close();
    }
    this.#watched.clear();
  }

  #follow({ primaries }: TopologyMap): void {
    if (this.#isClosed || this.#isReset) return;
    for (const [node, { connection }] of this.#watched) {
      if (primaries.includes(node)) continue;
      this.#watched.delete(node);
      connection.adopt(undefined);
      connection.close();
    }
    for (const node of primaries) if (!this.#watched.has(node)) this.#watch(node);
    this.#answerIfAll();
  }

  #watch(node: number): void {
    const messages = new WholeMessages((bytes, start, end) => this.#line(watched, bytes, start, end));
    const connection = this.#options.take(node, {
      pinnedStream: (bytes, start, end) => messages.feed(bytes, start, end),
      pinnedLost: (text, wasReady) => this.#lost(node, watched, text, wasReady),
      pinnedReady: () => {},
      pinnedDrained: () => {},
    });
    const watched: Watched = { connection, isAnswered: false };
    this.#watched.set(node, watched);
    connection.startStreaming();
    this.#hold(watched);
    connection.write(this.#command, 0, this.#command.length);
  }

  /** Nothing more is read from a node that has answered while others have not: what it says waits there. */
  #hold({ connection, isAnswered }: Watched): void {
    connection.holdBack(this.#isHeldBack || (isAnswered && !this.#isAnswered));
  }

  #line(watched: Watched, bytes: Uint8Array, start: number, end: number): void {
    if (!watched.isAnswered) {
      watched.isAnswered = true;
      if (this.#isAnswered) return;
      this.#answer ??= bytes.slice(start, end);
      this.#hold(watched);
      this.#answerIfAll();
    } else if (!this.#isAnswered) this.#early.push(bytes.slice(start, end));
    else this.#hear(bytes, start, end);
  }

  #answerIfAll(): void {
    if (this.#isAnswered || this.#answer === undefined) return;
    for (const { isAnswered } of this.#watched.values()) if (!isAnswered) return;
    this.#isAnswered = true;
    this.#events.heard(this.#answer, 0, this.#answer.length);
    for (const line of this.#early) if (!this.#isClosed) this.#hear(line, 0, line.length);
    this.#early = [];
    this.holdBack(this.#isHeldBack);
  }

  #hear(bytes: Uint8Array, start: number, end: number): void {
    if (this.#resets > 0 && equalBytes(bytes, start, end, RESET, 0, RESET.length)) this.#resets -= 1;
    else this.#events.heard(bytes, start, end);
  }

  #lost(node: number, watched: Watched, text: string, wasReady: boolean): void {
    if (this.#isClosed || this.#watched.get(node) !== watched) return;
    this.#watched.delete(node);
    const { services, cluster } = this.#options;
    if (this.#watched.size === 0 || this.#isReset) {
      this.#events.lost(text, this.#isAnswered || wasReady);
      return;
    }
    this.#answerIfAll();
    cluster.topology.refresh();
    services.after(RETRY_MS, () => {
      if (cluster.topology.map !== undefined) this.#follow(cluster.topology.map);
    });
  }
}
