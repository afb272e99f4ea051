/**
 * Reads the files that settings name: that of users, and the PEM files of TLS, which it checks to fit together, so
 * that a bad file is a line at start or reload and never a failed handshake later. Main thread.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Problem } from './problems.ts';
import type { ConfigDocument, ListenTls, UpstreamTls } from './schema.ts';
import { formatPath, type Path } from './settings.ts';

interface Context {
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly problems: Problem[];
  readonly locate: (path: Path) => string | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function report(context: Context, path: Path, message: string): void {
  context.problems.push({
    path: formatPath(path),
    message,
    source: context.locate(path),
    code: 'tls_material',
  });
}

function readPem(
  context: Context,
  path: Path,
  file: string,
  label: RegExp,
  what: string,
): string | undefined {
  const full = resolve(context.folder, file);
  let text: string;
  try {
    text = readFileSync(full, 'utf8');
  } catch (error) {
    report(context, path, `cannot read ${full}: ${reasonOf(error)}; give the path of a readable PEM file`);
    return undefined;
  }
  if (label.test(text)) return text;
  report(
    context,
    path,
    `${full} holds no ${what}: give a PEM file with a "-----BEGIN …-----" block of that kind`,
  );
  return undefined;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? code;
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;
const KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

interface Files {
  certificate: string | undefined;
  key: string | undefined;
  authority: string | undefined;
}

function readFiles(
  context: Context,
  path: Path,
  tls: { certificate: string | null; key: string | null; authority: string | null },
): Files {
  const read = (
    name: 'certificate' | 'key' | 'authority',
    label: RegExp,
    what: string,
  ): string | undefined => {
    const file = tls[name];
    return file === null ? undefined : readPem(context, [...path, name], file, label, what);
  };
  const files = {
    certificate: read('certificate', CERTIFICATE, 'certificate'),
    key: read('key', KEY, 'private key'),
    authority: read('authority', CERTIFICATE, 'certificate'),
  };
  check(context, path, files);
  return files;
}

/** What `read` makes of a file; undefined, and a problem, when it throws. */
function attempt<T>(context: Context, path: Path, read: () => T, message: string): T | undefined {
  try {
    return read();
  } catch (error) {
    report(context, path, `${message} (${(error as Error).message})`);
    return undefined;
  }
}

function check(context: Context, path: Path, files: Files): void {
  const unreadable = 'cannot be read as a certificate';
  const { certificate, key, authority } = files;
  if (authority !== undefined) {
    attempt(context, [...path, 'authority'], () => new X509Certificate(authority), unreadable);
  }
  if (certificate === undefined || key === undefined) return;
  const shown = attempt(
    context,
    [...path, 'certificate'],
    () => new X509Certificate(certificate),
    unreadable,
  );
  const keyPath = [...path, 'key'];
  const owned = attempt(
    context,
    keyPath,
    () => createPrivateKey(key),
    'cannot be read as an unencrypted private key',
  );
  if (shown === undefined || owned === undefined || shown.checkPrivateKey(owned)) return;
  report(context, keyPath, 'is not the key of the certificate beside it');
}

/** Reads a listener's files. Undefined, and problems in the context, when something is wrong. */
export function loadListenTls(
  context: Context,
  path: Path,
  tls: NonNullable<ConfigDocument['listen'][number]['tls']>,
): ListenTls | undefined {
  if (tls.clientCertificates !== 'none' && tls.authority === null) {
    report(context, [...path, 'authority'], `is needed when clientCertificates is ${tls.clientCertificates}`);
    return undefined;
  }
  const { certificate, key, authority } = readFiles(context, path, tls);
  if (certificate === undefined || key === undefined) return undefined;
  const { clientCertificates } = tls;
  const material = {
    certificate,
    key,
    clientCertificates,
    ...(authority === undefined ? {} : { authority }),
  };
  return { ...tls, material };
}

/** Reads an upstream's files. Undefined, and problems in the context, when something is wrong. */
export function loadUpstreamTls(
  context: Context,
  path: Path,
  tls: ConfigDocument['primary']['tls'],
): UpstreamTls | undefined {
  if ((tls.certificate === null) !== (tls.key === null)) {
    const missing = tls.key === null ? 'key' : 'certificate';
    report(context, [...path, missing], 'is missing: certificate and key go together');
    return undefined;
  }
  const before = context.problems.length;
  const { certificate, key, authority } = readFiles(context, path, tls);
  if (context.problems.length > before) return undefined;
  const material = {
    verify: tls.verify,
    ...(authority === undefined ? {} : { authority }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === null ? {} : { serverName: tls.serverName }),
  };
  return { ...tls, material };
}

/** Reads the file of the gateway's users. Null where there is none, or with a problem in the context. */
export function loadUsers(context: Context, path: Path, file: string | null): string | null {
  if (file === null) return null;
  const full = resolve(context.folder, file);
  try {
    // One character for each byte, as names and rules are compared with what clients send.
    return readFileSync(full, 'latin1');
  } catch (error) {
    const message = `cannot read ${full}: ${reasonOf(error)}`;
    context.problems.push({ path: formatPath(path), message, source: context.locate(path) });
    return null;
  }
}
