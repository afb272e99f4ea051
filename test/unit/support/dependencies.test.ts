/** What is installed is what was looked at: exact versions with checksums, licences that may be passed on. Offline. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8')) as T;
}

const lock = readJson<{ lockfileVersion: number; packages: Record<string, Locked> }>('package-lock.json');
const packages = Object.entries(lock.packages).filter(([place]) => place !== '');
/** What an operator gets. */
const runtime = packages.filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);

/** Licences that ask for no more than to be named. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
]);

test('every package has one version and a checksum, and no address that only some machines reach', () => {
  expect(packages.length).toBeGreaterThan(100);
  const loose = packages.filter(
    ([, { version = '', integrity = '', resolved, link }]) =>
      !/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(version) ||
      !/^sha512-[\w+/]{86}==$/.test(integrity) ||
      resolved !== undefined ||
      link === true,
  );
  expect(loose).toEqual([]);
  expect(lock.lockfileVersion).toBe(3);
});

test('the lock file is that of package.json', () => {
  const { dependencies, devDependencies } = readJson<Manifest>('package.json');
  expect(lock.packages['']).toMatchObject({ dependencies, devDependencies });
  const ranges = Object.values({ ...dependencies, ...devDependencies });
  expect(ranges.filter((range) => !/^\^?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

test('what runs in production may be passed on: licences as the packages themselves say', () => {
  const names = runtime.map(([place]) => place);
  for (const name of ['fastify', '@fastify/rate-limit', 'pino', 'zod'])
    expect(names).toContain(`node_modules/${name}`);
  expect(names).not.toContain('node_modules/vitest');
  const found = runtime
    .filter(([, { optional }]) => optional !== true)
    .map(([place, locked]) => {
      const { version, license } = readJson<Manifest>(`${place}/package.json`);
      expect([place, version]).toEqual([place, locked.version]);
      return `${place}: ${license ?? 'none'}`;
    });
  expect(found.filter((line) => !ALLOWED.has(line.split(': ')[1] as string))).toEqual([]);
});
