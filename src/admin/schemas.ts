/** JSON schemas of what the admin API takes and answers; the OpenAPI document is made from them. Main thread. */
import { compatibilityNames } from '../commands/compatibility.ts';
import { DIVERGENCE_KINDS } from '../telemetry/metrics.ts';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 10_000;

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;

function object(properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false } as const;
}

function nullable(schema: Readonly<Record<string, unknown>>) {
  return { anyOf: [schema, { type: 'null' }] } as const;
}

export const errorAnswer = {
  description: 'What went wrong.',
  ...object({ error: object({ code: text, message: text }) }),
};

const serverProperties = {
  url: text,
  up: { type: 'boolean' },
  error: nullable(text),
  identity: nullable(object({ product: text, version: text })),
} as const;

const range = { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 } as const;

const shadowStatus = object({
  ...serverProperties,
  enabled: { type: 'boolean' },
  sample: { type: 'number' },
  breaker: object({ open: { type: 'boolean' } }),
  queue: object({ commands: count, bytes: count, lagSeconds: { type: 'number' } }),
  dirty: object({ slots: count, ranges: { type: 'array', items: range }, truncated: { type: 'boolean' } }),
});

export const statusAnswer = {
  description: 'The gateway and both servers.',
  ...object({
    version: text,
    uptimeSeconds: { type: 'number' },
    state: { type: 'string', enum: ['starting', 'running', 'draining'] },
    transport: { type: 'string', enum: ['native', 'node'] },
    workers: count,
    listen: { type: 'array', items: text },
    sessions: count,
    primary: object(serverProperties),
    shadow: nullable(shadowStatus),
  }),
};

export const slowAnswer = {
  description: 'Slow commands of all workers, newest first.',
  ...object({
    total: count,
    items: {
      type: 'array',
      items: object(
        {
          id: count,
          worker: count,
          at: { type: 'string', format: 'date-time' },
          durationUs: count,
          command: text,
          requestBytes: count,
          arguments: text,
          client: object({ id: count, address: text, name: text, user: nullable(text), database: count }),
        },
        ['arguments'],
      ),
    },
  }),
};

export const slowQuery = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 0, maximum: MAX_LIMIT, default: DEFAULT_LIMIT } },
  additionalProperties: false,
} as const;

const latencyFigures = {
  count,
  meanUs: count,
  p50Us: count,
  p90Us: count,
  p99Us: count,
  p999Us: count,
  maxUs: count,
} as const;

export const latencyAnswer = {
  description: 'Microseconds from reading commands to writing their replies; greatest sum of time first.',
  ...object({
    all: object(latencyFigures),
    commands: { type: 'array', items: object({ command: text, ...latencyFigures }) },
  }),
};

const anything = { type: 'object', additionalProperties: true } as const;
const records = { type: 'array', items: anything } as const;

export const reportAnswer = {
  description: 'What runs where, how it is set, how it does, what differed, and what the log said.',
  ...object({
    madeAt: { type: 'string', format: 'date-time' },
    status: anything,
    readiness: anything,
    config: anything,
    machine: anything,
    counters: anything,
    latency: anything,
    divergences: object({ total: count, items: records }),
    slow: object({ total: count, items: records }),
    log: { type: 'array', items: text },
  }),
};

export const compatibilityQuery = {
  type: 'object',
  properties: {
    target: { type: 'string', enum: [...compatibilityNames], description: 'The server to move to.' },
  },
  required: ['target'],
  additionalProperties: false,
} as const;

export const compatibilityAnswer = {
  description: 'What clients have used since the start that the target lacks or answers differently.',
  ...object({
    target: text,
    targetVersion: text,
    from: nullable(object({ product: text, version: text })),
    commandsSeen: count,
    commandsCount: count,
    unknownCount: count,
    findings: {
      type: 'array',
      items: object({
        kind: { type: 'string', enum: ['lacking', 'other-form', 'different'] },
        command: text,
        option: nullable(text),
        count,
        reason: text,
        example: text,
        otherForm: { type: 'array', items: text },
      }),
    },
  }),
};

const kind = { type: 'string', enum: [...DIVERGENCE_KINDS] } as const;

const divergence = object(
  {
    id: { type: 'integer' },
    at: { type: 'string', format: 'date-time' },
    command: text,
    kind,
    slot: { type: 'integer', minimum: -1, maximum: 16383 },
    keyHash: text,
    key: text,
    request: text,
    firstDifference: text,
    primary: text,
    shadow: text,
    count,
  },
  ['key', 'request'],
);

export const divergencesAnswer = {
  description: 'Divergences, newest first.',
  ...object({ total: count, items: { type: 'array', items: divergence } }),
};

const filters = {
  command: { type: 'string', minLength: 1, maxLength: 128, description: 'Only this command, such as get.' },
  kind: { ...kind, description: 'Only this kind.' },
};

export const streamQuery = { type: 'object', properties: filters, additionalProperties: false } as const;

export const divergencesQuery = {
  type: 'object',
  properties: {
    limit: {
      type: 'integer',
      minimum: 0,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'Most items.',
    },
    ...filters,
  },
  additionalProperties: false,
} as const;

export const clearedAnswer = { description: 'Records that were forgotten.', ...object({ cleared: count }) };

export const shadowBody = {
  type: 'object',
  properties: { enabled: { type: 'boolean' }, sample: { type: 'number', minimum: 0, maximum: 1 } },
  minProperties: 1,
  additionalProperties: false,
} as const;

export const shadowAnswer = {
  description: 'What is in effect.',
  ...object({ enabled: { type: 'boolean' }, sample: { type: 'number' } }),
};

/** The keys are those of config/lockstep.schema.json. */
export const configAnswer = {
  description: 'The configuration in effect, without secrets.',
  type: 'object',
  additionalProperties: true,
} as const;

export const reloadAnswer = {
  description: 'What changed, and what keeps its old value until a restart.',
  ...object({ changed: { type: 'array', items: text }, needsRestart: { type: 'array', items: text } }),
};

export const drainAnswer = {
  description: 'Draining has begun.',
  ...object({ state: { type: 'string', enum: ['draining'] } }),
};

export const healthAnswer = {
  description: 'The process is alive.',
  ...object({ status: { type: 'string', enum: ['ok'] } }),
};

export const readyAnswer = {
  description: 'Whether clients are served.',
  ...object({ ready: { type: 'boolean' }, reason: nullable(text) }),
};

export const metricsAnswer = {
  description: 'Metrics in the text format of Prometheus.',
  type: 'string',
} as const;

export const streamAnswer = { description: 'Server-sent events named divergence.', type: 'string' } as const;

export const liveAnswer = {
  description:
    'Server-sent events: one named history with samples of the last minutes, oldest first; then one named moment ' +
    'every second.',
  type: 'string',
} as const;
