/** Where a server is. Data; any thread. */
import type { Address, TlsClientOptions } from '../transport/transport.ts';
import type { ServerWatch } from './server-watch.ts';

/** One server, and how to reach it. */
export interface Endpoint {
  readonly role: 'primary' | 'shadow';
  readonly address: Address;
  readonly tls?: TlsClientOptions;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Label of metrics and logs: `host:port` or the socket's path. No credentials. */
  readonly node: string;
  /** Not '': why nobody knows the address for now. It may change, see `Link.moved`. */
  readonly unknown?: string;
  /** A server that says that it is a replica is not the one that is wanted. */
  readonly mustBePrimary?: boolean;
  /** Cuts connections to it that have been silent for too long; absent: nobody does. */
  watch?: ServerWatch;
}
