/**
 * Which real programs the tests and benchmarks use, and the Debian suites that carry them. Data only: how they are
 * fetched is `fetch-servers.ts`, how they are started is `servers.ts`.
 */
import type { ServerName } from '../../src/commands/definition.ts';

export type { ServerName };

export type GroupName = ServerName | 'twemproxy' | 'prometheus';

export type ToolName =
  | 'redis-cli'
  | 'redis-benchmark'
  | 'valkey-cli'
  | 'valkey-benchmark'
  | 'nutcracker'
  | 'prometheus'
  | 'promtool';

/** Packages that are unpacked together with everything they need, into one folder. */
export interface PackageGroup {
  readonly name: GroupName;
  /** Suite the packages come from. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** The first package's version must begin with this: the series is fixed, the patch release is not. */
  readonly series: string;
  /** Programs of the group that tests may start, as found in usr/bin. */
  readonly programs: readonly string[];
}

export const packageGroups: readonly PackageGroup[] = [
  {
    name: 'redis-7.0',
    suite: 'bookworm',
    packages: ['redis-server', 'redis-tools'],
    series: '7.0.',
    programs: ['redis-server', 'redis-cli', 'redis-benchmark'],
  },
  {
    name: 'redis-8.0',
    suite: 'trixie',
    packages: ['redis-server', 'redis-tools'],
    series: '8.0.',
    programs: ['redis-server', 'redis-cli', 'redis-benchmark'],
  },
  {
    name: 'valkey-8.0',
    suite: 'bookworm-backports',
    packages: ['valkey-server', 'valkey-tools'],
    series: '8.0.',
    programs: ['valkey-server', 'valkey-cli', 'valkey-benchmark'],
  },
  {
    name: 'valkey-9.1',
    suite: 'forky',
    packages: ['valkey-server', 'valkey-tools'],
    series: '9.1.',
    programs: ['valkey-server', 'valkey-cli', 'valkey-benchmark'],
  },
  {
    name: 'twemproxy',
    suite: 'bookworm',
    packages: ['nutcracker'],
    series: '0.',
    programs: ['nutcracker'],
  },
  {
    name: 'prometheus',
    suite: 'bookworm',
    packages: ['prometheus'],
    series: '2.',
    programs: ['prometheus', 'promtool'],
  },
];

export const allServerNames: readonly ServerName[] = ['redis-7.0', 'redis-8.0', 'valkey-8.0', 'valkey-9.1'];

/** The group each tool is taken from; a benchmark tool comes from the newest release of its product. */
export const toolGroups: Readonly<Record<ToolName, GroupName>> = {
  'redis-cli': 'redis-8.0',
  'redis-benchmark': 'redis-8.0',
  'valkey-cli': 'valkey-9.1',
  'valkey-benchmark': 'valkey-9.1',
  nutcracker: 'twemproxy',
  prometheus: 'prometheus',
  promtool: 'prometheus',
};

export function groupOf(name: GroupName): PackageGroup {
  const group = packageGroups.find((candidate) => candidate.name === name);
  if (!group) throw new Error(`no package group is named ${name}`);
  return group;
}

/** Names listed in LOCKSTEP_TEST_SKIP (comma separated), servers and tools groups alike. */
export function skippedGroups(): ReadonlySet<string> {
  const list = process.env.LOCKSTEP_TEST_SKIP ?? '';
  return new Set(
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
}
