/** From the configuration to what the parts of a worker take. Cold: at start and at a reload. */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CompareRule } from '../commands/definition.ts';
import { formatAddress, parseAddress } from '../config/address.ts';
import type { Config, PrimaryConfig, ShadowConfig } from '../config/schema.ts';
import { parseUpstreamUrl } from '../config/url.ts';
import type { StreamSettings } from '../shadow/stream.ts';
import type { Address } from '../transport/transport.ts';
import type { Endpoint } from '../upstream/link.ts';
import type { SessionSettings } from './session-host.ts';

export interface UpstreamLogin {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

/** Label of metrics: where the server is, without credentials. */
export function nodeName(address: Address): string {
  return address.kind === 'unix' ? address.path : formatAddress(address);
}

export function upstreamEndpoint(
  role: 'primary' | 'shadow',
  section: PrimaryConfig | ShadowConfig,
  config: Config,
): { endpoint: Endpoint; login: UpstreamLogin } {
  const url = parseUpstreamUrl(section.url!);
  const address = url.addresses[0] as Address;
  const endpoint: Endpoint = {
    role,
    address,
    connectTimeoutMs: section.connectTimeoutMs,
    keepAliveMs: config.upstream.keepAliveMs,
    node: nodeName(address),
    ...(url.tls ? { tls: section.tls.material } : {}),
  };
  return { endpoint, login: { user: asBytes(url.user), password: asBytes(url.password), database: url.db } };
}

/** The UTF-8 of a text with one character per byte, as clients' logins are kept. */
function asBytes(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  return decodeLatin1(bytes, 0, bytes.length);
}

export function streamSettings(config: Config): StreamSettings {
  const { shadow, compare } = config;
  const rules = new Map<string, CompareRule>();
  for (const [name, rule] of Object.entries(compare.rules)) rules.set(name, { rule });
  return {
    enabled: shadow.enabled,
    sample: shadow.sample,
    maxCommands: shadow.queue.maxCommands,
    maxBytes: shadow.queue.maxBytes,
    maxAgeMs: shadow.queue.maxAgeMs,
    breaker: shadow.breaker,
    confirm: compare.confirm,
    ttlToleranceMs: compare.ttlToleranceMs,
    rules,
    maxReplyBytes: compare.maxReplyBytes,
    display: compare.divergences,
  };
}

export function sessionSettings(config: Config): SessionSettings {
  const { sessions, allowShutdown } = config.upstream;
  const { user, password, db } = parseUpstreamUrl(config.primary.url);
  const resetsThere = user === undefined && password === undefined && db === 0;
  return { ...config.limits, sessions, allowShutdown, resetsThere };
}

export function listenAddresses(config: Config): Address[] {
  return config.listen.map(({ address }) => parseAddress(address) as Address);
}
