/**
 * The page at `/`: a few files, made by the build, read once and served from memory. They hold nothing but the program,
 * so anyone may read them; what they show they ask of the API. Main thread.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

interface PageFile {
  readonly url: string;
  readonly name: string;
  readonly type: string;
}

const FILES: readonly PageFile[] = [
  { url: '/', name: 'index.html', type: 'text/html; charset=utf-8' },
  { url: '/page/page.js', name: 'page.js', type: 'text/javascript; charset=utf-8' },
  { url: '/page/page.css', name: 'page.css', type: 'text/css; charset=utf-8' },
  { url: '/page/icon.svg', name: 'icon.svg', type: 'image/svg+xml' },
  { url: '/page/licenses.txt', name: 'licenses.txt', type: 'text/plain; charset=utf-8' },
];

export const PAGE_PATHS: ReadonlySet<string> = new Set(FILES.map(({ url }) => url));

/** Adds a route for every file of `folder`, where they lie compressed. Throws when one is missing. */
export function addPage(app: FastifyInstance, folder: string): void {
  for (const { url, name, type } of FILES) {
    const packed = readFileSync(path.join(folder, `${name}.gz`));
    const etag = `"${createHash('sha256').update(packed).digest('base64url').slice(0, 22)}"`;
    app.get(url, { schema: { hide: true } }, (request, reply) => {
      // Asked for again each time, and answered in full only after an upgrade.
      void reply.headers({
        etag,
        'cache-control': 'no-cache',
        vary: 'accept-encoding',
        'content-type': type,
      });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(gunzipSync(packed));
      return reply.header('content-encoding', 'gzip').send(packed);
    });
  }
}
