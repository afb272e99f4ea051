/**
 * When the certificates of the configuration expire, for the metrics. Main thread. Cold: at a scrape; the certificates
 * are read once for each configuration.
 */
import { X509Certificate } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { CertificateExpiry } from '../telemetry/exporter.ts';

const CERTIFICATES =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const known = new WeakMap<Config, readonly CertificateExpiry[]>();

/** One for each setting that names certificates; of a file with several, the first that expires. */
export function certificateExpiries(config: Config): readonly CertificateExpiry[] {
  let expiries = known.get(config);
  if (expiries === undefined) {
    expiries = read(config);
    known.set(config, expiries);
  }
  return expiries;
}

function read(config: Config): CertificateExpiry[] {
  const found: CertificateExpiry[] = [];
  const add = (
    path: string,
    material: { readonly certificate?: string; readonly authority?: string },
  ): void => {
    for (const name of ['certificate', 'authority'] as const) {
      const expiresAtMs = firstExpiry(material[name] ?? '');
      if (Number.isFinite(expiresAtMs)) found.push({ setting: `${path}.tls.${name}`, expiresAtMs });
    }
  };
  for (const [index, { tls }] of config.listen.entries())
    if (tls !== null) add(`listen[${index}]`, tls.material);
  add('primary', config.primary.tls.material);
  add('shadow', config.shadow.tls.material);
  return found;
}

/** Infinity where there is no certificate. */
function firstExpiry(pem: string): number {
  const certificates = pem.match(CERTIFICATES) ?? [];
  return Math.min(...certificates.map(expiryOf));
}

/** One that cannot be read says nothing of its end; whoever has to use it says more. */
function expiryOf(pem: string): number {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
