/**
 * Finds the programs of `server-catalogue.ts`: in LOCKSTEP_TEST_SERVERS, in the cache that `fetch-servers.ts` fills,
 * or on PATH. Says by name what is missing. It starts nothing but `--version`.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { aptExists, fetchGroups, groupFolder, manifestOf } from './fetch-servers.ts';
import {
  allServerNames,
  type GroupName,
  groupOf,
  packageGroups,
  type ServerName,
  skippedGroups,
  type ToolName,
  toolGroups,
} from './server-catalogue.ts';

/** How to start a program: its own arguments come after `args`. */
export interface ProgramCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Every server the tests run against: all that LOCKSTEP_TEST_SKIP does not name. */
export const serverNames: readonly ServerName[] = allServerNames.filter((name) => !skippedGroups().has(name));

/**
 * Makes every group available that is not skipped, fetching where this machine has apt. Throws an error that
 * names each group that is missing.
 */
export async function ensurePrograms(
  names: readonly GroupName[] = packageGroups.map((group) => group.name),
  report: (line: string) => void = () => {},
): Promise<void> {
  const skipped = skippedGroups();
  const absent = names.filter((name) => !skipped.has(name) && !isAvailable(name));
  if (absent.length === 0) return;
  const failures = aptExists() ? await fetchGroups(absent, report) : [];
  const missing = absent.filter((name) => !isAvailable(name));
  if (missing.length === 0) return;
  throw new Error(
    [
      `missing for the tests: ${missing.join(', ')}. Put the programs on PATH or into LOCKSTEP_TEST_SERVERS`,
      '(see docs/hacking.md), or list the names in LOCKSTEP_TEST_SKIP.',
      ...failures,
    ].join('\n  '),
  );
}

/** The server program of a release. Fetches it when it is not there yet; throws when it cannot be had. */
export async function serverCommand(name: ServerName): Promise<ProgramCommand> {
  await ensurePrograms([name]);
  return commandOf(name, serverProgram(name));
}

/**
 * A benchmark, client or monitoring program. `from` chooses another release of a redis or valkey tool.
 * Fetches it when it is not there yet; throws when it cannot be had.
 */
export async function toolPath(tool: ToolName, from: GroupName = toolGroups[tool]): Promise<ProgramCommand> {
  await ensurePrograms([from]);
  return commandOf(from, tool);
}

export function serverProgram(name: ServerName): string {
  return name.startsWith('redis') ? 'redis-server' : 'valkey-server';
}

function commandOf(name: GroupName, program: string): ProgramCommand {
  const given = givenProgram(name, program);
  if (given) return { command: given, args: [] };
  const manifest = manifestOf(name);
  const place = manifest?.programs[program];
  if (manifest && place) {
    const folder = groupFolder(name);
    const libraries = manifest.libraryFolders.map((part) => path.join(folder, part)).join(':');
    return {
      command: path.join(folder, manifest.loader),
      args: ['--library-path', libraries, path.join(folder, place)],
    };
  }
  const installed = programOnPath(name, program);
  if (installed) return { command: installed, args: [] };
  throw new Error(`${program} of ${name} is not on this machine`);
}

function isAvailable(name: GroupName): boolean {
  if (manifestOf(name)) return true;
  const programs = groupOf(name).programs;
  if (programs.every((program) => givenProgram(name, program))) return true;
  return !aptExists() && programs.every((program) => programOnPath(name, program));
}

/** LOCKSTEP_TEST_SERVERS holds one folder per group, such as `redis-7.0/redis-server`. */
function givenProgram(name: GroupName, program: string): string | undefined {
  const folder = process.env.LOCKSTEP_TEST_SERVERS;
  if (!folder) return undefined;
  const file = path.resolve(folder, name, program);
  return fs.existsSync(file) ? file : undefined;
}

function programOnPath(name: GroupName, program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const file = path.join(folder, program);
    if (folder !== '' && fs.existsSync(file) && isOfSeries(file, groupOf(name).series)) return file;
  }
  return undefined;
}

function isOfSeries(file: string, series: string): boolean {
  try {
    const text = execFileSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    return new RegExp(`(^|[ =v])${series.replaceAll('.', '\\.')}`, 'm').test(text);
  } catch {
    return false;
  }
}
