/**
 * The executor of another thread, and that thread's view of our sessions: `RemoteExecutor` turns calls into records,
 * `RemoteSessions` turns them back into calls on the real executor, and replies the other way. Worker threads.
 */
import { asciiBytes, decodeText, parseInteger } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import type { RecordHandler } from '../memory/ring.ts';
import type { RingLink } from '../memory/ring-link.ts';
import type { ContextTable } from './contexts.ts';
import type { LocalExecutor } from './executor.ts';
import { NO_NODE_CLIENTS } from './node-clients.ts';
import type { Executor, Frame, LoginWish, SessionContext, SessionTarget, UpstreamIds } from './ports.ts';

const SUBMIT = 1;
const PINNED = 2;
const STREAM = 3;
const PREPARE = 4;
const UNPIN = 5;
const CLOSE = 6;
const CONTEXT = 7;
const UNBLOCK = 8;
const IDENTIFY = 9;
const FORGET = 10;
const UPLOAD_BEGIN = 11;
const UPLOAD = 12;
const UPLOAD_END = 13;
const HOLD_BACK = 14;

const REPLY = 1;
const FAILED = 2;
const OUTPUT = 3;
const ENDED = 4;
const IDENTIFIED = 5;
const HOLD_UPLOAD = 6;

const WISHES: readonly LoginWish[] = ['neither', 'login', 'select'];
const NOTHING = new Uint8Array(0);
/** Longer bytes go in pieces: where nobody needs them whole, they are not put together again. */
const PIECE_BYTES = 256 * 1024;
/** Sessions stop reading while so much has not found room in the ring. */
const FULL_BYTES = 4 * 1024 * 1024;

/** On the thread of the sessions. */
export class RemoteExecutor implements Executor, RecordHandler {
  #link: RingLink | undefined = undefined;
  readonly #sessions: (id: number) => SessionTarget | undefined;
  readonly #announced = new Set<number>();

  constructor(contexts: ContextTable, sessions: (id: number) => SessionTarget | undefined) {
    this.#sessions = sessions;
    contexts.onForget = ({ id }) => {
      // Whoever still uses it will have it announced again.
      if (this.#announced.delete(id)) this.#link!.send(FORGET, id, 0, 0, 0, NOTHING, 0, 0);
    };
  }

  attach(link: RingLink): void {
    this.#link = link;
  }

  hasRoom(): boolean {
    return this.#link!.waitingBytes < FULL_BYTES;
  }

  submit(
    _target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#send(SUBMIT, session, sequence, context, command, frame);
  }

  submitPinned(
    _target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#send(PINNED, session, sequence, context, command, frame);
  }

  submitStream(
    _target: SessionTarget,
    session: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#send(STREAM, session, 0, context, command, frame);
  }

  prepare(
    _target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    wish: LoginWish,
  ): void {
    this.#announce(context);
    this.#link!.send(PREPARE, session, sequence, context.id, WISHES.indexOf(wish), NOTHING, 0, 0);
  }

  /** The slot owner has a shadow, or nothing would be remote. */
  get mirrors(): boolean {
    return true;
  }

  beginUpload(
    _target: SessionTarget,
    session: number,
    context: SessionContext,
    command: number,
    head: Frame,
  ): void {
    this.#send(UPLOAD_BEGIN, session, 0, context, command, head);
  }

  upload(session: number, bytes: Uint8Array, start: number, end: number, expected: number): void {
    let from = start;
    for (; end - from > PIECE_BYTES; from += PIECE_BYTES) {
      const more = expected + end - from - PIECE_BYTES;
      this.#link!.send(UPLOAD, session, 0, more, 0, bytes, from, from + PIECE_BYTES);
    }
    this.#link!.send(UPLOAD, session, 0, expected, 0, bytes, from, end);
  }

  endUpload(
    _target: SessionTarget,
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#link!.send(UPLOAD_END, session, sequence, 0, 0, bytes, start, end);
  }

  holdBack(session: number, isHeldBack: boolean): void {
    this.#link!.send(HOLD_BACK, session, isHeldBack ? 1 : 0, 0, 0, NOTHING, 0, 0);
  }

  unblock(session: number): void {
    this.#link!.send(UNBLOCK, session, 0, 0, 0, NOTHING, 0, 0);
  }

  identify(_target: SessionTarget, session: number, context: SessionContext): void {
    this.#announce(context);
    this.#link!.send(IDENTIFY, session, 0, context.id, 0, NOTHING, 0, 0);
  }

  unpin(session: number): void {
    this.#link!.send(UNPIN, session, 0, 0, 0, NOTHING, 0, 0);
  }

  closeSession(session: number): void {
    this.#link!.send(CLOSE, session, 0, 0, 0, NOTHING, 0, 0);
  }

  settle(done: () => void): void {
    done();
  }

  /** The owner of the mirror knows. */
  promisesNoWrites(): boolean {
    return false;
  }

  readonly nodeClients = NO_NODE_CLIENTS;

  upstreamIds(): UpstreamIds {
    return { owned: [], shared: [], addresses: [] };
  }

  record(
    kind: number,
    session: number,
    sequence: number,
    last: number,
    _d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const target = this.#sessions(session);
    if (target === undefined) return;
    switch (kind) {
      case REPLY:
        target.reply(session, sequence, bytes, start, end, last === 1);
        return;
      case FAILED:
        target.failed(session, sequence, decodeText(bytes, start, end));
        return;
      case OUTPUT:
        target.stream(session, bytes, start, end);
        return;
      case HOLD_UPLOAD:
        target.holdUpload(session, sequence === 1);
        return;
      case ENDED:
        target.streamEnded(session, decodeText(bytes, start, end), sequence === 1);
        return;
      case IDENTIFIED:
        target.identified(session, parseInteger(bytes, start, end));
        return;
      default:
        assert(false, `unknown record ${kind}`);
    }
  }

  #send(
    kind: number,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#announce(context);
    this.#link!.send(
      kind,
      session,
      sequence,
      context.id,
      command,
      frame.bytes,
      frame.frameStart,
      frame.frameEnd,
    );
  }

  /** The other thread has its own contexts: it is told once what each of ours means. */
  #announce(context: SessionContext): void {
    if (this.#announced.has(context.id)) return;
    this.#announced.add(context.id);
    const { database, resp, user, password, scripts } = context;
    const text = Buffer.from(JSON.stringify({ database, resp, user, password, scripts }));
    this.#link!.send(CONTEXT, context.id, 0, 0, 0, text, 0, text.length);
  }
}

