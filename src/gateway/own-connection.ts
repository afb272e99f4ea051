/**
 * The pinned and streaming regimes of one session: which of its commands need a connection of its own, what state they
 * leave there, and when the connection is given back. Worker thread. It must not know client sockets.
 */
import { BIT_BLOCKING, BIT_PIN, BIT_STREAM, BIT_SUBSCRIBE, BIT_TRANSACTION } from '../commands/table.ts';
import { errorCode, isError, type Reply } from '../resp/reply.ts';
import type { PausedKind } from './client-pause.ts';
import type { AfterExec } from './client-plan.ts';
import { copyFrame, wholeFrame } from './frames.ts';
import { LongValues } from './long-values.ts';
import type { ScriptRun } from './paused-scripts.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';
import { changesState } from './session-effects.ts';
import { Tracking } from './tracking.ts';
import { rewriteReplies } from './transaction-replies.ts';

const MINUS = 0x2d;
const NO_MULTI = -1;
const MARK = wholeFrame(['SPUBLISH', 'lockstep:wait', '']);

export class OwnConnection {
  readonly #session: Session;
  /** The executor keeps a connection for the session. */
  isPinned = false;
  /** Between MULTI and EXEC. */
  inTransaction = false;
  isWatching = false;
  /** Sequence of the MULTI whose reply has not come, or NO_MULTI. */
  multiSequence = NO_MULTI;
  /** Keys were watched when it was sent. */
  #watchedBefore = false;
  /** From the beginning of the session to its end. */
  readonly isAlways: boolean;
  /** Until RESET or the end of the session. */
  isForGood: boolean;
  /** All its output is the client's output, and all input goes there. */
  isStreaming = false;
  /** It has asked for messages in RESP3, where they come beside replies. */
  isSubscriber = false;
  /** It has a command that a pause of the server may hold back. */
  #isHeld = false;
  readonly long: LongValues;
  /** Commands streamed to the connection. */
  #streamed = 0;
  /** Commands sent since MULTI, EXEC included. */
  #sentSinceMulti = 0;
  /** One of them replicates, whatever it is asked to do. */
  #queuesWrites = false;
  /** Scripts among them; without a shadow nobody asks. */
  #queuedScripts: ScriptRun[] = [];
  /** With their places in the transaction. */
  #afterExec: (AfterExec & { readonly place: number })[] = [];
  readonly tracking: Tracking;

  constructor(session: Session) {
    this.#session = session;
    this.tracking = new Tracking(session, this);
    this.isAlways = session.host.settings.sessions === 'pinned';
    this.isForGood = this.isAlways;
    this.long = new LongValues(session);
  }

  /** Every command goes there now, because of the state that it has. */
  get isNeeded(): boolean {
    return this.inTransaction || this.isWatching || this.isForGood || this.tracking.keepsConnection;
  }

  /** What the session sent before may be on other connections: before a cluster commands go there all the same. */
  get isBesideLanes(): boolean {
    return !this.isPinned || this.#session.host.settings.isCluster;
  }

  /** Messages may come on it between replies: what the gateway answers itself must not overtake them. */
  get hears(): boolean {
    return this.isSubscriber || this.tracking.keepsConnection;
  }

  /** It may be silent for long and wait for messages. */
  get isListening(): boolean {
    return this.isStreaming || this.isSubscriber || this.#session.bridge?.isListening === true;
  }

