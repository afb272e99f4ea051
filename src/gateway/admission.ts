/**
 * Who may be a client of the gateway: how many there may be, and protected mode, as the servers have them. One object
 * per worker, over memory that all of them share. Worker thread. Cold: once per connection.
 */

import type { ServerIdentity } from '../compare/identity.ts';
import { isLoopbackHost } from '../config/address.ts';
import type { ListenConfig } from '../config/schema.ts';
import type { ClientDropReason } from '../telemetry/metrics.ts';
import type { Address, ConnectionId } from '../transport/transport.ts';
import type { WorkerServices } from '../upstream/services.ts';

export interface AdmissionSettings {
  readonly maxClients: number;
  readonly protectedMode: boolean;
  /** The configuration has a login for clients that show none. */
  readonly logsClientsIn: boolean;
}

/** What the primary wants of a client that has just connected. At first nobody has been able to ask. */
export const LOGIN_UNKNOWN = 0;
export const LOGIN_NEEDED = 1;
export const LOGIN_NOT_NEEDED = 2;
/** The primary could not be asked: it is down. */
export const LOGIN_UNANSWERED = 3;

/**
 * Memory that the hosts of all workers share. One 64-bit word: the last client id given out. Then words of 32 bits:
 * the last number given to a session, which wraps around, how many clients there are, whether the primary wants a
 * login, and what it is.
 */
export const LAST_ID = 0;
export const LAST_SESSION = 2;
const CLIENTS = 3;
const LOGIN = 4;
/** What the primary is, see `encodeIdentity`. */
export const IDENTITY = 5;
const FIRST_IDENTITY = 1;
export const SHARED_CLIENT_BYTES = 6 * Int32Array.BYTES_PER_ELEMENT;

const TOO_MANY = Buffer.from('-ERR max number of clients reached\r\n');
const REASONS = [
  'no password is set for the default user',
  'clients are logged in with the password of primary.url and need none of their own',
];
const DENIALS = REASONS.map((reason) =>
  Buffer.from(
    `-DENIED Running in protected mode because protected mode is enabled and ${reason}. ` +
      'In this mode connections are only accepted from the loopback interface. ' +
      'If you want to connect from external computers, you may adopt one of the following solutions: ' +
      '1) Just disable protected mode by setting limits.protectedMode to false in the configuration of the gateway, ' +
      "however MAKE SURE it's not publicly accessible from internet if you do so. " +
      '2) Ask clients for certificates, by setting tls.clientCertificates of the listener to required. ' +
      '3) Set up an authentication password for the default user of the primary, and leave it out of primary.url. ' +
      'NOTE: You only need to do one of the above things in order for the gateway to start accepting connections ' +
      'from the outside.\r\n',
  ),
);

/** Whether clients may come from other machines without showing who they are. */
export function isExposed({ tls }: Pick<ListenConfig, 'tls'>, address: Address): boolean {
  if (address.kind === 'unix' || isLoopbackHost(address.host)) return false;
  return tls?.clientCertificates !== 'required';
}

/** `remote`: as `PeerNames` has it. */
export function isFromHere(remote: string): boolean {
  if (remote.startsWith('unix:')) return true;
  const host = remote.slice(0, remote.lastIndexOf(':'));
  return isLoopbackHost(host.replace(/^\[|\]$/g, ''));
}

/** A whole number that is never 0: product and version. */
export function encodeIdentity({ product, version }: ServerIdentity): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const number = Math.min(major, 999) * 10_000 + Math.min(minor, 99) * 100 + Math.min(patch, 99);
  return 2 * number + (product === 'valkey' ? 1 : 0) + FIRST_IDENTITY;
}

export function decodeIdentity(code: number): ServerIdentity | undefined {
  if (code < FIRST_IDENTITY) return undefined;
  const number = Math.floor((code - FIRST_IDENTITY) / 2);
  const parts = [Math.floor(number / 10_000), Math.floor(number / 100) % 100, number % 100];
  return { product: (code - FIRST_IDENTITY) % 2 === 1 ? 'valkey' : 'redis', version: parts.join('.') };
}

export class Admission {
  readonly #services: WorkerServices;
  readonly shared: Int32Array;
  /** Clients log in with users of the gateway's own: whether they have to. */
  wantsOwnLogin: boolean | undefined = undefined;
  settings: AdmissionSettings;

  constructor(services: WorkerServices, settings: AdmissionSettings, shared: SharedArrayBuffer) {
    this.#services = services;
    this.settings = settings;
    this.shared = new Int32Array(shared);
  }

  /** Takes a connection, which counts until it has `left`; false: it was told why not. */
  admits(connection: ConnectionId, exposed: boolean): boolean {
    const { transport } = this.#services;
    if (Atomics.add(this.shared, CLIENTS, 1) >= this.settings.maxClients) {
      this.#refuse(connection, TOO_MANY, 'max_clients');
      return false;
    }
    if (exposed && this.#isProtected && !isFromHere(transport.peer(connection).remote)) {
      const isGiven = this.settings.logsClientsIn && this.wantsOwnLogin === undefined;
      this.#refuse(connection, DENIALS[isGiven ? 1 : 0], 'protected_mode');
      return false;
    }
    return true;
  }

  /** For the texts and rules of users: see `acl.ts`. */
  noteIdentity(identity: ServerIdentity | undefined): void {
    if (identity !== undefined) Atomics.store(this.shared, IDENTITY, encodeIdentity(identity));
  }

  /** Takes a client that another process has admitted, whatever the limits are here. */
  takesOver(): void {
    Atomics.add(this.shared, CLIENTS, 1);
  }

  left(): void {
    Atomics.sub(this.shared, CLIENTS, 1);
  }

  /** All workers go by it. What one has found out stands, whatever others cannot tell. */
  noteLogin(login: number): void {
    if (login === LOGIN_UNANSWERED) Atomics.compareExchange(this.shared, LOGIN, LOGIN_UNKNOWN, login);
    else if (login !== LOGIN_UNKNOWN) Atomics.store(this.shared, LOGIN, login);
  }

  get login(): number {
    return Atomics.load(this.shared, LOGIN);
  }

  /** Only those who log in are answered, as far as it is known. */
  get wantsLogin(): boolean {
    return this.wantsOwnLogin ?? this.login === LOGIN_NEEDED;
  }

  /** As long as nobody knows whether the primary wants a login, it may want none. */
  get #isProtected(): boolean {
    const { protectedMode, logsClientsIn } = this.settings;
    return protectedMode && ((logsClientsIn && this.wantsOwnLogin === undefined) || !this.wantsLogin);
  }

  #refuse(connection: ConnectionId, text: Uint8Array, reason: ClientDropReason): void {
    this.left();
    this.#services.transport.write(connection, text, 0, text.length);
    this.#services.metrics.countDroppedClient(reason);
  }
}