/** On the executor's thread, one per thread with sessions. */
export class RemoteSessions implements RecordHandler, SessionTarget {
  #link: RingLink | undefined = undefined;
  readonly #executor: LocalExecutor;
  readonly #contexts: ContextTable;
  /** The sessions' thread's contexts by their ids there. */
  readonly #theirs = new Map<number, SessionContext>();
  readonly #parser = new FrameParser();
  readonly #frame = {
    bytes: NOTHING as Uint8Array,
    spans: new Int32Array(0) as Int32Array,
    count: 0,
    frameStart: 0,
    frameEnd: 0,
  };

  constructor(executor: LocalExecutor, contexts: ContextTable) {
    this.#executor = executor;
    this.#contexts = contexts;
  }

  attach(link: RingLink): void {
    this.#link = link;
  }

  record(
    kind: number,
    session: number,
    sequence: number,
    context: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const executor = this.#executor;
    if (kind === SUBMIT || kind === PINNED || kind === STREAM || kind === UPLOAD_BEGIN) {
      const whose = this.#theirs.get(context)!;
      this.#command(kind, session, sequence, whose, command, this.#parse(bytes, start, end));
      return;
    }
    switch (kind) {
      case PREPARE:
        executor.prepare(this, session, sequence, this.#theirs.get(context)!, WISHES[command]);
        return;
      case UPLOAD:
        executor.upload(session, bytes, start, end, context);
        return;
      case UPLOAD_END:
        executor.endUpload(this, session, sequence, bytes, start, end);
        return;
      case HOLD_BACK:
        executor.holdBack(session, sequence === 1);
        return;
      case UNBLOCK:
        executor.unblock(session);
        return;
      case IDENTIFY:
        executor.identify(this, session, this.#theirs.get(context)!);
        return;
      case UNPIN:
        executor.unpin(session);
        return;
      case CLOSE:
        executor.closeSession(session);
        return;
      case CONTEXT:
        this.#meet(session, JSON.parse(decodeText(bytes, start, end)) as SessionContext);
        return;
      case FORGET:
        this.#theirs.delete(session);
        return;
      default:
        assert(false, `unknown record ${kind}`);
    }
  }

  #meet(id: number, { database, resp, user, password, scripts }: SessionContext): void {
    this.#theirs.set(id, this.#contexts.get(database, resp, user, password, scripts));
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    let from = start;
    for (; end - from > PIECE_BYTES; from += PIECE_BYTES)
      this.#link!.send(REPLY, session, sequence, 0, 0, bytes, from, from + PIECE_BYTES);
    this.#link!.send(REPLY, session, sequence, last ? 1 : 0, 0, bytes, from, end);
  }

  failed(session: number, sequence: number, text: string): void {
    const bytes = Buffer.from(text);
    this.#link!.send(FAILED, session, sequence, 0, 0, bytes, 0, bytes.length);
  }

  stream(session: number, bytes: Uint8Array, start: number, end: number): void {
    this.#link!.send(OUTPUT, session, 0, 0, 0, bytes, start, end);
  }

  holdUpload(session: number, isHeldBack: boolean): void {
    this.#link!.send(HOLD_UPLOAD, session, isHeldBack ? 1 : 0, 0, 0, NOTHING, 0, 0);
  }

  streamEnded(session: number, text: string, wasReady: boolean): void {
    const bytes = asciiBytes(text);
    this.#link!.send(ENDED, session, wasReady ? 1 : 0, 0, 0, bytes, 0, bytes.length);
  }

  identified(session: number, serverId: number): void {
    // In words: a server's ids may outgrow the numbers of a record.
    const bytes = asciiBytes(String(serverId));
    this.#link!.send(IDENTIFIED, session, 0, 0, 0, bytes, 0, bytes.length);
  }

  #command(
    kind: number,
    session: number,
    sequence: number,
    context: SessionContext,
    theirs: number,
    frame: Frame,
  ): void {
    const executor = this.#executor;
    const { table } = executor.services;
    // Ids of learnt commands are each thread's own.
    const isCommon = theirs >= 0 && theirs < table.catalogueCount;
    const command = isCommon ? theirs : table.lookup(frame.bytes, frame.spans, frame.count);
    if (kind === SUBMIT) executor.submit(this, session, sequence, context, command, frame);
    else if (kind === UPLOAD_BEGIN) executor.beginUpload(this, session, context, command, frame);
    else if (kind === PINNED) executor.submitPinned(this, session, sequence, context, command, frame);
    else executor.submitStream(this, session, context, command, frame);
  }

  /** Without a shadow nobody looks at the arguments, but then nothing is remote either. */
  #parse(bytes: Uint8Array, start: number, end: number): Frame {
    const view = this.#parser.parse(bytes, start, end);
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.spans = view.spans;
    frame.count = view.count;
    frame.frameStart = start;
    frame.frameEnd = end;
    return frame;
  }
}
