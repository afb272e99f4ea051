/**
 * Names of things transports report: errors, addresses, host names. Any thread.
 * Cold: at most a few calls per connection.
 */
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { OperationalError } from '../base/errors.ts';
import type { Address, PeerNames } from './transport.ts';

/** `ECONNRESET` for 104; '' for 0. */
export function errnoName(errno: number): string {
  return errno === 0 ? '' : getSystemErrorName(-errno);
}

/** The code of a Node.js error (errno name or TLS code), its message where it has none. Never ''. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' && code !== '' ? code : error.message || 'UNKNOWN';
}

export function addressText(address: Address): string {
  return address.kind === 'unix' ? `unix:${address.path}` : hostAndPort(address.host, address.port);
}

/** `127.0.0.1:80`, `[::1]:80`; an IPv4 address in IPv6 clothes is written as IPv4. */
export function hostAndPort(host: string, port: number): string {
  const plain = host.startsWith('::ffff:') && isIP(host.slice(7)) === 4 ? host.slice(7) : host;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** The client's end of a unix socket has no name: servers show the path for both ends. */
export function peerNames(remote: string, local: string): PeerNames {
  if (remote !== 'unix::0' && local !== 'unix::0') return { remote, local };
  const named = remote === 'unix::0' ? local : remote;
  return { remote: named, local: named };
}

export function listenFailure(address: Address, errorName: string): OperationalError {
  return new OperationalError('listen_failed', `cannot listen on ${addressText(address)}: ${errorName}`);
}

/**
 * The numeric addresses of a host, in the resolver's order. `done` is called with an error code or '' — always later,
 * and never twice.
 */
export function resolveHost(host: string, done: (error: string, addresses: string[]) => void): void {
  lookup(host, { all: true }, (error, found) => {
    if (error !== null) done(errorCode(error), []);
    else if (found.length === 0) done('ENOTFOUND', []);
    else
      done(
        '',
        found.map((entry) => entry.address),
      );
  });
}

/** The first numeric address of a host to listen on. Rejects with the resolver's error code as message. */
export async function listenHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  return await new Promise((resolve, reject) => {
    resolveHost(host, (error, addresses) => {
      if (error === '') resolve(addresses[0] as string);
      else reject(new Error(error));
    });
  });
}
