/**
 * What comes from one client: the commands in it, when reading pauses, and commands with a very long argument, which
 * are passed on while they arrive rather than kept. Worker thread. It must not know what commands do.
 */
import { copyOf } from '../base/bytes.ts';
import {
  BIT_BLOCKING,
  BIT_LOCAL,
  BIT_PIN,
  BIT_STREAM,
  BIT_SUBSCRIBE,
  BIT_TRANSACTION,
} from '../commands/table.ts';
import type { CommandStream } from '../resp/command-stream.ts';
import { CommandReader, type CommandScanner, SCAN_ERROR, SCAN_INCOMPLETE } from '../resp/scan-command.ts';
import type { SessionContext } from './ports.ts';
import type { Session } from './session.ts';

/** While input cannot be worked on, reading stops when so much of it waits. */
const PAUSE_READING_BYTES = 1024 * 1024;
/** A command whose argument is longer than this is passed on while it arrives, where that makes no difference. */
const LONG_ARGUMENT_BYTES = 1024 * 1024;
/** What a command must not be for that. */
const WHOLE_ONLY = BIT_LOCAL | BIT_TRANSACTION | BIT_SUBSCRIBE | BIT_PIN | BIT_BLOCKING | BIT_STREAM;

/** A command that is being passed on. */
interface Upload {
  readonly stream: CommandStream;
  readonly command: number;
  /** The connection it went to is gone: the rest is read past, and this is its reply. */
  failure: string;
}

export class ClientInput {
  readonly #session: Session;
  readonly #reader: CommandReader;
  /** The reader's limits are those of a client whose connections are set up so. */
  #limitedFor: SessionContext | undefined = undefined;
  #upload: Upload | undefined = undefined;
  /** A long command waits until everything before it is answered. */
  #isLongWaiting = false;
  /** The connection that takes a long command cannot keep up. */
  #isHeldBack = false;
  isPaused = false;
  /** The client sends no more. */
  isEnded = false;

  constructor(session: Session) {
    this.#session = session;
    this.#reader = new CommandReader(session.host.requestLimits);
  }

  get bufferedBytes(): number {
    return this.#reader.bufferedBytes;
  }

  get isUploading(): boolean {
    return this.#upload !== undefined;
  }

  /** Takes a chunk and works on it. The memory is lent for the length of the call. */
  data(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    const { host } = session;
    // Another worker may have found out whether the primary wants a login.
    if (session.context.password === undefined) this.#limit(session.context);
    const from = this.#upload === undefined ? start : this.#continue(this.#upload, bytes, start, end);
    if (from < 0) return;
    this.#reader.feed(bytes, from, end);
    session.drive();
    this.#reader.release();
    const { bufferedBytes } = this.#reader;
    const mustWait = this.#isLongWaiting || session.mustWait;
    if (bufferedBytes > host.settings.maxQueryBytes && mustWait) {
      // The reader refuses it only when it is asked for a command, and nobody asks now.
      session.kill('query_buffer');
    } else if (bufferedBytes > PAUSE_READING_BYTES && mustWait) this.#pause();
  }

