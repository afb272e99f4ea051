/** Rules between settings, and settings this build cannot serve yet. Main thread. */
import { isLoopbackHost, parseAddress } from './address.ts';
import { hasUsers } from './own-users.ts';
import type { Problem } from './problems.ts';
import type { ConfigDocument } from './schema.ts';
import { formatPath, type Path } from './settings.ts';
import { parseUpstreamUrl, type UpstreamUrl } from './url.ts';

/** As `DEFAULT_ARENA_BYTES` of the memory: offsets have 31 bits. */
const MAX_ARENA_BYTES = 2047 * 1024 * 1024;

type Report = (path: Path, message: string, code?: Problem['code']) => void;

function checkFace(item: ConfigDocument['listen'][number], index: number, report: Report): void {
  const { face, announce, peers, address } = item;
  if (face === 'server') {
    if (announce !== null || peers.length > 0)
      report(['listen', index, 'face'], 'must be cluster to be announced');
    return;
  }
  const isUnix = parseAddress(address)?.kind === 'unix';
  if (announce === null && (isUnix || peers.length > 0))
    report(
      ['listen', index, 'announce'],
      `must be given ${isUnix ? 'for a unix socket' : 'where there are peers'}`,
    );
  if (new Set([announce, ...peers]).size <= peers.length)
    report(['listen', index, 'peers'], 'must differ from each other and from the announced address');
}

function checkListen(config: ConfigDocument, report: Report): void {
  const seen = new Set<string>();
  for (const [index, item] of config.listen.entries()) {
    checkFace(item, index, report);
    const address = parseAddress(item.address);
    if (address?.kind === 'tcp' && address.port === 0) continue;
    if (seen.has(item.address)) report(['listen', index, 'address'], 'is there twice');
    seen.add(item.address);
  }
}

function checkAdmin(config: ConfigDocument, report: Report): void {
  const address = parseAddress(config.admin.listen);
  if (config.admin.token !== null || address?.kind !== 'tcp' || isLoopbackHost(address.host)) return;
  const message =
    `${config.admin.listen} can be reached from other machines and there is no token: ` +
    'set admin.token (LOCKSTEP_ADMIN_TOKEN) or listen on 127.0.0.1';
  report(['admin', 'listen'], message, 'admin_exposed');
}

/** Two URLs are one server's one database. Each engine is one of its own. */
function isSamePlace(a: UpstreamUrl, b: UpstreamUrl): boolean {
  return (
    a.kind !== 'engine' &&
    a.kind === b.kind &&
    a.db === b.db &&
    a.name === b.name &&
    JSON.stringify(a.addresses) === JSON.stringify(b.addresses)
  );
}

function checkUpstreams(config: ConfigDocument, report: Report): void {
  const primary = parseUpstreamUrl(config.primary.url);
  const { reads, zone } = config.upstream.cluster;
  if (reads === 'zone-aware' && zone === null)
    report(['upstream', 'cluster', 'zone'], 'must be given where reads are zone-aware');
  if (config.shadow.url === null) return;
  const shadow = parseUpstreamUrl(config.shadow.url);
  if (isSamePlace(primary, shadow))
    report(['shadow', 'url'], 'is the primary itself: every write would run twice');
}

function checkEngine({ engine }: ConfigDocument, report: Report): void {
  const { shards, arenaBytes, password, aclFile } = engine;
  if (password !== null && aclFile !== null)
    report(
      ['engine', 'password'],
      'cannot be used together with engine.aclFile, which says how users log in',
    );
  if ((shards & (shards - 1)) !== 0) report(['engine', 'shards'], 'must be a power of two');
  if (arenaBytes > MAX_ARENA_BYTES) report(['engine', 'arenaBytes'], 'must be at most 2047mb');
  if (arenaBytes % 8 !== 0) report(['engine', 'arenaBytes'], 'must be a multiple of 8');
}

function checkAcl({ acl, primary, shadow }: ConfigDocument, report: Report): void {
  if (!hasUsers(acl)) return;
  if (acl.users.length > 0 && acl.file !== null)
    report(['acl', 'file'], 'cannot be used together with acl.users');
  const seen = new Set<string>();
  for (const [index, { name }] of acl.users.entries()) {
    if (seen.has(name)) report(['acl', 'users', index, 'name'], 'is there twice');
    seen.add(name);
  }
  if (parseUpstreamUrl(primary.url).kind === 'engine' && shadow.url === null)
    report(['acl'], 'is for gateways before a server: the engine has users of its own, see engine.aclFile');
}

/** Problems of a configuration whose single settings are all right. */
export function checkTogether(config: ConfigDocument, locate: (path: Path) => string | undefined): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, message, code = 'config_invalid') => {
    problems.push({ path: formatPath(path), message, source: locate(path), code });
  };
  checkListen(config, report);
  checkAdmin(config, report);
  checkUpstreams(config, report);
  checkEngine(config, report);
  checkAcl(config, report);
  const { minMs, maxMs } = config.upstream.reconnect;
  if (minMs > maxMs)
    report(['upstream', 'reconnect', 'minMs'], `must not be more than maxMs, which is ${maxMs}`);
  return problems;
}
