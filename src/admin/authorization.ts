/**
 * Who may use the admin API. With a token: who shows it. Without one the API listens on loopback only, and what is
 * left to refuse are web pages in a browser on this machine. Main thread.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isLoopbackHost, parseAddress } from '../config/address.ts';
import { ApiError } from './api-error.ts';
import type { RateLimits } from './rate-limits.ts';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in a time that does not tell how much of the token was right. */
function showsToken(header: string | undefined, token: string): boolean {
  const match = /^Bearer +(\S.*)$/i.exec(header ?? '');
  return timingSafeEqual(digest(match?.[1] ?? ''), digest(token)) && match !== null;
}

/** A page whose name was made to point here sends its own name as Host; one elsewhere sends another Origin. */
function isFromWebPage(request: FastifyRequest): boolean {
  const host = request.headers.host ?? '';
  const address = parseAddress(host, 80);
  if (address?.kind !== 'tcp' || !isLoopbackHost(address.host)) return true;
  const { origin } = request.headers;
  return origin !== undefined && origin !== `http://${host}`;
}

/**
 * Throws ApiError 401, 403 or 429 unless the request may go on. `token` is the one in effect, or null. Who shows
 * nothing has not guessed.
 */
export async function authorize(
  request: FastifyRequest,
  token: string | null,
  limits: RateLimits,
): Promise<void> {
  if (token === null) {
    if (isFromWebPage(request))
      throw new ApiError(403, 'forbidden', 'without a token only local tools are answered');
    return;
  }
  const { authorization } = request.headers;
  const isRight = showsToken(authorization, token);
  if (authorization !== undefined) await limits.judge(request, isRight);
  if (!isRight) throw new ApiError(401, 'unauthorized', 'send the token as "Authorization: Bearer …"');
}
