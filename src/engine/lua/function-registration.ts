/**
 * redis.register_function, in both its forms: what a library calls while it is loaded. Cold: once per function of a
 * library. Runs on the machine's thread.
 */
import type { ScriptDialect } from './dialect.ts';
import { raiseError } from './error-values.ts';
import type { LibraryFunction } from './libraries.ts';
import { type LuaState, REGISTRY_INDEX, TYPE_FUNCTION, TYPE_NIL, TYPE_TABLE } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import { FLAG_NAMES, isValidName, nameRefusal } from './script-source.ts';

interface Draft {
  name: string | undefined;
  description: string | undefined;
  flags: number;
  reference: number;
}

export class FunctionRegistration {
  readonly #machine: LuaMachine;
  readonly #dialect: ScriptDialect;
  readonly #api: string;
  /** Functions of the library that is being loaded; undefined while none is. */
  functions: Map<string, LibraryFunction> | undefined;
  /** Why the library cannot be, found out by register_function and told once the library ran. */
  lateRefusal: string | undefined;

  constructor(machine: LuaMachine, dialect: ScriptDialect) {
    this.#machine = machine;
    this.#dialect = dialect;
    this.#api = `${dialect.hasServerTable ? 'server' : 'redis'}.register_function`;
  }

  register(state: LuaState): number {
    const { lua } = this.#machine;
    if (!this.functions)
      return this.#refuse(state, `${this.#api} can only be called on FUNCTION LOAD command`);
    const count = lua.lua_gettop(state);
    if (count < 1 || count > 2) return this.#refuse(state, `wrong number of arguments to ${this.#api}`);
    const draft = count === 1 ? this.#readNamed(state) : this.#readPositional(state);
    const { name = '', description, flags, reference } = draft;
    const problem = this.#problemOf(name, this.functions);
    if (problem === undefined) this.functions.set(name, { name, description, flags, reference });
    else if (this.#dialect.judgesFunctionsLater) this.lateRefusal ??= problem;
    else return this.#refuse(state, problem);
    return 0;
  }

  #problemOf(name: string, functions: ReadonlyMap<string, LibraryFunction>): string | undefined {
    if (!isValidName(name)) return nameRefusal(this.#dialect.judgesFunctionsLater ? 'Function' : 'Library');
    return functions.has(name) ? 'Function already exists in the library' : undefined;
  }

  #refuse(state: LuaState, text: string): never {
    return raiseError(this.#machine, state, text);
  }

  /** A text or number on the stack as text. */
  #textAt(state: LuaState, index: number): string | undefined {
    return this.#machine.lua.lua_isstring(state, index) === 0
      ? undefined
      : this.#machine.textAt(state, index);
  }

  #readPositional(state: LuaState): Draft {
    const { lua } = this.#machine;
    const name = this.#textAt(state, 1);
    if (name === undefined) return this.#refuse(state, `first argument to ${this.#api} must be a string`);
    if (lua.lua_type(state, 2) !== TYPE_FUNCTION) {
      return this.#refuse(state, `second argument to ${this.#api} must be a function`);
    }
    return { name, description: undefined, flags: 0, reference: lua.luaL_ref(state, REGISTRY_INDEX) };
  }

  #readNamed(state: LuaState): Draft {
    const { lua } = this.#machine;
    const draft: Draft = { name: undefined, description: undefined, flags: 0, reference: 0 };
    if (lua.lua_type(state, 1) !== TYPE_TABLE) {
      const rule = 'with a single argument is only applicable to Lua table (representing named arguments).';
      return this.#refuse(state, `calling ${this.#api} ${rule}`);
    }
    lua.lua_pushnil(state);
    while (lua.lua_next(state, 1) !== 0) {
      this.#readEntry(state, draft);
      lua.lua_settop(state, 2);
    }
    if (draft.name === undefined) {
      return this.#refuse(state, `${this.#api} must get a function name argument`);
    }
    if (draft.reference === 0) return this.#refuse(state, `${this.#api} must get a callback argument`);
    return draft;
  }

  /** One named argument: its key and value are on top of the stack. */
  #readEntry(state: LuaState, draft: Draft): void {
    const { lua } = this.#machine;
    lua.lua_pushvalue(state, 2);
    const key = this.#textAt(state, -1)?.toLowerCase();
    lua.lua_settop(state, -2);
    const given = `given to ${this.#api}`;
    if (key === undefined) this.#refuse(state, `named argument key ${given} is not a string`);
    if (key === 'function_name') {
      draft.name = this.#textAt(state, 3);
      if (draft.name === undefined) {
        this.#refuse(state, `function_name argument ${given} must be a string`);
      }
    } else if (key === 'description') {
      draft.description = this.#textAt(state, 3);
      if (draft.description === undefined) {
        this.#refuse(state, `description argument ${given} must be a string`);
      }
    } else if (key === 'callback') {
      if (lua.lua_type(state, 3) !== TYPE_FUNCTION) {
        this.#refuse(state, `callback argument ${given} must be a function`);
      }
      draft.reference = lua.luaL_ref(state, REGISTRY_INDEX);
    } else if (key === 'flags') {
      if (lua.lua_type(state, 3) !== TYPE_TABLE) {
        const rule = 'must be a table representing function flags';
        this.#refuse(state, `flags argument to ${this.#api} ${rule}`);
      }
      draft.flags = this.#readFlags(state);
    } else {
      this.#refuse(state, `unknown argument ${given}`);
    }
  }

  /** The flags in the list at 3, up to its first nil. */
  #readFlags(state: LuaState): number {
    const { lua } = this.#machine;
    let flags = 0;
    for (let index = 1; ; index++) {
      lua.lua_pushnumber(state, index);
      lua.lua_gettable(state, 3);
      if (lua.lua_type(state, -1) === TYPE_NIL) break;
      const name = this.#textAt(state, -1)?.toLowerCase();
      const flag = FLAG_NAMES.find(([known]) => known === name);
      if (!flag) return this.#refuse(state, 'unknown flag given');
      flags |= flag[1];
      lua.lua_settop(state, 3);
    }
    return flags;
  }
}
