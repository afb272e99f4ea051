/** What a collector of OpenTelemetry is to a gateway: takes OTLP over HTTP in JSON, and keeps all of it. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from './cleanup.ts';

interface WireValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: WireValue }[];
  readonly status: { readonly code?: number };
}

interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: WireSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the first of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: 'server' | 'client' | 'other';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
}

function readAttributes(attributes: WireSpan['attributes']): Record<string, string | number> {
  const entries = attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]);
  return Object.fromEntries(entries) as Record<string, string | number>;
}

function readSpan(span: WireSpan): ReceivedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId ?? '',
    name: span.name,
    kind: span.kind === 2 ? 'server' : span.kind === 3 ? 'client' : 'other',
    startNs: BigInt(span.startTimeUnixNano),
    endNs: BigInt(span.endTimeUnixNano),
    attributes: readAttributes(span.attributes),
    isError: span.status.code === 2,
  };
}

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Attributes of each resource that came. */
  readonly resources: Readonly<Record<string, string | number>>[] = [];
  readonly bodies: Buffer[] = [];
  readonly headers: http.IncomingHttpHeaders[] = [];
  readonly paths: string[] = [];
  readonly #server: http.Server;
  readonly #isSilent: boolean;

  private constructor(isSilent: boolean) {
    this.#isSilent = isSilent;
    this.#server = http.createServer((request, response) => this.#take(request, response));
  }

  /** `isSilent`: it reads requests and never answers. */
  static async start(isSilent = false): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(isSilent);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => receiver.stop());
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The first spans of traces with this name, in the order of their beginnings. */
  roots(name: string): ReceivedSpan[] {
    const found = this.spans.filter((span) => span.parentId === '' && span.name === name);
    return found.sort((one, other) => Number(one.startNs - other.startNs));
  }

  childrenOf({ traceId, spanId }: ReceivedSpan): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId && span.parentId === spanId);
  }

  /** The only child with a name; undefined while there is none. */
  child(root: ReceivedSpan, name: string): ReceivedSpan | undefined {
    const found = this.childrenOf(root).filter((span) => span.name === name);
    if (found.length > 1) throw new Error(`${found.length} spans are called ${name}`);
    return found[0];
  }

  #take(request: http.IncomingMessage, response: http.ServerResponse): void {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      this.bodies.push(body);
      this.headers.push(request.headers);
      this.paths.push(request.url ?? '');
      for (const { resource, scopeSpans } of (JSON.parse(body.toString()) as WireRequest).resourceSpans) {
        this.resources.push(readAttributes(resource.attributes));
        for (const { spans } of scopeSpans) this.spans.push(...spans.map(readSpan));
      }
      if (!this.#isSilent) response.setHeader('content-type', 'application/json').end('{}');
    });
  }
}
