/**
 * A growable piece of a machine's memory: where texts are put together that Lua shall take as a string, and where the
 * replies of commands lie while they are read. Runs on the machine's thread. Must not know what the bytes mean.
 */
import { copyBytes } from '../../base/bytes.ts';
import type { LuaMachine } from './machine.ts';

const INITIAL_CAPACITY = 4096;
/** A buffer above this size is given back by `reset`. */
const KEEP_CAPACITY = 1024 * 1024;

export class MachineBuffer {
  readonly #machine: LuaMachine;
  /** Where the buffer begins in the machine's memory; moves when it grows. */
  pointer = 0;
  /** Bytes written so far. */
  length = 0;
  #capacity = 0;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Forgets the content. */
  reset(): void {
    this.length = 0;
    if (this.#capacity <= KEEP_CAPACITY) return;
    this.#machine.lua.free(this.pointer);
    this.pointer = 0;
    this.#capacity = 0;
  }

  /** Makes room for `extra` more bytes at `pointer + length`. Raises "not enough memory" in `state`. */
  reserve(state: number, extra: number): void {
    const wanted = this.length + extra;
    if (wanted <= this.#capacity) return;
    const capacity = Math.max(wanted, this.#capacity * 2, INITIAL_CAPACITY);
    const moved = this.#machine.lua.realloc(this.pointer, capacity);
    if (moved === 0) this.#machine.raiseText(state, 'not enough memory');
    this.pointer = moved;
    this.#capacity = capacity;
  }

  byte(state: number, value: number): void {
    this.reserve(state, 1);
    this.#machine.bytes[this.pointer + this.length] = value;
    this.length += 1;
  }

  /** Bytes of memory that is not the machine's. */
  append(state: number, source: Uint8Array, start: number, end: number): void {
    this.reserve(state, end - start);
    copyBytes(source, start, end, this.#machine.bytes, this.pointer + this.length);
    this.length += end - start;
  }

  /** Bytes of the machine's own memory. */
  appendOwn(state: number, start: number, count: number): void {
    this.reserve(state, count);
    const bytes = this.#machine.bytes;
    copyBytes(bytes, start, start + count, bytes, this.pointer + this.length);
    this.length += count;
  }

  /** One byte for each character, which are all below 256. */
  text(state: number, text: string): void {
    this.reserve(state, text.length);
    const bytes = this.#machine.bytes;
    const at = this.pointer + this.length;
    for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
    this.length += text.length;
  }

  /** Pushes the content as a Lua string. */
  push(state: number): void {
    this.#machine.lua.lua_pushlstring(state, this.pointer, this.length);
  }
}
