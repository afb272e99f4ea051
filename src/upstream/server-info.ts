/** Asks a server who it is. Worker thread. */
import { identityFromInfo, type ServerIdentity } from '../compare/identity.ts';
import { isError, replyText } from '../resp/reply.ts';
import type { CommandLane } from './command-lane.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { WholeReply } from './whole-reply.ts';

export interface ServerInfo {
  readonly identity: ServerIdentity | undefined;
  /** Changes with every start of the server; '' when it did not say. */
  readonly runId: string;
}

const INFO_SERVER = Buffer.from('*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n');

/** `done` is called when INFO is answered; never when it is refused or the connection is lost. */
export function askServerInfo(lane: CommandLane, done: (info: ServerInfo) => void): void {
  const target = new WholeReply(
    (reply) => {
      if (isError(reply)) return;
      const text = replyText(reply);
      const runId = /^run_id:(\S+)/m.exec(text)?.[1] ?? '';
      done({ identity: identityFromInfo(text), runId });
    },
    () => {
      // The next connection asks again.
    },
  );
  lane.send(INFO_SERVER, 0, INFO_SERVER.length, target, 0, 0, INTERNAL_COMMAND, undefined);
}
