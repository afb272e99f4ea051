/**
 * What a reload may change. Takes two resolved configurations, keeps what needs a restart, and says which is which.
 * Main thread. It must not know who uses the settings.
 */
import { isDeepStrictEqual } from 'node:util';
import { isLoopbackHost, parseAddress } from './address.ts';
import { isLive, liveSettings } from './live-upstreams.ts';
import { hasUsers } from './own-users.ts';
import type { AclConfig, Config, ListenConfig } from './schema.ts';
import { formatPath, type Setting, settings } from './settings.ts';

type PlainMap = Record<string, unknown>;

export interface ReloadDifference {
  /** Paths that differ and are in `merged` with their new value. */
  readonly changed: string[];
  /** Paths that differ and keep their old value until a restart. */
  readonly needsRestart: string[];
  /** The configuration in effect after the reload. */
  readonly merged: Config;
}

function parentOf(root: PlainMap, path: readonly string[]): PlainMap {
  let parent = root;
  for (const key of path.slice(0, -1)) parent = parent[key] as PlainMap;
  return parent;
}

function mergeSetting(
  setting: Setting,
  merged: PlainMap,
  next: PlainMap,
  live: ReadonlySet<string>,
  out: ReloadDifference,
): void {
  const key = setting.path[setting.path.length - 1]!;
  const into = parentOf(merged, setting.path);
  const value = parentOf(next, setting.path)[key];
  if (isDeepStrictEqual(into[key], value)) return;
  const path = formatPath(setting.path);
  if (setting.leaf?.reload === true || live.has(path)) {
    into[key] = value;
    out.changed.push(path);
  } else {
    out.needsRestart.push(path);
  }
}

/** Certificates can be replaced under an open listener; nothing else of it can. */
function mergeListener(
  index: number,
  old: ListenConfig,
  next: ListenConfig,
  out: ReloadDifference,
): ListenConfig {
  const path = `listen[${index}]`;
  for (const key of ['address', 'backlog', 'unixMode'] as const) {
    if (old[key] !== next[key]) out.needsRestart.push(`${path}.${key}`);
  }
  if (isDeepStrictEqual(old.tls, next.tls)) return old;
  if (old.tls === null || next.tls === null || old.tls.clientCertificates !== next.tls.clientCertificates) {
    out.needsRestart.push(`${path}.tls`);
    return old;
  }
  if (old.address !== next.address) return old;
  out.changed.push(`${path}.tls`);
  return { ...old, tls: next.tls };
}

function mergeListen(old: Config, next: Config, out: ReloadDifference): readonly ListenConfig[] {
  if (old.listen.length !== next.listen.length) {
    out.needsRestart.push('listen');
    return old.listen;
  }
  return old.listen.map((item, index) => mergeListener(index, item, next.listen[index]!, out));
}

/** What the files hold that TLS to the servers needs, under whatever names. */
function mergeMaterial(old: Config, next: Config, out: ReloadDifference): void {
  for (const target of ['primary', 'shadow'] as const) {
    const { material } = next[target].tls;
    if (isDeepStrictEqual(old[target].tls.material, material)) continue;
    const isTaken = isLive(target, old, next);
    if (isTaken) Object.assign(out.merged[target].tls, { material });
    const paths = isTaken ? out.changed : out.needsRestart;
    if (!paths.some((path) => path.startsWith(`${target}.tls.`))) paths.push(`${target}.tls`);
  }
}

/** Users change while the gateway runs; whether there are any is known from the beginning of a session. */
function mergeAcl(old: AclConfig, next: AclConfig, out: ReloadDifference): AclConfig {
  const keys = ['users', 'file', 'logLength'] as const;
  const differ = keys.filter((key) => !isDeepStrictEqual(old[key], next[key]));
  const paths = differ.map((key) => `acl.${key}`);
  // The same file with something else in it.
  if (differ.length === 0 && old.material !== next.material) paths.push('acl.file');
  const isTaken = hasUsers(old) === hasUsers(next);
  (isTaken ? out.changed : out.needsRestart).push(...paths);
  return isTaken ? next : old;
}

/** Without a token only loopback addresses are safe, and the address stays the old one until a restart. */
function keepAdminSafe(old: Config, merged: PlainMap, out: ReloadDifference): void {
  const admin = merged.admin as { token: string | null; listen: string };
  const address = parseAddress(admin.listen);
  if (admin.token !== null || (address?.kind === 'tcp' && isLoopbackHost(address.host))) return;
  admin.token = old.admin.token;
  out.changed.splice(out.changed.indexOf('admin.token'), 1);
  out.needsRestart.push('admin.token');
}

/** Compares two configurations setting by setting. Neither is changed. */
export function diffReload(old: Config, next: Config): ReloadDifference {
  const merged = structuredClone(old) as unknown as PlainMap;
  const out: ReloadDifference = { changed: [], needsRestart: [], merged: merged as unknown as Config };
  const live = liveSettings(old, next);
  for (const setting of settings) {
    const [section] = setting.path;
    if (setting.leaf === undefined || section === 'listen' || section === 'acl') continue;
    mergeSetting(setting, merged, next as unknown as PlainMap, live, out);
  }
  mergeMaterial(old, next, out);
  merged.listen = mergeListen(old, next, out);
  merged.acl = mergeAcl(old.acl, next.acl, out);
  keepAdminSafe(old, merged, out);
  return out;
}
