/** Asks a server who it is. Worker thread. */
import { decodeText } from '../base/bytes.ts';
import { identityFromInfo, type ServerIdentity } from '../compare/identity.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, isError } from '../resp/reply.ts';
import type { CommandLane } from './command-lane.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND } from './services.ts';

export interface ServerInfo {
  readonly identity: ServerIdentity | undefined;
  /** Changes with every start of the server; '' when it did not say. */
  readonly runId: string;
}

const INFO_SERVER = Buffer.from('*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n');

/** `done` is called when INFO is answered; never when it is refused or the connection is lost. */
export function askServerInfo(lane: CommandLane, done: (info: ServerInfo) => void): void {
  lane.send(INFO_SERVER, 0, INFO_SERVER.length, new InfoReply(done), 0, 0, INTERNAL_COMMAND, undefined);
}

class InfoReply implements ReplyTarget {
  readonly #done: (info: ServerInfo) => void;
  readonly #bytes = new FrameWriter(2048);

  constructor(done: (info: ServerInfo) => void) {
    this.#done = done;
  }

  reply(
    _session: number,
    _sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#bytes.raw(bytes, start, end);
    if (!last) return;
    const reply = decodeReply(this.#bytes.bytes, 0, this.#bytes.length);
    if (isError(reply)) return;
    const text = decodeText(reply.bytes, reply.valueStart, reply.valueEnd);
    const runId = /^run_id:(\S+)/m.exec(text)?.[1] ?? '';
    this.#done({ identity: identityFromInfo(text), runId });
  }

  failed(): void {
    // The next connection asks again.
  }
}
