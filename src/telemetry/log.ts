/**
 * The log: JSON lines on standard output, or lines for people on a terminal. Main thread, and the only importer of
 * pino. Workers do not log themselves: they post `LogRecord`s, so that lines stay whole and none is lost when a
 * worker ends.
 */
import type { Writable } from 'node:stream';
import { type DestinationStream, destination, type Logger as PinoLogger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { SecretHider } from './hide-secrets.ts';
import { type Repeated, Repeats, WINDOW_MS } from './repeats.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type WrittenLevel = Exclude<LogLevel, 'silent'>;

/** What a worker posts to the main thread. Structured-clonable. */
export interface LogRecord {
  readonly level: WrittenLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Logger {
  /** Writes one line. Fields named like secrets, and passwords inside URLs, are hidden. */
  write(level: WrittenLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  fatal(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Writes one line at level info even where the level would hide it: tools wait for it. */
  announce(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Writes one line at level fatal even where the level would hide it: there will be no other. */
  lastWords(message: string, fields?: Readonly<Record<string, unknown>>): void;
  setLevel(level: LogLevel): void;
  /** These are hidden wherever they stand, from now on. */
  setSecrets(secrets: readonly string[]): void;
  /** The last lines that were written, as JSON, oldest first. */
  recent(): readonly string[];
  /** Tells what was held back of lines that repeat themselves. The logger goes on. */
  flush(): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** auto: for people when standard output is a terminal. */
  readonly pretty: 'auto' | boolean;
  /** Where lines go; standard output, written synchronously, when absent. */
  readonly stream?: DestinationStream;
}

/** Lines that are kept for whoever looks at them later, and how much of each. */
const KEPT_LINES = 200;
const KEPT_CHARACTERS = 2000;

function prettyStream(): DestinationStream {
  const pretty = PinoPretty({ colorize: process.stdout.isTTY === true, ignore: 'pid,hostname', sync: true });
  return pretty as unknown as DestinationStream & Writable;
}

class PinoBackedLogger implements Logger {
  readonly #pino: PinoLogger;
  readonly #kept: readonly string[];
  readonly #hider = new SecretHider();
  readonly #repeats = new Repeats((repeated) => this.#tellRepeated(repeated));
  #timer: NodeJS.Timeout | undefined;

  constructor(backing: PinoLogger, kept: readonly string[]) {
    this.#pino = backing;
    this.#kept = kept;
  }

  write(level: WrittenLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const isWritten = this.#repeats.admits(level, message, fields, performance.now());
    if (isWritten) this.#pino[level](this.#hider.value(fields) as object, this.#hider.text(message));
    else this.#timer ??= setTimeout(() => this.#endWindows(), WINDOW_MS).unref();
  }

  #endWindows(): void {
    const isHolding = this.#repeats.expire(performance.now());
    this.#timer = isHolding ? setTimeout(() => this.#endWindows(), WINDOW_MS).unref() : undefined;
  }

  #tellRepeated({ level, message, times, withinMs }: Repeated): void {
    const fields = { repeated: times, withinMs: Math.round(withinMs) };
    this.#pino[level](fields, this.#hider.text(message));
  }

  setSecrets(secrets: readonly string[]): void {
    this.#hider.setSecrets(secrets);
  }

  recent(): readonly string[] {
    return this.#kept;
  }

  flush(): void {
    this.#repeats.close(performance.now());
  }

  debug(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.write('error', message, fields);
  }

  fatal(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.write('fatal', message, fields);
  }

  announce(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#writeAnyway('info', message, fields);
  }

  lastWords(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#writeAnyway('fatal', message, fields);
  }

  #writeAnyway(written: WrittenLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const { level } = this.#pino;
    if (!this.#pino.isLevelEnabled(written)) this.#pino.level = written;
    this.write(written, message, fields);
    this.#pino.level = level;
  }

  setLevel(level: LogLevel): void {
    this.#pino.level = level;
  }
}

/** Writes to `stream`, and keeps the last lines in `kept`. */
function keeping(stream: DestinationStream, kept: string[]): DestinationStream {
  return {
    write: (line) => {
      if (kept.length === KEPT_LINES) kept.shift();
      kept.push(line.slice(0, KEPT_CHARACTERS).trimEnd());
      stream.write(line);
    },
  };
}

/** A logger. Lines are written synchronously: this thread serves no clients, and the last line must not be lost. */
export function createLogger(options: LoggerOptions): Logger {
  const isPretty = options.pretty === true || (options.pretty === 'auto' && process.stdout.isTTY === true);
  const stream = options.stream ?? (isPretty ? prettyStream() : destination({ fd: 1, sync: true }));
  const formatters = { level: (label: string) => ({ level: label }) };
  const timestamp = pino.stdTimeFunctions.isoTime;
  const kept: string[] = [];
  const settings = { level: options.level, base: { pid: process.pid }, formatters, timestamp };
  return new PinoBackedLogger(pino(settings, keeping(stream, kept)), kept);
}
