/**
 * What one session has to do with client-side caching while its client ids are the gateway's own: whether it tracks,
 * where its invalidations go, and who sends theirs here. Worker thread. Invalidations themselves pass through; only the
 * ids in them, and in replies, are the server's and become the gateway's.
 */
import { asciiBytes } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply, replyInteger, replyText } from '../resp/reply.ts';
import { ReplyScanner } from '../resp/scan-reply.ts';
import { ClusterTracking } from './cluster-tracking.ts';
import type { OwnConnection } from './own-connection.ts';
import type { Session } from './session.ts';

/** A client that invalidations are redirected to. */
export interface Redirection {
  /** The gateway's id of it. */
  readonly client: number;
  /** The server's id of its connection. */
  readonly server: number;
}

/** In place of a server's id: the client is there. */
const ANY_SERVER = 0;
const PUSH = 0x3e;
const BROKEN = 'tracking-redir-broken';
/** `>2\r\n$21\r\ntracking-redir-broken\r\n:<id>\r\n` is not longer. */
const BROKEN_BYTES = 64;

/** A part of a reply to be replaced by an integer. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  /** Or other bytes. */
  readonly value: number | string;
}

/** Writes the whole reply with its edits, which are in the order of their places. */
export function writeEdited(writer: FrameWriter, reply: Reply, edits: readonly Edit[]): void {
  let from = reply.start;
  for (const { start, end, value } of edits) {
    writer.raw(reply.bytes, from, start);
    if (typeof value === 'number') writer.integer(value);
    else writer.constant(asciiBytes(value));
    from = end;
  }
  writer.raw(reply.bytes, from, reply.end);
}

export class Tracking {
  readonly #session: Session;
  readonly #own: OwnConnection;
  /** CLIENT TRACKING is on. */
  isOn = false;
  /** Somebody redirects invalidations here, or did. */
  isTarget = false;
  #redirection: Redirection | undefined = undefined;
  /** Before a cluster, once it has to do with any of this. */
  #cluster: ClusterTracking | undefined = undefined;
  /** Who wants to know the server's id of this session's connection. */
  #asking: ((serverId: number) => void)[] = [];
  #isAsked = false;
  /** Both are made with the first message: most clients never get one. */
  #scanner: ReplyScanner | undefined = undefined;
  #piece: FrameWriter | undefined = undefined;

  constructor(session: Session, own: OwnConnection) {
    this.#session = session;
    this.#own = own;
  }

  /** The session must keep its own connection. */
  get keepsConnection(): boolean {
    return this.isOn || this.isTarget;
  }

  /** Its output names another client, or comes beside replies of other nodes. */
  get redirects(): boolean {
    return this.#redirection !== undefined || this.#cluster !== undefined;
  }

  turnedOn(redirection: Redirection | undefined): void {
    this.isOn = true;
    this.inCluster?.turnedOn(redirection?.client ?? 0);
    this.#redirection = redirection;
    this.#scanner?.reset();
  }

  turnedOff(): void {
    this.isOn = false;
    this.#redirection = undefined;
    this.#cluster?.turnedOff();
  }

  /** Before a cluster: the client that its invalidations go to; 0: none. */
  get redirect(): number {
    return this.#cluster?.client ?? 0;
  }

  /** Undefined where the primary is one server. */
  get inCluster(): ClusterTracking | undefined {
    if (this.#session.host.settings.isCluster) this.#cluster ??= new ClusterTracking(this.#session);
    return this.#cluster;
  }

  /** The connection is gone, and with it all that was said about it. */
  forget(): void {
    this.turnedOff();
    this.identified(-1);
  }

  /** Invalidations of another client are to come here: makes sure that there is a connection, and tells its id. */
  becomeTarget(done: (serverId: number) => void): void {
    const { bridge } = this.#session;
    if (this.inCluster !== undefined) {
      // The gateway itself brings them, so no node needs to know of it.
      done(ANY_SERVER);
      return;
    }
    if (bridge?.redirects === true) {
      bridge.findInvalidations(done);
      return;
    }
    this.isTarget = true;
    this.#asking.push(done);
    // What is on its way on a lane must be answered before anything is sent on a connection of its own.
    if (this.#own.isPinned || this.#session.replies.count === 0) this.#identify();
  }

  /** Everything is answered. */
  settled(): void {
    if (this.#asking.length > 0) this.#identify();
  }

  identified(serverId: number): void {
    if (serverId < 0) this.isTarget = false;
    const asking = this.#asking;
    this.#asking = [];
    this.#isAsked = false;
    for (const done of asking) done(serverId);
  }

  /** Output of the connection that is no reply, on its way to the client. */
  stream(bytes: Uint8Array, start: number, end: number): void {
    if (this.#cluster !== undefined) {
      this.#cluster.stream(bytes, start, end);
      return;
    }
    this.#scanner ??= new ReplyScanner();
    let at = start;
    while (at < end) {
      const stop = this.#scanner.scan(bytes, at, end);
      const to = stop < 0 ? end : stop;
      this.#part(bytes, at, to, stop >= 0);
      at = to;
    }
  }

  /** The gateway's id of the client that the server knows by this one, if invalidations go there. */
  clientOf(serverId: number): number | undefined {
    if (this.#cluster !== undefined) return this.#cluster.clientOf(serverId);
    return serverId === this.#redirection?.server ? this.#redirection.client : undefined;
  }

  /** Cold. Where a reply of CLIENT GETREDIR or CLIENT TRACKINGINFO names the client that invalidations go to. */
  edits(reply: Reply): readonly Edit[] {
    const named = reply.items.length === 0 ? reply : fieldOf(reply, 'redirect');
    const value = named === undefined ? undefined : this.clientOf(replyInteger(named));
    const flags = named === reply ? [] : (this.#cluster?.flagEdits(fieldOf(reply, 'flags')) ?? []);
    return value === undefined ? flags : [...flags, { start: named!.start, end: named!.end, value }];
  }

  #identify(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const session = this.#session;
    this.#own.isPinned = true;
    session.host.executor.identify(session, session.id, session.context);
  }

  /** A piece of one push. Only those that may be the one that names a client are kept until they are whole. */
  #part(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#piece ??= new FrameWriter(BROKEN_BYTES);
    const kept = this.#piece;
    const session = this.#session;
    const mayBe = kept.length > 0 || bytes[start] === PUSH;
    if (mayBe && kept.length + end - start <= BROKEN_BYTES) {
      kept.raw(bytes, start, end);
      if (!last) return;
      this.#whole();
    } else {
      session.emit(kept.bytes, 0, kept.length);
      session.emit(bytes, start, end);
    }
    kept.reset();
  }

  #whole(): void {
    const { bytes, length } = this.#piece!;
    const push = decodeReply(bytes, 0, length);
    const [kind, id] = push.items;
    if (
      push.items.length !== 2 ||
      replyText(kind) !== BROKEN ||
      replyInteger(id) !== this.#redirection?.server
    ) {
      this.#session.emit(bytes, 0, length);
      return;
    }
    const writer = new FrameWriter(BROKEN_BYTES);
    writeEdited(writer, push, [{ start: id.start, end: id.end, value: this.#redirection.client }]);
    this.#session.emit(writer.bytes, 0, writer.length);
  }
}

/** The value of a field of a map, in either protocol. */
function fieldOf(reply: Reply, field: string): Reply | undefined {
  const { items } = reply;
  for (let at = 0; at + 1 < items.length; at += 2) if (replyText(items[at]) === field) return items[at + 1];
  return undefined;
}
