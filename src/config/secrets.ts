/** The secrets of a configuration, so that the log can hide them wherever they turn up. Main thread. */
import { passwordsIn } from './own-users.ts';
import type { Config } from './schema.ts';
import { settings } from './settings.ts';
import { parseHeaders } from './tracing-schema.ts';

/** Passwords of URLs as they are written there and as they are sent; users are no secrets. */
const URL_PASSWORD = /^[a-z][a-z0-9+]*:\/\/[^\s/:@]*:([^\s]*)@/i;

export function secretsOf(config: Config): readonly string[] {
  const { users, material } = config.acl;
  const ofUsers = [...users.map(({ rules }) => rules), material ?? ''].flatMap(passwordsIn);
  const own = settings.flatMap(({ path, leaf }) => {
    if (leaf?.secret !== true) return [];
    const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], config);
    if (typeof value !== 'string') return [];
    if (path[path.length - 1] !== 'url') return [value];
    const written = URL_PASSWORD.exec(value)?.[1];
    return written === undefined ? [] : [written, decoded(written)];
  });
  const headers = Object.values(parseHeaders(config.tracing.otlp.headers));
  return [...own, ...ofUsers, ...headers.flatMap((value) => [value, value.replace(/^\w+ /, '')])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // What is wrong in it has been refused long before; it is hidden as it is written.
    return text;
  }
}