  /** The next command, as `CommandReader.next` tells it. */
  next(scanner: CommandScanner): number {
    if (this.#upload !== undefined) return SCAN_INCOMPLETE;
    const { context } = this.#session;
    if (context !== this.#limitedFor) this.#limit(context);
    const result = this.#reader.next(scanner);
    // Servers close without a word.
    if (result === SCAN_ERROR && scanner.error === '')
      this.#session.host.services.metrics.countDroppedClient('query_buffer');
    if (result === SCAN_INCOMPLETE && this.#reader.pendingBulkBytes >= LONG_ARGUMENT_BYTES)
      return this.#beginUpload(scanner);
    return result;
  }

  /** Reads on, if nothing that is known here speaks against it. */
  resume(): void {
    if (!this.isPaused || this.#isLongWaiting || (this.#isHeldBack && this.#upload !== undefined)) return;
    this.isPaused = false;
    const { connection, host } = this.#session;
    host.services.transport.resumeReading(connection);
  }

  /** Whether the connection that takes a long command can take more of it now. */
  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    if (!isHeldBack) this.#session.drive();
    else if (this.#upload !== undefined) this.#pause();
  }

  /** The connection is gone that a command was being passed on to. False: there was no such command. */
  uploadLost(text: string): boolean {
    this.#isHeldBack = false;
    if (this.#upload === undefined) return false;
    this.#upload.failure = text;
    return true;
  }

  /** Others may hold for clients without a login now. */
  limitAgain(): void {
    this.#limitedFor = undefined;
  }

  /** What the client has sent is wrong: '' where servers close without a word. */
  refuse(text: string): void {
    const session = this.#session;
    if (text !== '') session.answer((writer) => writer.error(text));
    session.closeAfterReplies();
  }

  /** Cold: once per connection. A copy of what has come and is no whole command yet; `scanner` is used for it. */
  rest(scanner: CommandScanner): Uint8Array {
    if (this.#reader.bufferedBytes === 0) return new Uint8Array(0);
    this.#reader.peek(scanner);
    return copyOf(scanner.bytes, scanner.frameStart, scanner.frameEnd);
  }

  reset(): void {
    this.#upload = undefined;
    this.#reader.reset();
  }

  #limit(context: SessionContext): void {
    this.#limitedFor = context;
    this.#reader.limits = this.#session.host.limitsOf(this.#session);
  }

  #pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    const { connection, host } = this.#session;
    host.services.transport.pauseReading(connection);
  }

  /** The command that has stopped inside of a long argument is passed on from here, if it may be. */
  #beginUpload(scanner: CommandScanner): number {
    const session = this.#session;
    const reader = this.#reader;
    const { table } = session.host.services;
    this.#isLongWaiting = false;
    if (reader.pendingBulkBytes + 2 > session.host.settings.maxQueryBytes) return SCAN_INCOMPLETE;
    reader.peek(scanner);
    if (scanner.count === 0) return SCAN_INCOMPLETE;
    const command = table.lookup(scanner.bytes, scanner.spans, scanner.count);
    if (
      command < 0 ||
      (table.bits[command] & WHOLE_ONLY) !== 0 ||
      !session.own.long.mayUpload ||
      isLookedAt(session)
    )
      return SCAN_INCOMPLETE;
    if (session.replies.count > 0) {
      this.#isLongWaiting = true;
      return SCAN_INCOMPLETE;
    }
    // It may have been said too late for the one before.
    this.#isHeldBack = false;
    session.own.long.begin(command, scanner);
    session.own.long.piece(scanner.bytes, scanner.frameStart, scanner.frameEnd, reader.pendingBulkBytes);
    const stream = reader.handOver();
    if (stream.error !== '') {
      scanner.error = stream.error;
      return SCAN_ERROR;
    }
    this.#upload = { stream, command, failure: '' };
    if (this.#isHeldBack) this.#pause();
    return SCAN_INCOMPLETE;
  }

  /** Passes on what of the chunk belongs to the command. Answers where that ends, or -1 after an error. */
  #continue(upload: Upload, bytes: Uint8Array, start: number, end: number): number {
    const session = this.#session;
    const { stream, failure } = upload;
    const stop = stream.read(bytes, start, end);
    if (stop < 0) {
      this.#upload = undefined;
      this.refuse(stream.error);
      return -1;
    }
    if (!stream.isOver) {
      if (failure === '') session.own.long.piece(bytes, start, stop, stream.expectedBytes);
      if (!session.host.executor.hasRoom()) this.#pause();
      return stop;
    }
    this.#upload = undefined;
    this.#isHeldBack = false;
    session.client.noteCommand(upload.command);
    if (failure === '') session.own.long.end(bytes, start, stop);
    else session.answer((writer) => writer.error(failure));
    return stop;
  }
}

/** Rules are about its keys, which may stand behind what is long. */
function isLookedAt({ client }: Session): boolean {
  return client.access?.isOpen === false;
}
