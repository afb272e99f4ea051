/**
 * The log: JSON lines on standard output, or lines for people on a terminal. Main thread, and the only importer of
 * pino. Workers do not log themselves: they post `LogRecord`s, so that lines stay whole and none is lost when a
 * worker ends.
 */
import type { Writable } from 'node:stream';
import { type DestinationStream, destination, type Logger as PinoLogger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { OperationalError } from '../base/errors.ts';

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
  setLevel(level: LogLevel): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** auto: for people when standard output is a terminal. */
  readonly pretty: 'auto' | boolean;
  /** Where lines go; standard output, written synchronously, when absent. */
  readonly stream?: DestinationStream;
}

const HIDDEN = '***';
const SECRET_FIELD =
  /^(?:token|password|pass|auth|authorization|secret|key|privatekey|requirepass|masterauth)$/i;
const MAX_DEPTH = 6;

function hideInText(text: string): string {
  return text.replace(/([a-z][a-z0-9+]*:\/\/[^\s/:@]*):[^\s@]*@/gi, `$1:${HIDDEN}@`);
}

/** A copy without secrets: fields named like one, and passwords in URLs wherever they stand. */
export function hideSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return hideInText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (value instanceof Error) return { ...describeError(value), message: hideInText(value.message) };
  if (Array.isArray(value)) return value.map((item) => hideSecrets(item, depth + 1));
  const out: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const isSecret = SECRET_FIELD.test(name) && item !== null && item !== undefined;
    out[name] = isSecret ? HIDDEN : hideSecrets(item, depth + 1);
  }
  return out;
}

function describeError(error: Error): Record<string, unknown> {
  // Operational errors are no bugs: where they were thrown tells an operator nothing.
  if (error instanceof OperationalError) return { code: error.code };
  const code = (error as { code?: unknown }).code;
  return { type: error.name, ...(code === undefined ? {} : { code }), stack: hideInText(error.stack ?? '') };
}

function prettyStream(): DestinationStream {
  const pretty = PinoPretty({ colorize: process.stdout.isTTY === true, ignore: 'pid,hostname', sync: true });
  return pretty as unknown as DestinationStream & Writable;
}

class PinoBackedLogger implements Logger {
  readonly #pino: PinoLogger;

  constructor(backing: PinoLogger) {
    this.#pino = backing;
  }

  write(level: WrittenLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#pino.isLevelEnabled(level))
      this.#pino[level](hideSecrets(fields) as object, hideInText(message));
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
    const { level } = this.#pino;
    if (!this.#pino.isLevelEnabled('info')) this.#pino.level = 'info';
    this.write('info', message, fields);
    this.#pino.level = level;
  }

  setLevel(level: LogLevel): void {
    this.#pino.level = level;
  }
}

/** A logger. Lines are written synchronously: this thread serves no clients, and the last line must not be lost. */
export function createLogger(options: LoggerOptions): Logger {
  const isPretty = options.pretty === true || (options.pretty === 'auto' && process.stdout.isTTY === true);
  const stream = options.stream ?? (isPretty ? prettyStream() : destination({ fd: 1, sync: true }));
  const formatters = { level: (label: string) => ({ level: label }) };
  const timestamp = pino.stdTimeFunctions.isoTime;
  return new PinoBackedLogger(
    pino({ level: options.level, base: { pid: process.pid }, formatters, timestamp }, stream),
  );
}
