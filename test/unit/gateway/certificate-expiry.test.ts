/** When the certificates of a configuration expire, against what openssl says. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { certificateExpiries } from '../../../src/gateway/certificate-expiry.ts';
import { makeCertificates } from '../../support/certificates.ts';

function expiryOf(file: string): number {
  const line = execFileSync('openssl', ['x509', '-enddate', '-noout', '-in', file], { encoding: 'utf8' });
  return Date.parse(line.replace('notAfter=', ''));
}

test('is that of the first of a file, for every setting that names one', async () => {
  const made = makeCertificates();
  const { certificate, key } = made.server;
  // A text between the blocks is allowed, and a block that nobody can read says nothing.
  const chain = path.join(made.folder, 'chain.pem');
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const parts = [certificate, made.authority].map((file) => fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(chain, `${parts[0]}issued by\n${parts[1]}${broken}`);
  const file = path.join(made.folder, 'lockstep.json');
  const listen = [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls: { certificate: chain, key } }];
  const primary = { url: 'rediss://127.0.0.1:1', tls: { authority: made.authority } };
  fs.writeFileSync(file, JSON.stringify({ listen, primary }));
  const { config } = await loadConfig({ file, environment: {}, overrides: {} });
  const first = Math.min(expiryOf(certificate), expiryOf(made.authority));
  expect(certificateExpiries(config)).toEqual([
    { setting: 'listen[1].tls.certificate', expiresAtMs: first },
    { setting: 'primary.tls.authority', expiresAtMs: expiryOf(made.authority) },
  ]);
});

test('is absent without TLS', async () => {
  const { config } = await loadConfig({ environment: {}, overrides: {} });
  expect(certificateExpiries(config)).toEqual([]);
});
