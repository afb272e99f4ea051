/**
 * The table `redis` (and `server`) of scripts: running commands, replies, log, versions. It also holds what the running
 * script has chosen: its RESP version and its host. Runs on the machine's thread. Must not know what commands do.
 */
import { createHash } from 'node:crypto';
import { TYPE_ERROR } from '../../resp/constants.ts';
import { FrameWriter, type RespVersion } from '../../resp/encode.ts';
import { CallArguments } from './call-arguments.ts';
import type { ScriptDialect, ScriptIdentity } from './dialect.ts';
import { pushError, pushErrorReply, raiseError } from './error-values.ts';
import { type LuaState, TYPE_STRING } from './lua-exports.ts';
import type { LibraryField, LuaMachine } from './machine.ts';
import { ReplyReader } from './reply-to-lua.ts';
import {
  COMMAND_UNKNOWN,
  LOG_DEBUG,
  LOG_NOTICE,
  LOG_VERBOSE,
  LOG_WARNING,
  REPLICATE_ALL,
  REPLICATE_AOF,
  REPLICATE_REPLICAS,
  type ScriptHost,
} from './script-host.ts';

const RECURSION =
  'luaRedisGenericCommand() recursive call detected. Are you doing funny stuff with Lua debug hooks?';

export class RedisLibrary {
  readonly #machine: LuaMachine;
  readonly #dialect: ScriptDialect;
  readonly #identity: ScriptIdentity;
  readonly #arguments: CallArguments;
  readonly #reader: ReplyReader;
  readonly #reply = new FrameWriter(4096);
  /** Of the running script; undefined while none runs. */
  host: ScriptHost | undefined;
  /** What the running script chose with redis.setresp. */
  version: RespVersion = 2;
  #isCalling = false;

  constructor(machine: LuaMachine, dialect: ScriptDialect, identity: ScriptIdentity) {
    this.#machine = machine;
    this.#dialect = dialect;
    this.#identity = identity;
    this.#arguments = new CallArguments(machine, dialect);
    this.#reader = new ReplyReader(machine, dialect.makesListsToSize);
  }

  /** Cold: set-up. Pushes the table scripts of EVAL find. */
  pushForEval(state: LuaState): void {
    this.#machine.pushLibrary(state, [
      ...this.#fields(),
      ['breakpoint', (at) => this.#returnBoolean(at, false)],
      ['debug', () => 0],
      ['replicate_commands', (at) => this.#returnBoolean(at, true)],
    ]);
  }

  /** Cold: set-up. Pushes the table functions find when they are called. */
  pushForFunctions(state: LuaState): void {
    this.#machine.pushLibrary(state, this.#fields());
  }