  /** Runs a command of a session that needs the connection, or one that may make it need it. */
  dispatch(command: number, bits: number, frame: Frame): void {
    const session = this.#session;
    const { definitions, arity } = session.host.services.table;
    const definition = command < 0 ? undefined : definitions[command];
    const wanted = command < 0 ? 0 : arity[command];
    const fits = wanted >= 0 ? frame.count === wanted : frame.count >= -wanted;
    const changes = definition !== undefined && fits && changesState(definition, bits, frame, this.isNeeded);
    if (!this.isNeeded && !changes && !this.long.isPreferred) {
      // EXEC without MULTI, XREAD without BLOCK, wrong arity: nothing stays behind on a lane.
      session.toLane(command, frame);
      return;
    }
    // What was sent on a lane before must take effect before.
    const isBeside = changes && !this.inTransaction && this.isBesideLanes;
    if ((isBeside || !this.isPinned) && session.waitsForIdle(frame)) return;
    if (!changes) {
      this.submit(command, frame);
      return;
    }
    if ((bits & (BIT_SUBSCRIBE | BIT_STREAM)) !== 0) this.#listen(command, bits, frame);
    else {
      if (definition.awaitsWrites === true && !this.inTransaction && !this.isForGood) this.#takeOverWrites();
      // Noted before it is sent: a cluster may answer MULTI at once.
      const sequence = session.openReply();
      if (this.inTransaction) this.#queued(command, frame);
      session.bridge?.sent(sequence, command, frame);
      this.#noteChange(definition.name, bits, sequence);
      this.#send(sequence, command, frame);
    }
  }

  /** Whether the command, sent now, makes the server do what a pause holds back; in a transaction EXEC does. */
  pausedKind(command: number): PausedKind {
    const { pause, services } = this.#session.host;
    if (!this.inTransaction) return pause.kindOf(command);
    if (command < 0 || services.table.definitions[command].name !== 'exec') return 'passes';
    if (this.#queuesWrites) return 'waits';
    return this.#queuedScripts.length > 0 ? 'script' : 'passes';
  }

  /** Cold: during a pause. The scripts that the command, sent now, makes the server run. */
  scriptsOf(command: number, frame: Frame): readonly ScriptRun[] {
    return this.inTransaction ? this.#queuedScripts : [{ command, frame: copyFrame(frame) }];
  }

  /** Sends the command there, with a reply of its own, and returns the reply's sequence. */
  submit(command: number, frame: Frame): number {
    const sequence = this.#session.openReply();
    this.send(sequence, command, frame);
    return sequence;
  }

  /** As `submit`, for a reply that is open already. */
  send(sequence: number, command: number, frame: Frame): void {
    if (this.inTransaction) this.#queued(command, frame);
    this.ask(sequence, command, frame);
  }

  /** Runs a command there that the server may hold back; input waits for the reply. Everything before is answered. */
  park(command: number, frame: Frame): void {
    this.#isHeld = true;
    this.#session.park(this.submit(command, frame));
  }

  /** A command that goes there by another way than `submit`; answers the sequence of its reply. */
  noteSent(): number {
    if (this.inTransaction) this.#sentSinceMulti += 1;
    return this.#session.openReply();
  }

  /** Sends a command of the gateway's for a reply that is open already. */
  ask(sequence: number, command: number, frame: Frame): void {
    this.#session.bridge?.sent(sequence, command, frame);
    this.#send(sequence, command, frame);
  }

  #send(sequence: number, command: number, frame: Frame): void {
    const session = this.#session;
    this.isPinned = true;
    session.host.executor.submitPinned(session, session.id, sequence, session.context, command, frame);
  }

  /**
   * The connection is gone. One that was there took its state with it, and the client must know; one never made had
   * none. With pinned sessions the end of one connection is the end of the other, as if there were no gateway.
   */
  ended(text: string, wasReady: boolean, isUpload: boolean): void {
    const session = this.#session;
    if (wasReady && (!isUpload || this.isNeeded)) {
      if (this.isAlways && session.suspensions === 0) session.disconnect();
      else session.closeAfterReplies();
      return;
    }
    for (let unanswered = this.lost(); unanswered > 0; unanswered--)
      session.answer((writer) => writer.error(text));
    session.drive();
  }

