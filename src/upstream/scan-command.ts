/**
 * One SCAN over the nodes of a cluster: asks what `routing/scan-step.ts` wants to know, and gives its reply. Worker
 * thread. Cold: once per SCAN.
 */
import { compareVersions, identityFromHello } from '../compare/identity.ts';
import { FrameWriter } from '../resp/encode.ts';
import { CLUSTER_NODES, type ScanStep } from '../routing/scan-step.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { placeOf, type SlotSender } from './slot-sender.ts';
import type { SplitOrigin } from './split-command.ts';

/** Since when a server's cursors hold the slot they have come to. */
const SLOT_CURSORS = { redis: '7.4.0', valkey: '8.0.0' } as const;

/** Whether the cursors of all nodes hold a slot. One that does not say who it is counts as old. */
export function haveSlotCursors({ nodes, topology }: SlotSender): boolean {
  const primaries = topology.map?.primaries ?? [];
  return primaries.every((node) => {
    const hello = nodes.at(node)?.hello;
    const identity = hello === undefined ? undefined : identityFromHello(hello);
    return identity !== undefined && compareVersions(identity.version, SLOT_CURSORS[identity.product]) >= 0;
  });
}

export class ScanCommand implements ReplyTarget {
  readonly #step: ScanStep;
  /** With the client's rights, and with the gateway's own. */
  readonly #sender: SlotSender;
  readonly #own: SlotSender;
  readonly #origin: SplitOrigin;
  readonly #over: (isError: boolean) => void;
  #reply = new FrameWriter(1024);

  constructor(
    step: ScanStep,
    senders: { readonly client: SlotSender; readonly own: SlotSender },
    origin: SplitOrigin,
    over: (isError: boolean) => void,
  ) {
    this.#step = step;
    this.#sender = senders.client;
    this.#own = senders.own;
    this.#origin = origin;
    this.#over = over;
  }

  start(): void {
    this.#ask();
  }

  reply(
    _session: number,
    _sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#reply.raw(bytes, start, end);
    if (!last) return;
    const { bytes: whole, length } = this.#reply;
    this.#reply = new FrameWriter(1024);
    this.#step.answer(whole, 0, length);
    this.#ask();
  }

  failed(_session: number, _sequence: number, text: string): void {
    this.#step.failed(text);
    this.#ask();
  }

  #ask(): void {
    const { question } = this.#step;
    const { session } = this.#origin;
    if (question === undefined) this.#end();
    else if (question.kind === 'nodes') {
      const { length } = CLUSTER_NODES;
      this.#own.give(
        question.slot,
        CLUSTER_NODES,
        0,
        length,
        this,
        session,
        0,
        INTERNAL_COMMAND,
        undefined,
        true,
      );
    } else {
      const { slot, address, frame } = question;
      const { topology } = this.#sender;
      const owner = topology.nodes[topology.ownerOf(slot)]?.address.host ?? '';
      const place =
        address === undefined ? slot : placeOf(topology.nodeAt(address.host, address.port, owner).index);
      this.#sender.give(place, frame, 0, frame.length, this, session, 0, INTERNAL_COMMAND, undefined, true);
    }
  }

  #end(): void {
    if (this.#step.isMapOld) this.#sender.topology.refresh();
    const writer = this.#reply;
    this.#step.write(writer);
    const { target, session, sequence, mirrored } = this.#origin;
    const { bytes, length } = writer;
    target.reply(session, sequence, bytes, 0, length, true);
    mirrored?.primaryPiece(bytes, 0, length, true);
    this.#over(bytes[0] === 0x2d);
  }
}
