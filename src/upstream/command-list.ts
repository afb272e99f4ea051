/** Asks a server which commands it has. Worker thread. Cold: once per server process. */
import { readCommandReply } from '../commands/command-reply.ts';
import type { LearntCommand } from '../commands/learnt.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, isError } from '../resp/reply.ts';
import type { Lane } from './lane.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND } from './services.ts';

const COMMAND = Buffer.from('*1\r\n$7\r\nCOMMAND\r\n');

/** `done` is called with what COMMAND lists; never when it is refused or the connection is lost. */
export function askCommands(lane: Lane, done: (commands: LearntCommand[]) => void): void {
  lane.send(COMMAND, 0, COMMAND.length, new CommandReply(done), 0, 0, INTERNAL_COMMAND, undefined);
}

class CommandReply implements ReplyTarget {
  readonly #done: (commands: LearntCommand[]) => void;
  readonly #bytes = new FrameWriter(64 * 1024);

  constructor(done: (commands: LearntCommand[]) => void) {
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
    if (!isError(reply)) this.#done(readCommandReply(reply));
  }

  failed(): void {
    // The next connection asks again.
  }
}
