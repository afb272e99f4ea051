/**
 * Waking another thread's transport. The token's word says whether a wake-up is under way, so a burst of them costs
 * one system call or message: 0 idle, 1 signalled (the woken thread sets it back before it runs the callback),
 * 2 gone. Any thread.
 */
import type { MessagePort } from 'node:worker_threads';
import { loadAddon, type NativeAddon, type NativeWaker } from './addon.ts';
import type { Waker, WakeToken } from './transport.ts';

export const SIGNAL_IDLE = 0;
export const SIGNAL_SENT = 1;
export const SIGNAL_GONE = 2;

class EventFdWaker implements Waker {
  private readonly addon: NativeAddon;
  private readonly handle: NativeWaker;
  private readonly signal: Int32Array;

  constructor(addon: NativeAddon, handle: NativeWaker, signal: Int32Array) {
    this.addon = addon;
    this.handle = handle;
    this.signal = signal;
  }

  wake(): void {
    if (Atomics.compareExchange(this.signal, 0, SIGNAL_IDLE, SIGNAL_SENT) === SIGNAL_IDLE) {
      this.addon.wake(this.handle);
    }
  }

  close(): void {
    this.addon.closeWaker(this.handle);
  }
}

class PortWaker implements Waker {
  private readonly port: MessagePort;
  private readonly signal: Int32Array;

  constructor(port: MessagePort, signal: Int32Array) {
    this.port = port;
    this.signal = signal;
    port.unref();
  }

  wake(): void {
    if (Atomics.compareExchange(this.signal, 0, SIGNAL_IDLE, SIGNAL_SENT) === SIGNAL_IDLE) {
      this.port.postMessage(0);
    }
  }

  close(): void {
    this.port.close();
  }
}

class SilentWaker implements Waker {
  wake(): void {}
  close(): void {}
}

/** Call it on the thread that will wake. A token whose transport is gone gives a waker that does nothing. */
export function connectWaker(token: WakeToken): Waker {
  const signal = new Int32Array(token.signal);
  if (token.port !== undefined) return new PortWaker(token.port, signal);
  const { addon } = loadAddon();
  if (addon === undefined || token.eventFd < 0) return new SilentWaker();
  const handle = addon.openWaker(token.eventFd);
  // The number may have been another file's by now, but not if the transport still lived after it was duplicated.
  if (Atomics.load(signal, 0) === SIGNAL_GONE) {
    addon.closeWaker(handle);
    return new SilentWaker();
  }
  return new EventFdWaker(addon, handle, signal);
}
