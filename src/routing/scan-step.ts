/**
 * One SCAN over all nodes of a cluster: whom to ask what, and the reply. Worker thread. It must not know connections:
 * whoever drives it asks the questions. It keeps nothing between two SCANs, and no other place does: the cursor tells.
 *
 * No key that is there throughout is lost, whatever moves. Progress is by slot: all slots below the cursor's are done.
 * From there on a segment is read: the slots that follow, as long as they belong to one node. A segment counts as read
 * only if its node had it, as it was, from its first SCAN to its last. So the node is asked behind each SCAN what it
 * owns, and the cursor holds a signature of the answer: the node, the epoch in which it got its slots (a slot that left
 * and came back has raised it), and where the segment ends. Another signature, and the segment is begun again, from the
 * slot that the cursor has; keys may come twice, as they may from one server.
 *
 * A slot that is moving key by key is a segment of its own with two halves: first the node that it leaves is read to
 * the end, then the one that it goes to. What was not seen on the first has gone to the second before its turn. (Not
 * noticed is a move that is called off, with its keys taken back, and begun again while that one slot is read.)
 *
 * Servers whose cursors hold a slot (`hasSlotCursors`: Valkey 8.0 and Redis 7.4 on) begin in the middle of their keys,
 * and every slot that is read is progress. Others are read from end to end for each segment that they have.
 */
import { decodeLatin1, decodeText } from '../base/bytes.ts';
import { keySlot, SLOT_COUNT } from '../base/slot.ts';
import type { CommandView } from '../commands/definition.ts';
import { TYPE_ARRAY } from '../resp/constants.ts';
import type { FrameWriter } from '../resp/encode.ts';
import { decodeReply, isError, type Reply, replyText } from '../resp/reply.ts';
import { type NodeAddress, type OwnView, readOwnView } from './cluster-nodes.ts';
import {
  formatScanCursor,
  MOST_NODE_CURSOR,
  readScanCursor,
  SCAN_BEGIN,
  type ScanCursor,
  signatureOf,
} from './scan-cursor.ts';

export const CLUSTER_NODES = Buffer.from('*2\r\n$7\r\nCLUSTER\r\n$5\r\nNODES\r\n');

const SLOT_BITS = 14n;
const SLOT_MASK = 0x3fffn;
/**
 * How long an iteration may wait at a slot that no node says it has. While a slot moves or a primary is replaced that
 * is over soon; but it can be that each of two nodes holds the other for the owner for ever, until somebody helps.
 */
const LONGEST_WITHOUT_NODE_S = 60n;
const UNREADABLE = 'ERR lockstep: a node of the cluster cannot say which slots it has';
const TOO_LARGE = 'ERR lockstep: a node has more keys than a cursor can count';

export type ScanQuestion =
  /** CLUSTER NODES, to the owner of the slot. With the gateway's own rights: the client may lack them. */
  | { readonly kind: 'nodes'; readonly slot: number }
  /** `frame`, to the node at the address, or else to the owner of the slot. With the rights of the client. */
  | {
      readonly kind: 'scan';
      readonly slot: number;
      readonly address: NodeAddress | undefined;
      readonly frame: Uint8Array;
    };

/** Slots that are read together: from the cursor's to `last`, included. */
interface Segment {
  readonly last: number;
  readonly signature: number;
  /** Where the slot, there is only one then, is going. */
  readonly goesTo: NodeAddress | undefined;
}

export class ScanStep {
  /** The map of slots is older than what a node said: it should be asked for again. */
  isMapOld = false;
  readonly #options: Uint8Array[] = [];
  readonly #hasSlotCursors: boolean;
  readonly #nowS: bigint;
  readonly #name: Uint8Array;
  #cursor: ScanCursor = SCAN_BEGIN;
  #question: ScanQuestion | undefined;
  #scanned: Reply | undefined = undefined;
  #next: string = '0';
  #keys: Reply[] = [];
  #error = '';

  /**
   * `hasSlotCursors`: all nodes have. `nowMs`: Unix time. Undefined for a command that any node will find wrong.
   * Cold: once per SCAN, as everything here.
   */
  static of(command: CommandView, hasSlotCursors: boolean, nowMs: number): ScanStep | undefined {
    if (command.count < 2) return undefined;
    const text = decodeLatin1(command.bytes, command.spans[2], command.spans[3]);
    const cursor = readScanCursor(text);
    if (cursor === 'malformed') return undefined;
    return new ScanStep(command, cursor, hasSlotCursors, nowMs);
  }

  private constructor(
    command: CommandView,
    cursor: ScanCursor | 'foreign',
    hasSlotCursors: boolean,
    nowMs: number,
  ) {
    const { bytes, spans, count } = command;
    for (let at = 2; at < count; at += 1) this.#options.push(bytes.slice(spans[2 * at], spans[2 * at + 1]));
    this.#name = bytes.slice(spans[0], spans[1]);
    this.#hasSlotCursors = hasSlotCursors;
    this.#nowS = BigInt(Math.floor(nowMs / 1000));
    // Nobody knows what was read with a cursor that is not ours: the iteration is over.
    if (cursor === 'foreign') return;
    this.#cursor = cursor;
    const { slot, signature, isOtherHalf } = cursor;
    this.#question = signature === 0 || isOtherHalf ? { kind: 'nodes', slot } : this.#scan(undefined);
  }

  /** What to ask next; undefined when the reply can be written. */
  get question(): ScanQuestion | undefined {
    return this.#question;
  }

