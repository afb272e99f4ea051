/**
 * Outgoing connections of the native transport until they are open: resolve the name, try its addresses one after
 * the other. One per transport, its thread only. Must not know handlers or output.
 */
import { isIP } from 'node:net';
import type { NativeBinding } from './addon.ts';
import { resolveHost } from './names.ts';
import type { ConnectOptions } from './transport.ts';

interface Attempt {
  readonly options: ConnectOptions;
  addresses: readonly string[];
  /** Index of the next address to try. */
  next: number;
}

export class Connecting {
  private readonly attempts = new Map<number, Attempt>();
  private readonly binding: NativeBinding;
  private readonly unresolved: (connection: number, error: string) => void;

  /** `unresolved` is called, outside any batch, when a name has no address. */
  constructor(binding: NativeBinding, unresolved: (connection: number, error: string) => void) {
    this.binding = binding;
    this.unresolved = unresolved;
  }

  has(connection: number): boolean {
    return this.attempts.has(connection);
  }

  /** Begins for a reserved id; how it goes comes back as events of the binding. */
  start(connection: number, options: ConnectOptions): void {
    const attempt: Attempt = { options, addresses: [], next: 0 };
    this.attempts.set(connection, attempt);
    const address = options.address;
    if (address.kind === 'unix') {
      this.binding.openUnix(connection, address.path);
    } else if (isIP(address.host) !== 0) {
      attempt.addresses = [address.host];
      this.tryNext(connection);
    } else {
      resolveHost(address.host, (error, addresses) => {
        // The id may be somebody else's by now: only the same attempt may go on.
        if (this.attempts.get(connection) !== attempt) return;
        attempt.addresses = addresses;
        if (error === '') this.tryNext(connection);
        else this.unresolved(connection, error);
      });
    }
  }

  /** Opens the next address. Answers false when there is none left. */
  tryNext(connection: number): boolean {
    const attempt = this.attempts.get(connection);
    if (attempt === undefined || attempt.options.address.kind !== 'tcp') return false;
    const host = attempt.addresses[attempt.next];
    if (host === undefined) return false;
    attempt.next++;
    this.binding.openTcp(connection, host, attempt.options.address.port, attempt.options.keepAliveMs);
    return true;
  }

  /** Connected, failed or given up. */
  forget(connection: number): void {
    this.attempts.delete(connection);
  }
}