  /** Cold: set-up. Pushes the table the code of a library finds while it is loaded. */
  pushForLoading(state: LuaState, register: (state: LuaState) => number): void {
    this.#machine.pushLibrary(state, [
      ['register_function', register],
      ...this.#logFields(),
      ...this.#versionFields(),
    ]);
  }

  /** Cold: set-up. */
  #fields(): LibraryField[] {
    return [
      ['call', (state) => this.#call(state, true)],
      ['pcall', (state) => this.#call(state, false)],
      ...this.#logFields(),
      ...this.#versionFields(),
      ['setresp', (state) => this.#setResponse(state)],
      ['sha1hex', (state) => this.#sha1(state)],
      ['error_reply', (state) => this.#errorReply(state)],
      ['status_reply', (state) => this.#statusReply(state)],
      ['set_repl', (state) => this.#setReplication(state)],
      ['REPL_NONE', 0],
      ['REPL_AOF', REPLICATE_AOF],
      ['REPL_SLAVE', REPLICATE_REPLICAS],
      ['REPL_REPLICA', REPLICATE_REPLICAS],
      ['REPL_ALL', REPLICATE_ALL],
      ['acl_check_cmd', (state) => this.#checkCommand(state)],
    ];
  }

  #logFields(): LibraryField[] {
    return [
      ['log', (state) => this.#log(state)],
      ['LOG_DEBUG', LOG_DEBUG],
      ['LOG_VERBOSE', LOG_VERBOSE],
      ['LOG_NOTICE', LOG_NOTICE],
      ['LOG_WARNING', LOG_WARNING],
    ];
  }

  /** Cold: set-up. */
  #versionFields(): LibraryField[] {
    const { redisVersion, valkeyVersion } = this.#identity;
    const redis: LibraryField[] = [
      ['REDIS_VERSION_NUM', versionNumber(redisVersion)],
      ['REDIS_VERSION', redisVersion],
    ];
    if (valkeyVersion === undefined) return redis;
    return [
      ...redis,
      ['VALKEY_VERSION_NUM', versionNumber(valkeyVersion)],
      ['VALKEY_VERSION', valkeyVersion],
      ['SERVER_NAME', 'valkey'],
    ];
  }

  /** redis.call and redis.pcall: an error is raised by the one and returned by the other. */
  #call(state: LuaState, raises: boolean): number {
    const { host } = this;
    if (!host || this.#isCalling) return this.#finish(state, raises, RECURSION);
    if (this.#machine.lua.lua_gettop(state) === 0) {
      return this.#finish(state, raises, this.#dialect.texts.noArguments);
    }
    if (!this.#arguments.take(state)) return this.#finish(state, raises, this.#dialect.texts.badArguments);
    this.#reply.reset();
    this.#isCalling = true;
    try {
      host.call(this.#arguments, this.#reply, this.version);
    } finally {
      this.#isCalling = false;
    }
    this.#machine.lua.lua_settop(state, 0);
    const isError = this.#reply.bytes[0] === TYPE_ERROR;
    this.#reader.push(state, this.#reply.bytes, 0, this.#reply.length);
    return isError && raises ? this.#machine.raise(state) : 1;
  }

  #finish(state: LuaState, raises: boolean, text: string): number {
    this.#machine.lua.lua_settop(state, 0);
    pushError(this.#machine, state, text);
    return raises ? this.#machine.raise(state) : 1;
  }

  #checkCommand(state: LuaState): number {
    const { noArguments, badArguments, unknownAclCommand } = this.#dialect.texts;
    if (this.#machine.lua.lua_gettop(state) === 0) return raiseError(this.#machine, state, noArguments);
    if (!this.#arguments.take(state)) return raiseError(this.#machine, state, badArguments);
    const answer = this.host?.mayRun(this.#arguments) ?? COMMAND_UNKNOWN;
    if (answer === COMMAND_UNKNOWN) return raiseError(this.#machine, state, unknownAclCommand);
    return this.#returnBoolean(state, answer > 0);
  }

  #returnBoolean(state: LuaState, value: boolean): number {
    this.#machine.lua.lua_pushboolean(state, value ? 1 : 0);
    return 1;
  }

  #setResponse(state: LuaState): number {
    if (this.#machine.lua.lua_gettop(state) !== 1) {
      return raiseError(this.#machine, state, this.#dialect.texts.setResponseArguments);
    }
    const version = Math.trunc(this.#machine.lua.lua_tonumber(state, 1));
    if (version !== 2 && version !== 3) {
      return raiseError(this.#machine, state, 'RESP version must be 2 or 3.');
    }
    this.version = version;
    return 0;
  }

  #setReplication(state: LuaState): number {
    if (this.#machine.lua.lua_gettop(state) !== 1) {
      return raiseError(this.#machine, state, this.#dialect.texts.setReplicationArguments);
    }
    const flags = Math.trunc(this.#machine.lua.lua_tonumber(state, 1));
    if ((flags & ~REPLICATE_ALL) !== 0) {
      const names = 'Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.';
      return raiseError(this.#machine, state, `Invalid replication flags. ${names}`);
    }
    this.host?.setReplication(flags);
    return 0;
  }

  #sha1(state: LuaState): number {
    if (this.#machine.lua.lua_gettop(state) !== 1) {
      return raiseError(this.#machine, state, 'wrong number of arguments');
    }
    const start = this.#machine.stringAt(state, 1);
    const length = start === 0 ? 0 : this.#machine.stringLength;
    const hash = createHash('sha1').update(Buffer.from(this.#machine.bytes.buffer, start, length));
    this.#machine.pushText(state, hash.digest('hex'));
    return 1;
  }

  #hasOneText(state: LuaState): boolean {
    const { lua } = this.#machine;
    return lua.lua_gettop(state) === 1 && lua.lua_type(state, 1) === TYPE_STRING;
  }

  #errorReply(state: LuaState): number {
    if (!this.#hasOneText(state)) {
      pushError(this.#machine, state, 'wrong number or type of arguments');
      return 1;
    }
    const text = this.#machine.textAt(state, 1);
    pushErrorReply(this.#machine, state, text.startsWith('-') ? text.slice(1) : text);
    return 1;
  }

  #statusReply(state: LuaState): number {
    const { lua } = this.#machine;
    if (!this.#hasOneText(state)) {
      pushError(this.#machine, state, 'wrong number or type of arguments');
      return 1;
    }
    lua.lua_createtable(state, 0, 0);
    lua.lua_pushvalue(state, 1);
    lua.lua_setfield(state, -2, this.#machine.constant('ok'));
    return 1;
  }

  #log(state: LuaState): number {
    const { lua } = this.#machine;
    const count = lua.lua_gettop(state);
    if (count < 2) return raiseError(this.#machine, state, this.#dialect.texts.logArguments);
    if (lua.lua_isnumber(state, 1) === 0) {
      return raiseError(this.#machine, state, 'First argument must be a number (log level).');
    }
    const level = Math.trunc(lua.lua_tonumber(state, 1));
    if (!(level >= LOG_DEBUG && level <= LOG_WARNING)) {
      return raiseError(this.#machine, state, this.#dialect.texts.badLogLevel);
    }
    if (!this.host || level < this.host.leastLogLevel) return 0;
    let message = '';
    for (let position = 2; position <= count; position++) {
      if (lua.lua_isstring(state, position) === 0) continue;
      message += (position > 2 ? ' ' : '') + this.#machine.textAt(state, position);
    }
    this.host.log(level, message);
    return 0;
  }
}

/** 7.2.4 as 0x00070204. */
function versionNumber(version: string): number {
  return version.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
