/**
 * Log fields and texts without secrets: fields named like one, passwords in URLs, what is written like `password=…`,
 * and the configured secrets themselves wherever they turn up. Main thread.
 */
import { OperationalError } from '../base/errors.ts';

export const HIDDEN = '***';
const SECRET_FIELD = /^(?:key|pass|auth|authorization|cookie|requirepass)$|(?:master|primary)auth/i;
const SECRET_PART = /passw(?:or)?d|passphrase|token|secret|credential|privatekey/i;
const MAX_DEPTH = 6;
/** Shorter ones would hide half of every line. */
const SHORTEST_SECRET = 4;

/** Up to the last @ of the word: passwords may hold any sign. No scheme is long, and none begins within a word. */
const IN_URL = /\b([a-z][a-z0-9+]{0,30}:\/\/[^\s/:@]*):[^\s]*@/gi;
const ASSIGNED =
  /\b(pass(?:word|wd|phrase)?|token|secret|requirepass|masterauth|primaryauth)(["']?\s*[=:]\s*["']?)[^\s"',}]+/gi;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

export class SecretHider {
  #secrets: readonly string[] = [];

  /** What is hidden wherever it stands, from now on; longer ones first, for one may be part of another. */
  setSecrets(secrets: readonly string[]): void {
    this.#secrets = [...new Set(secrets)]
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      .sort((one, other) => other.length - one.length);
  }

  text(text: string): string {
    let shown = text.replace(PRIVATE_KEY, HIDDEN).replace(IN_URL, `$1:${HIDDEN}@`);
    for (const secret of this.#secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, HIDDEN);
    return shown.replace(ASSIGNED, `$1$2${HIDDEN}`).replace(BEARER, `$1 ${HIDDEN}`);
  }

  /** A copy without secrets. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= MAX_DEPTH) return '…';
    if (value instanceof Error) return { ...this.#error(value), message: this.text(value.message) };
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1));
    const out: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const isNamed = SECRET_FIELD.test(name) || SECRET_PART.test(name);
      const isSecret = isNamed && item !== null && item !== undefined;
      out[this.text(name)] = isSecret ? HIDDEN : this.value(item, depth + 1);
    }
    return out;
  }

  #error(error: Error): Record<string, unknown> {
    // Operational errors are no bugs: where they were thrown tells an operator nothing.
    if (error instanceof OperationalError) return { code: error.code };
    const code = (error as { code?: unknown }).code;
    return { type: error.name, ...(code === undefined ? {} : { code }), stack: this.text(error.stack ?? '') };
  }
}
