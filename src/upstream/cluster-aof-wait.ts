/**
 * WAITAOF before a cluster: the least number of append-only files that have, for every shard, what its primary had
 * written when the command came. Worker thread. Cold: a command that waits by design.
 *
 * A server answers for what the connection itself has written. So each primary gets the command on a connection that
 * has just written something behind all the rest: FUNCTION RESTORE of no libraries changes nothing, needs no key, and
 * is written to the file and to replicas all the same. (SPUBLISH, which does for one server, is not, in a cluster.)
 */
import { crc64 } from '../base/crc64.ts';
import { FrameWriter } from '../resp/encode.ts';
import { isError, type Reply, replyInteger, replyText } from '../resp/reply.ts';
import type { ClusterWaitOptions } from './cluster-wait.ts';
import type { PinnedEvents } from './pinned.ts';
import { INTERNAL_COMMAND } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import { WholeReply } from './whole-reply.ts';

const MARK = makeMark();

export class ClusterAofWait {
  readonly #done: (local: number, replicas: number, error: string) => void;
  readonly #nodes: NodeAofWait[];
  #left: number;
  #isOver = false;

  /** `command`: the whole command. `done` gets the least numbers of any shard, or an error. */
  constructor(
    options: ClusterWaitOptions,
    command: Uint8Array,
    done: (local: number, replicas: number, error: string) => void,
  ) {
    this.#done = done;
    const { services, cluster } = options;
    const primaries = cluster.topology.map?.primaries ?? [];
    this.#left = primaries.length;
    this.#nodes = primaries.map((node) => new NodeAofWait(options, node, command, () => this.#answered()));
    if (primaries.length === 0) services.after(0, () => this.#end(0, 0, 'CLUSTERDOWN Hash slot not served'));
    for (const node of this.#nodes) node.start();
  }

  /** The connections that wait, by their nodes. */
  get connections(): { readonly index: number; readonly connection: SessionConnection | undefined }[] {
    return this.#nodes.map(({ index, connection }) => ({ index, connection }));
  }

  /** Nobody waits any more. */
  close(): void {
    this.#isOver = true;
    for (const node of this.#nodes) node.close();
  }

  #answered(): void {
    this.#left -= 1;
    if (this.#left > 0) return;
    const failed = this.#nodes.find(({ error }) => error !== '');
    const least = (pick: (node: NodeAofWait) => number): number => Math.min(...this.#nodes.map(pick));
    if (failed !== undefined) this.#end(0, 0, failed.error);
    else
      this.#end(
        least(({ local }) => local),
        least(({ replicas }) => replicas),
        '',
      );
  }

  #end(local: number, replicas: number, error: string): void {
    if (this.#isOver) return;
    this.close();
    this.#done(local, replicas, error);
  }
}

/** One primary. */
class NodeAofWait implements PinnedEvents {
  readonly index: number;
  connection: SessionConnection | undefined = undefined;
  error = '';
  local = Number.MAX_SAFE_INTEGER;
  replicas = Number.MAX_SAFE_INTEGER;
  readonly #options: ClusterWaitOptions;
  readonly #command: Uint8Array;
  readonly #told: () => void;
  #isOver = false;

  constructor(options: ClusterWaitOptions, node: number, command: Uint8Array, told: () => void) {
    this.#options = options;
    this.index = node;
    this.#command = command;
    this.#told = told;
  }

  start(): void {
    this.connection = this.#options.take(this.index, this);
    this.#send(MARK, (reply) => this.#marked(reply));
  }

  close(): void {
    const { connection } = this;
    this.connection = undefined;
    this.#isOver = true;
    // While it waits at the server, it serves nobody else.
    if (connection?.inFlight === 0) this.#options.give(this.index, connection);
    else connection?.close();
  }

  pinnedStream(): void {}
  pinnedReady(): void {}
  pinnedDrained(): void {}
  pinnedLost(text: string): void {
    this.#end(text);
  }

  #marked(reply: Reply): void {
    if (isError(reply))
      this.#end(`${replyText(reply)} (lockstep: on a cluster, WAITAOF needs FUNCTION RESTORE)`);
    else this.#send(this.#command, (answer) => this.#answered(answer));
  }

  #answered(reply: Reply): void {
    const [local, replicas] = reply.items;
    if (isError(reply) || replicas === undefined) this.#end(replyText(reply));
    else {
      this.local = replyInteger(local);
      this.replicas = replyInteger(replicas);
      this.#end('');
    }
  }

  #send(bytes: Uint8Array, done: (reply: Reply) => void): void {
    const target = new WholeReply(
      (reply) => {
        if (!this.#isOver) done(reply);
      },
      (text) => this.#end(text),
    );
    this.connection?.send(bytes, 0, bytes.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }

  #end(error: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.error = error;
    this.#told();
  }
}

/** The dump of no libraries: a version that all servers read, and the checksum. */
function makeMark(): Uint8Array {
  const dump = Buffer.alloc(10);
  dump.writeUInt16LE(10, 0);
  dump.writeBigUInt64LE(crc64(dump, 0, 2), 2);
  const writer = new FrameWriter(64);
  writer.array(4);
  writer.text('FUNCTION');
  writer.text('RESTORE');
  writer.bulk(dump, 0, dump.length);
  writer.text('APPEND');
  return writer.bytes.slice(0, writer.length);
}
