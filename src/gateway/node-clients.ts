/**
 * What the nodes of a cluster say of the connections that sessions have there: ids are each node's own, so each is
 * asked about its own alone. Worker thread. Cold: for commands about clients.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { type ClientLine, flagLetters, lineNumber, parseLines } from '../commands/connection/client-line.ts';
import { FrameWriter } from '../resp/encode.ts';
import { isError, type Reply, replyInteger } from '../resp/reply.ts';
import { ClusterLane } from '../upstream/cluster-lane.ts';
import { ClusterPinned } from '../upstream/cluster-pinned.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { INTERNAL_COMMAND, type WorkerServices } from '../upstream/services.ts';
import type { SessionConnection } from '../upstream/session-connection.ts';
import { WholeReply } from '../upstream/whole-reply.ts';

/** A line of CLIENT LIST about a connection of a session. Structured-clonable. */
export type OwnLine = readonly [session: number, line: ClientLine];

/** What an executor can tell, and do, about the connections of its sessions to the nodes of a cluster. */
export interface NodeClients {
  /** What the nodes show of all of them; nothing where there is one server. */
  describe(done: (lines: readonly OwnLine[]) => void): void;
  /** CLIENT UNBLOCK of a session's connections, `how` with the words behind the id. `done`: how many were blocked. */
  unblock(session: number, how: readonly string[], done: (count: number) => void): void;
  /** The nodes are paused until then (unix time in ms), or no longer (0). */
  pause(untilMs: number): void;
}

/** For threads whose sessions have their connections elsewhere. */
export const NO_NODE_CLIENTS: NodeClients = {
  describe: (done) => done([]),
  unblock: (_session, _how, done) => done(0),
  pause: () => {},
};

type Clock = WorkerServices['clock'];
type Sessions = ReadonlyMap<number, { readonly connection: SessionConnection }>;

export class LocalNodeClients implements NodeClients {
  readonly #sessions: Sessions;
  readonly #base: () => CommandLane;
  readonly #clock: Clock;
  #pausedUntilMs = 0;

  /** `base`: the gateway's own lane. */
  constructor(clock: Clock, sessions: Sessions, base: () => CommandLane) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#base = base;
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs !== 0 && this.#clock.nowMs < this.#pausedUntilMs;
  }

  /** A pause can only be made longer, or ended. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = untilMs === 0 ? 0 : Math.max(untilMs, this.#pausedUntilMs);
  }

  describe(done: (lines: readonly OwnLine[]) => void): void {
    const byNode = new Map<number, Map<number, number>>();
    for (const [session, { connection }] of this.#sessions) {
      for (const { node, serverId } of endsOf(connection)) {
        const owners = byNode.get(node) ?? new Map<number, number>();
        byNode.set(node, owners.set(serverId, session));
      }
    }
    const found: OwnLine[] = [];
    const ready = inTurn(byNode.size, () => done(found));
    for (const [node, owners] of byNode) {
      this.#ask(node, ['CLIENT', 'LIST', 'ID', ...Array.from(owners.keys(), String)], (reply) => {
        const lines =
          reply === undefined || isError(reply)
            ? []
            : parseLines(decodeLatin1(reply.bytes, reply.valueStart, reply.valueEnd));
        for (const line of lines) found.push([owners.get(lineNumber(line, 'id')) ?? -1, line]);
        ready();
      });
    }
  }

  unblock(session: number, how: readonly string[], done: (count: number) => void): void {
    const connection = this.#sessions.get(session)?.connection;
    const ends = connection === undefined ? [] : endsOf(connection);
    let count = 0;
    const ready = inTurn(ends.length, () => done(count));
    for (const { node, serverId } of ends) {
      this.#ask(node, ['CLIENT', 'UNBLOCK', String(serverId), ...how], (reply) => {
        if (reply !== undefined && !isError(reply)) count += replyInteger(reply);
        ready();
      });
    }
  }

  #ask(node: number, words: readonly string[], done: (reply: Reply | undefined) => void): void {
    const base = this.#base();
    if (!(base instanceof ClusterLane)) {
      done(undefined);
      return;
    }
    const writer = new FrameWriter();
    writer.array(words.length);
    for (const word of words) writer.text(word);
    const target = new WholeReply(done, () => done(undefined));
    base.nodes.laneOf(node).send(writer.bytes, 0, writer.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }
}

/** Its connections that are up. */
function endsOf(connection: SessionConnection): ClusterPinned['ends'] {
  return connection instanceof ClusterPinned ? connection.ends : [];
}

/** Calls `done` with the `count`th call of what it returns; at once where there is none to wait for. */
function inTurn(count: number, done: () => void): () => void {
  let left = count;
  if (left === 0) done();
  return () => {
    left -= 1;
    if (left === 0) done();
  };
}

const ADDED = ['sub', 'psub', 'ssub', 'watch', 'multi-mem'];

/** What stands for one session that has several connections. */
export function mergedLines(lines: readonly OwnLine[]): Map<number, ClientLine> {
  const bySession = new Map<number, ClientLine>();
  for (const [session, line] of lines) {
    const known = bySession.get(session);
    if (known === undefined) {
      bySession.set(session, new Map(line));
      continue;
    }
    for (const field of ADDED)
      if (known.has(field)) known.set(field, String(lineNumber(known, field) + lineNumber(line, field)));
    known.set('multi', String(Math.max(lineNumber(known, 'multi'), lineNumber(line, 'multi'))));
    known.set('flags', flagLetters(`${known.get('flags') ?? ''}${line.get('flags') ?? ''}`));
  }
  return bySession;
}
