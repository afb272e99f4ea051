/**
 * What scripts need from the engine around them: running commands, logging, and being told to stop. The engine
 * implements it; everything else in this folder knows the engine only through it. Any thread that runs scripts.
 */
import type { CommandView } from '../../commands/definition.ts';
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';

/** Levels of redis.log. */
export const LOG_DEBUG = 0;
export const LOG_VERBOSE = 1;
export const LOG_NOTICE = 2;
export const LOG_WARNING = 3;

/** Bits of redis.set_repl. */
export const REPLICATE_AOF = 1;
export const REPLICATE_REPLICAS = 2;
export const REPLICATE_ALL = 3;

/** Answers of `ScriptHost.mayRun`. */
export const COMMAND_ALLOWED = 1;
export const COMMAND_DENIED = 0;
export const COMMAND_UNKNOWN = -1;

/** Answers of `ScriptHost.interrupted`. */
export const GO_ON = 0;
/** SCRIPT KILL or FUNCTION KILL was sent. */
export const KILLED = 1;

export interface ScriptHost {
  /**
   * Runs one command of the script and appends exactly one reply to `reply`, in RESP `version`. The arguments lie in
   * the machine's memory and are gone after the call. A command that must not run gets an error reply as well; the
   * texts for that are in the dialect. Must not run another script, and must not throw but for bugs.
   */
  call(command: CommandView, reply: FrameWriter, version: RespVersion): void;
  /** redis.acl_check_cmd: whether the caller's user may run the command. */
  mayRun(command: CommandView): typeof COMMAND_ALLOWED | typeof COMMAND_DENIED | typeof COMMAND_UNKNOWN;
  /** redis.log, for levels from `leastLogLevel` on. Characters are bytes. */
  log(level: number, message: string): void;
  readonly leastLogLevel: number;
  /** redis.set_repl, bits as above. */
  setReplication(flags: number): void;
  /** An error that no command has counted becomes (part of) the script's reply; without '-'. For error statistics. */
  countError(text: string): void;
  /**
   * Asked every 100,000 instructions. The host sees to it that others learn of a script that runs too long, and may
   * take as long as it likes. The script ends with an error after `KILLED`, and is asked again at every line.
   */
  interrupted(): typeof GO_ON | typeof KILLED;
}
