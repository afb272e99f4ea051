/** The routes of the admin API. Main thread. It must not know how the gateway does what it is asked. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CompatibilityName } from '../commands/compatibility.ts';
import { redactConfig } from '../config/redact.ts';
import type { DivergenceQuery, GatewayControl, ShadowPatch } from '../gateway/control-view.ts';
import { ApiError } from './api-error.ts';
import type { EventStreams, StreamFilter } from './event-stream.ts';
import type { LiveStream } from './live-stream.ts';
import { makeReport } from './report.ts';
import {
  clearedAnswer,
  compatibilityAnswer,
  compatibilityQuery,
  configAnswer,
  divergencesAnswer,
  divergencesQuery,
  drainAnswer,
  errorAnswer,
  healthAnswer,
  latencyAnswer,
  liveAnswer,
  metricsAnswer,
  readyAnswer,
  reloadAnswer,
  reportAnswer,
  shadowAnswer,
  shadowBody,
  slowAnswer,
  slowQuery,
  statusAnswer,
  streamAnswer,
  streamQuery,
} from './schemas.ts';

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Paths anyone may ask for: probes have no token. */
export const PROBE_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export interface RouteContext {
  readonly control: GatewayControl;
  readonly streams: EventStreams;
  readonly live: LiveStream;
  /** The last lines of the log. */
  readonly recentLog: () => readonly string[];
  /** Begins a drain and returns at once. */
  readonly beginDrain: () => void;
}

const denials = { 401: errorAnswer, 403: errorAnswer, 429: errorAnswer };

/** Adds every route to `app`. */
export function addRoutes(app: FastifyInstance, context: RouteContext): void {
  addProbes(app, context);
  addDivergences(app, context);
  addLatency(app, context);
  addCompatibility(app, context);
  addReport(app, context);
  addLive(app, context);
  addControls(app, context);
}

function addProbes(app: FastifyInstance, { control }: RouteContext): void {
  const health = {
    summary: 'Is the process alive?',
    tags: ['probes'],
    security: [],
    response: { 200: healthAnswer },
  };
  app.get('/healthz', { schema: health }, () => ({ status: 'ok' }));

  const ready = {
    summary: 'Does it listen, and is the primary up?',
    tags: ['probes'],
    security: [],
    response: { 200: readyAnswer, 503: readyAnswer },
  };
  app.get('/readyz', { schema: ready }, (_request, reply) => {
    const readiness = control.isReady();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });

  const metrics = {
    summary: 'Metrics for Prometheus.',
    tags: ['probes'],
    produces: ['text/plain'],
    response: { 200: metricsAnswer, ...denials },
  };
  app.get('/metrics', { schema: metrics }, async (_request, reply) => {
    const text = await control.metricsText();
    return reply
      .header('content-type', METRICS_TYPE)
      .serializer((body: unknown) => String(body))
      .send(text);
  });

  const status = {
    summary: 'State of the gateway.',
    tags: ['gateway'],
    response: { 200: statusAnswer, ...denials },
  };
  app.get('/api/v1/status', { schema: status }, () => control.status());
}

function addLatency(app: FastifyInstance, { control }: RouteContext): void {
  const tags = ['latency'];
  const slow = {
    summary: 'Slow commands, as clients saw them.',
    tags,
    querystring: slowQuery,
    response: { 200: slowAnswer, 400: errorAnswer, ...denials },
  };
  app.get<{ Querystring: { limit: number } }>(
    '/api/v1/slowlog',
    { schema: slow, preValidation: readLimit },
    (request) => control.slowCommands(request.query.limit),
  );

  const latency = {
    summary: 'How long clients waited for replies, by command.',
    tags,
    response: { 200: latencyAnswer, ...denials },
  };
  app.get('/api/v1/latency', { schema: latency }, async () => control.latency());
}

function addReport(app: FastifyInstance, { control, recentLog }: RouteContext): void {
  const schema = {
    summary: 'Everything that support asks for, without secrets, keys and values.',
    tags: ['gateway'],
    response: { 200: reportAnswer, ...denials },
  };
  app.get('/api/v1/report', { schema }, () => makeReport(control, recentLog()));
}

