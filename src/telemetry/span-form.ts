/**
 * Spans as OpenTelemetry has them, with the names of its semantic conventions for databases. Main thread. What is not
 * in a `SpanRecord` cannot get into one, and no key or value is.
 */
import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { SpanRecord } from './trace.ts';

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** `config|get` of the command table is CONFIG GET. */
function operation(command: string): string {
  return command === 'other' ? '_OTHER' : command.toUpperCase().replaceAll('|', ' ');
}

/** `host:port`, `[v6]:port`, or a path. */
function placeOf(address: string): { host: string; port: number | undefined } {
  const match = /^(.*):(\d+)$/.exec(address);
  if (match === null || address.startsWith('/')) return { host: address, port: undefined };
  return { host: match[1]!.replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}

function isNumeric(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}

function placeAttributes(prefix: 'server' | 'network.peer', address: string): Attributes {
  if (address === '') return {};
  const { host, port } = placeOf(address);
  return { [`${prefix}.address`]: host, ...(port === undefined ? {} : { [`${prefix}.port`]: port }) };
}

function peerAttributes({ kind, server, peer }: SpanRecord): Attributes {
  if (kind === 'command') return placeAttributes('network.peer', peer);
  return isNumeric(placeOf(server).host) ? placeAttributes('network.peer', server) : {};
}

function attributesOf(record: SpanRecord): Attributes {
  const { kind, command, database, server, error, verdict, reason } = record;
  return {
    'db.system.name': 'redis',
    'db.operation.name': operation(command),
    'db.namespace': String(database),
    ...placeAttributes('server', server),
    ...peerAttributes(record),
    ...(error === '' ? {} : { 'db.response.status_code': error, 'error.type': error }),
    ...(kind === 'command' ? {} : { 'lockstep.target': kind === 'primary' ? 'primary' : 'shadow' }),
    ...(verdict === '' ? {} : { 'lockstep.verdict': verdict }),
    ...(reason === '' ? {} : { 'lockstep.reason': reason }),
  };
}

export class SpanForm {
  readonly #resource: ReadableSpan['resource'];
  readonly #scope: ReadableSpan['instrumentationScope'];

  constructor(serviceName: string, version: string) {
    this.#resource = resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
      'process.pid': process.pid,
    });
    this.#scope = { name: 'lockstep', version };
  }

  /** `shiftMs` makes Unix time of the record's times. */
  spanOf(record: SpanRecord, shiftMs: number): ReadableSpan {
    const { traceId, spanId, parentId, kind, command, startMs, endMs, error } = record;
    const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
    const parent = { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED };
    return {
      name: kind === 'command' ? operation(command) : kind,
      kind: kind === 'command' ? SpanKind.SERVER : SpanKind.CLIENT,
      spanContext: () => context,
      ...(parentId === '' ? {} : { parentSpanContext: parent }),
      startTime: hrTime(startMs + shiftMs),
      endTime: hrTime(endMs + shiftMs),
      duration: hrTime(endMs - startMs),
      status: { code: error === '' ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
      attributes: attributesOf(record),
      links: [],
      events: [],
      ended: true,
      resource: this.#resource,
      instrumentationScope: this.#scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  }
}
