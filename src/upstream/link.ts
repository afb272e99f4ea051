/**
 * One socket to a real server: connecting, the handshake, and cutting the byte stream into pieces of replies.
 * Worker thread. It must not know sessions, shadows or the order of requests: a lane or a pinned connection owns it,
 * keeps the queue of expected replies and is told about every piece.
 */
import { asciiBytes } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, errorCode, isError, type Reply, replyInteger, replyText } from '../resp/reply.ts';
import { ReplyScanner } from '../resp/scan-reply.ts';
import type { ConnectionHandler, ConnectionId, Transport } from '../transport/transport.ts';
import type { LinkEnd } from './command-lane.ts';
import type { Endpoint } from './endpoint.ts';
import { helloId, helloRole, type LinkContext, type Step, writeHandshake } from './handshake.ts';
import { LifeProbe } from './life-probe.ts';
import { PacedOutput } from './paced-output.ts';
import type { WatchedLink } from './server-watch.ts';
import type { WorkerServices } from './services.ts';

export interface LinkOwner {
  /** When the oldest command was sent that has no whole reply, in monotonic milliseconds; Infinity: there is none. */
  readonly oldestSentAtMs: number;
  /** It may stay without a reply for as long as it likes. */
  readonly isParked: boolean;
  /** The handshake is done. `hello` is the server's HELLO reply, or undefined where it has none or denies it. */
  linkReady(hello: Reply | undefined): void;
  /**
   * `bytes[start, end)` belongs to one reply; `first` and `last` say whether it begins and ends it. `type` is the
   * reply's type byte. The memory is lent for the length of the call.
   */
  linkPiece(bytes: Uint8Array, start: number, end: number, first: boolean, last: boolean, type: number): void;
  /**
   * The link is down; it stays down until `open` is called again. `refusal` is the server's own error text
   * (`WRONGPASS …`) when the handshake was refused, '' otherwise. `reason` is for logs and client errors.
   */
  linkLost(reason: string, refusal: string): void;
  /** Everything that waited in the transport has left. */
  linkDrained(): void;
}

/** What is longer goes out bit by bit, where it can be kept. */
const PACED_BYTES = 1024 * 1024;

/** In place of a connection. */
const NOWHERE = -1;

const CLIENT_ID = asciiBytes('*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n');

const STATE_DOWN = 0;
const STATE_CONNECTING = 1;
const STATE_HANDSHAKE = 2;
const STATE_READY = 3;

export class Link implements ConnectionHandler, WatchedLink {
  readonly #transport: Transport;
  readonly #services: WorkerServices;
  readonly #endpoint: Endpoint;
  readonly #owner: LinkOwner;
  #context: LinkContext;
  readonly #scanner = new ReplyScanner();
  #connection: ConnectionId = NOWHERE;
  #state = STATE_DOWN;
  #insideReply = false;
  #isPaused = false;
  heardAtMs = 0;
  /** Output is not cut into replies any more. */
  #isUnread = false;
  #steps: Step[] = [];
  /** The handshake has brought it into its database already. */
  #isSelected = false;
  #hello: Reply | undefined = undefined;
  #serverId = -1;
  /** The server answers it nothing but that a login is needed. */
  isStranger = false;
  /** Until the link is ready: a server that accepts and says nothing is down as well. */
  #deadline: NodeJS.Timeout | undefined = undefined;
  /** Whether a server that is slow to greet is only busy. */
  #probe: LifeProbe | undefined = undefined;
  /** Long output on its way, and what is behind it. */
  #paced: PacedOutput | undefined = undefined;
  /** Pieces of a handshake reply that came in several chunks. */
  readonly #partial = new FrameWriter();

  constructor(services: WorkerServices, endpoint: Endpoint, context: LinkContext, owner: LinkOwner) {
    this.#services = services;
    this.#transport = services.transport;
    this.#endpoint = endpoint;
    this.#context = context;
    this.#owner = owner;
  }

  get ready(): boolean {
    return this.#state === STATE_READY;
  }

  get down(): boolean {
    return this.#state === STATE_DOWN;
  }

  /** At the least so much is still to come of the reply in progress. */
  get remainingBytes(): number {
    return this.#scanner.remainingBytes;
  }

