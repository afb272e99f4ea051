/**
 * Protected mode: clients from other machines are refused where anybody could run commands. Other machines are played
 * in a network namespace, whose only way out is the unix socket of a server; where none can be made, by names alone.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isExposed, isFromHere } from '../../src/gateway/admission.ts';
import { spawnChild } from '../support/child.ts';
import { temporaryFolder } from '../support/cleanup.ts';
import { type ConfigPart, mainFile, mergeConfig, testTransport } from '../support/gateway.ts';
import { startServer, type TestServer } from '../support/servers.ts';

const script = path.resolve(import.meta.dirname, 'foreign-client.ts');
const hook = path.resolve(import.meta.dirname, '../support/typescript.mjs');
const SETUP = 'ip link set lo up && ip address add 192.0.2.1/32 dev lo && exec "$@"';
const DENIED = /^-DENIED Running in protected mode because protected mode is enabled and /;

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['-rn', 'sh', '-c', SETUP, 'sh', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Answers {
  readonly local: string;
  readonly foreign: string;
}

async function answersFor(config: ConfigPart, outcome: 'open' | 'denied', sent = 'PING'): Promise<Answers> {
  const file = path.join(temporaryFolder('protected'), 'lockstep.yaml');
  const usual = {
    listen: ['0.0.0.0:0'],
    workers: 2,
    transport: testTransport(),
    admin: { listen: '127.0.0.1:0' },
    log: { pretty: false },
  };
  fs.writeFileSync(file, JSON.stringify(mergeConfig(usual, config)));
  const program = [process.execPath, '--import', hook, script, mainFile, file, sent, outcome];
  const child = spawnChild('unshare', ['-rn', 'sh', '-c', SETUP, 'sh', ...program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text) as Answers;
}

describe.runIf(canUnshare())('a client from another machine', () => {
  let open: TestServer;
  let locked: TestServer;

  beforeAll(async () => {
    open = await startServer('valkey-9.1', { unixSocket: true });
    locked = await startServer('redis-7.0', { unixSocket: true, password: 'secret' });
  });

  const urlOf = (server: TestServer, login = ''): string => `unix://${login}${server.unixPath}`;

  it('is refused where the primary wants no password', async () => {
    const { local, foreign } = await answersFor({ primary: urlOf(open) }, 'denied');
    expect(local).toBe('+PONG');
    expect(foreign).toMatch(DENIED);
    expect(foreign).toContain('no password is set for the default user');
  });

  it('is refused by the engine, too', async () => {
    const { local, foreign } = await answersFor({ engine: { arenaBytes: '1mb' } }, 'denied');
    expect(local).toBe('+PONG');
    expect(foreign).toMatch(DENIED);
  });

  it('may come where protected mode is off', async () => {
    const config = { primary: urlOf(open), limits: { protectedMode: false } };
    expect((await answersFor(config, 'open')).foreign).toBe('+PONG');
  });

  it('may come where the primary wants a password, and has to show it', async () => {
    const { local, foreign } = await answersFor({ primary: urlOf(locked) }, 'open');
    expect(local).toBe('-NOAUTH Authentication required.');
    expect(foreign).toBe('-NOAUTH Authentication required.');
    const login = await answersFor({ primary: urlOf(locked) }, 'open', 'AUTH secret');
    expect(login.foreign).toBe('+OK');
  });

  it('is refused where the gateway would log it in', async () => {
    const { local, foreign } = await answersFor({ primary: urlOf(locked, ':secret@') }, 'denied');
    expect(local).toBe('+PONG');
    expect(foreign).toMatch(DENIED);
    expect(foreign).toContain('password of primary.url');
  });
});

it('a listener is exposed unless it is on loopback, a unix socket, or requires certificates', () => {
  const tls = (clientCertificates: 'none' | 'optional' | 'required') => ({
    certificate: '',
    key: '',
    authority: null,
    clientCertificates,
    material: { certificate: '', key: '', clientCertificates },
  });
  const at = (host: string) => ({ kind: 'tcp', host, port: 1 }) as const;
  expect(isExposed({ tls: null }, { kind: 'unix', path: '/socket' })).toBe(false);
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    expect(isExposed({ tls: null }, at(host))).toBe(false);
  for (const host of ['0.0.0.0', '::', '10.1.2.3']) {
    expect(isExposed({ tls: null }, at(host))).toBe(true);
    expect(isExposed({ tls: tls('optional') }, at(host))).toBe(true);
    expect(isExposed({ tls: tls('required') }, at(host))).toBe(false);
  }
});

it.each([
  ['127.0.0.1:5000', true],
  ['127.8.9.1:5000', true],
  ['[::1]:5000', true],
  ['[::ffff:127.0.0.1]:5000', true],
  ['unix:/path:0', true],
  ['192.0.2.1:5000', false],
  ['[2001:db8::1]:5000', false],
  ['1.127.0.0:5000', false],
])('%s is from here: %s', (remote, here) => {
  expect(isFromHere(remote)).toBe(here);
});
