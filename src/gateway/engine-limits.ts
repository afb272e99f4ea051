/**
 * What one client of the engine may take: how long its commands may be, what may wait for it, how long it may be
 * silent. It begins with the gateway's configuration, and follows what CONFIG SET says since. Worker thread.
 */
import { limitsOf, limitsText } from '../engine/client-settings.ts';
import { SETTING_QUERY_BYTES, type Settings, settingNumber } from '../engine/settings.ts';
import type { RequestLimits } from '../resp/limits.ts';
import { LIMIT_STRING_BYTES } from '../store/encoding-limits.ts';
import { type ClassLimits, type OutputLimits, watchedBytes } from './client-output.ts';
import { requestLimits, type SessionSettings } from './session-host.ts';

const TIMEOUT = settingNumber('timeout');
const OUTPUT_LIMITS = settingNumber('client-output-buffer-limit');

export class EngineLimits {
  readonly request: RequestLimits;
  output: ClassLimits;
  /** See `watchedBytes`. */
  outputWatchBytes: number;
  idleTimeoutMs: number;
  #configured: SessionSettings;
  readonly #settings: Settings;
  /** Of the settings that were looked at. */
  #version = -1;

  constructor(settings: Settings, configured: SessionSettings) {
    this.#settings = settings;
    this.#configured = configured;
    this.request = requestLimits(configured);
    this.output = configured;
    this.outputWatchBytes = watchedBytes(configured);
    this.idleTimeoutMs = configured.idleTimeoutMs;
    this.#tell(configured);
  }

  /** Cold: at a reload. What has changed in the configuration takes the place of what CONFIG SET has said. */
  reconfigure(configured: SessionSettings): void {
    const before = this.#configured;
    this.#configured = configured;
    const isSame =
      before.maxBulkBytes === configured.maxBulkBytes &&
      before.maxQueryBytes === configured.maxQueryBytes &&
      before.idleTimeoutMs === configured.idleTimeoutMs &&
      outputText(before) === outputText(configured);
    if (!isSame) this.#tell(configured);
    this.#version = -1;
  }

  /** CONFIG SET may have changed them, on any worker. */
  refresh(): void {
    const { version } = this.#settings;
    if (version === this.#version) return;
    this.#version = version;
    this.#take();
  }

  #tell(configured: SessionSettings): void {
    const { numbers, encodingLimits } = this.#settings;
    encodingLimits[LIMIT_STRING_BYTES] = configured.maxBulkBytes;
    numbers[SETTING_QUERY_BYTES] = configured.maxQueryBytes;
    numbers[TIMEOUT] = inSeconds(configured.idleTimeoutMs);
    this.#settings.setText(OUTPUT_LIMITS, outputText(configured));
  }

  /** Cold: when a setting has changed. The configuration is finer than settings, so it counts while they agree. */
  #take(): void {
    const { numbers, encodingLimits } = this.#settings;
    const configured = this.#configured;
    this.request.maxBulkBytes = encodingLimits[LIMIT_STRING_BYTES];
    this.request.maxQueryBytes = numbers[SETTING_QUERY_BYTES];
    const seconds = numbers[TIMEOUT];
    this.idleTimeoutMs =
      seconds === inSeconds(configured.idleTimeoutMs) ? configured.idleTimeoutMs : seconds * 1000;
    const text = this.#settings.text(OUTPUT_LIMITS);
    this.output = text === outputText(configured) ? configured : classLimits(text, configured);
    this.outputWatchBytes = watchedBytes(this.output);
  }
}

function inSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** As the servers write them; there are no replicas. */
function outputText(configured: ClassLimits): string {
  const { slave } = limitsOf('');
  const [normal, pubsub] = [configured, configured.pubsub].map((of) => ({
    hardBytes: of.maxOutputBytes,
    softBytes: of.softOutputBytes,
    softSeconds: inSeconds(of.softOutputMs),
  }));
  return limitsText({ normal, slave, pubsub });
}

/** Cold: when a setting has changed. */
function classLimits(text: string, { holdBackBytes }: ClassLimits): ClassLimits {
  const limits = limitsOf(text);
  const [normal, pubsub] = [limits.normal, limits.pubsub].map(
    ({ hardBytes, softBytes, softSeconds }): OutputLimits => ({
      maxOutputBytes: hardBytes,
      softOutputBytes: softBytes,
      softOutputMs: softSeconds * 1000,
    }),
  );
  return { ...normal, pubsub, holdBackBytes };
}
