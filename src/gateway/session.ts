/**
 * One client connection: reads commands, decides where each runs, and sends replies in order. Worker thread.
 *
 * A session is in one of three regimes. On lanes: commands go to shared connections. Pinned: between MULTI and EXEC,
 * while watching keys, during a blocking command or for good, commands go to a connection of its own, one reply each.
 * Streaming: once subscribed in RESP2, monitoring or replicating, that connection's output is the client's output.
 */
import { BIT_KEYS_OPTIONAL, BIT_LOCAL, BIT_OPTIONS } from '../commands/table.ts';
import type { FrameWriter } from '../resp/encode.ts';
import type { Reply } from '../resp/reply.ts';
import { type CommandScanner, SCAN_COMPLETE, SCAN_ERROR } from '../resp/scan-command.ts';
import type { ClientDropReason } from '../telemetry/metrics.ts';
import type { ConnectionHandler, ConnectionId } from '../transport/transport.ts';
import { Barrier } from './barrier.ts';
import { type Bridge, becomeNew } from './bridge.ts';
import { ClientInput } from './client-input.ts';
import { ClientOutput } from './client-output.ts';
import { ClientRecord, LINGER_MS } from './client-record.ts';
import type { Face } from './face.ts';
import { copyFrame } from './frames.ts';
import { OwnConnection } from './own-connection.ts';
import type { Frame, SessionContext, SessionTarget } from './ports.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { RequestNote } from './request-notes.ts';
import { OWN_CONNECTION } from './session-effects.ts';
import type { SessionHost } from './session-host.ts';
import { isUnblocked } from './unblock.ts';

export class Session implements ConnectionHandler, SessionTarget {
  /** Its number between threads; the client's own id is `client.id`. */
  readonly id: number;
  readonly connection: ConnectionId;
  readonly host: SessionHost;
  readonly replies: ReplyQueue;
  readonly client: ClientRecord;
  context: SessionContext;
  /** The version of RESP that the client speaks. */
  protocol: 2 | 3 = 2;
  /** Where its connections to the server speak another one. */
  bridge: Bridge | undefined = undefined;
  readonly input: ClientInput;
  readonly #output: ClientOutput;
  isClosed = false;
  /** Its user is being deleted. */
  isDoomed = false;
  /** No more commands; the connection closes when the last reply has left. */
  #closing = false;
  #driving = false;
  /** Size of the command being dispatched, and what is noted of it. */
  #frameBytes = 0;
  #note: RequestNote | undefined = undefined;
  /** The server was asked to let go of its blocked command: the error that says so is not for the client. */
  #isLetGo = false;
  /** What came of the client waits for so many answers, of other workers and the like. */
  suspensions = 0;
  /** A command that waits until all earlier ones are answered. */
  #held: Frame | undefined = undefined;
  readonly #barrier: Barrier;
  /** What is in flight is on the lane for scripts. */
  #usesScriptLane = false;
  /** Its own connection to the primary, while it needs one. */
  readonly own: OwnConnection;

