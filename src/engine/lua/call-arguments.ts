/**
 * The arguments of a Lua function that takes a command, as a view of the machine's memory. Runs on the machine's
 * thread. Must not know what commands mean.
 */

import { generalText, shortestText } from '../../base/double-text.ts';
import type { CommandView } from '../../commands/definition.ts';
import type { ScriptDialect } from './dialect.ts';
import { type LuaState, TYPE_NUMBER, TYPE_STRING } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

const INITIAL_ARGUMENTS = 16;
/** Integers below are printed as integers by every server. */
const PLAIN_INTEGERS = 1e7;
/** Whole numbers up to here are printed as 64-bit integers, by servers that do so. */
const MOST_INTEGER = 2 ** 62;

/** Reused by every call of its machine. */
export class CallArguments implements CommandView {
  readonly #machine: LuaMachine;
  readonly #dialect: ScriptDialect;
  bytes: Uint8Array;
  spans = new Int32Array(INITIAL_ARGUMENTS * 2);
  count = 0;

  constructor(machine: LuaMachine, dialect: ScriptDialect) {
    this.#machine = machine;
    this.#dialect = dialect;
    this.bytes = machine.bytes;
  }

  /**
   * Takes all values on the stack as arguments. False when one is neither text nor number. The values must stay on the
   * stack while the arguments are in use.
   */
  take(state: LuaState): boolean {
    const { lua } = this.#machine;
    this.count = lua.lua_gettop(state);
    if (this.spans.length < this.count * 2) this.spans = new Int32Array(this.count * 2);
    for (let index = 0; index < this.count; index++) {
      const type = lua.lua_type(state, index + 1);
      if (type === TYPE_NUMBER) this.#printNumber(state, index + 1);
      else if (type !== TYPE_STRING) return false;
      const start = this.#machine.stringAt(state, index + 1);
      this.spans[index * 2] = start;
      this.spans[index * 2 + 1] = start + this.#machine.stringLength;
    }
    // Only now: printing numbers may have made memory grow.
    this.bytes = this.#machine.bytes;
    return true;
  }

  /** Replaces a number on the stack by its text: Lua's own would lose digits. */
  #printNumber(state: LuaState, position: number): void {
    const value = this.#machine.lua.lua_tonumber(state, position);
    // Only Lua knows the sign of what is not a number; its text is the same.
    if (Number.isNaN(value)) return;
    this.#machine.pushText(state, argumentText(value, this.#dialect));
    this.#machine.lua.lua_replace(state, position);
  }
}

function argumentText(value: number, dialect: ScriptDialect): string {
  if (Object.is(value, -0)) return dialect.printsIntegers ? '0' : '-0';
  if (Number.isInteger(value) && Math.abs(value) < PLAIN_INTEGERS) return String(value);
  if (dialect.printsSeventeenDigits) return generalText(value, 17);
  if (dialect.printsIntegers && Number.isInteger(value) && Math.abs(value) <= MOST_INTEGER) {
    return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
  }
  return shortestText(value);
}
