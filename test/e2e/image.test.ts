/**
 * The container image, as far as it can be checked without building it: that the Dockerfile copies what is there, what
 * it says about itself, and the small programs that run while it is built. docs/image.md tells of a real build.
 */
import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';

const repository = path.resolve(import.meta.dirname, '../..');

function runProgram(name: string, ...values: readonly string[]): string {
  return execFileSync(process.execPath, [path.join(repository, 'image', name), ...values], {
    encoding: 'utf8',
  });
}

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-image-'));
  onCleanup(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of the Dockerfile with continued lines joined. */
function instructions(): Instruction[] {
  const text = fs.readFileSync(path.join(repository, 'Dockerfile'), 'utf8');
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [word = '', ...rest] = line.trim().split(/\s+/);
      return { word, rest: rest.join(' ') };
    });
}

describe('container image', () => {
  const all = instructions();
  const lastStage = all.slice(all.findLastIndex((one) => one.word === 'FROM'));
  const lastOf = (word: string): string => lastStage.findLast((one) => one.word === word)?.rest ?? '';

  test('is built in stages from one base, and begins itself with nothing', () => {
    const bases = all.filter((one) => one.word === 'FROM').map((one) => one.rest.split(' ')[0]);
    expect(bases).toEqual(['$BASE', '$BASE', 'scratch']);
    expect(all[0]).toEqual({ word: 'ARG', rest: 'BASE=debian:trixie-slim' });
  });

  test('holds no development packages and runs as nobody special', () => {
    expect(all.some((one) => one.word === 'RUN' && one.rest.includes('npm prune --omit=dev'))).toBe(true);
    expect(lastStage.some((one) => one.word === 'RUN')).toBe(false);
    expect(lastOf('USER')).toBe('1000:1000');
    expect(lastOf('STOPSIGNAL')).toBe('SIGTERM');
    expect(JSON.parse(lastOf('ENTRYPOINT'))).toEqual(['node', '/opt/lockstep/dist/main.js']);
    expect(JSON.parse(lastOf('CMD'))).toEqual(['start']);
  });

  test('copies only what exists and what the ignore file lets through', () => {
    const ignore = fs.readFileSync(path.join(repository, '.dockerignore'), 'utf8').split('\n');
    const sources = all
      .filter((one) => one.word === 'COPY' && !one.rest.startsWith('--from'))
      .flatMap((one) => one.rest.split(' ').slice(0, -1));
    for (const source of sources) {
      expect(fs.existsSync(path.join(repository, source)), source).toBe(true);
      expect(ignore).toContain(`!${source}`);
    }
    expect(ignore).toContain('*');
  });

  test('brings its bill of materials: npm packages and those of Debian', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'npm.cdx.json');
    fs.writeFileSync(
      file,
      JSON.stringify({
        specVersion: '1.5',
        metadata: { component: { name: 'build', 'bom-ref': 'lockstep@0.1.0' } },
        components: [{ type: 'library', name: 'zod', purl: 'pkg:npm/zod@4.6.7' }],
      }),
    );
    fs.mkdirSync(path.join(folder, 'debian'));
    fs.writeFileSync(
      path.join(folder, 'debian/libc6'),
      'Package: libc6\nSource: glibc\nVersion: 2:2.41-12+deb13u1\nArchitecture: arm64\nMaintainer: A <a@b.example>\n' +
        'Description: a library\n Version: none, for this is text\n',
    );
    const release = path.join(folder, 'os-release');
    fs.writeFileSync(release, 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian"\n');
    const bill = JSON.parse(runProgram('sbom.mjs', file, path.join(folder, 'debian'), release));
    expect(bill.metadata.component.name).toBe('lockstep');
    expect(bill.components.map((one: { name: string }) => one.name)).toEqual(['zod', 'debian', 'libc6']);
    expect(bill.components[2]).toMatchObject({
      version: '2:2.41-12+deb13u1',
      purl: 'pkg:deb/debian/libc6@2%3A2.41-12%2Bdeb13u1?arch=arm64&distro=debian-13',
      supplier: { name: 'A <a@b.example>' },
      properties: [{ name: 'debian:source', value: 'glibc' }],
    });
    expect(lastStage.some((one) => one.rest.endsWith(' /usr/share/sbom/lockstep.cdx.json'))).toBe(true);
  });

  test('leaves out of packages what never runs, and no licence', () => {
    const folder = temporaryFolder();
    const kept = [
      'one/lib/test/run.js',
      'one/LICENSE.md',
      'one/index.js',
      '@of/two/index.mjs',
      '@of/two/docs.json',
    ];
    const idle = [
      'one/README.md',
      'one/index.d.ts',
      'one/test/a.js',
      '@of/two/docs/a.html',
      '@of/two/index.mjs.map',
    ];
    for (const file of [...kept, ...idle]) {
      const whole = path.join(folder, 'node_modules', file);
      fs.mkdirSync(path.dirname(whole), { recursive: true });
      fs.writeFileSync(whole, '');
    }
    runProgram('trim.mjs', path.join(folder, 'node_modules'));
    const left = fs
      .readdirSync(path.join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        path.relative(path.join(folder, 'node_modules'), path.join(entry.parentPath, entry.name)),
      );
    expect(left.sort()).toEqual(kept.sort());
  });

  test('is healthy exactly while the admin API says so', async () => {
    const command: string[] = JSON.parse(lastOf('HEALTHCHECK').replace(/^.*?CMD /, ''));
    expect(command.slice(0, 2)).toEqual(['node', '-e']);
    let status = 200;
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = (): Promise<number> =>
      new Promise((resolve) => {
        const env = { ...process.env, LOCKSTEP_ADMIN_LISTEN: `0.0.0.0:${port}` };
        const child = execFile(process.execPath, command.slice(1), { env });
        child.once('exit', (code) => resolve(code ?? -1));
      });
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await check()).toBe(1);
    expect(asked).toEqual(['/healthz', '/healthz']);
  });
});
