/**
 * What the page knows: samples of the last minutes, the present, and whether it hears from the gateway. It is told by
 * server-sent events while the page is visible; a page in the background asks for nothing.
 */
import type { LiveMoment, LiveSample } from '../admin/live-sample.ts';
import { forgetToken, hasToken, RequestError, rememberToken, request } from './api.ts';
import { EventParser, type ServerEvent } from './event-parser.ts';

export type Connection = 'connecting' | 'live' | 'lost' | 'token';

const KEPT_SAMPLES = 600;
const RETRY_MS = 2000;
/** A moment comes every second; silence for so long is a connection that hangs. */
const SILENCE_MS = 15_000;

export class Live {
  samples: readonly LiveSample[] = [];
  moment: LiveMoment | undefined;
  connection: Connection = 'connecting';
  /** Why there is no connection. */
  problem = '';
  /** A token was given, and was not the right one. */
  isRefused = false;
  readonly #listeners = new Set<() => void>();
  #abort: AbortController | undefined;
  #retry: number | undefined;

  start(): void {
    document.addEventListener('visibilitychange', () => this.#followVisibility());
    this.#followVisibility();
  }

  /** Returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  useToken(token: string): void {
    rememberToken(token);
    this.#connect();
  }

  #followVisibility(): void {
    if (document.hidden) this.#disconnect();
    else if (this.connection !== 'token') this.#connect();
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    this.#abort?.abort();
    this.#abort = undefined;
  }

  #connect(): void {
    this.#disconnect();
    const abort = new AbortController();
    this.#abort = abort;
    this.#read(abort).catch((error: unknown) => {
      if (this.#abort !== abort) return;
      this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    const needsToken = error instanceof RequestError && error.status === 401;
    this.connection = needsToken ? 'token' : 'lost';
    this.problem = error instanceof Error ? error.message : String(error);
    this.isRefused = needsToken && hasToken();
    if (needsToken) forgetToken();
    else this.#retry = window.setTimeout(() => this.#connect(), RETRY_MS);
    this.#changed();
  }

  async #read(abort: AbortController): Promise<void> {
    let watchdog = window.setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const response = await request('/api/v1/live', abort.signal);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        const { value, done } = await reader.read();
        clearTimeout(watchdog);
        if (done) throw new RequestError(0, 'the gateway ended the connection');
        watchdog = window.setTimeout(() => abort.abort(), SILENCE_MS);
        for (const event of parser.feed(value)) this.#take(event);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take({ event, data }: ServerEvent): void {
    if (event === 'history') {
      const samples = JSON.parse(data) as LiveSample[];
      const firstMs = samples[0]?.atMs ?? Number.POSITIVE_INFINITY;
      this.samples = [...this.samples.filter(({ atMs }) => atMs < firstMs), ...samples].slice(-KEPT_SAMPLES);
    } else if (event === 'moment') {
      const moment = JSON.parse(data) as LiveMoment;
      this.moment = moment;
      const lastMs = this.samples.at(-1)?.atMs ?? 0;
      if (moment.sample.atMs > lastMs) this.samples = [...this.samples, moment.sample].slice(-KEPT_SAMPLES);
    }
    this.connection = 'live';
    this.problem = '';
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
