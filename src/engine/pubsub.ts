/**
 * Who listens to which channel, and the way of messages to them, on this worker and to the others. Worker thread.
 *
 * A publisher finds in the registry how many clients a message has, and on which workers; it sends one record to each
 * of these, while it holds the registry's lock. Who subscribes or unsubscribes holds the lock as well, and first takes
 * in what has been sent to this worker so far. So a message goes exactly to those who listened when it was published,
 * and their number is the reply. (Only where a ring between workers has overflowed, one who subscribes may get a
 * message from shortly before.)
 */
import { copyOf, decodeLatin1 } from '../base/bytes.ts';
import { globMatches } from '../base/glob.ts';
import { type ClientState, MODE_SUBSCRIBED } from '../commands/client-state.ts';
import {
  LISTEN_CHANNEL,
  LISTEN_PATTERN,
  LISTEN_SHARD,
  type ListenKind,
  type PubSubPort,
} from '../commands/ports.ts';
import { FrameWriter, type RespVersion } from '../resp/encode.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { MAIL_PUBLISH } from './mail-kinds.ts';
import type { MailHandler } from './mailbox.ts';
import type { Registry } from './registry.ts';

/** A name that clients of this worker listen to. */
export interface Subscription {
  readonly id: number;
  readonly name: Uint8Array;
  readonly clients: Set<EngineClient>;
}

/** A pattern that clients of some worker listen to. */
interface KnownPattern {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** By worker. */
  readonly counts: Int32Array;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
/** By kind. */
const MESSAGE_WORDS = ['message', 'pmessage', 'smessage'];
const KINDS: readonly ListenKind[] = [LISTEN_CHANNEL, LISTEN_PATTERN, LISTEN_SHARD];
/** Names that are handed out while the registry is locked. */
const NAMES_AT_ONCE = 256;

/** The message that is being delivered. Its bytes are lent. */
class Message {
  bytes = NO_BYTES;
  channelStart = 0;
  channelEnd = 0;
  text = NO_BYTES;
  textStart = 0;
  textEnd = 0;

  set(
    bytes: Uint8Array,
    channelStart: number,
    channelEnd: number,
    text: Uint8Array,
    textStart: number,
    textEnd: number,
  ): void {
    this.bytes = bytes;
    this.channelStart = channelStart;
    this.channelEnd = channelEnd;
    this.text = text;
    this.textStart = textStart;
    this.textEnd = textEnd;
  }
}

export class PubSub implements PubSubPort, MailHandler {
  readonly #engine: Engine;
  readonly #registry: Registry;
  readonly #worker: number;
  /** By kind and name, one character per byte. */
  readonly #byName: readonly Map<string, Subscription>[] = [new Map(), new Map(), new Map()];
  readonly #byId = new Map<number, Subscription>();
  #patterns: KnownPattern[] = [];
  #patternVersion = -1;
  /** Those that the message being published matches. */
  readonly #matching: KnownPattern[] = [];
  readonly #message = new Message();
  /** Frames of one message, by protocol version. */
  readonly #frames = [new FrameWriter(), new FrameWriter()];
  readonly #letter = new FrameWriter();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#registry = engine.registry;
    this.#worker = engine.mailbox.worker;
    engine.mailbox.handle(MAIL_PUBLISH, this, true);
  }

  subscribe(state: ClientState, kind: ListenKind, bytes: Uint8Array, start: number, end: number): boolean {
    const client = state as EngineClient;
    const text = decodeLatin1(bytes, start, end);
    if (client.listensTo[kind].has(text)) return true;
    const id = this.#register(kind, bytes, start, end);
    if (id === 0) return false;
    let subscription = this.#byName[kind].get(text);
    if (subscription === undefined) {
      subscription = { id, name: copyOf(bytes, start, end), clients: new Set() };
      this.#byName[kind].set(text, subscription);
      this.#byId.set(id, subscription);
    }
    subscription.clients.add(client);
    client.listensTo[kind].set(text, subscription);
    client.mode |= MODE_SUBSCRIBED;
    client.isListening = true;
    return true;
  }

  unsubscribe(state: ClientState, kind: ListenKind, bytes: Uint8Array, start: number, end: number): void {
    const client = state as EngineClient;
    const text = decodeLatin1(bytes, start, end);
    if (!client.listensTo[kind].has(text)) return;
    this.#registry.lock();
    this.#engine.mailbox.receiveUrgent();
    this.#registry.remove(kind, bytes, start, end, this.#worker);
    this.#registry.unlock();
    this.#drop(client, kind, text);
  }

