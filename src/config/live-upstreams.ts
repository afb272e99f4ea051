/**
 * Which settings of the primary and the shadow a reload may change: where each of both configurations names one server
 * there, how it is reached and where it is. Pure; main and worker threads.
 */
import type { Config } from './schema.ts';
import { parseUpstreamUrl } from './url.ts';

export type UpstreamRole = 'primary' | 'shadow';

const LIVE = [
  'url',
  'connectTimeoutMs',
  'tls.authority',
  'tls.certificate',
  'tls.key',
  'tls.serverName',
  'tls.verify',
];

function isOneServer(url: string | null): boolean {
  if (url === null) return false;
  const { kind } = parseUpstreamUrl(url);
  return kind === 'standalone' || kind === 'unix';
}

/** Whether connections to `role` can be made in another way while the gateway runs. */
export function isLive(role: UpstreamRole, old: Config, next: Config): boolean {
  return isOneServer(old[role].url) && isOneServer(next[role].url);
}

/** Clients with connections of their own to the primary have state there that cannot be moved. */
function mayMove(role: UpstreamRole, old: Config): boolean {
  return role === 'shadow' || old.upstream.sessions === 'pooled';
}

/** Paths of the settings that may change, such as `primary.url`. */
export function liveSettings(old: Config, next: Config): Set<string> {
  const paths = new Set<string>();
  for (const role of ['primary', 'shadow'] as const) {
    if (!isLive(role, old, next)) continue;
    for (const key of LIVE) if (key !== 'url' || mayMove(role, old)) paths.add(`${role}.${key}`);
  }
  return paths;
}

/** The server is another one, or its login. */
export function isMoved(role: UpstreamRole, old: Config, next: Config): boolean {
  return old[role].url !== next[role].url;
}
