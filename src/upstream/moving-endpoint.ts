/**
 * A server that may be at another address at any time: a Sentinel group's primary. Connections read the address when
 * they are opened; whoever owns them is told of a move, and cuts those to the old address. Worker thread.
 */
import type { Address, TlsClientOptions } from '../transport/transport.ts';
import type { Endpoint } from './endpoint.ts';
import type { ServerWatch } from './server-watch.ts';

const NOWHERE: Address = { kind: 'tcp', host: 'nowhere', port: 0 };

export class MovingEndpoint implements Endpoint {
  readonly role: 'primary' | 'shadow';
  readonly tls?: TlsClientOptions;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly node: string;
  readonly mustBePrimary = true;
  watch?: ServerWatch;
  address: Address = NOWHERE;
  unknown = 'no sentinel has answered yet';
  /** Called after each move. */
  onMove: () => void = () => {};

  constructor(fixed: Omit<Endpoint, 'address' | 'unknown' | 'mustBePrimary'>) {
    const { role, tls, connectTimeoutMs, keepAliveMs, node } = fixed;
    this.role = role;
    if (tls !== undefined) this.tls = tls;
    this.connectTimeoutMs = connectTimeoutMs;
    this.keepAliveMs = keepAliveMs;
    this.node = node;
  }

  moveTo(address: Address): void {
    this.address = address;
    this.unknown = '';
    this.onMove();
  }
}
