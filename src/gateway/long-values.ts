/**
 * Commands with long arguments on their way to one session's own connection, and whether the session had better keep to
 * that connection because of the lengths it deals with. Worker thread. It must not know client sockets.
 */
import type { CommandView } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import { parseFrame, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

/** A session that is given a longer reply, or sends a longer argument, keeps to a connection of its own for a while. */
const LONG_REPLY_BYTES = 1024 * 1024;
const PREFERRED_MS = 10_000;
/** More of a command's first arguments is not passed on for the mirror to look at. */
const LONGEST_HEAD_BYTES = 64 * 1024;

const NO_COMMAND: Frame = wholeFrame(['']);

export class LongValues {
  readonly #session: Session;
  /** The command under way, as far as it is known. */
  #uploading = { command: -1, head: NO_COMMAND };
  /** What the session does had better not pass by everyone else's connection. */
  isPreferred = false;
  /** Monotonic milliseconds of the last long value. */
  #longAtMs = 0;
  /** Bytes of the reply under way. */
  #replyBytes = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Whether a command may be passed on while it arrives. */
  get mayUpload(): boolean {
    const { own, host } = this.#session;
    // A cluster's node is told by the keys, which may come last.
    if (own.isStreaming || host.settings.isCluster) return false;
    // What is mirrored as a part of a transaction is kept whole until it is executed.
    return !own.inTransaction || !host.executor.mirrors;
  }

  /** A command is passed on from here; `head` has the arguments that are whole. Nothing is in flight. */
  begin(command: number, head: CommandView): void {
    const session = this.#session;
    session.own.isPinned = true;
    const frame = headFrame(head);
    this.#uploading = { command, head: frame };
    session.host.executor.beginUpload(session, session.id, session.context, command, frame);
  }

  piece(bytes: Uint8Array, start: number, end: number, expected: number): void {
    this.#session.host.executor.upload(this.#session.id, bytes, start, end, expected);
  }

  end(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    this.#prefer();
    const { command, head } = this.#uploading;
    const sequence = session.own.noteSent();
    session.bridge?.sent(sequence, command, head);
    session.host.executor.endUpload(session, session.id, sequence, bytes, start, end);
  }

  /** A piece of a reply that goes on. */
  noteLength(pieceBytes: number): void {
    this.#replyBytes += pieceBytes;
    if (this.#replyBytes > LONG_REPLY_BYTES) this.#prefer();
  }

  /** Everything is answered. */
  settled(): void {
    this.#replyBytes = 0;
    if (!this.isPreferred) return;
    const { clock } = this.#session.host.services;
    this.isPreferred = clock.monotonicMs - this.#longAtMs < PREFERRED_MS;
  }

  #prefer(): void {
    const { host } = this.#session;
    if (host.settings.isCluster) return;
    this.isPreferred = true;
    this.#longAtMs = host.services.clock.monotonicMs;
    host.preferring.add(this.#session);
  }
}

/** The whole arguments that are known of a command, or its name alone. */
function headFrame(head: CommandView): Frame {
  const { bytes, spans, count } = head;
  const isShort = spans[2 * count - 1] - spans[0] <= LONGEST_HEAD_BYTES;
  const writer = new FrameWriter(64);
  const known = isShort ? count : 1;
  writer.array(known);
  for (let index = 0; index < known; index++) writer.bulk(bytes, spans[2 * index], spans[2 * index + 1]);
  return parseFrame(writer);
}
