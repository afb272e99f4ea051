/**
 * Commands that were slow or large: SLOWLOG, COMMANDLOG and the events of LATENCY. Worker thread. How long a command
 * may take is in fields that follow the settings, so that a command costs one comparison. As valkey 8.0 `slowlog.c`.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import {
  type CommandLogKind,
  type CommandLogPort,
  LOG_LARGE_REPLY,
  LOG_LARGE_REQUEST,
  LOG_SLOW,
} from '../commands/ports.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { EngineClient } from './client.ts';
import { COMMAND_LOG_BYTES, CommandLog } from './command-log.ts';
import type { Engine } from './engine.ts';
import { LATENCY_BYTES, LATENCY_COMMAND, LATENCY_FAST_COMMAND, LatencyEvents } from './latency-events.ts';
import { shownArgument } from './secrets.ts';
import { settingNumber } from './settings.ts';

const SLOWER_THAN = settingNumber('slowlog-log-slower-than');
const LATENCY_THRESHOLD = settingNumber('latency-monitor-threshold');
const REQUEST_LIMIT = settingNumber('commandlog-request-larger-than');
const REPLY_LIMIT = settingNumber('commandlog-reply-larger-than');
/** Longest length of each log, by kind. */
const LENGTHS = [
  settingNumber('slowlog-max-len'),
  settingNumber('commandlog-large-request-max-len'),
  settingNumber('commandlog-large-reply-max-len'),
];

/** What is always quick is timed one by one below that, and otherwise one in sixteen. */
const QUICK_US = 1000;
const MOST_ARGUMENTS = 32;
const MOST_BYTES = 128;
/** Of a client's name, which may be as long as it likes. */
const MOST_NAME_BYTES = 1024;
const NEVER = Number.POSITIVE_INFINITY;
const REDACTED = Buffer.from('(redacted)');

export interface WatchMemory {
  /** By kind. */
  readonly logs: readonly SharedArrayBuffer[];
  readonly latency: SharedArrayBuffer;
}

/** Cold: once. */
export function createWatchMemory(): WatchMemory {
  return {
    logs: LENGTHS.map(() => new SharedArrayBuffer(COMMAND_LOG_BYTES)),
    latency: new SharedArrayBuffer(LATENCY_BYTES),
  };
}

export class CommandWatch implements CommandLogPort {
  /** What takes so many microseconds is given to `took`. */
  leastUs = NEVER;
  /** Every command is to be timed. */
  timesAll = false;
  /** Requests and replies of so many bytes are given to `large`. */
  leastRequest = NEVER;
  leastReply = NEVER;
  readonly latency: LatencyEvents;
  readonly #engine: Engine;
  readonly #logs: readonly CommandLog[];
  readonly #rest = new FrameWriter();
  /** 1 for what does not stand in the logs. */
  readonly #isLeftOut: Uint8Array;
  readonly #isFast: Uint8Array;
  #slowUs = NEVER;
  #latencyMs = 0;

