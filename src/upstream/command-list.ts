/** Asks a server which commands it has. Worker thread. Cold: once per connection and unknown command. */
import { readCommandReply } from '../commands/command-reply.ts';
import type { LearntCommand } from '../commands/learnt.ts';
import { FrameWriter } from '../resp/encode.ts';
import { isError } from '../resp/reply.ts';
import type { CommandLane } from './command-lane.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { WholeReply } from './whole-reply.ts';

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
  const target = new WholeReply(
    (reply) => {
      if (!isError(reply)) done(readCommandReply(reply));
    },
    () => {
      // The next connection asks again.
    },
  );
  lane.send(writer.bytes, 0, writer.length, target, 0, 0, INTERNAL_COMMAND, undefined);
}
