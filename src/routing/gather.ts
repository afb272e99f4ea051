/**
 * The parts of one command that are under way to several nodes, and what their replies become together. Worker thread.
 * It must not know nodes or connections: whoever sends the parts says which one a reply belongs to.
 *
 * What a client is told when parts fail: of a command that only reads, the first error, in the order of its keys. Of
 * one that writes, the first error too, and behind it how many parts have been done and how many may have been. A
 * command of which nothing was done gives the error alone.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { OUTCOME_UNKNOWN } from '../base/errors.ts';
import type { MergeRule } from '../commands/definition.ts';
import { TYPE_BLOB_ERROR, TYPE_ERROR } from '../resp/constants.ts';
import { FrameWriter, type RespVersion } from '../resp/encode.ts';
import { decodeReply } from '../resp/reply.ts';
import { mergeReplies, writeInOrder } from './merge-replies.ts';
import type { Parts } from './parts.ts';

/** Replies that no rule joins: a server of another kind, or a bug. */
const UNMERGEABLE = 'ERR lockstep: the replies of several nodes do not fit together';
/** Room for the short replies that most parts have. */
const REPLY_BYTES = 64;

export class Gather {
  #merge: MergeRule = 'first';
  #resp: RespVersion = 2;
  #isWrite = false;
  #count = 0;
  #left = 0;
  /** By part: its reply so far. There may be more of them than parts. */
  readonly #replies: FrameWriter[] = [];
  /** By part: why there is no reply, in the gateway's own words. */
  readonly #failures: (string | undefined)[] = [];
  #partOf = new Int32Array(64);
  #keyCount = 0;

  /** Begins anew, for a command of `count` parts. `isWrite`: it may change something. */
  begin(merge: MergeRule, count: number, isWrite: boolean, resp: RespVersion): void {
    this.#merge = merge;
    this.#resp = resp;
    this.#isWrite = isWrite;
    this.#count = count;
    this.#left = count;
    this.#keyCount = 0;
    for (let part = 0; part < count; part += 1) {
      if (part === this.#replies.length) this.#replies.push(new FrameWriter(REPLY_BYTES));
      else this.#replies[part].reset();
      this.#failures[part] = undefined;
    }
  }

  /** Notes which part each key went into. Not needed for rules other than `ordered`. */
  keepOrder({ partOf, keyCount }: Parts): void {
    if (keyCount > this.#partOf.length) this.#partOf = new Int32Array(2 * keyCount);
    for (let key = 0; key < keyCount; key += 1) this.#partOf[key] = partOf[key];
    this.#keyCount = keyCount;
  }

  /** Every part has its reply or has failed. */
  get isOver(): boolean {
    return this.#left === 0;
  }

  /** Bytes of replies that are kept. */
  get sizeBytes(): number {
    let sum = 0;
    for (let part = 0; part < this.#count; part += 1) sum += this.#replies[part].length;
    return sum;
  }

  /** A piece of the reply to a part; `last` ends it. */
  piece(part: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#replies[part].raw(bytes, start, end);
    if (last) this.#left -= 1;
  }

  /** No reply will come to a part, or no more of it. `text` is an error reply without '-' and CRLF. */
  failed(part: number, text: string): void {
    this.#failures[part] = text;
    this.#left -= 1;
  }

  /** Writes the one reply, once it `isOver`. */
  write(out: FrameWriter): void {
    const failedCount = this.#failedCount();
    if (failedCount > 0 && (this.#merge !== 'one_succeeded' || failedCount === this.#count)) {
      out.error(this.#errorText(failedCount));
      return;
    }
    const isMerged =
      this.#merge === 'ordered'
        ? writeInOrder(this.#replies, this.#count, this.#partOf, this.#keyCount, out)
        : this.#writeMerged(out);
    if (!isMerged) out.error(UNMERGEABLE);
  }

  #writeMerged(out: FrameWriter): boolean {
    if (this.#merge !== 'one_succeeded') {
      return mergeReplies(this.#merge, this.#replies, this.#count, out, this.#resp);
    }
    let part = 0;
    while (this.#hasFailed(part)) part += 1;
    const { bytes, length } = this.#replies[part];
    out.raw(bytes, 0, length);
    return true;
  }

  #hasFailed(part: number): boolean {
    if (this.#failures[part] !== undefined) return true;
    const type = this.#replies[part].bytes[0];
    return type === TYPE_ERROR || type === TYPE_BLOB_ERROR;
  }

  #failedCount(): number {
    let count = 0;
    for (let part = 0; part < this.#count; part += 1) if (this.#hasFailed(part)) count += 1;
    return count;
  }

  /** Cold: something has failed. */
  #errorText(failedCount: number): string {
    let first = '';
    let unknown = 0;
    for (let part = 0; part < this.#count; part += 1) {
      if (!this.#hasFailed(part)) continue;
      const text = this.#errorOf(part);
      if (this.#failures[part]?.endsWith(OUTCOME_UNKNOWN) === true) unknown += 1;
      // Nodes on which nothing runs have less to say than one that could not stop what runs (SCRIPT KILL).
      if (first === '' || (first.startsWith('NOTBUSY ') && !text.startsWith('NOTBUSY '))) first = text;
    }
    const done = this.#count - failedCount;
    if (!this.#isWrite || (done === 0 && (unknown === 0 || unknown === this.#count))) return first;
    const doubt = unknown === 0 ? '' : `, the outcome of ${unknown} is unknown`;
    return `${first} (lockstep: ${done} of the ${this.#count} parts of this command were done${doubt})`;
  }

  #errorOf(part: number): string {
    const failure = this.#failures[part];
    if (failure !== undefined) return failure;
    const { bytes, length } = this.#replies[part];
    const { valueStart, valueEnd } = decodeReply(bytes, 0, length);
    return decodeLatin1(bytes, valueStart, valueEnd);
  }
}