  /** Whether at most `mostBytes` of what was written wait for the server. Sends what waits for the batch's end. */
  hasRoom(mostBytes: number): boolean {
    if (this.#state !== STATE_READY) return false;
    if (this.#transport.pendingBytes(this.#connection) <= mostBytes) return true;
    this.#transport.flush();
    return this.#transport.pendingBytes(this.#connection) <= mostBytes;
  }

  /** Takes nothing more from the server until `resumeReading`; what is here already may still come, once. */
  pauseReading(): void {
    if (this.#state === STATE_DOWN) return;
    this.#isPaused = true;
    this.#transport.pauseReading(this.#connection);
  }

  resumeReading(): void {
    if (this.#state === STATE_DOWN) return;
    this.#isPaused = false;
    this.heardAtMs = this.#services.clock.monotonicMs;
    this.#transport.resumeReading(this.#connection);
  }

  get waitsSinceMs(): number {
    return this.#isPaused ? Infinity : this.#owner.oldestSentAtMs;
  }

  get isParked(): boolean {
    return this.#owner.isParked;
  }

  /** Who is at this end. */
  get context(): LinkContext {
    return this.#context;
  }

  get isInsideReply(): boolean {
    return this.#insideReply && !this.#isPaused;
  }

  cut(reason: string): void {
    this.#fail(reason, '');
  }

  /** The server's HELLO reply of the last handshake. */
  get hello(): Reply | undefined {
    return this.#hello;
  }

  /** The server's id of this connection, -1 when it did not tell. */
  get serverId(): number {
    return this.#serverId;
  }

  /** Cold: for commands about clients. */
  get end(): LinkEnd {
    const local = this.#state === STATE_READY ? this.#transport.peer(this.#connection).local : '';
    return { serverId: this.#serverId, address: local.replace(/^[a-z]+:/, '') };
  }

  /** Cold: once per connection. Starts it; `linkReady` or `linkLost` follows, not before this call has returned. */
  open(context: LinkContext = this.#context): void {
    this.#context = context;
    this.#state = STATE_CONNECTING;
    this.#isPaused = false;
    const { address, tls, connectTimeoutMs, keepAliveMs, unknown = '' } = this.#endpoint;
    clearTimeout(this.#deadline);
    if (unknown !== '') {
      this.#deadline = this.#services.after(connectTimeoutMs, () =>
        this.#fail(this.#endpoint.unknown ?? '', ''),
      );
      return;
    }
    const options = { address, connectTimeoutMs, keepAliveMs, ...(tls === undefined ? {} : { tls }) };
    this.#connection = this.#transport.connect(options, this);
    this.#limitHandshake();
  }

  /**
   * A server that says nothing is down, but a paused one (CLIENT PAUSE) greets nobody, and is waited for. So half-way
   * it is asked for a sign of life. Where there is one, what was said on this connection may have been lost: another
   * one takes its place.
   */
  #limitHandshake(): void {
    const { role, connectTimeoutMs } = this.#endpoint;
    this.#deadline = this.#services.after(connectTimeoutMs / 2, () => {
      if (this.#state === STATE_HANDSHAKE && role === 'primary')
        this.#probe = new LifeProbe(this.#transport, this.#endpoint, connectTimeoutMs);
      this.#deadline = this.#services.after(connectTimeoutMs / 2, () => {
        const isBusy = this.#probe?.isAnswered === true;
        this.#stopAsking();
        if (isBusy && this.#state === STATE_HANDSHAKE) {
          this.#transport.close(this.#connection, 0);
          this.open();
        } else if (this.#state === STATE_HANDSHAKE) this.#fail('ETIMEDOUT: no answer to the handshake', '');
      });
    });
  }

  #stopAsking(): void {
    this.#probe?.close();
    this.#probe = undefined;
  }

  /**
   * From now on output is passed on as it comes, each chunk as if it were a reply: what a replica is sent is no RESP.
   * Nothing is in flight. Cannot be undone.
   */
  readNoMore(): void {
    this.#isUnread = true;
  }

  /** Sends bytes of a command. Only when `ready`. */
  write(bytes: Uint8Array, start: number, end: number): void {
    if (this.#paced === undefined) this.#transport.write(this.#connection, bytes, start, end);
    else this.#paced.add(bytes, start, end);
  }

  /** As `write`, for bytes that stay as they are until they have left: many of them go out bit by bit. */
  writeOwned(bytes: Uint8Array, start: number, end: number): void {
    if (this.#paced === undefined && end - start <= PACED_BYTES) {
      this.#transport.write(this.#connection, bytes, start, end);
      return;
    }
    this.#paced ??= new PacedOutput(this.#transport, this.#connection);
    this.#paced.addOwned(bytes, start, end);
    this.#pump();
  }

  /** Cuts the connection; `linkLost` follows, before this returns or in a later batch. */
  close(): void {
    if (this.#state === STATE_DOWN) return;
    if (this.#connection === NOWHERE) this.#fail('closed', '');
    else this.#transport.close(this.#connection, 0);
  }

  /** The endpoint has another address: a connection to the old one is cut, one that waits for an address is made. */
  moved(): void {
    if (this.#state !== STATE_DOWN && this.#connection === NOWHERE) this.open();
    else this.close();
  }

  connected(connection: ConnectionId): void {
    if (connection !== this.#connection) return;
    this.#state = STATE_HANDSHAKE;
    this.#scanner.reset();
    this.#insideReply = false;
    // The connection before may have ended in the middle of its greeting.
    this.#partial.reset();
    this.#hello = undefined;
    this.#isSelected = false;
    this.isStranger = false;
    this.#serverId = -1;
    const writer = new FrameWriter();
    this.#steps = writeHandshake(writer, this.#context);
    this.write(writer.bytes, 0, writer.length);
  }

  data(connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    if (connection !== this.#connection) return;
    this.heardAtMs = this.#services.clock.monotonicMs;
    this.#services.life.heard(this.#endpoint.role === 'primary' ? 0 : 1);
    let position = start;
    while (position < end) {
      if (this.#isUnread && this.#state === STATE_READY) {
        this.#owner.linkPiece(bytes, position, end, true, true, 0);
        return;
      }
      const stop = this.#scanner.scan(bytes, position, end);
      if (stop === -2) {
        this.#fail(`protocol error in a reply: ${this.#scanner.error}`, '');
        return;
      }
      const last = stop >= 0;
      const to = last ? stop : end;
      const first = !this.#insideReply;
      this.#insideReply = !last;
      if (this.#state === STATE_READY) {
        this.#owner.linkPiece(bytes, position, to, first, last, this.#scanner.type);
      } else {
        this.#handshakePiece(bytes, position, to, last);
      }
      // The owner may have closed the link while it handled the piece.
      if (connection !== this.#connection) return;
      position = to;
    }
  }

  ended(connection: ConnectionId): void {
    this.#transport.close(connection, 0);
  }

  drained(connection: ConnectionId): void {
    if (connection !== this.#connection || this.#state !== STATE_READY) return;
    this.#pump();
    this.#owner.linkDrained();
  }

  closed(connection: ConnectionId, error: string): void {
    // A link that failed on its own has forgotten the connection already.
    if (connection !== this.#connection) return;
    this.#isDown();
    this.#owner.linkLost(error === '' ? 'connection closed by the server' : error, '');
  }

  #pump(): void {
    if (this.#paced?.pump() === true) this.#paced = undefined;
  }

  #handshakePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#partial.raw(bytes, start, end);
    if (!last) return;
    const copy = this.#partial.bytes.slice(0, this.#partial.length);
    this.#partial.reset();
    const reply = decodeReply(copy, 0, copy.length);
    const step = this.#steps.shift();
    if (step !== 'early-select' && isError(reply)) this.isStranger ||= errorCode(reply) === 'NOAUTH';
    if (isError(reply) && !this.#isOptional(step)) {
      const text = replyText(reply);
      this.#fail(`handshake refused: ${text}`, text);
      return;
    }
    this.#learn(step, reply);
    if (step === 'hello' && this.#endpoint.mustBePrimary === true && helloRole(reply) === 'replica') {
      this.#fail('it is a replica', '');
      return;
    }
    if (step === 'early-select') this.#isSelected = !isError(reply);
    if (this.#steps.length > 0) return;
    clearTimeout(this.#deadline);
    this.#stopAsking();
    this.#state = STATE_READY;
    this.#endpoint.watch?.add(this, this.#endpoint);
    this.#owner.linkReady(this.#hello);
  }

  #isOptional(step: Step | undefined): boolean {
    if (step === 'hello') return this.#context.resp === 2;
    if (step === 'select') return this.#isSelected;
    return step === 'name' || step === 'id' || step === 'early-select';
  }

  /** Who the server is and what it calls this connection: HELLO tells, and CLIENT ID where there is no HELLO. */
  #learn(step: Step | undefined, reply: Reply): void {
    if (step === 'id') this.#serverId = isError(reply) ? -1 : replyInteger(reply);
    if (step !== 'hello') return;
    if (isError(reply)) {
      this.write(CLIENT_ID, 0, CLIENT_ID.length);
      this.#steps.push('id');
    } else {
      this.#hello = reply;
      this.#serverId = helloId(reply);
    }
  }

  #fail(reason: string, refusal: string): void {
    if (this.#connection !== NOWHERE) this.#transport.close(this.#connection, 0);
    this.#isDown();
    this.#owner.linkLost(reason, refusal);
  }

  #isDown(): void {
    clearTimeout(this.#deadline);
    this.#stopAsking();
    this.#state = STATE_DOWN;
    this.#connection = NOWHERE;
    this.#paced = undefined;
    this.#endpoint.watch?.remove(this);
  }
}