  constructor(host: SessionHost, id: number, clientId: number, connection: ConnectionId, face?: Face) {
    this.host = host;
    this.id = id;
    this.connection = connection;
    this.client = new ClientRecord(clientId, connection, host.services.clock.nowMs, face);
    this.context = host.contexts.base;
    this.#output = new ClientOutput(this);
    this.replies = new ReplyQueue(this.#output);
    this.#barrier = new Barrier(this.replies);
    this.own = new OwnConnection(this);
    this.input = new ClientInput(this);
    becomeNew(this);
  }

  connected(): void {}
  drained(): void {
    this.#output.drained();
  }

  data(_connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    this.host.services.metrics.addClientBytes(0, end - start);
    if (this.#closing) return;
    this.client.bytesIn += end - start;
    this.client.lastActiveMs = this.host.services.clock.nowMs;
    this.input.data(bytes, start, end);
  }

  /**
   * Half-closed by the client: what it sent before is still worked on, and it may still read the replies it is owed.
   * One that is parked or only listens is gone, as it is to a server.
   */
  ended(): void {
    this.input.isEnded = true;
    if (this.own.isStreaming) this.#close();
    else this.drive();
  }

  closed(): void {
    this.isClosed = true;
    this.#held = undefined;
    this.input.reset();
    this.#output.closed();
    this.host.sessionClosed(this);
    this.bridge?.close();
    this.own.close();
  }

  get isBusy(): boolean {
    return this.replies.count > 0 || this.input.isUploading;
  }

  tick(): void {
    this.#output.tick();
  }

  /** Works on input until there is none or it has to wait. Safe to call at any time. */
  drive(): void {
    if (this.#driving) return;
    const { host } = this;
    if (host.scannerBusy) {
      host.driveLater(this);
      return;
    }
    this.#driving = true;
    host.scannerBusy = true;
    while (!this.mustWait) {
      const held = this.#held;
      if (held !== undefined) {
        this.#held = undefined;
        this.#dispatch(held);
        continue;
      }
      const status = this.input.next(host.scanner);
      if (status === SCAN_COMPLETE) this.#dispatch(host.scanner);
      else {
        if (status === SCAN_ERROR) this.input.refuse(host.scanner.error);
        else if (this.input.isEnded) this.closeAfterReplies();
        break;
      }
    }
    host.scannerBusy = false;
    this.#driving = false;
    if (this.input.isEnded && this.#barrier.isParked) this.#close();
    if (!this.mustWait && !this.isClosed) this.input.resume();
  }

  reply(
    _session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (this.isClosed) return;
    if (this.bridge === undefined) this.heard(sequence, bytes, start, end, last);
    else this.bridge.reply(sequence, bytes, start, end, last);
  }

  /** A piece of a reply in the client's protocol. */
  heard(sequence: number, bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#isLetGo && isUnblocked(bytes, start, end)) {
      this.#close();
      return;
    }
    const hidden = this.#barrier.takes(sequence, bytes, start, end);
    if (!hidden) this.replies.add(sequence, bytes, start, end, last);
    if (sequence === this.own.multiSequence) this.own.multiAnswered(bytes[start]);
    if (last) this.#answered(sequence);
    else this.own.long.noteLength(end - start);
  }

  failed(_session: number, sequence: number, text: string): void {
    if (this.isClosed) return;
    if (this.isDoomed) {
      this.#close();
      return;
    }
    if (!this.replies.takeBack(sequence)) {
      // Half a reply has left, and nothing may follow it.
      this.kill();
      return;
    }
    this.#barrier.takeBack(sequence);
    this.bridge?.forget(sequence);
    const error = Buffer.from(`-${text}\r\n`);
    this.reply(this.id, sequence, error, 0, error.length, true);
  }

  stream(_session: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.bridge?.takesStream === true) this.bridge.stream(bytes, start, end);
    else if (this.own.tracking.redirects) this.own.tracking.stream(bytes, start, end);
    else if (this.replies.isInside) this.replies.addAside(bytes, start, end);
    else this.emit(bytes, start, end);
  }

  emit(bytes: Uint8Array, start: number, end: number): void {
    this.#output.emit(bytes, start, end);
  }

  holdUpload(_session: number, isHeldBack: boolean): void {
    if (!this.isClosed) this.input.holdBack(isHeldBack);
  }

  identified(_session: number, serverId: number): void {
    this.own.tracking.identified(serverId);
  }

  streamEnded(_session: number, text: string, wasReady: boolean): void {
    if (!this.isClosed) this.own.ended(text, wasReady, this.input.uploadLost(text));
  }

  /** Answers the command being dispatched from the gateway itself: `write` puts one whole reply into the writer. */
  answer(write: (writer: FrameWriter) => void): void {
    this.finish(this.openReply(), write);
  }

  openReply(): number {
    const { client, host } = this;
    const startedUs = (host.services.clock.monotonicMs * 1000) >>> 0;
    const sequence = this.replies.openNext(client.command, startedUs, this.#frameBytes, this.#note);
    if (this.#note !== undefined) host.requestNotes.opened(this.#note, this, sequence);
    return sequence;
  }

  /** What is given as the reply with this sequence goes to `done` alone. Input waits meanwhile. */
  collect(sequence: number, done: (reply: Reply) => void): void {
    this.#barrier.collect(sequence, false, done);
  }

  /** Input waits until `resume`, as often as it was called; `frame`: a command that is to be dispatched again then. */
  suspend(frame?: Frame): void {
    this.suspensions += 1;
    if (frame !== undefined) this.#hold(frame);
  }

  resume(): void {
    this.suspensions -= 1;
    if (this.isClosed || this.suspensions > 0) return;
    this.#settle();
    this.drive();
  }

  finish(sequence: number, write: (writer: FrameWriter) => void): void {
    const { writer } = this.host;
    writer.reset();
    write(writer);
    this.replies.add(sequence, writer.bytes, 0, writer.length, true);
  }

  /** Collects a reply, which the client gets as well; input waits until it is here. */
  tap(sequence: number, done: (reply: Reply) => void): void {
    this.#barrier.collect(sequence, true, done);
  }

  /** The gateway is stopping: a client that owes nothing and is owed nothing leaves now, others after their replies. */
  drain(): void {
    if (this.own.isStreaming) this.#close();
    else this.closeAfterReplies();
  }

  /** Drain, some time later: what the server may be giving to a blocked client just now must not be lost. */
  stopWaiting(): void {
    if (!this.#barrier.isParked) return;
    this.#isLetGo = true;
    this.host.executor.unblock(this.id);
  }

  /** No more input; closes when every reply has left. */
  closeAfterReplies(): void {
    this.#closing = true;
    if (this.replies.count === 0) this.#close();
  }

  /** CLIENT KILL: what has not been sent may still arrive; what a pause holds back is not run once the end is seen. */
  disconnect(): void {
    if (this.isClosed) return;
    this.own.close();
    this.#close();
  }

  /** Its input waits for the reply to a command that may block. */
  get isParked(): boolean {
    return this.#barrier.isParked;
  }

  /** Cold: once per connection. A copy of what has come and has not been begun on. */
  unread(scanner: CommandScanner): Uint8Array {
    const rest = this.input.rest(scanner);
    return this.#held === undefined ? rest : Buffer.concat([this.#held.bytes, rest]);
  }

  /** It is on its way out, and others need not know of it. */
  get isLeaving(): boolean {
    return this.#closing || this.isClosed;
  }

  /** Closes at once and drops what has not been sent: for clients that broke a limit. */
  kill(reason?: ClientDropReason): void {
    if (reason !== undefined && !this.#closing) this.host.services.metrics.countDroppedClient(reason);
    this.#closing = true;
    this.host.services.transport.close(this.connection, 0);
  }

  /** Back to the state of a new connection, as RESET does. Nothing is in flight. `kept`: see `OwnConnection.reset`. */
  resetState(kept: boolean): void {
    this.own.reset(kept);
    becomeNew(this);
    this.replies.mode = 'on';
  }

  /** Waits until everything before the command is answered. False: it will be dispatched again then. */
  waitsForIdle(frame: Frame): boolean {
    if (this.replies.count === 0) return false;
    this.#hold(frame);
    return true;
  }

  /** Runs the command on a lane, once the session has given back a connection of its own. */
  toLane(command: number, frame: Frame): void {
    if (this.host.pause.holds(command)) {
      this.host.pause.run(this, command, frame);
      return;
    }
    if (this.own.isPinned && !this.own.giveBack(frame)) return;
    const { executor, contexts, services } = this.host;
    const isScript = command >= 0 && (services.table.bits[command] & BIT_KEYS_OPTIONAL) !== 0;
    // From one lane to another only when everything on the one is answered. No script on the lane of the others.
    if (this.replies.count === 0) this.#usesScriptLane = isScript;
    else if (isScript && !this.#usesScriptLane && this.waitsForIdle(frame)) return;
    const context = this.#usesScriptLane ? contexts.forScripts(this.context) : this.context;
    const sequence = this.openReply();
    this.bridge?.sent(sequence, command, frame);
    executor.submit(this, this.id, sequence, context, command, frame);
  }

  #hold(frame: Frame): void {
    this.#held = copyFrame(frame);
    // It will be counted when it comes again.
    this.client.commands -= 1;
  }

  /** Input waits for the reply: the command may block. */
  park(sequence: number): void {
    this.#barrier.raise(sequence);
  }

  /** Sends what is pending and closes. */
  #close(): void {
    this.#closing = true;
    this.host.services.transport.close(this.connection, LINGER_MS);
  }

  /** Whether no command can be worked on now. */
  get mustWait(): boolean {
    if (this.#closing || this.isClosed || this.#barrier.isUp || this.suspensions > 0) return true;
    if (this.#held !== undefined && this.replies.count > 0) return true;
    return this.replies.count >= this.host.settings.maxInFlightCommands || this.host.mustHold(this);
  }

  #dispatch(frame: Frame): void {
    const { host, own } = this;
    const { table, metrics } = host.services;
    const command = table.lookup(frame.bytes, frame.spans, frame.count);
    const bits = command < 0 ? 0 : table.bits[command];
    if ((bits & BIT_OPTIONS) !== 0 && frame === host.scanner) table.options.count(command, frame, metrics);
    this.client.noteCommand(command);
    this.#frameBytes = frame.frameEnd - frame.frameStart;
    this.#note = host.notes === undefined ? undefined : host.notes.of(this, command, frame);
    if (this.client.access?.takes(this, command, frame) === true) return;
    if (own.isStreaming) {
      own.stream(command, frame);
      return;
    }
    if (this.bridge?.takes(command, frame) === true) return;
    const isLocal = (bits & BIT_LOCAL) !== 0 || this.client.isShown(command);
    if (isLocal && host.local.handle(this, command, frame)) return;
    if (host.pause.isOn && host.pause.delays(this, command, frame)) return;
    if (own.isNeeded || own.long.isPreferred || (bits & OWN_CONNECTION) !== 0) {
      own.dispatch(command, bits, frame);
    } else if (command < 0 && host.local.isAttack(frame)) this.kill();
    else this.toLane(command, frame);
  }

  #answered(sequence: number): void {
    this.#barrier.answered(sequence);
    this.#settle();
    this.drive();
  }

  /** Perhaps every command is answered now. */
  #settle(): void {
    if (this.replies.count > 0) return;
    this.own.settled();
    if (this.#closing) this.#close();
  }
}
