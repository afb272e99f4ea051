/** The configuration as it may be shown. Main thread. */
import { hidePasswords } from './own-users.ts';
import type { Config, ConfigDocument } from './schema.ts';
import { settings } from './settings.ts';
import { redactUrl } from './url.ts';

type PlainMap = Record<string, unknown>;

/** What stands for a secret. */
const HIDDEN = '***';

function withoutMaterial(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMaterial);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'material');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutMaterial(item)]));
}

function hide(path: readonly string[], value: string): string {
  return path[path.length - 1] === 'url' ? redactUrl(value) : HIDDEN;
}

/** A copy with the keys of the YAML file: no token, no passwords, and paths rather than contents of TLS files. */
export function redactConfig(config: Config): ConfigDocument {
  const copy = withoutMaterial(config) as PlainMap;
  for (const { path, leaf } of settings) {
    if (leaf?.secret !== true) continue;
    let parent = copy;
    for (const key of path.slice(0, -1)) parent = parent[key] as PlainMap;
    const last = path[path.length - 1]!;
    const value = parent[last];
    if (typeof value === 'string') parent[last] = hide(path, value);
  }
  const shown = copy as ConfigDocument;
  const users = shown.acl.users.map(({ name, rules }) => ({ name, rules: hidePasswords(rules) }));
  return { ...shown, acl: { ...shown.acl, users } };
}
