/**
 * WAIT before a cluster: how many replicas of every shard have what its primary has written so far, which holds all
 * that the client has written before. Worker thread. Cold: a command that waits by design.
 *
 * A primary that is asked WAIT asks its replicas how far they are; how far that is, INFO tells. Neither blocks a shared
 * connection: WAIT goes on one of its own, and for a millisecond. One of the primaries is asked once more, for as long
 * as it takes: there the client is seen to be blocked, and CLIENT UNBLOCK reaches it.
 */
import { isError, type Reply, replyText } from '../resp/reply.ts';
import type { PinnedEvents } from './pinned.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import { type ClusterParts, placeOf } from './slot-sender.ts';
import { WholeReply } from './whole-reply.ts';

export interface ClusterWaitOptions {
  readonly services: WorkerServices;
  readonly cluster: ClusterParts;
  take(node: number, events: PinnedEvents): SessionConnection;
  give(node: number, connection: SessionConnection): void;
}

const INFO = Buffer.from('*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n');
/** More replicas than there are, for a millisecond. */
const ASK_REPLICAS = Buffer.from('*3\r\n$4\r\nWAIT\r\n$10\r\n2147483647\r\n$1\r\n1\r\n');
const BLOCK = Buffer.from('*3\r\n$4\r\nWAIT\r\n$10\r\n2147483647\r\n$1\r\n0\r\n');
const PAUSE_MS = 5;
/** As valkey 8.0 `replicationUnsetPrimary` and its like unblock who waits. */
const NOT_PRIMARY =
  'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)';
const SILENT: PinnedEvents = {
  pinnedStream: () => {},
  pinnedLost: () => {},
  pinnedReady: () => {},
  pinnedDrained: () => {},
};

export class ClusterWait {
  readonly #options: ClusterWaitOptions;
  readonly #wanted: number;
  /** Monotonic milliseconds; `Infinity`: whenever it is. */
  readonly #untilMs: number;
  readonly #done: (count: number, error: string) => void;
  readonly #shards: ShardWait[];
  #timer: NodeJS.Timeout | undefined = undefined;
  /** The connection that is blocked, and its node. */
  #blocked: { readonly index: number; readonly connection: SessionConnection } | undefined = undefined;
  #isOver = false;

  /** `done` gets the least number of any shard, or an error. `timeoutMs` 0: for ever. */
  constructor(
    options: ClusterWaitOptions,
    wanted: number,
    timeoutMs: number,
    done: (count: number, error: string) => void,
  ) {
    this.#options = options;
    this.#wanted = wanted;
    this.#done = done;
    const { services, cluster } = options;
    this.#untilMs = timeoutMs === 0 ? Infinity : services.clock.monotonicMs + timeoutMs;
    const primaries = cluster.topology.map?.primaries ?? [];
    this.#shards = primaries.map((node) => new ShardWait(options, node, () => this.#look()));
    for (const shard of this.#shards) shard.ask();
    if (primaries.length === 0) services.after(0, () => this.#end(0, 'CLUSTERDOWN Hash slot not served'));
  }

  /** The connections that wait, by their nodes. */
  get connections(): { readonly index: number; readonly connection: SessionConnection }[] {
    return this.#blocked === undefined ? [] : [this.#blocked];
  }

  /** Nobody waits any more. */
  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#blocked?.connection.adopt(undefined);
    this.#blocked?.connection.close();
    this.#blocked = undefined;
    for (const shard of this.#shards) shard.close();
  }

  #look(): void {
    if (this.#isOver || this.#shards.some(({ count }) => count === undefined)) return;
    const failed = this.#shards.find(({ error }) => error !== '');
    const least = this.#least;
    const isLate = this.#options.services.clock.monotonicMs >= this.#untilMs;
    if (failed !== undefined) this.#end(0, failed.error);
    else if (least >= this.#wanted || isLate) this.#end(least, '');
    else {
      this.#timer ??= this.#options.services.after(PAUSE_MS, () => this.#again());
      if (this.#blocked === undefined) this.#block();
    }
  }

  #block(): void {
    const { index } = this.#shards[0]!;
    const connection = this.#options.take(index, SILENT);
    this.#blocked = { index, connection };
    const target = new WholeReply(
      (reply) => {
        if (isError(reply)) this.#end(0, replyText(reply));
        else this.#end(this.#least, '');
      },
      // The node is lost: those who ask it find out.
      () => {},
    );
    connection.send(BLOCK, 0, BLOCK.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }

  get #least(): number {
    return Math.min(...this.#shards.map(({ count }) => count ?? 0));
  }

  #again(): void {
    this.#timer = undefined;
    for (const shard of this.#shards) if ((shard.count ?? 0) < this.#wanted) shard.ask();
  }

  #end(count: number, error: string): void {
    if (this.#isOver) return;
    this.close();
    this.#done(count, error);
  }
}

/** One primary and its replicas. */
class ShardWait {
  /** Replicas that have what there was to have at the beginning; undefined until it is known. */
  count: number | undefined = undefined;
  error = '';
  readonly #options: ClusterWaitOptions;
  readonly index: number;
  readonly #told: () => void;
  #offset = -1;
  #connection: SessionConnection | undefined = undefined;
  #isAsking = false;

  constructor(options: ClusterWaitOptions, node: number, told: () => void) {
    this.#options = options;
    this.index = node;
    this.#told = told;
  }

  ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { cluster } = this.#options;
    if (this.#offset >= 0) this.#askReplicas();
    const place = placeOf(this.index);
    const target = new WholeReply(
      (reply) => this.#answered(reply),
      (text) => this.#failed(text),
    );
    cluster.own!.give(place, INFO, 0, INFO.length, target, 0, 0, INTERNAL_COMMAND, undefined, true);
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    // While it waits at the server, it serves nobody else.
    if (connection?.inFlight === 0) this.#options.give(this.index, connection);
    else connection?.close();
  }

  #answered(reply: Reply): void {
    if (isError(reply)) this.error = replyText(reply);
    else this.#read(replyText(reply));
    this.#isAnswered();
  }

  #failed(text: string): void {
    this.error = text;
    this.#isAnswered();
  }

  #isAnswered(): void {
    this.#isAsking = false;
    this.count ??= 0;
    this.#told();
  }

  #read(text: string): void {
    if (!/^role:master/m.test(text)) {
      this.error = NOT_PRIMARY;
      return;
    }
    if (this.#offset < 0) this.#offset = Number(/^master_repl_offset:(\d+)/m.exec(text)?.[1] ?? 0);
    const replicas = [...text.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm)];
    this.count = replicas.filter(([, offset]) => Number(offset) >= this.#offset).length;
  }

  #askReplicas(): void {
    this.#connection ??= this.#options.take(this.index, SILENT);
    const connection = this.#connection;
    if (connection.inFlight > 0) return;
    const { length } = ASK_REPLICAS;
    connection.send(ASK_REPLICAS, 0, length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
  }
}

const IGNORE: ReplyTarget = { reply: () => {}, failed: () => {} };
