/**
 * Where replies go: the seam between connections to servers and whoever asked. Worker thread.
 * A request is named by (session, sequence); both mean something only to the target.
 */
export interface ReplyTarget {
  /** A piece of the reply; `last` ends it. The memory is lent for the length of the call. */
  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void;
  /** No reply will come (or no more of it). `text` is a RESP error without '-' and CRLF. */
  failed(session: number, sequence: number, text: string): void;
}

/** The mirror's side of a command in flight on the primary. */
export interface MirroredCommand {
  /** It has seen as much of the reply as it wants. */
  readonly isPrimaryOver: boolean;
  primaryPiece(bytes: Uint8Array, start: number, end: number, last: boolean): void;
  /** The primary gave no reply. `sent`: the command may have taken effect. */
  primaryFailed(sent: boolean): void;
  /**
   * A node has sent back a command that may have waited there: it has not run. True: it goes on, there or elsewhere,
   * when `goOn` is called, which is to be after a pause.
   */
  sentBack?(pauseMs: number, goOn: () => void): boolean;
}