  leave(state: ClientState): void {
    const client = state as EngineClient;
    if ((client.mode & MODE_SUBSCRIBED) === 0) return;
    for (const kind of KINDS) {
      for (const name of this.names(client, kind)) this.unsubscribe(client, kind, name, 0, name.length);
    }
  }

  names(state: ClientState, kind: ListenKind): readonly Uint8Array[] {
    return Array.from((state as EngineClient).listensTo[kind].values(), ({ name }) => name);
  }

  subscriptions(state: ClientState, kind: ListenKind): number {
    const { listensTo } = state as EngineClient;
    if (kind === LISTEN_SHARD) return listensTo[LISTEN_SHARD].size;
    return listensTo[LISTEN_CHANNEL].size + listensTo[LISTEN_PATTERN].size;
  }

  /** Somebody listens to a channel or has a pattern. */
  get hasListeners(): boolean {
    return this.#registry.has(LISTEN_CHANNEL) || this.#registry.has(LISTEN_PATTERN);
  }

  isSubscribed(state: ClientState): boolean {
    return (state.mode & MODE_SUBSCRIBED) !== 0;
  }

  publish(
    kind: ListenKind,
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    message: Uint8Array,
    messageStart: number,
    messageEnd: number,
  ): number {
    const registry = this.#registry;
    const withPatterns = kind === LISTEN_CHANNEL && registry.has(LISTEN_PATTERN);
    if (!withPatterns && !registry.has(kind)) return 0;
    registry.lock();
    if (withPatterns) this.#match(channel, channelStart, channelEnd);
    else this.#matching.length = 0;
    const entry = registry.find(kind, channel, channelStart, channelEnd);
    const id = entry === 0 ? 0 : registry.id(entry);
    let receivers = 0;
    let isHere = false;
    for (let worker = 0; worker < registry.workers; worker++) {
      const clients = entry === 0 ? 0 : registry.count(entry, worker);
      const count = clients + this.#matchesOn(worker);
      receivers += count;
      if (count === 0) continue;
      if (worker === this.#worker) isHere = true;
      else {
        const letter = this.#letter;
        letter.reset();
        const patterns = this.#writeIds(letter, worker);
        letter.raw(channel, channelStart, channelEnd);
        letter.raw(message, messageStart, messageEnd);
        const length = channelEnd - channelStart;
        const known = clients === 0 ? 0 : id;
        this.#engine.mailbox.send(
          worker,
          MAIL_PUBLISH,
          known,
          patterns,
          length,
          kind,
          letter.bytes,
          0,
          letter.length,
        );
      }
    }
    registry.unlock();
    if (!isHere) return receivers;
    this.#message.set(channel, channelStart, channelEnd, message, messageStart, messageEnd);
    if (id !== 0) this.#deliver(id, kind);
    for (let at = 0; at < this.#matching.length; at++) this.#deliver(this.#matching[at].id, LISTEN_PATTERN);
    return receivers;
  }

  mail(
    _from: number,
    id: number,
    patterns: number,
    channelLength: number,
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const channel = start + 4 * patterns;
    const message = channel + channelLength;
    this.#message.set(bytes, channel, message, bytes, message, end);
    if (id !== 0) this.#deliver(id, kind as ListenKind);
    for (let at = start; at < channel; at += 4) {
      const pattern = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      this.#deliver(pattern, LISTEN_PATTERN);
    }
  }

  /** Cold: for PUBSUB. The lock is given back now and then, so that others can publish meanwhile. */
  eachName(kind: ListenKind, visit: (bytes: Uint8Array, start: number, end: number) => void): void {
    const registry = this.#registry;
    let cursor = 0;
    do {
      registry.lock();
      cursor = registry.some(kind, cursor, NAMES_AT_ONCE);
      const { entries, count } = registry.found;
      for (let at = 0; at < count; at++) {
        const entry = entries[at];
        visit(registry.arena.bytes, registry.nameStart(entry), registry.nameEnd(entry));
      }
      registry.unlock();
    } while (cursor !== 0);
  }

  /** Cold: for PUBSUB. */
  subscribers(kind: ListenKind, bytes: Uint8Array, start: number, end: number): number {
    this.#registry.lock();
    const entry = this.#registry.find(kind, bytes, start, end);
    const count = entry === 0 ? 0 : this.#registry.total(entry);
    this.#registry.unlock();
    return count;
  }

  /** Cold: for PUBSUB. */
  patternCount(): number {
    this.#registry.lock();
    const count = this.#registry.names(LISTEN_PATTERN);
    this.#registry.unlock();
    return count;
  }

  #register(kind: ListenKind, bytes: Uint8Array, start: number, end: number): number {
    this.#registry.lock();
    this.#engine.mailbox.receiveUrgent();
    const id = this.#registry.add(kind, bytes, start, end, this.#worker);
    this.#registry.unlock();
    return id;
  }

