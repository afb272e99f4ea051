/**
 * Loads the native addon, if there is one, and says what it offers. Any thread: the addon keeps its state per thread.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageFolder } from '../base/package-folder.ts';

/** Functions bound to one native transport. Numbers below zero are minus errno. */
export interface NativeBinding {
  listenTcp(host: string, port: number, backlog: number, reusePort: boolean, keepAliveMs: number): number;
  listenUnix(path: string, backlog: number, mode: number): number;
  listenerPort(listener: number): number;
  listenerDescriptor(listener: number): number;
  /** Owns the descriptor of a listening socket from here on. */
  adoptListener(descriptor: number): number;
  closeListener(listener: number): void;
  /** Lets listeners that ran out of descriptors try again. */
  resumeListeners(): void;
  /** Takes an id without a socket; -1 when there is none left. */
  reserve(): number;
  openTcp(connection: number, host: string, port: number, keepAliveMs: number): void;
  openUnix(connection: number, path: string): void;
  name(connection: number, remote: boolean): string;
  /** Lets go of a socket with nothing under way: answers its descriptor. */
  detach(connection: number): number;
  /** An id that owns the connected socket; -1 when there is none left. */
  adopt(descriptor: number): number;
  flush(): void;
  /** Collects events now, over those of the batch under way and their input; answers how many. */
  collect(): number;
  createWake(signal: Int32Array): number;
  destroy(): void;
}

/** An addon-owned duplicate of another thread's event descriptor. */
export type NativeWaker = object & { readonly nativeWaker: unique symbol };

/** See `channel.ts`. */
export type NativeChannel = object & { readonly nativeChannel: unique symbol };

/** For messages and descriptors between processes: native/channels.c. Numbers below zero are minus errno. */
export interface ChannelAddon {
  connectChannel(path: string): number;
  listenChannel(path: string): number;
  /** The channel owns the descriptor. Undefined: it cannot be watched. */
  openChannel(
    descriptor: number,
    listening: boolean,
    tell: (kind: number, value: Buffer | number | undefined, descriptors: number[] | undefined) => void,
  ): NativeChannel | undefined;
  sendMessage(channel: NativeChannel, bytes: Uint8Array, descriptors: Int32Array): number;
  watchWritable(channel: NativeChannel, wanted: boolean): void;
  closeChannel(channel: NativeChannel): void;
  duplicate(descriptor: number): number;
}

export interface NativeAddon extends ChannelAddon {
  create(
    batch: (eventCount: number) => void,
    input: Uint8Array,
    output: Uint8Array,
    events: Int32Array,
    entries: Int32Array,
    control: Int32Array,
    pending: Float64Array,
  ): NativeBinding;
  openWaker(eventFd: number): NativeWaker;
  wake(waker: NativeWaker): void;
  closeWaker(waker: NativeWaker): void;
  openListening(host: string, port: number, backlog: number, reusePort: boolean): number;
  /** For a connected socket that is not the addon's own. */
  setUserTimeout(descriptor: number, timeoutMs: number): number;
  /**
   * Gives memory that C's allocator keeps for later back to the system, for all threads. True: it had some.
   * Absent where the addon was compiled before it was added.
   */
  trimMemory?(): boolean;
}

export type AddonResult =
  | { readonly addon: NativeAddon; readonly reason: '' }
  | { readonly addon: undefined; readonly reason: string };

let loaded: AddonResult | undefined;

/** The same answer on every call: the file is looked for once per thread. */
export function loadAddon(): AddonResult {
  loaded ??= tryLoad();
  return loaded;
}

function tryLoad(): AddonResult {
  if (process.platform !== 'linux') {
    return { addon: undefined, reason: `the native transport needs Linux, this is ${process.platform}` };
  }
  try {
    const file = path.join(packageFolder, 'native/build/transport.node');
    const addon = createRequire(import.meta.url)(file) as NativeAddon;
    return { addon, reason: '' };
  } catch (error) {
    const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { addon: undefined, reason: `the native transport cannot be loaded: ${text}` };
  }
}
