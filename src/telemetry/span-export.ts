/**
 * Sends the spans that workers post to a collector, in OTLP over HTTP. Main thread, and with `span-form.ts` the only
 * importer of OpenTelemetry; it is loaded itself only where traces are made. Whatever becomes of the collector, so many
 * spans wait and no more: beyond that they are dropped and counted.
 */
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import { within } from '../base/within.ts';
import type { SpanFigures } from './exporter.ts';
import type { Logger } from './log.ts';
import { SpanForm } from './span-form.ts';
import { monotonicNow, SpanCounts, type SpanRecord } from './trace.ts';

type ExportDone = Parameters<SpanExporter['export']>[1];

export interface SpanExportOptions {
  /** A URL. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of one request with its repetitions, and of the last ones at the end. */
  readonly timeoutMs: number;
  /** Until spans are sent that do not make a full request. */
  readonly intervalMs: number;
  readonly serviceName: string;
  readonly version: string;
  readonly maxQueuedSpans: number;
}

const TRACES_PATH = '/v1/traces';
/** Spans of one request. */
const MOST_IN_REQUEST = 512;
/** The machine's clock was set when it goes wrong by more. */
const CLOCK_JUMP_MS = 500;

/** A URL without a path stands for a collector's usual one. */
function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = TRACES_PATH;
  return url.href;
}

export class SpanExport implements SpanFigures, SpanExporter {
  /** For the workers, see `SpanCounts`. */
  readonly memory = new SharedArrayBuffer(SpanCounts.BYTES);
  exported = 0;
  failed = 0;
  readonly #counts: SpanCounts;
  readonly #logger: Logger;
  readonly #form: SpanForm;
  readonly #exporter: SpanExporter;
  readonly #processor: BatchSpanProcessor;
  readonly #limit: number;
  readonly #timeoutMs: number;
  /** Taken, and as yet neither exported nor failed. */
  #waiting = 0;
  #dropped = 0;
  #isClosed = false;
  /** What turns the clock of all threads into Unix time. */
  #shiftMs = Date.now() - monotonicNow();

  constructor(options: SpanExportOptions, logger: Logger) {
    const { maxQueuedSpans, timeoutMs } = options;
    this.#logger = logger;
    this.#limit = maxQueuedSpans;
    this.#timeoutMs = timeoutMs;
    this.#counts = new SpanCounts(this.memory, maxQueuedSpans);
    this.#form = new SpanForm(options.serviceName, options.version);
    this.#exporter = new OTLPTraceExporter({
      url: tracesUrl(options.endpoint),
      headers: { ...options.headers },
      timeoutMillis: timeoutMs,
    });
    this.#processor = new BatchSpanProcessor({
      exporter: this,
      maxQueueSize: maxQueuedSpans,
      maxExportBatchSize: MOST_IN_REQUEST,
      scheduledDelayMillis: options.intervalMs,
      // A little later than the exporter, which says what was wrong.
      exportTimeoutMillis: timeoutMs + 1000,
    });
  }

  get dropped(): number {
    return this.#dropped + this.#counts.dropped;
  }

  /** What a worker has posted. */
  take(records: readonly SpanRecord[]): void {
    const shiftMs = Date.now() - monotonicNow();
    if (Math.abs(shiftMs - this.#shiftMs) > CLOCK_JUMP_MS) this.#shiftMs = shiftMs;
    for (const record of records) {
      if (this.#waiting >= this.#limit || this.#isClosed) {
        // Workers may have found the last room at the same time.
        this.#dropped += 1;
        this.#counts.addPosted(-1);
      } else {
        this.#waiting += 1;
        this.#processor.onEnd(this.#form.spanOf(record, this.#shiftMs));
      }
    }
  }

  /** Called by the processor. */
  export(spans: ReadableSpan[], done: ExportDone): void {
    this.#exporter.export(spans, (result) => {
      this.#waiting -= spans.length;
      this.#counts.addPosted(-spans.length);
      if (result.code === ExportResultCode.SUCCESS) this.exported += spans.length;
      else {
        this.failed += spans.length;
        const { message, code } = (result.error ?? {}) as NodeJS.ErrnoException;
        this.#logger.warn('spans were not taken by the collector', {
          spans: spans.length,
          code,
          reason: message,
        });
      }
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** No more spans come. Waits for those that are here, but no longer than a request may take. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // What workers have posted and nobody has read is lost with them.
    this.#dropped += Math.max(0, this.#counts.posted - this.#waiting);
    const left = this.#waiting;
    const flushed = this.#processor.shutdown().catch((error: unknown) => {
      this.#logger.warn('the last spans could not be sent', { error });
    });
    if (!(await within(flushed, this.#timeoutMs)))
      this.#logger.warn('spans were left when the process ended', { spans: this.#waiting, of: left });
  }
}
