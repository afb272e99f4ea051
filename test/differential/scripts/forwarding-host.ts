/**
 * The host of scripts that run here and work on a real server: redis.call runs there, within a script of one line, so
 * that what scripts may not do is refused by the server itself.
 */
import type { CommandView } from '../../../src/commands/definition.ts';
import {
  COMMAND_ALLOWED,
  COMMAND_UNKNOWN,
  GO_ON,
  KILLED,
  LOG_NOTICE,
  type ScriptHost,
} from '../../../src/engine/lua/script-host.ts';
import type { FrameWriter, RespVersion } from '../../../src/resp/encode.ts';
import type { SyncLink } from '../../support/sync-link.ts';

const forward: Readonly<Record<RespVersion, string>> = {
  2: 'return redis.pcall(unpack(ARGV))',
  3: 'redis.setresp(3) return redis.pcall(unpack(ARGV))',
};

/** Commands whose replies are lists with nulls. */
const withNulls = new Set(['mget', 'hmget', 'zmscore']);

export class ForwardingHost implements ScriptHost {
  readonly #link: SyncLink;
  readonly leastLogLevel = LOG_NOTICE;
  readonly logged: string[] = [];
  readonly counted: string[] = [];
  /** Ends the running script when it next asks. */
  kills = false;
  /** `EVAL` or `EVAL_RO`. */
  command = 'EVAL';

  constructor(link: SyncLink) {
    this.#link = link;
  }

  call(command: CommandView, reply: FrameWriter, version: RespVersion): void {
    const args = argumentsOf(command);
    // What a script returns ends at its first nil: such replies come from the command itself.
    const isDirect = version === 3 && withNulls.has(String(args[0]).toLowerCase());
    const request = isDirect ? args : [this.command, forward[version], 0, ...args];
    const bytes = this.#link.call(version, request);
    reply.raw(bytes, 0, bytes.length);
  }

  mayRun(command: CommandView): typeof COMMAND_ALLOWED | typeof COMMAND_UNKNOWN {
    const info = this.#link.call(2, ['COMMAND', 'INFO', argumentsOf(command)[0]]);
    return /^\*1\r\n[*$]-1/.test(info.toString('latin1')) ? COMMAND_UNKNOWN : COMMAND_ALLOWED;
  }

  log(_level: number, message: string): void {
    this.logged.push(message);
  }

  setReplication(): void {}

  countError(text: string): void {
    this.counted.push(text);
  }

  interrupted(): typeof GO_ON | typeof KILLED {
    return this.kills ? KILLED : GO_ON;
  }
}

function argumentsOf(command: CommandView): Buffer[] {
  return Array.from({ length: command.count }, (_, index) =>
    Buffer.from(command.bytes.slice(command.spans[index * 2], command.spans[index * 2 + 1])),
  );
}
