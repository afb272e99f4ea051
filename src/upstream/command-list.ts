/** Asks a server which commands it has. Worker thread. Cold: once per connection and unknown command. */
import { readCommandReply } from '../commands/command-reply.ts';
import type { LearntCommand } from '../commands/learnt.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, isError } from '../resp/reply.ts';
import type { CommandLane } from './command-lane.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND } from './services.ts';

/**
 * Asks about the command `name`, or about all. `done` is called with what the server has of them; never when it refuses
 * or the connection is lost.
 */
export function askCommands(
  lane: CommandLane,
  name: Uint8Array | undefined,
  done: (commands: LearntCommand[]) => void,
): void {
  const writer = new FrameWriter(64);
  writer.array(name === undefined ? 1 : 3);
  writer.text('COMMAND');
  if (name !== undefined) {
    writer.text('INFO');
    writer.bulk(name, 0, name.length);
  }
  lane.send(writer.bytes, 0, writer.length, new CommandReply(done), 0, 0, INTERNAL_COMMAND, undefined);
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