  /** The reply to the question; `bytes` stay as they are. */
  answer(bytes: Uint8Array, start: number, end: number): void {
    const reply = decodeReply(bytes, start, end);
    const asked = this.#question;
    this.#question = undefined;
    if (isError(reply)) this.#error = decodeLatin1(reply.bytes, reply.valueStart, reply.valueEnd);
    else if (asked?.kind === 'scan') this.#scanIs(reply);
    else this.#viewIs(readOwnView(replyText(reply)));
  }

  /** There is no reply; `text` is an error without '-' and CRLF. */
  failed(text: string): void {
    this.#question = undefined;
    this.#error = text;
  }

  write(out: FrameWriter): void {
    if (this.#error !== '') {
      out.error(this.#error);
      return;
    }
    out.array(2);
    out.text(this.#next);
    out.array(this.#keys.length);
    for (const { bytes, start, end } of this.#keys) out.raw(bytes, start, end);
  }

  #scan(address: NodeAddress | undefined): ScanQuestion {
    const { slot } = this.#cursor;
    const words = [this.#name, Buffer.from(String(this.#nodeCursor)), ...this.#options];
    const parts = words.map((word) => Buffer.concat([Buffer.from(`$${word.length}\r\n`), word, LINE_END]));
    return {
      kind: 'scan',
      slot,
      address,
      frame: Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]),
    };
  }

  get #nodeCursor(): bigint {
    const { slot, node } = this.#cursor;
    return this.#hasSlotCursors ? (node << SLOT_BITS) | BigInt(slot) : node;
  }

  #scanIs(reply: Reply): void {
    const [cursor, keys] = reply.items;
    if (reply.type !== TYPE_ARRAY || cursor === undefined || keys === undefined) this.#error = UNREADABLE;
    else {
      this.#scanned = reply;
      this.#question = { kind: 'nodes', slot: this.#cursor.slot };
    }
  }

  /** What the owner has, before or after its SCAN. */
  #viewIs(view: OwnView | undefined): void {
    if (view === undefined) {
      this.#error = UNREADABLE;
      return;
    }
    const { slot, signature, isOtherHalf, node } = this.#cursor;
    const segment = this.#segmentOf(view, slot);
    if (segment === undefined) {
      this.#isNotThere();
      return;
    }
    const isFresh = this.#scanned === undefined && signature === 0;
    if (!isFresh && segment.signature !== signature) {
      // From the cursor's slot again. It is not 0, which would be the end.
      this.#next = formatScanCursor({ ...SCAN_BEGIN, slot });
      return;
    }
    if (this.#scanned === undefined) {
      this.#cursor = { ...this.#cursor, signature: segment.signature, node: isFresh ? 0n : node };
      this.#question = this.#scan(isOtherHalf ? segment.goesTo : undefined);
    } else this.#advance(segment, this.#scanned);
  }

  /** The slot is not where the map says. The iteration stays where it is for a newer map, in bounded time. */
  #isNotThere(): void {
    const { slot, signature, node } = this.#cursor;
    this.isMapOld = true;
    const since = signature === 0 && node !== 0n ? node : this.#nowS;
    if (this.#nowS - since > LONGEST_WITHOUT_NODE_S)
      this.#error = `ERR lockstep: no node of the cluster says that it has slot ${slot}`;
    else this.#next = formatScanCursor({ ...SCAN_BEGIN, slot, node: since });
  }

  #segmentOf(view: OwnView, slot: number): Segment | undefined {
    const { owned, leaving } = view;
    if (!view.isPrimary || owned[slot] !== 1) return undefined;
    const target = leaving.get(slot);
    let last = slot;
    const isMoving = target !== undefined;
    while (!isMoving && last + 1 < SLOT_COUNT && owned[last + 1] === 1 && !leaving.has(last + 1)) last += 1;
    const parts = [view.id, view.epoch, target ?? '', last, this.#hasSlotCursors];
    const goesTo = target === undefined ? undefined : view.addresses.get(target);
    if (isMoving && goesTo === undefined) return undefined;
    return { last, signature: signatureOf(parts.join(' ')), goesTo };
  }

  /** The SCAN was right: keeps its keys and says where to go on. */
  #advance(segment: Segment, { items: [cursor, keys] }: Reply): void {
    const { slot, isOtherHalf } = this.#cursor;
    this.#keys = keys.items.filter(({ bytes, valueStart, valueEnd }) => {
      const place = keySlot(bytes, valueStart, valueEnd);
      return place >= slot && place <= segment.last;
    });
    const next = BigInt(decodeText(cursor.bytes, cursor.valueStart, cursor.valueEnd));
    const inNode = this.#hasSlotCursors ? next >> SLOT_BITS : next;
    const inSlot = this.#hasSlotCursors ? Number(next & SLOT_MASK) : slot;
    if (next !== 0n && inSlot <= segment.last) {
      if (inNode > MOST_NODE_CURSOR) this.#error = TOO_LARGE;
      else this.#next = formatScanCursor({ ...this.#cursor, slot: inSlot, node: inNode });
    } else if (segment.goesTo !== undefined && !isOtherHalf) {
      this.#next = formatScanCursor({ ...this.#cursor, isOtherHalf: true, node: 0n });
    } else if (segment.last + 1 < SLOT_COUNT) {
      this.#next = formatScanCursor({ ...SCAN_BEGIN, slot: segment.last + 1 });
    } else this.#next = '0';
  }
}

const LINE_END = Buffer.from('\r\n');
