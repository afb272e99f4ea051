/**
 * Options of node:tls from the transport's own. Any thread. Must not know sockets' lives.
 * Cold: once per listener or connection.
 */
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { OperationalError } from '../base/errors.ts';
import { errorCode } from './names.ts';
import type { Address, TlsClientOptions, TlsServerOptions } from './transport.ts';

/** A client that does not finish its handshake in this time is disconnected. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Whatever Node.js was told by its options: no older versions, and of TLS 1.2 forward secrecy and AEAD alone. */
const MODERN = {
  minVersion: 'TLSv1.2',
  ciphers: [
    ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    ...['ECDHE-RSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ].join(':'),
} as const;

/**
 * A TLS server that listens on nothing: plain sockets are handed to it by `emit('connection', socket)`, and it emits
 * `secureConnection` once they have shaken hands. Throws OperationalError('tls_material') for unusable certificates.
 */
export function createHandshaker(options: TlsServerOptions): Server {
  try {
    return createServer({
      cert: options.certificate,
      key: options.key,
      ...MODERN,
      ...(options.authority === undefined ? {} : { ca: options.authority }),
      requestCert: options.clientCertificates !== 'none',
      rejectUnauthorized: options.clientCertificates === 'required',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      allowHalfOpen: true,
    });
  } catch (error) {
    throw new OperationalError('tls_material', `the certificate or key is refused: ${errorCode(error)}`, {
      cause: error,
    });
  }
}

/** Throws OperationalError('tls_material') for certificates that no listener could use, such as one with a weak key. */
export function checkServerTls(options: TlsServerOptions): void {
  createHandshaker(options);
}

/** `optional` means: none is fine, a bad one is not. That is what the servers do. */
export function isClientAcceptable(socket: TLSSocket, options: TlsServerOptions): boolean {
  if (options.clientCertificates !== 'optional' || socket.authorized) return true;
  return Object.keys(socket.getPeerCertificate()).length === 0;
}

/** Parsing certificates costs milliseconds, and a reconnecting upstream uses the same options again. */
const clientContexts = new WeakMap<TlsClientOptions, SecureContext>();

function clientContext(options: TlsClientOptions): SecureContext {
  const known = clientContexts.get(options);
  if (known !== undefined) return known;
  const context = createSecureContext({
    ...(options.authority === undefined ? {} : { ca: options.authority }),
    ...(options.certificate === undefined ? {} : { cert: options.certificate }),
    ...(options.key === undefined ? {} : { key: options.key }),
  });
  clientContexts.set(options, context);
  return context;
}

/** Throws what node:tls throws for unusable certificates. */
export function clientTlsOptions(options: TlsClientOptions, address: Address): ConnectionOptions {
  const name = options.serverName ?? (address.kind === 'tcp' ? address.host : 'localhost');
  return {
    secureContext: clientContext(options),
    rejectUnauthorized: options.verify,
    // SNI carries names only (RFC 6066); an address is still checked against the certificate.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}
