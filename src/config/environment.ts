/**
 * Settings from environment variables: `LOCKSTEP_` and the path in capitals, joined by `_`
 * (`LOCKSTEP_SHADOW_QUEUE_MAXBYTES`). Main thread.
 */
import { parse } from 'yaml';
import type { ConfigSource } from './document.ts';
import { type Setting, settings } from './settings.ts';
import { nearest } from './suggest.ts';

const PREFIX = 'LOCKSTEP_';

/** Name of the variable that sets a path. */
export function variableName(path: readonly string[]): string {
  return PREFIX + path.join('_').toUpperCase();
}

/** The settings that a variable can set: all but those inside lists, where the list itself is one variable. */
export const variables: ReadonlyMap<string, Setting> = new Map(
  settings
    .filter((setting) => setting.leaf !== undefined && !setting.path.includes('[]'))
    .map((setting) => [variableName(setting.path), setting]),
);

function parseRules(text: string): Record<string, string> {
  const entries = text.split(',').map((part): [string, string] => {
    const at = part.lastIndexOf('=');
    return at < 0 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  return Object.fromEntries(entries);
}

/** What a text from outside means for a setting: texts stay texts, the rest is read as YAML. */
export function parseValue(setting: Setting, text: string): unknown {
  if (text === 'null') return null;
  if (setting.leaf?.kind === 'addresses') return text;
  if (setting.leaf?.kind === 'rules') return parseRules(text);
  if (setting.leaf?.kind === 'text' || setting.leaf?.kind === 'choice') return text;
  try {
    return parse(text);
  } catch {
    return text;
  }
}

/**
 * Lays the variables over `source`; empty ones count as not set. Returns warnings about variables that are probably
 * misspelt. Others with the prefix are let be: Kubernetes makes some of its own (LOCKSTEP_SERVICE_HOST).
 */
export function applyEnvironment(source: ConfigSource, environment: NodeJS.ProcessEnv): string[] {
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || value === undefined || value === '') continue;
    const setting = variables.get(name);
    if (setting !== undefined) {
      source.override(setting.path, parseValue(setting, value), name);
      continue;
    }
    const meant = nearest(
      name.slice(PREFIX.length),
      [...variables.keys()].map((key) => key.slice(PREFIX.length)),
    );
    if (meant !== undefined && meant.length > 5)
      warnings.push(`${name} is not a setting: did you mean ${PREFIX}${meant}?`);
  }
  return warnings;
}
