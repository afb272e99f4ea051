/**
 * Errors as scripts see them: tables with the text in `err`. Runs on the machine's thread. Must not know who makes
 * them.
 */
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

/** Set in errors that a command has counted, so that they are not counted again when they become a reply. */
export const COUNTED_MARK = 'ignore_error_stats_update';

/** Pushes `{err = 'ERR text'}`. Characters are bytes. */
export function pushError(machine: LuaMachine, state: LuaState, text: string): void {
  pushErrorReply(machine, state, `ERR ${text}`);
}

/** Raises `{err = 'ERR text'}`. */
export function raiseError(machine: LuaMachine, state: LuaState, text: string): never {
  pushError(machine, state, text);
  return machine.raise(state);
}

/**
 * Pushes the table for an error reply, given without '-'. A text of one word is no code: it gets ERR before it. As in
 * C, a NUL ends the text.
 */
export function pushErrorReply(machine: LuaMachine, state: LuaState, reply: string): void {
  const ended = reply.includes('\0') ? reply.slice(0, reply.indexOf('\0')) : reply;
  const space = ended.indexOf(' ');
  const code = space < 0 ? 'ERR' : ended.slice(0, space);
  const message = trimNewlines(ended.slice(space + 1));
  machine.lua.lua_createtable(state, 0, 0);
  machine.pushText(state, `${code} ${message}`);
  machine.lua.lua_setfield(state, -2, machine.constant('err'));
}

function trimNewlines(text: string): string {
  return text.replace(/^[\r\n]+|[\r\n]+$/g, '');
}
