/**
 * Upstream URLs: what they look like, what they mean, and how to show one without its password.
 * Pure text, any thread. It must not know which of the kinds this build can connect to (see support.ts).
 */
import { OperationalError } from '../base/errors.ts';
import { parseAddress, type SocketAddress } from './address.ts';

export type UpstreamKind = 'standalone' | 'unix' | 'cluster' | 'sentinel' | 'engine';

export interface UpstreamUrl {
  readonly kind: UpstreamKind;
  readonly tls: boolean;
  /** One for standalone and unix, the seeds for cluster and sentinel, none for engine. */
  readonly addresses: readonly SocketAddress[];
  /** Absent: the default user. */
  readonly user?: string;
  readonly password?: string;
  readonly db: number;
  /** Sentinel: the name of the monitored master. */
  readonly name?: string;
}

const FORMS =
  'redis://[user:password@]host:port[/db], rediss://…, unix:///path, redis+cluster://h1:p1,h2:p2, ' +
  'redis+sentinel://h1:p1,h2:p2/name or engine:';
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;

function invalid(reason: string): OperationalError {
  return new OperationalError('config_invalid', reason);
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('has a % that does not start an escape: write it as %25');
  }
}

interface Credentials {
  user?: string;
  password?: string;
}

function parseCredentials(text: string | undefined): Credentials {
  if (text === undefined || text === '') return {};
  const colon = text.indexOf(':');
  if (colon < 0) throw invalid('has a user but no password: write user:password@ or :password@');
  const credentials: Credentials = { password: decodePart(text.slice(colon + 1)) };
  if (colon > 0) credentials.user = decodePart(text.slice(0, colon));
  return credentials;
}

function parseDb(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,6}$/.test(text)) throw invalid('has a database that is not a number');
  return Number(text);
}

function parseQuery(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^db=(.*)$/.exec(text);
  if (match === null) throw invalid('has an option other than db=N');
  return match[1];
}

function parseHosts(text: string, defaultPort: number): SocketAddress[] {
  return text.split(',').map((part) => {
    const address = parseAddress(part, defaultPort);
    if (address === undefined || address.kind !== 'tcp' || address.port === 0) {
      throw invalid('has an address that is not host:port');
    }
    return address;
  });
}

// Messages never repeat a part of the URL: whatever is misplaced in it may be the password.

/**
 * Reads an upstream URL; `valkey` may stand for `redis` in every scheme, and `s` after either means TLS.
 * Throws OperationalError('config_invalid') with a message that reads on after the setting's name.
 */
export function parseUpstreamUrl(url: string): UpstreamUrl {
  if (url === 'engine:') return { kind: 'engine', tls: false, addresses: [], db: 0 };
  const outer =
    /^(unix|(?:redis|valkey)(s?)(?:\+(cluster|sentinel))?):\/\/(?:([^/]*)@)?([^@?]*)(?:\?(.*))?$/.exec(url);
  if (outer === null) throw invalid(`must be a URL: ${FORMS}`);
  const credentials = parseCredentials(outer[4]);
  const place = outer[5] ?? '';
  const queryDb = parseQuery(outer[6]);
  if (outer[1] === 'unix') {
    if (!place.startsWith('/') || place === '/')
      throw invalid('must name a socket with three slashes: unix:///path');
    const addresses: SocketAddress[] = [{ kind: 'unix', path: decodePart(place) }];
    return { kind: 'unix', tls: false, addresses, ...credentials, db: parseDb(queryDb) };
  }
  const [hosts = '', ...path] = place.split('/');
  const tls = outer[2] === 's';
  if (outer[3] === 'sentinel') {
    const [name = '', db, ...rest] = path;
    if (name === '' || rest.length > 0)
      throw invalid('must name the master: redis+sentinel://h1:p1,h2:p2/name');
    const addresses = parseHosts(hosts, SENTINEL_PORT);
    return {
      kind: 'sentinel',
      tls,
      addresses,
      ...credentials,
      db: parseDb(db ?? queryDb),
      name: decodePart(name),
    };
  }
  if (path.length > 1) throw invalid(`has more than a database after the address: ${FORMS}`);
  const db = parseDb(path[0] === '' ? queryDb : (path[0] ?? queryDb));
  const addresses = parseHosts(hosts, REDIS_PORT);
  if (outer[3] === 'cluster') {
    if (db !== 0) throw invalid('names a database: a cluster has only database 0');
    return { kind: 'cluster', tls, addresses, ...credentials, db };
  }
  if (addresses.length > 1) throw invalid('has several addresses: use redis+cluster:// or redis+sentinel://');
  return { kind: 'standalone', tls, addresses, ...credentials, db };
}

/** The URL with its password hidden, fit for logs. Works on texts that are not valid URLs as well. */
export function redactUrl(url: string): string {
  return url.replace(/^([^/]*:\/\/)?([^/:]*):(.*)@/, '$1$2:***@');
}
