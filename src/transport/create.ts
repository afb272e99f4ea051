/**
 * Chooses the transport. Any thread.
 */
import { OperationalError } from '../base/errors.ts';
import { loadAddon } from './addon.ts';
import { NativeTransport } from './native.ts';
import { NodeTransport } from './node.ts';
import { canReusePort } from './node-listener.ts';
import type { Transport } from './transport.ts';

export type TransportKind = 'auto' | 'native' | 'node';

export interface TransportAvailability {
  /** What `auto` gives on this machine. */
  readonly kind: 'native' | 'node';
  /** Why the native transport is not available, '' when it is. */
  readonly reason: string;
  /** Whether several workers can listen on one TCP address. Where they cannot, only one worker may listen. */
  readonly canReusePort: boolean;
}

export function transportAvailability(): TransportAvailability {
  const { addon, reason } = loadAddon();
  return { kind: addon === undefined ? 'node' : 'native', reason, canReusePort: canReusePort() };
}

/** Throws OperationalError('transport_unavailable') when `native` is asked for and cannot run here. */
export function createTransport(kind: TransportKind): Transport {
  if (kind === 'node') return new NodeTransport();
  const { addon, reason } = loadAddon();
  if (addon !== undefined) return new NativeTransport(addon);
  if (kind === 'native') throw new OperationalError('transport_unavailable', reason);
  return new NodeTransport();
}
