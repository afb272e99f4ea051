/**
 * What a command's `run` gets: its arguments, its keys (their shards are locked), the reply's writer, the time. One
 * object per worker, used again for every command, and one more for commands that run inside others. Nothing of it may
 * be kept. `docs/engine.md` is the guide.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { generalText } from '../base/double-text.ts';
import { assert } from '../base/errors.ts';
import { OK } from '../resp/constants.ts';
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { Key, placeKey, prepareKey } from '../store/key.ts';
import { LookAhead } from '../store/look-ahead.ts';
import { STAT_DIRTY } from '../store/statistics.ts';
import type { Store } from '../store/store.ts';
import { touchWatched } from '../store/watch.ts';
import type { ClientState } from './client-state.ts';
import type { Compatibility } from './compatibility.ts';
import type { CommandView } from './definition.ts';
import { OUT_OF_MEMORY, SYNTAX } from './errors.ts';
import { EVENT_EXPIRED, EVENT_GENERIC } from './key-events.ts';
import type { Continuation, EnginePorts } from './ports.ts';
import type { CommandTable } from './table.ts';

const NO_BYTES = new Uint8Array(0);
const NO_SPANS = new Int32Array(0);

export class CommandContext implements CommandView {
  bytes: Uint8Array = NO_BYTES;
  spans: Int32Array = NO_SPANS;
  count = 0;
  /** Id of the command in `table`. */
  command = -1;
  client: ClientState;
  database = 0;
  resp: RespVersion = 2;
  /** Unix time, the same during a whole transaction or script. */
  nowMs = 0;
  /** False in transactions and scripts: then a command that would block answers as if its time were up. */
  mayBlock = true;
  /** False in transactions and scripts: then a long command has to be done in one piece. */
  mayYield = true;
  /** A script has called the command. */
  inScript = false;
  /** The command was parked and runs once more, because one of its keys is ready. */
  isRetry = false;
  /** The reply is an error. */
  failed = false;
  /** Of the last reply that was an error. */
  errorText = '';
  /** See `later`. */
  continuation: Continuation | undefined = undefined;
  readonly store: Store;
  readonly table: CommandTable;
  readonly compatibility: Compatibility;
  readonly ports: EnginePorts;
  writer: FrameWriter;
  /** Keys of the command in its order; `keyCount` of them are valid. */
  readonly keys: Key[] = [];
  keyCount = 0;
  /** For keys of the commands that are coming. */
  readonly ahead: LookAhead;
  #lastKey = 0;
  /** Redis 7.0 prints doubles with 17 digits, later ones with as few as tell them apart. */
  readonly printsAllDigits: boolean;

  constructor(
    store: Store,
    table: CommandTable,
    compatibility: Compatibility,
    ports: EnginePorts,
    writer: FrameWriter,
    client: ClientState,
  ) {
    this.store = store;
    this.table = table;
    this.compatibility = compatibility;
    this.ports = ports;
    this.writer = writer;
    this.client = client;
    this.ahead = new LookAhead(store);
    this.printsAllDigits = compatibility.level < 702;
  }

  // Keys.

  /** Adds the argument to the command's keys. For the engine, before it locks their shards. */
  addKey(argument: number): Key {
    const at = this.keyCount;
    if (at === this.keys.length) this.keys.push(new Key(this.store.shards[0], NO_BYTES));
    const key = this.keys[at];
    this.keyCount = at + 1;
    key.argument = argument;
    const { bytes, spans, ahead } = this;
    const start = spans[2 * argument];
    const end = spans[2 * argument + 1];
    if (ahead.finds(bytes, start, end))
      placeKey(this.store, key, this.database, bytes, start, end, ahead.slot, ahead.hash);
    else prepareKey(this.store, key, this.database, bytes, start, end);
    return key;
  }

  /** For the engine: the next command has no keys yet. */
  clearKeys(): void {
    this.keyCount = 0;
    this.#lastKey = 0;
  }

  /** The key that an argument names: one of those that the command's definition declares. */
  key(argument: number): Key {
    // Commands ask in order, so the one after the last is the likely one.
    for (let tries = 0, at = this.#lastKey; tries < this.keyCount; tries++) {
      if (at >= this.keyCount) at = 0;
      if (this.keys[at].argument === argument) {
        this.#lastKey = at;
        return this.keys[at];
      }
      at += 1;
    }
    assert(false, `argument ${argument} is a key of the command`);
  }

  // Arguments.

  start(argument: number): number {
    return this.spans[2 * argument];
  }

  end(argument: number): number {
    return this.spans[2 * argument + 1];
  }

  length(argument: number): number {
    return this.spans[2 * argument + 1] - this.spans[2 * argument];
  }

  /** One character per byte. Allocates: not for hot commands. */
  text(argument: number): string {
    return decodeLatin1(this.bytes, this.spans[2 * argument], this.spans[2 * argument + 1]);
  }

  /** As `text`, up to a zero byte, where a text of C ends: what errors show. */
  shown(argument: number): string {
    const text = this.text(argument);
    const end = text.indexOf('\0');
    return end < 0 ? text : text.slice(0, end);
  }

  /** So many elements are about to be added at once: since 7.2 that alone decides about the form of a value. */
  expected(count: number): number {
    const { isValkey, level } = this.compatibility;
    return isValkey || level >= 702 ? count : 1;
  }

  // Replies. Each command writes one, or parts of one that add up.

  ok(): void {
    this.writer.constant(OK);
  }

  simple(text: string): void {
    this.writer.simple(text);
  }

  /** `text` begins with its code: `ERR …`. Nothing else may have been written. */
  error(text: string): void {
    this.failed = true;
    this.errorText = text;
    this.writer.error(text);
  }

  syntaxError(): void {
    this.error(SYNTAX);
  }

  /** Memory ran out. What the command has changed so far stays changed. */
  outOfMemory(): void {
    this.error(OUT_OF_MEMORY);
  }

  integer(value: number): void {
    this.writer.integer(value);
  }

  bulk(bytes: Uint8Array, start: number, end: number): void {
    this.writer.bulk(bytes, start, end);
  }

  /** A bulk string of a text in UTF-8. */
  bulkText(text: string): void {
    this.writer.bulkText(text);
  }

  array(count: number): void {
    this.writer.array(count);
  }

  map(pairs: number): void {
    this.writer.map(pairs, this.resp);
  }

  set(count: number): void {
    this.writer.setHeader(count, this.resp);
  }

  double(value: number): void {
    if (this.printsAllDigits) this.writer.doubleText(generalText(value, 17), this.resp);
    else this.writer.double(value, this.resp);
  }

  boolean(value: boolean): void {
    this.writer.boolean(value, this.resp);
  }

  nil(): void {
    this.writer.nullReply(this.resp);
  }

  nilArray(): void {
    this.writer.nullArray(this.resp);
  }

  // What happened.

  /**
   * * The key has been changed by the command: counts it, tells whoever watches or tracks the key, and notifies of
   * `event`. Once per key and change, while its shard is locked; also after the key has been removed. `count` is how
   * many changes that is for INFO: the members that were added.
   */
  changed(key: Key, eventClass: number, event: string, count = 1): void {
    this.touched(key, count);
    if ((this.ports.events.mask & eventClass) !== 0) this.ports.events.notify(eventClass, event, key);
  }

  /** As `changed`, where the key has been removed because the command gave it a time that is past. */
  changedByPastTime(key: Key): void {
    const { isValkey, level } = this.compatibility;
    if (isValkey && level >= 900) this.changed(key, EVENT_EXPIRED, 'expired');
    else this.changed(key, EVENT_GENERIC, 'del');
  }

  /** As `changed` without an event. */
  touched(key: Key, count = 1): void {
    this.store.statistics.cells[STAT_DIRTY] += count;
    touchWatched(key);
    this.ports.blocking.changed(key);
    this.ports.events.changed(key, this);
  }

  /** A further event of a change that `changed` has told of: `del` after the last element was popped. */
  notify(key: Key, eventClass: number, event: string): void {
    if ((this.ports.events.mask & eventClass) !== 0) this.ports.events.notify(eventClass, event, key);
  }

  /** The command goes on in later turns. Only when `mayYield`; the reply is written by the steps. */
  later(rest: Continuation): void {
    if (this.mayYield) this.continuation = rest;
    else while (!rest.step(this));
  }
}
