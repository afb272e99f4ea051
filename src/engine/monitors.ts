/** MONITOR: every command of every worker as a line for those who watch. Worker thread. */

import type { ClientState } from '../commands/client-state.ts';
import { MODE_MONITOR } from '../commands/client-state.ts';
import type { CommandContext } from '../commands/context.ts';
import type { MonitorPort } from '../commands/ports.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { MAIL_MONITOR } from './mail-kinds.ts';
import type { MailHandler } from './mailbox.ts';
import { shownArgument } from './secrets.ts';

const HEX = '0123456789abcdef';
const ESCAPES = new Map([
  [0x5c, 0x5c],
  [0x22, 0x22],
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
  [0x07, 0x61],
  [0x08, 0x62],
]);
const REDACTED = Buffer.from('(redacted)');

export class Monitors implements MonitorPort, MailHandler {
  readonly #engine: Engine;
  /** Monitors on each worker, and behind these on all. */
  readonly #counts: Int32Array;
  readonly #all: number;
  readonly #clients = new Set<EngineClient>();
  readonly #line = new FrameWriter();

  constructor(engine: Engine, counts: SharedArrayBuffer) {
    this.#engine = engine;
    this.#counts = new Int32Array(counts);
    this.#all = this.#counts.length - 1;
    engine.mailbox.handle(MAIL_MONITOR, this);
  }

  /** Somebody watches. */
  get isOn(): boolean {
    return this.#counts[this.#all] !== 0;
  }

  start(state: ClientState): void {
    const client = state as EngineClient;
    if (client.isMonitor) return;
    client.isMonitor = true;
    client.isListening = true;
    client.mode |= MODE_MONITOR;
    this.#clients.add(client);
    this.#count(1);
  }

  stop(state: ClientState): void {
    const client = state as EngineClient;
    if (!client.isMonitor) return;
    client.isMonitor = false;
    client.isListening = this.#engine.pubsub.isSubscribed(client);
    client.mode &= ~MODE_MONITOR;
    this.#clients.delete(client);
    this.#count(-1);
  }

  /** After a command. `isInner`: a script has called it. */
  feed(client: EngineClient, context: CommandContext, isScript: boolean): void {
    if (this.#engine.plan.isAdmin[context.command] === 0) this.#feed(client, context, isScript);
  }

  /** A script is about to run: its own command comes before those that it calls. */
  feedScript(client: EngineClient, context: CommandContext): void {
    this.#feed(client, context, false);
  }

  #feed(client: EngineClient, context: CommandContext, isScript: boolean): void {
    const line = this.#line;
    line.reset();
    this.#write(line, client, context, isScript);
    const { mailbox } = this.#engine;
    for (let worker = 0; worker < mailbox.workers; worker++) {
      if (worker === mailbox.worker) this.#show(line.bytes, 0, line.length);
      else if (this.#counts[worker] !== 0) {
        mailbox.send(worker, MAIL_MONITOR, 0, 0, 0, 0, line.bytes, 0, line.length);
      }
    }
  }

  mail(
    _from: number,
    _a: number,
    _b: number,
    _c: number,
    _d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#show(bytes, start, end);
  }

  #show(bytes: Uint8Array, start: number, end: number): void {
    for (const client of this.#clients) this.#engine.push(client, bytes, start, end);
  }

  #write(line: FrameWriter, client: EngineClient, context: CommandContext, isScript: boolean): void {
    const { nowMs } = this.#engine.clock;
    const seconds = Math.floor(nowMs / 1000);
    const micros = String(Math.floor((nowMs - seconds * 1000) * 1000)).padStart(6, '0');
    const { address = '', isUnix = false, localAddress = '' } = client.output.facts?.() ?? {};
    const from = isScript ? 'lua' : isUnix ? `unix:${localAddress.replace(/:0$/, '')}` : address;
    writeText(line, `+${seconds}.${micros} [${client.database} ${from}]`);
    const { name } = context.table.definitions[context.command];
    for (let at = 0; at < context.count; at++) {
      writeText(line, ' "');
      if (shownArgument(name, context, at))
        writeQuoted(line, context.bytes, context.start(at), context.end(at));
      else line.raw(REDACTED, 0, REDACTED.length);
      writeText(line, '"');
    }
    line.newline();
  }

  #count(change: number): void {
    Atomics.add(this.#counts, this.#engine.mailbox.worker, change);
    Atomics.add(this.#counts, this.#all, change);
  }
}

function writeText(line: FrameWriter, text: string): void {
  line.reserve(text.length);
  for (let at = 0; at < text.length; at++) line.bytes[line.length++] = text.charCodeAt(at);
}

/** As C's `sdscatrepr`. */
function writeQuoted(line: FrameWriter, bytes: Uint8Array, start: number, end: number): void {
  line.reserve(4 * (end - start));
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    const letter = ESCAPES.get(byte);
    if (letter !== undefined) {
      line.bytes[line.length++] = 0x5c;
      line.bytes[line.length++] = letter;
    } else if (byte >= 0x20 && byte < 0x7f) line.bytes[line.length++] = byte;
    else writeText(line, `\\x${HEX[byte >> 4]}${HEX[byte & 15]}`);
  }
}
