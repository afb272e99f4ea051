/** Secrets that are planted where secrets may be, and the search for them where none may be. */
import { createHash } from 'node:crypto';

/** What URLs, JSON, shells and log formats stumble over. */
const AWKWARD = `"\\é/@:%'`;

export class PlantedSecrets {
  readonly #forms = new Map<string, readonly string[]>();

  /** A new secret, which is found by its name even where only its beginning is shown. */
  plant(name: string, awkward = AWKWARD): string {
    return this.add(name, `pl4nt-${name}${awkward}`);
  }

  /** One that is not made here. */
  add(name: string, secret: string): string {
    this.#forms.set(name, formsOf(secret));
    return secret;
  }

  /** Names of the secrets that stand in a text, in whatever form. */
  leaksIn(text: string): string[] {
    const found = new Set(Array.from(text.matchAll(/pl4nt-([a-z-]+)/gi), ([, name]) => name!));
    for (const [name, forms] of this.#forms) if (forms.some((form) => text.includes(form))) found.add(name);
    return [...found].sort();
  }
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inHtml = secret.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const inReply = secret.replace(/["\\]/g, '\\$&').replace('é', '\\xc3\\xa9');
  return [
    ...[secret, inJson, JSON.stringify(inJson).slice(1, -1), inHtml, inReply, encodeURIComponent(secret)],
    ...[bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')],
    // As servers keep passwords.
    createHash('sha256').update(bytes).digest('hex'),
    bytes.toString('latin1'),
  ];
}

/** A configuration with a secret wherever there should be something else. */
export function misplaced(wrong: string): string {
  const users = [
    { name: 'x', rules: `on ${wrong}` },
    { name: wrong, rules: [wrong] },
  ];
  return JSON.stringify({
    primary: { url: `redis://user:${wrong}` },
    shadow: { url: `redis://mirror:${wrong}@here:there:1`, sample: wrong },
    admin: { listen: wrong, token: [wrong], requestsPerSecond: wrong },
    acl: { users },
    workers: wrong,
  });
}
