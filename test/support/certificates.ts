/** Certificates for TLS tests, made by the openssl program in a temporary folder. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { temporaryFolder } from './cleanup.ts';

export interface TestCertificates {
  /** Paths of PEM files. */
  readonly authority: string;
  readonly server: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
  readonly folder: string;
}

/**
 * An authority and two certificates signed by it; the server's is for localhost, 127.0.0.1 and ::1. With 0 days they
 * end now.
 */
export function makeCertificates(days = 2): TestCertificates {
  const folder = temporaryFolder('tls');
  const authority = path.join(folder, 'authority.pem');
  const authorityKey = path.join(folder, 'authority.key');
  openssl([
    'req',
    '-x509',
    ...keyOptions(authorityKey),
    '-out',
    authority,
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  ]);
  const issue = (name: string, subject: string): { certificate: string; key: string } => {
    const key = path.join(folder, `${name}.key`);
    const request = path.join(folder, `${name}.csr`);
    const certificate = path.join(folder, `${name}.pem`);
    const extensions = path.join(folder, `${name}.ext`);
    fs.writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n');
    openssl(['req', ...keyOptions(key), '-out', request, '-subj', subject]);
    const signing = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-extfile', extensions];
    openssl(['x509', '-req', '-in', request, ...signing, '-days', String(days), '-out', certificate]);
    return { certificate, key };
  };
  return {
    authority,
    server: issue('server', '/CN=localhost'),
    client: issue('client', '/CN=client'),
    folder,
  };
}

function keyOptions(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file];
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
}