  constructor(engine: Engine, { logs, latency }: WatchMemory) {
    this.#engine = engine;
    const { owner } = engine.store;
    this.#logs = logs.map((memory) => new CommandLog(memory, owner));
    this.latency = new LatencyEvents(latency, owner);
    const { definitions } = engine.plan.table;
    this.#isLeftOut = Uint8Array.from(definitions, ({ flags }) =>
      flags.includes('skip_slowlog') || flags.includes('skip_commandlog') ? 1 : 0,
    );
    this.#isFast = Uint8Array.from(definitions, ({ flags }) => (flags.includes('fast') ? 1 : 0));
  }

  /** Cold: settings have changed. */
  refresh(): void {
    const { settings, compatibility } = this.#engine;
    const { numbers } = settings;
    const hasSizes = compatibility.isValkey && compatibility.level >= 801;
    const limit = (value: number): number => (value < 0 ? NEVER : value);
    this.#slowUs = limit(numbers[SLOWER_THAN]);
    this.#latencyMs = numbers[LATENCY_THRESHOLD];
    this.leastUs = this.#latencyMs > 0 ? Math.min(this.#slowUs, this.#latencyMs * 1000) : this.#slowUs;
    this.timesAll = this.leastUs < QUICK_US || this.#latencyMs > 0;
    this.leastRequest = hasSizes ? limit(numbers[REQUEST_LIMIT]) : NEVER;
    this.leastReply = hasSizes ? limit(numbers[REPLY_LIMIT]) : NEVER;
  }

  /** The client's command has run for so long. One that waits now is in the log when it has its reply. */
  took(client: EngineClient, id: number, view: CommandView, microseconds: number): void {
    this.event(this.#isFast[id] === 1 ? LATENCY_FAST_COMMAND : LATENCY_COMMAND, microseconds / 1000);
    if (client.wait === undefined) this.done(client, id, view, microseconds);
  }

  /** As `took` of a command that has waited. */
  done(client: EngineClient, id: number, view: CommandView, microseconds: number): void {
    if (microseconds >= this.#slowUs) this.#push(LOG_SLOW, client, id, view, Math.floor(microseconds));
  }

  /** One of both is as large as the settings say. */
  large(client: EngineClient, id: number, view: CommandView, request: number, reply: number): void {
    if (request >= this.leastRequest) this.#push(LOG_LARGE_REQUEST, client, id, view, request);
    if (reply >= this.leastReply) this.#push(LOG_LARGE_REPLY, client, id, view, reply);
  }

  /** Something of a kind has taken so long. */
  event(kind: number, milliseconds: number): void {
    const whole = Math.floor(milliseconds);
    if (this.#latencyMs === 0 || whole < this.#latencyMs) return;
    this.latency.add(kind, whole, this.#engine.clock.nowMs);
  }

  length(kind: CommandLogKind): number {
    this.#trim(kind);
    return this.#logs[kind].length;
  }

  write(kind: CommandLogKind, writer: FrameWriter, count: number): void {
    this.#trim(kind);
    this.#logs[kind].write(writer, count);
  }

  reset(kind: CommandLogKind): void {
    this.#logs[kind].clear();
  }

  /** After the setting has been lowered. A log that is off stays as it is. */
  #trim(kind: CommandLogKind): void {
    const most = this.#engine.settings.numbers[LENGTHS[kind]];
    if (most > 0) this.#logs[kind].trim(most);
  }

  #push(kind: CommandLogKind, client: EngineClient, id: number, view: CommandView, value: number): void {
    const { settings, clock } = this.#engine;
    const most = settings.numbers[LENGTHS[kind]];
    if (most === 0 || this.#isLeftOut[id] === 1) return;
    const rest = this.#rest;
    rest.reset();
    this.#writeArguments(rest, id, view);
    const { address = '', isUnix = false, localAddress = '' } = client.output.facts?.() ?? {};
    rest.text(isUnix ? localAddress : address);
    rest.text(client.name.slice(0, MOST_NAME_BYTES));
    this.#logs[kind].push(Math.floor(clock.nowMs / 1000), value, rest, most);
  }

  #writeArguments(rest: FrameWriter, id: number, view: CommandView): void {
    const { bytes, spans, count } = view;
    const { name } = this.#engine.plan.table.definitions[id];
    const shown = Math.min(count, MOST_ARGUMENTS);
    rest.array(shown);
    for (let at = 0; at < shown; at++) {
      const start = spans[2 * at];
      const end = spans[2 * at + 1];
      if (at === MOST_ARGUMENTS - 1 && count > MOST_ARGUMENTS)
        rest.text(`... (${count - at} more arguments)`);
      else if (!shownArgument(name, view, at)) rest.bulk(REDACTED, 0, REDACTED.length);
      else if (end - start <= MOST_BYTES) rest.bulk(bytes, start, end);
      else {
        const text = decodeLatin1(bytes, start, start + MOST_BYTES);
        const cut = Buffer.from(`${text}... (${end - start - MOST_BYTES} more bytes)`, 'latin1');
        rest.bulk(cut, 0, cut.length);
      }
    }
  }
}
