/**
 * A command that the server is asked about, and that the gateway then carries out or completes. Worker thread. Cold:
 * nobody runs these on the way of data.
 */
import type { FrameWriter } from '../resp/encode.ts';
import { isError, type Reply } from '../resp/reply.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

export type Write = (writer: FrameWriter) => void;

export interface ClientPlan {
  /** What the server is asked. */
  readonly probe: Frame;
  /** The client's own connection is asked, because the answer tells about it. */
  readonly onOwn?: boolean;
  /** The answer means that the client may do it and that its words are right. */
  permits(reply: Reply): boolean;
  /** Does it, and says what the client is answered. `sequence` is the open reply; input waits. */
  act(session: Session, sequence: number, reply: Reply, done: (write: Write) => void): void;
}

/** What a command inside a transaction means to the gateway once EXEC has run it. */
export interface AfterExec {
  /** Changes the session. */
  readonly apply?: () => void;
  /** Gives the reply. */
  readonly plan?: ClientPlan | undefined;
}

export type Planner = (session: Session, frame: Frame) => ClientPlan;

export const isFine = (reply: Reply): boolean => !isError(reply);

/** A verbatim string in RESP3. The text has one character per byte. */
export function writeText(writer: FrameWriter, text: string, resp: 2 | 3): void {
  const bytes = Buffer.from(resp === 3 ? `txt:${text}` : text, 'latin1');
  writer.header(resp === 3 ? 0x3d : 0x24, bytes.length);
  writer.raw(bytes, 0, bytes.length);
  writer.newline();
}

export function writeReply(reply: Reply): Write {
  return (writer) => writer.raw(reply.bytes, reply.start, reply.end);
}
