/**
 * Brings the real servers and tools onto this machine without changing it: packages of several Debian suites are
 * downloaded by apt with a state of its own and unpacked into a cache folder. Signatures are checked as usual.
 * Several processes may do this at once. It starts no server and does not know where else a program may be found.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { type GroupName, groupOf, type PackageGroup } from './server-catalogue.ts';

const run = promisify(execFile);
const commandTimeoutMs = 300_000;
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Packages that a server needs for being installed, not for running. */
const installTimeOnly = new RegExp(
  '^(perl|perl-.*|libperl.*|adduser|passwd|dpkg|tar|debconf|cdebconf|init-system-helpers|systemd|sysvinit-utils' +
    '|lsb-base|libsystemd-shared|gcc-[0-9]+-base|libpam.*|libjs-.*|fonts-.*|prometheus-node-exporter.*)_',
);

/** What an unpacked group says about itself; paths are relative to the group's folder. */
export interface Manifest {
  readonly version: string;
  readonly loader: string;
  readonly libraryFolders: readonly string[];
  readonly programs: Readonly<Record<string, string>>;
}

/** Where unpacked groups are kept: LOCKSTEP_CACHE, or `.cache` at the root of the repository. */
export function cacheFolder(): string {
  const chosen = process.env.LOCKSTEP_CACHE;
  const root = path.resolve(import.meta.dirname, '../..');
  return path.join(chosen ? path.resolve(chosen) : path.join(root, '.cache'), 'servers');
}

export function groupFolder(name: GroupName): string {
  return path.join(cacheFolder(), name);
}

/** The manifest of an unpacked group, or undefined where it has not been fetched. */
export function manifestOf(name: GroupName): Manifest | undefined {
  const file = path.join(groupFolder(name), 'manifest.json');
  if (!fs.existsSync(file)) return undefined;
  return JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest;
}

export function aptExists(): boolean {
  return fs.existsSync('/usr/bin/apt-get') && fs.existsSync('/usr/bin/dpkg');
}

/**
 * Unpacks the groups that the cache does not hold yet and returns one line per group that could not be had.
 * `report` is told what is being done, one line at a time.
 */
export async function fetchGroups(
  names: readonly GroupName[],
  report: (line: string) => void,
): Promise<string[]> {
  const missing = names.map(groupOf).filter((group) => !manifestOf(group.name));
  if (!aptExists()) return missing.map((group) => `${group.name}: this machine has no apt`);
  const failures: string[] = [];
  const fetchSuite = async (suite: string): Promise<void> => {
    const wanted = missing.filter((group) => group.suite === suite && !manifestOf(group.name));
    if (wanted.length > 0) failures.push(...(await fetchFromSuite(suite, wanted, report)));
  };
  const suites = [...new Set(missing.map((group) => group.suite))];
  await Promise.all(
    suites.map((suite) => withLock(path.join(cacheFolder(), `.lock-${suite}`), () => fetchSuite(suite))),
  );
  return failures;
}

async function fetchFromSuite(
  suite: string,
  groups: readonly PackageGroup[],
  report: (line: string) => void,
): Promise<string[]> {
  const workFolder = path.join(cacheFolder(), `.apt-${suite}-${process.pid}`);
  const failures: string[] = [];
  try {
    report(`reading the package list of Debian ${suite}`);
    const options = await prepareApt(workFolder, suite);
    await run('apt-get', [...options, '-qq', 'update'], { timeout: commandTimeoutMs });
    for (const group of groups) {
      const error = await fetchGroup(group, options, workFolder).catch(describeFailure);
      if (typeof error === 'string') failures.push(`${group.name}: ${error}`);
      else report(`unpacked ${group.name} (${error.version})`);
    }
  } catch (error) {
    const text = describeFailure(error);
    for (const group of groups) failures.push(`${group.name}: ${text}`);
  } finally {
    fs.rmSync(workFolder, { recursive: true, force: true });
  }
  return failures;
}

