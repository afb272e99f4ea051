/**
 * Where a command for a cluster goes, from its bytes: `routing/router.ts`, and a short way for commands with one key.
 * Worker thread, per command: allocates nothing. It must not know nodes.
 */
import { keySlot } from '../base/slot.ts';
import type { CommandView } from '../commands/definition.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { BIT_SINGLE_KEY, BIT_WRITE, type CommandTable } from '../commands/table.ts';
import { ROUTE_ANY, ROUTE_SLOT, type Route, Router } from '../routing/router.ts';
import { INTERNAL_COMMAND } from './services.ts';

const CR = 0x0d;
const NO_SLOT = -1;

export class CommandRouter {
  /** After ROUTE_SLOT. */
  slot = NO_SLOT;
  /** After every other route: the command's arguments. Valid until the next call. */
  view: CommandView = { bytes: new Uint8Array(0), spans: new Int32Array(0), count: 0 };
  readonly rules: Router;
  readonly #table: CommandTable;
  readonly #parser = new FrameParser();
  readonly #carriesEffects: boolean;

  /**
   * `carriesEffects`: what is sent on behalf of a command may be another one, LPOP for BLPOP. The key of commands that
   * have one is at the same place in both.
   */
  constructor(table: CommandTable, carriesEffects: boolean) {
    this.#table = table;
    this.#carriesEffects = carriesEffects;
    this.rules = new Router(table);
  }

  /** Of the command `bytes[start, end)`, a canonical RESP array. */
  route(command: number, bytes: Uint8Array, start: number, end: number): Route {
    const table = this.#table;
    if (command >= 0 && (table.bits[command] & BIT_SINGLE_KEY) !== 0) {
      this.slot = slotOfArgument(bytes, start, end, table.firstKey[command]);
      if (this.slot !== NO_SLOT) return ROUTE_SLOT;
    }
    this.view = this.#parser.parse(bytes, start, end);
    const { spans, count } = this.view;
    const id = command >= 0 && !this.#carriesEffects ? command : table.lookup(bytes, spans, count);
    const route = this.rules.route(id, this.view);
    this.slot = this.rules.slot;
    // The gateway asks for itself, and one answer is enough.
    return command === INTERNAL_COMMAND && route !== ROUTE_SLOT ? ROUTE_ANY : route;
  }

  /** Id of the command, negative where the table does not know it. Cold. */
  lookup(bytes: Uint8Array, start: number, end: number): number {
    this.view = this.#parser.parse(bytes, start, end);
    return this.#table.lookup(this.view.bytes, this.view.spans, this.view.count);
  }

  /** Whether replicas that serve reads must have it, too. Cold. */
  isForReaders(command: number): boolean {
    return command >= 0 && this.#table.definitions[command].cluster?.isForReaders === true;
  }

  isWrite(command: number): boolean {
    return command >= 0 && (this.#table.bits[command] & BIT_WRITE) !== 0;
  }
}

/** Slot of argument `index`, or NO_SLOT where there are fewer. */
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
  return NO_SLOT;
}
