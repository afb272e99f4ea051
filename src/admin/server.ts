/**
 * The admin API's server: Fastify set up, listening, and answering errors in one shape. Main thread; this folder is
 * the only importer of Fastify. It never touches a client's connection.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { OperationalError } from '../base/errors.ts';
import { packageFolder } from '../base/package-folder.ts';
import { formatAddress, isLoopbackHost, parseAddress, type SocketAddress } from '../config/address.ts';
import { VERSION } from '../config/version.ts';
import type { GatewayControl } from '../gateway/control-view.ts';
import type { Logger } from '../telemetry/log.ts';
import { openListening } from '../transport/channel.ts';
import { listenHost } from '../transport/names.ts';
import { ApiError, errorBody } from './api-error.ts';
import { authorize } from './authorization.ts';
import type { EventStreamLimits } from './event-connections.ts';
import { EventStreams } from './event-stream.ts';
import { type LiveLimits, LiveStream } from './live-stream.ts';
import { addPage, PAGE_PATHS } from './page-files.ts';
import { RateLimits } from './rate-limits.ts';
import { addRoutes, PROBE_PATHS } from './routes.ts';

export interface AdminOptions {
  readonly control: GatewayControl;
  readonly logger: Logger;
  readonly streams?: Partial<EventStreamLimits>;
  readonly live?: Partial<LiveLimits>;
  /** Addresses whose requests and wrong tokens are counted at a time. */
  readonly rememberedAddresses?: number;
  /** The socket of `admin.listen`, where another process has opened it. Owned by the server. */
  readonly descriptor?: number | undefined;
  /** Another process may have it one day. */
  readonly isPassedOn?: boolean;
}

export interface AdminServer {
  /** `host:port` really bound. */
  readonly address: string;
  /** Of the listening socket; -1 where it is not known. */
  readonly descriptor: number;
  /** Lets nobody in any more: another process listens there. */
  leave(): void;
  /** It does not after all. */
  resume(descriptor: number): void;
  /** Ends the event streams; everything else is answered until `close`. */
  drain(): void;
  /** Closes every connection. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** Fastify's code for a condition of ours, by status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
};

async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lockstep admin API',
        version: VERSION,
        description: 'Health, metrics, divergences and control.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
}

/**
 * What browsers may do with what is answered here: the page runs its own script, talks to this address, and is shown
 * in no frame. Text is never taken for markup (trusted types). TLS is not ended here, so it is not asked for.
 */
async function addSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'connect-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
        'require-trusted-types-for': ["'script'"],
        'trusted-types': ["'none'"],
      },
    },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
}

/** Bodies are JSON whatever the client calls them, and no body is no body: `curl -X POST` and `curl -d` just work. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(new ApiError(400, 'invalid_request', 'the body is not JSON'));
    }
  });
}

function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((request, reply) => {
    void reply
      .code(404)
      .send(errorBody('not_found', `there is no ${request.method} ${request.url.split('?')[0]}`));
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof OperationalError) {
      void reply.code(422).send(errorBody(error.code, error.message));
      return;
    }
    const status = error.statusCode ?? 500;
    if (status >= 500 && error.name !== 'ApiError') {
      logger.error('admin request failed', { request: request.id, error });
      void reply.code(500).send(errorBody('internal', 'an unexpected error; the log has it'));
      return;
    }
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    if (error instanceof ApiError && error.waitSeconds !== undefined)
      void reply.header('retry-after', error.waitSeconds);
    const code = error.name === 'ApiError' ? error.code : (CODES[status] ?? 'invalid_request');
    void reply.code(status).send(errorBody(code, error.message));
  });
}

/** Every answer names its request, as the lines of the log about it do: as the client calls it, where that is short. */
function nameRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
}

function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

function logChanges(app: FastifyInstance, logger: Logger): void {
  app.addHook('onResponse', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const path = request.routeOptions.url ?? 'unknown';
    logger.info('admin request', {
      request: request.id,
      method: request.method,
      path,
      status: reply.statusCode,
    });
  });
}

interface BuiltAdmin {
  readonly app: FastifyInstance;
  readonly streams: EventStreams;
  readonly live: LiveStream;
  readonly closeStreams: () => void;
}

/** Builds the API without listening. */
export async function buildAdmin(options: AdminOptions): Promise<BuiltAdmin> {
  const { control, logger } = options;
  const streams = new EventStreams(control, options.streams);
  const live = new LiveStream(control, logger, options.live);
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    genReqId: requestId,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  nameRequests(app);
  await addSecurityHeaders(app);
  const limits = await RateLimits.add(app, control, logger, options.rememberedAddresses);
  app.addHook('onRequest', async (request) => {
    const { url = '' } = request.routeOptions;
    if (PROBE_PATHS.has(url)) return;
    await limits.admit(request);
    if (!PAGE_PATHS.has(url)) await authorize(request, control.config().admin.token, limits);
  });
  readBodies(app);
  answerErrors(app, logger);
  logChanges(app, logger);
  await describeApi(app);
  const closeStreams = (): void => {
    streams.close();
    live.close();
  };
  const beginDrain = (): void => {
    closeStreams();
    control.drain().catch((error: unknown) => logger.error('drain failed', { error }));
  };
  const recentLog = (): readonly string[] => logger.recent();
  await app.register(async (scope) => addRoutes(scope, { control, streams, live, beginDrain, recentLog }));
  addPage(app, path.join(packageFolder, 'dist/page'));
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  app.addHook('preClose', async () => closeStreams());
  await app.ready();
  await live.start();
  return { app, streams, live, closeStreams };
}

function bindFailure(error: NodeJS.ErrnoException, address: string): OperationalError {
  const reason =
    error.code === 'EADDRINUSE'
      ? 'is in use: stop what uses it or choose another with --admin'
      : `cannot be bound: ${error.code}`;
  return new OperationalError('listen_failed', `admin.listen: ${address} ${reason}`, { cause: error });
}

/**
 * Starts the admin API on `admin.listen`. Throws OperationalError: admin_exposed when others could reach it without
 * a token, listen_failed when the address cannot be bound.
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { listen, token } = options.control.config().admin;
  const address = parseAddress(listen) as Extract<SocketAddress, { kind: 'tcp' }>;
  if (token === null && !isLoopbackHost(address.host)) {
    throw new OperationalError(
      'admin_exposed',
      `admin.listen: ${listen} needs admin.token (LOCKSTEP_ADMIN_TOKEN)`,
    );
  }
  const { app, closeStreams } = await buildAdmin(options);
  let descriptor = options.descriptor ?? -1;
  try {
    const host = options.isPassedOn === true ? await listenHost(address.host) : address.host;
    if (descriptor < 0 && options.isPassedOn === true) descriptor = openListening(host, address.port);
    await app.listen({ host, port: address.port, ...(descriptor < 0 ? {} : { fd: descriptor }) });
  } catch (error) {
    await app.close();
    throw bindFailure(error as NodeJS.ErrnoException, listen);
  }
  const { port } = app.addresses()[0] as { port: number };
  return {
    address: formatAddress({ kind: 'tcp', host: address.host, port }),
    descriptor,
    leave: () => {
      closeStreams();
      app.server.close();
      app.server.closeAllConnections();
    },
    resume: (fd) => app.server.listen({ fd }),
    drain: closeStreams,
    close: () => app.close(),
  };
}
