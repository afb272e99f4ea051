/**
 * Libraries of functions as data: which there are and which functions they hold, by name. Runs on its owner's thread.
 * Must not know Lua: a function is a number here.
 */
import type { Refusal } from './script-source.ts';

export interface LibraryFunction {
  readonly name: string;
  readonly description: string | undefined;
  /** Bits of script-source.ts. */
  readonly flags: number;
  /** The function in the registry of the runtime's machine. */
  readonly reference: number;
}

export interface ScriptLibrary {
  readonly name: string;
  /** Everything FUNCTION LOAD was given. */
  readonly code: Uint8Array;
  /** By name, in the order they were registered. */
  readonly functions: ReadonlyMap<string, LibraryFunction>;
}

export class Libraries {
  readonly #byName = new Map<string, ScriptLibrary>();
  readonly #functions = new Map<string, LibraryFunction>();

  get count(): number {
    return this.#byName.size;
  }

  get functionCount(): number {
    return this.#functions.size;
  }

  get(name: string): ScriptLibrary | undefined {
    return this.#byName.get(name);
  }

  /** In any case, as the servers find them. */
  function(name: string): LibraryFunction | undefined {
    return this.#functions.get(name.toLowerCase());
  }

  /** In the order they were loaded. */
  all(): IterableIterator<ScriptLibrary> {
    return this.#byName.values();
  }

  /** Adds a library, in place of the one with its name if there is one. Changes nothing when it is refused. */
  put(library: ScriptLibrary): Refusal | undefined {
    const old = this.#byName.get(library.name);
    for (const name of library.functions.keys()) {
      const known = this.#functions.get(name.toLowerCase());
      if (known !== undefined && old?.functions.get(known.name) !== known) {
        return { refusal: `Function ${name} already exists` };
      }
    }
    if (old) this.remove(old.name);
    this.#byName.set(library.name, library);
    for (const [name, entry] of library.functions) this.#functions.set(name.toLowerCase(), entry);
    return undefined;
  }

  /** Returns the library that was removed. */
  remove(name: string): ScriptLibrary | undefined {
    const library = this.#byName.get(name);
    if (!library) return undefined;
    this.#byName.delete(name);
    for (const entry of library.functions.keys()) this.#functions.delete(entry.toLowerCase());
    return library;
  }

  clear(): void {
    this.#byName.clear();
    this.#functions.clear();
  }
}
