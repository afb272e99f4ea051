/**
 * How often one address may ask, and how often it may show a wrong token. What is asked by different tools is counted
 * apart, so that a page that asks too much does not keep Prometheus from the metrics; probes are not counted. What is
 * remembered of addresses is bounded. Main thread.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GatewayControl } from '../gateway/control-view.ts';
import type { Logger } from '../telemetry/log.ts';
import { ApiError } from './api-error.ts';

/** Addresses remembered by each of the counts; the longest unseen ones are forgotten first. */
const REMEMBERED_ADDRESSES = 4096;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

interface Found {
  readonly isExceeded: boolean;
  readonly waitSeconds: number;
}

/** Counts one request, or only looks. */
async function ask(limiter: Limiter, request: FastifyRequest, increment: boolean): Promise<Found> {
  const found = await limiter(request, { increment });
  if (found.isAllowed) return { isExceeded: false, waitSeconds: 0 };
  // Who only looks would be the next one.
  const isExceeded = increment ? found.isExceeded : found.remaining === 0;
  return { isExceeded, waitSeconds: Math.max(1, found.ttlInSeconds) };
}

export class RateLimits {
  readonly #control: GatewayControl;
  readonly #logger: Logger;
  readonly #requests: Limiter;
  readonly #metrics: Limiter;
  readonly #streams: Limiter;
  readonly #failures: Limiter;
  /** Connections that have shown the right token and no wrong one since. */
  readonly #known = new WeakSet<object>();

  private constructor(app: FastifyInstance, control: GatewayControl, logger: Logger, cache: number) {
    this.#control = control;
    this.#logger = logger;
    const perSecond = {
      max: () => control.config().admin.requestsPerSecond,
      timeWindow: SECOND_MS,
      cache,
    };
    this.#requests = app.createRateLimit(perSecond);
    this.#metrics = app.createRateLimit(perSecond);
    this.#streams = app.createRateLimit(perSecond);
    const perMinute = {
      max: () => control.config().admin.failedTokensPerMinute,
      timeWindow: MINUTE_MS,
      cache,
    };
    this.#failures = app.createRateLimit(perMinute);
  }

  /** `addresses`: how many each of the counts remembers. */
  static async add(
    app: FastifyInstance,
    control: GatewayControl,
    logger: Logger,
    addresses = REMEMBERED_ADDRESSES,
  ): Promise<RateLimits> {
    await app.register(rateLimit, { global: false });
    return new RateLimits(app, control, logger, addresses);
  }

  /** Counts a request. Throws ApiError 429 when there were too many from its address. */
  async admit(request: FastifyRequest): Promise<void> {
    if (this.#control.config().admin.requestsPerSecond === 0) return;
    const { isExceeded, waitSeconds } = await ask(this.#limiterOf(request), request, true);
    if (isExceeded) throw tooMany('too many requests from this address', waitSeconds);
  }

  #limiterOf({ routeOptions: { url = '' } }: FastifyRequest): Limiter {
    if (url === '/metrics') return this.#metrics;
    return url === '/api/v1/live' || url === '/api/v1/divergences/stream' ? this.#streams : this.#requests;
  }

  /**
   * To be told of every token that was shown, right or wrong, after it has been compared: many guesses may come in
   * one packet, and each of them must find those before it counted. Throws ApiError 429 when there were too many
   * wrong ones from this address, whatever this one is; only connections that are known get on.
   */
  async judge(request: FastifyRequest, isRight: boolean): Promise<void> {
    const { socket } = request.raw;
    if (!isRight) this.#known.delete(socket);
    if (this.#control.config().admin.failedTokensPerMinute === 0) return;
    const isKnown = this.#known.has(socket);
    const { isExceeded, waitSeconds } = await ask(this.#failures, request, !isRight);
    if (isExceeded && !isKnown) {
      this.#logger.warn('too many wrong tokens at the admin API', { address: request.ip });
      throw tooMany('too many wrong tokens from this address', waitSeconds);
    }
    if (isRight) this.#known.add(socket);
  }
}

function tooMany(what: string, waitSeconds: number): ApiError {
  return new ApiError(429, 'too_many_requests', `${what}: ask again in ${waitSeconds} s`, waitSeconds);
}
