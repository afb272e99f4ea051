/**
 * A command with a very long argument on its way to a session's own connection, written while it arrives. The server
 * runs it when its last byte is there, so that byte alone waits for the slots that a shadow needs it to hold, however
 * slowly the client sends. Worker thread (slot owner). Cold: once per megabyte or so.
 */
import { FrameParser } from '../commands/parsed-frame.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { PinnedSession } from './pinned-session.ts';
import type { Frame } from './ports.ts';

/** For commands of which the server has had a part only. */
export const UPLOAD_LOST =
  'ERR lockstep: the connection to the primary was lost, the command was not executed';

/** What usually follows a long argument: its end, and options. Without room for it the copy would move once more. */
const SLACK_BYTES = 256;
/** More than this waiting for the server holds the client back. */
const ROOM_BYTES = 1024 * 1024;

export class PinnedUpload {
  readonly command: number;
  /** Its first arguments: those that were whole when it began. */
  readonly head: Frame;
  readonly #owner: PinnedSession;
  /** For the mirror, while it is not longer than that may keep. */
  #copy: FrameWriter | undefined;
  readonly #longest: number;
  #isHeldBack = false;
  #written = 0;

  /** `longest`: the most bytes to keep of it, 0 without a shadow. */
  constructor(owner: PinnedSession, command: number, head: Frame, longest: number) {
    this.#owner = owner;
    this.command = command;
    this.head = head;
    this.#longest = longest;
    this.#copy = longest > 0 ? new FrameWriter(0) : undefined;
  }

  /** Bytes that are on the connection already. */
  get written(): number {
    return this.#written;
  }

  /** Passes on a piece, behind which `expected` bytes will surely follow. */
  piece(bytes: Uint8Array, start: number, end: number, expected: number): void {
    const { connection } = this.#owner;
    this.#keep(bytes, start, end, expected);
    this.#written += end - start;
    connection.write(bytes, start, end);
    if (!this.#isHeldBack && !connection.hasRoom(ROOM_BYTES)) this.#holdBack(true);
  }

  /** The connection is ready, or what waited there has left. */
  room(): void {
    if (this.#isHeldBack) this.#holdBack(false);
  }

  /** The last piece, which is not written here. Answers the whole command, or undefined where it was not kept. */
  end(bytes: Uint8Array, start: number, end: number): Frame | undefined {
    this.#keep(bytes, start, end, 0);
    const copy = this.#copy;
    if (copy === undefined) return undefined;
    const { spans, count } = new FrameParser().parse(copy.bytes, 0, copy.length);
    return { bytes: copy.bytes, spans, count, frameStart: 0, frameEnd: copy.length };
  }

  #keep(bytes: Uint8Array, start: number, end: number, expected: number): void {
    const copy = this.#copy;
    if (copy === undefined) return;
    const size = copy.length + end - start;
    if (size + expected > this.#longest) {
      this.#copy = undefined;
      return;
    }
    if (size + expected > copy.bytes.length) copy.reserve(end - start + expected + SLACK_BYTES);
    copy.raw(bytes, start, end);
  }

  #holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    const { target, session } = this.#owner;
    target.holdUpload(session, isHeldBack);
  }
}