function addCompatibility(app: FastifyInstance, { control }: RouteContext): void {
  const schema = {
    summary: 'What of the commands and options seen another server lacks or answers differently.',
    tags: ['gateway'],
    querystring: compatibilityQuery,
    response: { 200: compatibilityAnswer, 400: errorAnswer, ...denials },
  };
  app.get<{ Querystring: { target: CompatibilityName } }>(
    '/api/v1/compatibility',
    { schema },
    async (request) => control.compatibility(request.query.target),
  );
}

function addLive(app: FastifyInstance, { live }: RouteContext): void {
  const schema = {
    summary: 'What the page shows: a short history, then the present every second.',
    tags: ['gateway'],
    produces: ['text/event-stream'],
    response: { 200: liveAnswer, 503: errorAnswer, ...denials },
  };
  app.get('/api/v1/live', { schema }, async (_request, reply) => {
    if (!live.isAvailable) throw new ApiError(503, 'unavailable', 'no more streams are opened');
    reply.hijack();
    live.open(reply.raw);
  });
}

/** Texts of digits in the query are numbers; nothing else is converted anywhere. */
async function readLimit(request: FastifyRequest): Promise<void> {
  const query = request.query as { limit?: unknown };
  if (typeof query.limit === 'string' && /^\d{1,9}$/.test(query.limit)) query.limit = Number(query.limit);
}

function addDivergences(app: FastifyInstance, { control, streams }: RouteContext): void {
  const tags = ['divergences'];
  const list = {
    summary: 'The log of divergences.',
    tags,
    querystring: divergencesQuery,
    response: { 200: divergencesAnswer, 400: errorAnswer, ...denials },
  };
  app.get<{ Querystring: DivergenceQuery }>(
    '/api/v1/divergences',
    { schema: list, preValidation: readLimit },
    async (request) => control.divergences(request.query),
  );

  const stream = {
    summary: 'Divergences as they are found.',
    tags,
    querystring: streamQuery,
    produces: ['text/event-stream'],
    response: { 200: streamAnswer, 400: errorAnswer, 503: errorAnswer, ...denials },
  };
  app.get<{ Querystring: StreamFilter }>(
    '/api/v1/divergences/stream',
    { schema: stream },
    async (request, reply) => {
      if (!streams.isAvailable) throw new ApiError(503, 'unavailable', 'no more streams are opened');
      reply.hijack();
      streams.open(reply.raw, request.query);
    },
  );

  const clear = { summary: 'Forgets all divergences.', tags, response: { 200: clearedAnswer, ...denials } };
  app.delete('/api/v1/divergences', { schema: clear }, async () => {
    const { total } = control.divergences({ limit: 0 });
    control.clearDivergences();
    return { cleared: total };
  });
}

function addControls(app: FastifyInstance, { control, beginDrain }: RouteContext): void {
  const shadow = {
    summary: 'Switches mirroring on and off, and sets the share of keys.',
    tags: ['gateway'],
    body: shadowBody,
    response: { 200: shadowAnswer, 400: errorAnswer, 409: errorAnswer, ...denials },
  };
  app.patch<{ Body: ShadowPatch }>('/api/v1/shadow', { schema: shadow }, async (request) => {
    const result = await control.setShadow(request.body);
    if (result === undefined) throw new ApiError(409, 'no_shadow', 'no shadow is configured: set shadow.url');
    return result;
  });

  const config = {
    summary: 'The configuration in effect, without secrets.',
    tags: ['configuration'],
    response: { 200: configAnswer, ...denials },
  };
  app.get('/api/v1/config', { schema: config }, async () => redactConfig(control.config()));

  const reload = {
    summary: 'Reads the configuration again.',
    tags: ['configuration'],
    response: { 200: reloadAnswer, 422: errorAnswer, ...denials },
  };
  app.post('/api/v1/config/reload', { schema: reload }, () => control.reload());

  const drain = {
    summary: 'Lets commands in flight finish, then ends the process.',
    tags: ['gateway'],
    response: { 202: drainAnswer, ...denials },
  };
  app.post('/api/v1/drain', { schema: drain }, (_request, reply) => {
    beginDrain();
    return reply.code(202).send({ state: 'draining' });
  });
}
