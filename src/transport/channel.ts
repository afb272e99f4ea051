/**
 * Messages with descriptors between two processes of one user on one machine, in order. Main thread. Cold: while one
 * process takes over from another. It must not know what messages mean. Needs the addon.
 */
import { closeSync } from 'node:fs';
import { type ChannelAddon, loadAddon, type NativeChannel } from './addon.ts';
import { errnoName } from './names.ts';
import { removeSocket, socketInode } from './unix-path.ts';

const TOLD_MESSAGE = 0;
const TOLD_ENDED = 1;
const TOLD_WRITABLE = 2;
const TOLD_ACCEPTED = 3;
const EAGAIN = 11;

export interface ChannelEvents {
  /** Owns the descriptors. */
  message(message: unknown, descriptors: readonly number[]): void;
  /** The other process has closed it, or is gone. Everything that it has sent has been told. */
  ended(): void;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly descriptors: Int32Array;
}

export class Channel {
  readonly #addon: ChannelAddon;
  readonly #native: NativeChannel;
  readonly #waiting: Waiting[] = [];
  events: ChannelEvents = { message: (_message, descriptors) => descriptors.forEach(closeSync), ended() {} };

  /** Owns the descriptor. */
  constructor(addon: ChannelAddon, descriptor: number) {
    this.#addon = addon;
    const native = addon.openChannel(descriptor, false, (kind, value, descriptors) =>
      this.#tell(kind, value, descriptors ?? []),
    );
    if (native === undefined) throw new Error('a channel cannot be watched');
    this.#native = native;
  }

  /** Undefined: nobody listens there. Throws an Error with the errno name where somebody else may. */
  static connect(path: string): Channel | undefined {
    const addon = channelAddon();
    const descriptor = addon.connectChannel(path);
    if (descriptor >= 0) return new Channel(addon, descriptor);
    const name = errnoName(-descriptor);
    if (name === 'ENOENT' || name === 'ECONNREFUSED') return undefined;
    throw new Error(name);
  }

  /** The descriptors stay the caller's, and open until the other process says that it has the message. */
  send(message: object, descriptors: readonly number[] = []): void {
    const bytes = Buffer.from(JSON.stringify(message));
    this.#waiting.push({ bytes, descriptors: Int32Array.from(descriptors) });
    if (this.#waiting.length === 1) this.#sendWaiting();
  }

  /** What has been sent still arrives; what waits does not. */
  close(): void {
    this.#addon.closeChannel(this.#native);
  }

  #tell(kind: number, value: Buffer | number | undefined, descriptors: readonly number[]): void {
    if (kind === TOLD_MESSAGE) this.events.message(JSON.parse(String(value)), descriptors);
    else if (kind === TOLD_WRITABLE) this.#sendWaiting();
    else if (kind === TOLD_ENDED) this.events.ended();
  }

  /** What cannot be sent because the other process is gone is known by the end of the channel. */
  #sendWaiting(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const result = this.#addon.sendMessage(this.#native, first.bytes, first.descriptors);
      if (result === -EAGAIN) {
        this.#addon.watchWritable(this.#native, true);
        return;
      }
      this.#waiting.shift();
    }
    this.#addon.watchWritable(this.#native, false);
  }
}

/** Where other processes connect. */
export class ChannelListener {
  readonly #addon: ChannelAddon;
  readonly #native: NativeChannel;
  readonly #path: string;
  readonly #inode: number | undefined;

  /** Nobody listens there: `Channel.connect` says so. Throws an Error with the errno name. */
  constructor(path: string, accepted: (channel: Channel) => void) {
    const addon = channelAddon();
    removeSocket(path, socketInode(path));
    const descriptor = addon.listenChannel(path);
    if (descriptor < 0) throw new Error(errnoName(-descriptor));
    this.#addon = addon;
    this.#path = path;
    this.#inode = socketInode(path);
    const native = addon.openChannel(descriptor, true, (kind, value) => {
      if (kind === TOLD_ACCEPTED) accepted(new Channel(addon, Number(value)));
    });
    if (native === undefined) throw new Error('a channel cannot be watched');
    this.#native = native;
  }

  close(): void {
    removeSocket(this.#path, this.#inode);
    this.#addon.closeChannel(this.#native);
  }
}

/** Another descriptor of the same socket. */
export function duplicate(descriptor: number): number {
  const copy = channelAddon().duplicate(descriptor);
  if (copy < 0) throw new Error(errnoName(-copy));
  return copy;
}

/** A listening socket of TCP, for servers that are not made of a transport. Minus errno where it cannot be had. */
export function openListening(host: string, port: number): number {
  const { addon } = loadAddon();
  return addon === undefined ? -1 : addon.openListening(host, port, 511, false);
}

function channelAddon(): ChannelAddon {
  const { addon, reason } = loadAddon();
  if (addon === undefined) throw new Error(reason);
  return addon;
}