/** Lays out an empty apt state for one suite and returns the options that make apt use it. */
async function prepareApt(workFolder: string, suite: string): Promise<string[]> {
  fs.rmSync(workFolder, { recursive: true, force: true });
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc/parts']) {
    fs.mkdirSync(path.join(workFolder, folder), { recursive: true });
  }
  const address = await archiveAddress(path.join(workFolder, 'state/lists'));
  const suites = suite.endsWith('-backports') ? [suite.replace(/-backports$/, ''), suite] : [suite];
  const signedBy = fs.existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  const lines = suites.map((name) => `deb ${signedBy}${address} ${name} main\n`);
  fs.writeFileSync(path.join(workFolder, 'etc/sources.list'), lines.join(''));
  fs.writeFileSync(path.join(workFolder, 'state/status'), '');
  const settings = {
    'Dir::State': path.join(workFolder, 'state'),
    'Dir::State::lists': path.join(workFolder, 'state/lists'),
    'Dir::State::status': path.join(workFolder, 'state/status'),
    'Dir::Cache': path.join(workFolder, 'cache'),
    'Dir::Etc::sourcelist': path.join(workFolder, 'etc/sources.list'),
    'Dir::Etc::sourceparts': path.join(workFolder, 'etc/parts'),
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': path.join(workFolder, 'etc/parts'),
    // The unprivileged user apt downloads as can usually not write below the repository.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** The Debian archive this machine already uses; it is asked for each time so that no file here names a host. */
async function archiveAddress(emptyLists: string): Promise<string> {
  const format = '$(CODENAME)|$(COMPONENT)|$(REPO_URI)';
  const known = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  for (const line of known.stdout.split('\n')) {
    const [codename, component, address] = line.split('|');
    if (codename && address && component === 'main' && !codename.includes('-')) return address;
  }
  // A machine that has never read its package lists knows only where it would read them.
  const planned = await run('apt-get', ['-o', `Dir::State::lists=${emptyLists}`, 'update', '--print-uris']);
  const match = /^'(\S+)\/dists\/[a-z]+\/InRelease'/m.exec(planned.stdout);
  if (match?.[1]) return match[1];
  throw new Error('apt knows no Debian archive');
}

async function fetchGroup(
  group: PackageGroup,
  options: readonly string[],
  workFolder: string,
): Promise<Manifest> {
  const archives = path.join(workFolder, 'cache/archives');
  for (const name of fs.readdirSync(archives)) {
    if (name.endsWith('.deb')) fs.rmSync(path.join(archives, name));
  }
  const install = ['-qq', '-y', '--no-install-recommends', '--download-only', '-t', group.suite, 'install'];
  await run('apt-get', [...options, ...install, ...group.packages], { timeout: commandTimeoutMs });
  const files = fs.readdirSync(archives).filter((name) => name.endsWith('.deb'));
  const main = files.find((name) => name.startsWith(`${group.packages[0]}_`));
  if (!main) throw new Error(`apt did not download ${group.packages[0]}`);
  const { stdout } = await run('dpkg-deb', ['-f', path.join(archives, main), 'Version']);
  const version = stdout.trim();
  if (!version.replace(/^\d+:/, '').startsWith(group.series)) {
    throw new Error(
      `Debian ${group.suite} now has version ${version}, the tests are written for ${group.series}x`,
    );
  }
  const folder = path.join(workFolder, group.name);
  for (const file of files) {
    if (installTimeOnly.test(file)) continue;
    await run('dpkg', ['-x', path.join(archives, file), folder], { timeout: commandTimeoutMs });
  }
  const manifest = describeFolder(group, folder, version);
  fs.writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
  fs.rmSync(groupFolder(group.name), { recursive: true, force: true });
  fs.renameSync(folder, groupFolder(group.name));
  return manifest;
}

function describeFolder(group: PackageGroup, folder: string, version: string): Manifest {
  const libraryFolders: string[] = [];
  let loader = '';
  for (const parent of ['lib', 'lib64', 'usr/lib', 'usr/lib64']) {
    if (!exists(path.join(folder, parent))) continue;
    for (const candidate of [parent, ...subfolders(folder, parent)]) {
      const names = fs.readdirSync(path.join(folder, candidate), { withFileTypes: true });
      const loaderEntry = names.find((entry) => entry.isFile() && /^ld-linux.*\.so\.\d+$/.test(entry.name));
      if (loaderEntry) loader = path.join(candidate, loaderEntry.name);
      if (names.some((entry) => /\.so(\.|$)/.test(entry.name))) libraryFolders.push(candidate);
    }
  }
  if (loader === '') throw new Error('the unpacked packages hold no dynamic loader');
  const programs: Record<string, string> = {};
  for (const program of group.programs) {
    const found = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].find((place) =>
      exists(path.join(folder, place, program)),
    );
    if (!found) throw new Error(`the packages hold no program ${program}`);
    programs[program] = path.join(found, program);
  }
  return { version, loader, libraryFolders, programs };
}

/** Library folders below `parent`: those named after a machine, such as x86_64-linux-gnu. */
function subfolders(folder: string, parent: string): string[] {
  const names = fs.readdirSync(path.join(folder, parent)).filter((name) => /-linux-gnu/.test(name));
  return names.map((name) => path.join(parent, name));
}

function exists(place: string): boolean {
  return fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stderr = (error as Error & { stderr?: string }).stderr;
  const lines = (stderr ?? '').split('\n').filter((line) => line.startsWith('E:'));
  return lines.length > 0 ? lines.slice(0, 3).join(' ') : (error.message.split('\n')[0] ?? 'failed');
}