  /** The connection could not be made. Returns how many commands were streamed to it and will have no answer. */
  lost(): number {
    const unanswered = this.#streamed;
    this.#streamed = 0;
    this.isPinned = false;
    this.isStreaming = false;
    this.isForGood = this.isAlways;
    this.inTransaction = false;
    this.isWatching = false;
    this.long.isPreferred = false;
    this.isSubscriber = false;
    this.#afterExec = [];
    this.tracking.forget();
    return unanswered;
  }

  /** Sends the command there; whatever comes back is the client's. */
  stream(command: number, frame: Frame): void {
    const session = this.#session;
    this.#streamed += 1;
    const definition = session.host.services.table.definitions[command];
    this.tracking.inCluster?.asked(definition);
    session.host.executor.submitStream(session, session.id, session.context, command, frame);
  }

  /** Gives the connection back before a lane is used again. False: the command has to wait first. */
  giveBack(frame: Frame): boolean {
    if (this.#session.waitsForIdle(frame)) return false;
    this.#unpin();
    return true;
  }

  /** The session's protocol may be another one. */
  contextChanged(): void {
    // In RESP2 messages look like replies.
    if (this.isSubscriber && this.#session.context.resp === 2) this.isStreaming = true;
  }

  /** Everything is answered: gives the connection back when nothing keeps it. */
  settled(): void {
    this.#letGo();
    this.long.settled();
    if (this.isPinned && !this.isNeeded && !this.long.isPreferred && !this.isStreaming) this.#unpin();
    this.tracking.settled();
  }

  /** Cold: for a command in a transaction, about to be sent, that is more than a command of the server. */
  afterExec(change: AfterExec): void {
    this.#afterExec.push({ ...change, place: this.#sentSinceMulti });
  }

  /** RESET is for it: it is the session's for good, or others know it by its id. */
  get outlivesReset(): boolean {
    const { resetsThere } = this.#session.host.settings;
    return this.isPinned && ((this.isAlways && resetsThere) || this.tracking.isTarget);
  }

  /**
   * RESET: nothing is in flight. `kept`: the server has reset the connection. Otherwise, one with a transaction or
   * watched keys on it must not serve anyone else.
   */
  reset(kept: boolean): void {
    const { executor } = this.#session.host;
    if (this.isPinned && !kept) {
      if (this.isNeeded) executor.closeSession(this.#session.id);
      else executor.unpin(this.#session.id);
      this.tracking.forget();
    } else this.tracking.turnedOff();
    this.isPinned = this.isPinned && kept;
    this.isForGood = this.isAlways;
    this.wasReset();
  }

  /** The server has done a RESET on the connection. */
  wasReset(): void {
    this.inTransaction = false;
    this.isWatching = false;
    this.long.isPreferred = false;
    this.isSubscriber = false;
    this.#afterExec = [];
  }

  /** The client is gone, or is being disconnected. */
  close(): void {
    this.tracking.forget();
    this.#letGo();
    const { executor, settings } = this.#session.host;
    if (this.isPinned || settings.hasOwnLanes) executor.closeSession(this.#session.id);
    this.isPinned = false;
  }

  #letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#session.host.pause.released();
  }

  #unpin(): void {
    this.isPinned = false;
    this.#session.host.executor.unpin(this.#session.id);
  }

  /**
   * WAIT is about what its connection has written, and the session's writes were on lanes. So it writes something here,
   * behind them: replicas get every SPUBLISH, and nobody else hears of it, for shard channels have no patterns.
   */
  #takeOverWrites(): void {
    const session = this.#session;
    const { executor, services, settings } = session.host;
    // There, all that the nodes have written counts.
    if (settings.isCluster) return;
    const command = services.table.byName('spublish');
    executor.submitPinned(session, session.id, session.replies.open(true), session.context, command, MARK);
  }

  #noteChange(name: string, bits: number, sequence: number): void {
    if ((bits & BIT_TRANSACTION) !== 0) {
      if (name === 'multi') this.#transactionBegins(sequence);
      else if (name === 'watch') this.isWatching ||= !this.inTransaction;
      else if (name === 'unwatch') this.isWatching = this.isWatching && this.inTransaction;
      // Without MULTI the server refuses them, and goes on watching.
      else if (this.inTransaction) this.#transactionOver(sequence);
    } else if ((bits & BIT_PIN) !== 0) {
      this.isForGood = true;
    } else if ((bits & BIT_BLOCKING) !== 0 && !this.inTransaction) {
      this.#session.park(sequence);
    }
  }

  #transactionBegins(sequence: number): void {
    if (this.inTransaction) return;
    this.inTransaction = true;
    this.multiSequence = sequence;
    this.#watchedBefore = this.isWatching;
    this.#sentSinceMulti = 0;
    this.#queuesWrites = false;
    this.#queuedScripts = [];
  }

