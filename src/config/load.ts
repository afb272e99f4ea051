/**
 * From file, environment and command line to a `Config`, or to every reason why not. Main thread.
 * Later wins: defaults, file, environment, command line.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { checkTogether } from './checks.ts';
import { ConfigSource } from './document.ts';
import { applyEnvironment, parseValue } from './environment.ts';
import { ConfigError, type Problem } from './problems.ts';
import { type Config, type ConfigDocument, configSchema } from './schema.ts';
import { formatPath, keysAt, type Path, settingAt, settings } from './settings.ts';
import { nearest } from './suggest.ts';
import { loadListenTls, loadUpstreamTls, loadUsers } from './tls-material.ts';

/** What the command line says, as texts. */
export interface Overrides {
  readonly listen?: readonly string[];
  readonly admin?: string;
  readonly workers?: string;
  readonly primary?: string;
  readonly shadow?: string;
}

export interface LoadOptions {
  /** Absent: no file, all defaults. */
  readonly file?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly overrides: Overrides;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Worth telling, but no reason to stop. */
  readonly warnings: readonly string[];
}

const sections = new Set(
  settings.filter((setting) => setting.leaf === undefined).map((setting) => formatPath(setting.path)),
);
sections.delete('listen[].tls');

const OPTION_PATHS: readonly (readonly [keyof Overrides, readonly string[]])[] = [
  ['admin', ['admin', 'listen']],
  ['workers', ['workers']],
  ['primary', ['primary', 'url']],
  ['shadow', ['shadow', 'url']],
];

function applyOverrides(source: ConfigSource, overrides: Overrides): void {
  if (overrides.listen !== undefined && overrides.listen.length > 0) {
    source.override(['listen'], [...overrides.listen], '--listen');
  }
  for (const [option, path] of OPTION_PATHS) {
    const value = overrides[option];
    if (typeof value === 'string') source.override(path, parseValue(settingAt(path)!, value), `--${option}`);
  }
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, source: ConfigSource): Problem[] {
  const at = issue.path as Path;
  return issue.keys.map((key) => {
    const meant = nearest(key, keysAt(at));
    const path = [...at, key];
    const message = meant === undefined ? 'is not a setting' : `is not a setting: did you mean ${meant}?`;
    return { path: formatPath(path), message, source: source.locate(path) };
  });
}

function toProblems(error: z.ZodError, source: ConfigSource): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, source);
    const path = issue.path as Path;
    return [{ path: formatPath(path), message: issue.message, source: source.locate(path) }];
  });
}

async function readSource(file: string | undefined): Promise<ConfigSource> {
  if (file === undefined) return ConfigSource.empty();
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ConfigError([
      { path: '', message: `cannot read ${file}: ${reason}`, code: 'config_unreadable' },
    ]);
  }
  return ConfigSource.fromYaml(text, file, (path) => sections.has(formatPath(path)));
}

function resolve(document: ConfigDocument, source: ConfigSource, folder: string): Config {
  const locate = (path: Path): string | undefined => source.locate(path);
  const problems = checkTogether(document, locate);
  const context = { folder, problems, locate };
  const listen = document.listen.map((item, index) => {
    if (item.tls === null) return { ...item, tls: null };
    return { ...item, tls: loadListenTls(context, ['listen', index, 'tls'], item.tls) };
  });
  const primaryTls = loadUpstreamTls(context, ['primary', 'tls'], document.primary.tls);
  const shadowTls = loadUpstreamTls(context, ['shadow', 'tls'], document.shadow.tls);
  const users = loadUsers(context, ['acl', 'file'], document.acl.file);
  if (problems.length > 0 || primaryTls === undefined || shadowTls === undefined)
    throw new ConfigError(problems);
  return {
    ...document,
    listen: listen as Config['listen'],
    primary: { ...document.primary, tls: primaryTls },
    shadow: { ...document.shadow, tls: shadowTls },
    acl: { ...document.acl, material: users },
  };
}

/**
 * Reads, checks and resolves the configuration. Relative paths of TLS files start from the folder of the
 * configuration file, or the working directory without one. Throws ConfigError with every problem found.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const source = await readSource(options.file);
  const warnings = applyEnvironment(source, options.environment);
  applyOverrides(source, options.overrides);
  const parsed = configSchema.safeParse(source.root);
  if (!parsed.success) throw new ConfigError(toProblems(parsed.error, source));
  const folder = options.file === undefined ? process.cwd() : dirname(options.file);
  return { config: resolve(parsed.data, source, folder), warnings };
}
