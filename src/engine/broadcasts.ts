/**
 * BCAST tracking: clients that want to hear of all changes of keys with a prefix. Which prefixes there are on which
 * workers stands in the registry. Changes are gathered here until the commands of one read are done. Worker thread.
 */
import { copyOf, decodeLatin1 } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Key } from '../store/key.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { MAIL_BROADCAST } from './mail-kinds.ts';
import type { MailHandler } from './mailbox.ts';
import { KIND_PREFIX } from './registry.ts';
import type { Tracker } from './tracker.ts';

/** A prefix that clients of some worker have, and what has changed. */
interface KnownPrefix {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** By worker. */
  readonly counts: Int32Array;
  /** Keys, one character per byte, and the client that changed each last. */
  readonly keys: Map<string, EngineClient | undefined>;
}

interface LocalPrefix {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly clients: Set<EngineClient>;
}

export class Broadcasts implements MailHandler {
  readonly #engine: Engine;
  readonly #tracker: Tracker;
  readonly #local = new Map<string, LocalPrefix>();
  readonly #byId = new Map<number, LocalPrefix>();
  #known: KnownPrefix[] = [];
  #version = -1;
  hasPending = false;
  readonly #value = new FrameWriter();

  constructor(engine: Engine, tracker: Tracker) {
    this.#engine = engine;
    this.#tracker = tracker;
    engine.mailbox.handle(MAIL_BROADCAST, this);
  }

  /** False without memory. */
  add(client: EngineClient, prefix: Uint8Array): boolean {
    const text = decodeLatin1(prefix, 0, prefix.length);
    const local = this.#local.get(text);
    if (local?.clients.has(client)) return true;
    const { registry, mailbox } = this.#engine;
    registry.lock();
    const id = registry.add(KIND_PREFIX, prefix, 0, prefix.length, mailbox.worker);
    registry.unlock();
    if (id === 0) return false;
    if (local !== undefined) local.clients.add(client);
    else {
      const made = { id, bytes: prefix, clients: new Set([client]) };
      this.#local.set(text, made);
      this.#byId.set(id, made);
    }
    return true;
  }

  leave(client: EngineClient): void {
    const { registry, mailbox } = this.#engine;
    for (const [text, local] of this.#local) {
      if (!local.clients.delete(client)) continue;
      registry.lock();
      registry.remove(KIND_PREFIX, local.bytes, 0, local.bytes.length, mailbox.worker);
      registry.unlock();
      if (local.clients.size > 0) continue;
      this.#local.delete(text);
      this.#byId.delete(local.id);
    }
  }

  /** Cold: for CLIENT TRACKING and TRACKINGINFO. */
  prefixes(client: EngineClient): readonly Uint8Array[] {
    const found: Uint8Array[] = [];
    for (const { bytes, clients } of this.#local.values()) if (clients.has(client)) found.push(bytes);
    return found.sort((one, other) => Buffer.compare(one, other));
  }

  /** The key has changed. */
  note(key: Key, client: EngineClient | undefined): void {
    const { registry } = this.#engine;
    if (!registry.has(KIND_PREFIX)) return;
    if (registry.version(KIND_PREFIX) !== this.#version) this.#learn();
    for (let at = 0; at < this.#known.length; at++) {
      const { bytes, keys } = this.#known[at];
      if (!startsWith(key, bytes)) continue;
      keys.set(decodeLatin1(key.bytes, key.start, key.end), client);
      this.hasPending = true;
    }
  }

  /** What has changed goes to everybody who has the prefix. */
  send(): void {
    this.hasPending = false;
    const { mailbox } = this.#engine;
    for (const { id, counts, keys } of this.#known) {
      if (keys.size === 0) continue;
      const value = this.#value;
      this.#write(value, Array.from(keys.keys()));
      for (let worker = 0; worker < mailbox.workers; worker++) {
        if (worker === mailbox.worker || counts[worker] === 0) continue;
        mailbox.send(worker, MAIL_BROADCAST, id, 0, 0, 0, value.bytes, 0, value.length);
      }
      this.#sendHere(id, keys, value);
      keys.clear();
    }
  }

  mail(
    _from: number,
    id: number,
    _b: number,
    _c: number,
    _d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const local = this.#byId.get(id);
    if (local === undefined) return;
    for (const client of local.clients) this.#tracker.sendValue(client, bytes, start, end);
  }

  #sendHere(id: number, keys: ReadonlyMap<string, EngineClient | undefined>, value: FrameWriter): void {
    const local = this.#byId.get(id);
    if (local === undefined) return;
    for (const client of local.clients) {
      if (client.tracking?.noLoop !== true) {
        this.#tracker.sendValue(client, value.bytes, 0, value.length);
        continue;
      }
      const others = Array.from(keys.keys()).filter((key) => keys.get(key) !== client);
      if (others.length === 0) continue;
      const own = new FrameWriter();
      this.#write(own, others);
      this.#tracker.sendValue(client, own.bytes, 0, own.length);
    }
  }

  /** In the order of their bytes, as the servers keep them. */
  #write(value: FrameWriter, keys: string[]): void {
    value.reset();
    value.array(keys.length);
    for (const key of keys.sort()) {
      const bytes = Buffer.from(key, 'latin1');
      value.bulk(bytes, 0, bytes.length);
    }
  }

  /** Cold: when prefixes have changed. What is pending for a prefix that stays is kept. */
  #learn(): void {
    const { registry } = this.#engine;
    const pending = new Map(this.#known.map(({ id, keys }) => [id, keys]));
    registry.lock();
    this.#version = registry.version(KIND_PREFIX);
    this.#known = [];
    const { entries, count } = registry.entries(KIND_PREFIX);
    for (let at = 0; at < count; at++) {
      const entry = entries[at];
      const counts = new Int32Array(registry.workers);
      for (let worker = 0; worker < counts.length; worker++) counts[worker] = registry.count(entry, worker);
      const id = registry.id(entry);
      const bytes = copyOf(registry.arena.bytes, registry.nameStart(entry), registry.nameEnd(entry));
      this.#known.push({ id, bytes, counts, keys: pending.get(id) ?? new Map() });
    }
    registry.unlock();
  }
}

function startsWith(key: Key, prefix: Uint8Array): boolean {
  if (key.end - key.start < prefix.length) return false;
  for (let at = 0; at < prefix.length; at++) if (key.bytes[key.start + at] !== prefix[at]) return false;
  return true;
}
