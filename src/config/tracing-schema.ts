/** The section `tracing` of the configuration: traces for OpenTelemetry. Main thread. It must not read files. */
import { z } from 'zod';
import { fraction, integer, section, text } from './leaves.ts';

const ENDPOINT_ALLOWED = 'an http:// or https:// URL without user and password, or null';
const HEADERS_ALLOWED = 'NAME=VALUE, several separated by commas, or null';

function isEndpoint(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** As in OTEL_EXPORTER_OTLP_HEADERS: values may be percent-encoded. Throws URIError where they are so wrongly. */
export function parseHeaders(written: string | null): Record<string, string> {
  if (written === null) return {};
  const pairs = written.split(',').map((part): [string, string] => {
    const at = part.indexOf('=');
    return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())];
  });
  return Object.fromEntries(pairs);
}

const HEADERS_FORM = /^\s*[\w!#$%&'*+.^`|~-]+\s*=[^,]*(,\s*[\w!#$%&'*+.^`|~-]+\s*=[^,]*)*$/;

function isHeaders(value: string): boolean {
  if (!HEADERS_FORM.test(value)) return false;
  try {
    return Object.values(parseHeaders(value)).every((header) => /^[\t\x20-\x7e]+$/.test(header));
  } catch {
    return false;
  }
}

const endpointError = { error: `must be ${ENDPOINT_ALLOWED}` };
const headersError = { error: `must be ${HEADERS_ALLOWED}` };
const nameError = { error: 'must be a text' };

export const tracing = section(
  'Traces of some commands for OpenTelemetry. Nothing is loaded for them while they are off.',
  {
    otlp: section('The collector, which is spoken to in OTLP over HTTP (JSON).', {
      endpoint: text(
        z.string(endpointError).refine(isEndpoint, endpointError).nullable().default(null),
        ENDPOINT_ALLOWED,
        'Its address, such as http://127.0.0.1:4318; without a path, /v1/traces is used. Null: no traces are made.',
      ),
      headers: text(
        z.string(headersError).refine(isHeaders, headersError).nullable().default(null),
        HEADERS_ALLOWED,
        'Headers of every request, such as authorization=Bearer%20TOKEN. Values may be percent-encoded.',
        { secret: true },
      ),
      timeoutMs: integer(
        5000,
        [1, 60000],
        'Milliseconds for one request with its repetitions, and for the last ones when the process ends.',
      ),
      intervalMs: integer(
        2000,
        [10, 600000],
        'Milliseconds until spans are sent that do not make a full request.',
      ),
    }),
    samplePercent: fraction(
      1,
      0,
      100,
      'Share of commands that are traced, by chance: all commands of a batch or none.',
      { reload: true },
    ),
    serviceName: text(
      z.string(nameError).min(1, nameError).default('lockstep'),
      'a text',
      'The service.name of the spans.',
    ),
    maxQueuedSpans: integer(
      8192,
      [512, 1000000],
      'Spans that may wait for the collector. While there is no room, no commands are traced.',
    ),
  },
);
