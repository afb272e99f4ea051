/**
 * Which slot a command belongs to, from its bytes. Worker thread, per command to a cluster: allocates nothing for
 * commands on one slot. It must not know nodes.
 */
import { keySlot } from '../base/slot.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { BIT_KEYED, BIT_SINGLE_KEY, type CommandTable, UNKNOWN_COMMAND } from '../commands/table.ts';
import { findKeys, KeyList } from '../routing/keys.ts';

import { INTERNAL_COMMAND } from './services.ts';

/** No keys: any node will do. */
export const ANY_NODE = -1;
/** Several slots. */
export const MANY_SLOTS = -2;
/** It concerns several nodes. */
export const MANY_NODES = -3;

const CR = 0x0d;

export class CommandRouter {
  readonly #table: CommandTable;
  readonly #parser = new FrameParser();
  readonly #keys = new KeyList();

  constructor(table: CommandTable) {
    this.#table = table;
  }

  /** Slot of the command `bytes[start, end)`, a canonical RESP array, or one of the constants above. */
  slotOf(command: number, bytes: Uint8Array, start: number, end: number): number {
    const table = this.#table;
    if (command >= 0 && (table.bits[command] & BIT_SINGLE_KEY) !== 0)
      return slotOfArgument(bytes, start, end, table.firstKey[command]);
    const view = this.#parser.parse(bytes, start, end);
    const id = command >= 0 ? command : table.lookup(view.bytes, view.spans, view.count);
    if (id === UNKNOWN_COMMAND) return ANY_NODE;
    const keys = this.#keys;
    // Where keys cannot be found the server has an error for it.
    if ((table.bits[id] & BIT_KEYED) === 0 || !findKeys(table, id, view, keys) || keys.count === 0) {
      const { request } = table.definitions[id];
      if (command === INTERNAL_COMMAND) return ANY_NODE;
      return request === undefined || (table.bits[id] & BIT_KEYED) !== 0 ? ANY_NODE : MANY_NODES;
    }
    const { spans } = view;
    const first = keys.indexes[0] * 2;
    const slot = keySlot(bytes, spans[first], spans[first + 1]);
    for (let index = 1; index < keys.count; index++) {
      const at = keys.indexes[index] * 2;
      if (keySlot(bytes, spans[at], spans[at + 1]) !== slot) return MANY_SLOTS;
    }
    return slot;
  }
}

/** Slot of argument `index`, or ANY_NODE where there are fewer. */
function slotOfArgument(bytes: Uint8Array, start: number, end: number, index: number): number {
  let at = start;
  while (bytes[at] !== CR) at += 1;
  at += 2;
  for (let argument = 0; at < end; argument++) {
    // '$', the length, CRLF.
    let length = 0;
    for (at += 1; bytes[at] !== CR; at++) length = length * 10 + bytes[at] - 0x30;
    at += 2;
    if (argument === index) return keySlot(bytes, at, at + length);
    at += length + 2;
  }
  return ANY_NODE;
}