  #queued(command: number, frame: Frame): void {
    this.#sentSinceMulti += 1;
    if (this.#queuesWrites) return;
    const { pause, settings } = this.#session.host;
    const kind = pause.kindOf(command);
    if (kind === 'waits') this.#queuesWrites = true;
    else if (kind === 'script' && settings.hasShadow)
      this.#queuedScripts.push({ command, frame: copyFrame(frame) });
  }

  /** The reply to MULTI begins with this byte. Refused (NOPERM, NOAUTH), it has begun no transaction. */
  multiAnswered(first: number): void {
    this.multiSequence = NO_MULTI;
    if (first !== MINUS) return;
    // What was taken for the end of it, EXEC perhaps, has ended nothing.
    this.isWatching ||= this.#watchedBefore;
    if (!this.inTransaction) return;
    this.inTransaction = false;
    if (this.#afterExec.length === 0) return;
    // SELECT or the like was sent into a transaction that never was: it has run, or it has not.
    this.#afterExec = [];
    this.#session.closeAfterReplies();
  }

  #transactionOver(sequence: number): void {
    const queued = this.#sentSinceMulti - 1;
    this.inTransaction = false;
    this.isWatching = false;
    const changes = this.#afterExec;
    if (changes.length === 0) return;
    this.#afterExec = [];
    const session = this.#session;
    const plans = changes.flatMap(({ plan, place }) => (plan === undefined ? [] : [{ plan, place }]));
    if (plans.length === 0) session.tap(sequence, (reply) => this.#ran(reply, queued, changes));
    else {
      session.collect(sequence, (reply) => {
        this.#ran(reply, queued, changes);
        // Where the server did not queue all of it, places say nothing.
        rewriteReplies(session, sequence, reply, reply.items.length === queued ? plans : []);
      });
    }
  }

  /** EXEC is answered. */
  #ran(reply: Reply, queued: number, changes: readonly (AfterExec & { readonly place: number })[]): void {
    const { items } = reply;
    // EXEC without MULTI: the server has run by itself what was to be part of it.
    if (isError(reply) && errorCode(reply) !== 'EXECABORT') this.#session.closeAfterReplies();
    for (const { apply, place } of changes) {
      // MULTI inside MULTI: the server did not queue all of it.
      const failed = items.length === queued ? isError(items[place]) : items.some(isError);
      if (items.length > 0 && !failed) apply?.();
    }
  }

  #listen(command: number, bits: number, frame: Frame): void {
    if ((bits & BIT_SUBSCRIBE) !== 0 && this.#session.bridge?.subscribes(command, frame) === true) return;
    if ((bits & BIT_SUBSCRIBE) !== 0 && this.#session.context.resp === 3) {
      this.isSubscriber = true;
      this.isForGood = true;
      this.submit(command, frame);
    } else if (this.inTransaction) {
      this.afterExec({
        apply: () => {
          this.isStreaming = true;
        },
      });
      this.submit(command, frame);
    } else this.#startStreaming(command, frame);
  }

  #startStreaming(command: number, frame: Frame): void {
    if (this.#session.waitsForIdle(frame)) return;
    this.isStreaming = true;
    this.isPinned = true;
    this.tracking.inCluster?.streams();
    this.stream(command, frame);
  }
}