  #drop(client: EngineClient, kind: ListenKind, text: string): void {
    const subscription = client.listensTo[kind].get(text)!;
    client.listensTo[kind].delete(text);
    subscription.clients.delete(client);
    if (subscription.clients.size === 0) {
      this.#byName[kind].delete(text);
      this.#byId.delete(subscription.id);
    }
    if (KINDS.some((each) => client.listensTo[each].size > 0)) return;
    client.mode &= ~MODE_SUBSCRIBED;
    client.isListening = client.isMonitor;
  }

  /** Finds the patterns that a channel matches. The registry is locked. */
  #match(channel: Uint8Array, start: number, end: number): void {
    if (this.#registry.version(LISTEN_PATTERN) !== this.#patternVersion) this.#learnPatterns();
    const matching = this.#matching;
    matching.length = 0;
    for (let at = 0; at < this.#patterns.length; at++) {
      const pattern = this.#patterns[at];
      if (globMatches(pattern.bytes, 0, pattern.bytes.length, channel, start, end)) matching.push(pattern);
    }
  }

  /** Cold: when patterns have changed. */
  #learnPatterns(): void {
    const registry = this.#registry;
    this.#patternVersion = registry.version(LISTEN_PATTERN);
    this.#patterns = [];
    const { entries, count } = registry.entries(LISTEN_PATTERN);
    for (let at = 0; at < count; at++) {
      const entry = entries[at];
      const counts = new Int32Array(registry.workers);
      for (let worker = 0; worker < counts.length; worker++) counts[worker] = registry.count(entry, worker);
      const bytes = copyOf(registry.arena.bytes, registry.nameStart(entry), registry.nameEnd(entry));
      this.#patterns.push({ id: registry.id(entry), bytes, counts });
    }
  }

  #matchesOn(worker: number): number {
    let sum = 0;
    for (let at = 0; at < this.#matching.length; at++) sum += this.#matching[at].counts[worker];
    return sum;
  }

  /** Ids of the patterns that clients of the worker have; returns how many. */
  #writeIds(letter: FrameWriter, worker: number): number {
    let count = 0;
    for (let at = 0; at < this.#matching.length; at++) {
      const { id, counts } = this.#matching[at];
      if (counts[worker] === 0) continue;
      count += 1;
      letter.reserve(4);
      for (let shift = 0; shift < 32; shift += 8) letter.bytes[letter.length++] = (id >>> shift) & 255;
    }
    return count;
  }

  /** To the clients of this worker that listen to the channel or pattern with this id. */
  #deliver(id: number, kind: ListenKind): void {
    const subscription = this.#byId.get(id);
    if (subscription === undefined) return;
    const [frame2, frame3] = this.#frames;
    frame2.reset();
    frame3.reset();
    for (const client of subscription.clients) {
      const frame = client.resp === 3 ? frame3 : frame2;
      if (frame.length === 0) this.#write(frame, client.resp, kind, subscription.name);
      this.#engine.push(client, frame.bytes, 0, frame.length);
    }
  }

  #write(frame: FrameWriter, resp: RespVersion, kind: ListenKind, name: Uint8Array): void {
    const { bytes, channelStart, channelEnd, text, textStart, textEnd } = this.#message;
    frame.push(kind === LISTEN_PATTERN ? 4 : 3, resp);
    frame.text(MESSAGE_WORDS[kind]);
    if (kind === LISTEN_PATTERN) frame.bulk(name, 0, name.length);
    frame.bulk(bytes, channelStart, channelEnd);
    frame.bulk(text, textStart, textEnd);
  }
}
