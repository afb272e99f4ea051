/**
 * The one table of operational errors: things that go wrong around the product, not in a client's command
 * (those are RESP replies) and not in our code (those are asserts). `docs/errors.md` is tested against this table.
 */

export const operationalErrors = {
  config_invalid: 'The configuration does not fit the schema.',
  config_unreadable: 'The configuration file cannot be read.',
  listen_failed: 'A listening address cannot be bound.',
  tls_material: 'A certificate or key cannot be read or does not fit.',
  admin_exposed: 'The admin API would be reachable from other machines without a token.',
  worker_died: 'A worker thread stopped unexpectedly.',
  upstream_unreachable: 'An upstream server cannot be connected to.',
  upstream_handshake: 'An upstream server refused AUTH, HELLO or SELECT.',
  upstream_protocol: 'An upstream server sent bytes that are not RESP.',
  report_failed: 'No report could be got from a gateway, or it could not be written.',
  snapshot_unusable: 'The snapshot file cannot be loaded, or there is no place for it.',
  take_over_failed: 'This process cannot take over from the one that serves the same addresses.',
  transport_unavailable: 'The requested transport cannot run on this machine.',
} as const;

export type OperationalErrorCode = keyof typeof operationalErrors;

export class OperationalError extends Error {
  readonly code: OperationalErrorCode;
  constructor(code: OperationalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperationalError';
    this.code = code;
  }
}

/** For conditions that only a bug can break. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}

/** How error replies end that leave open whether the command has run. */
export const OUTCOME_UNKNOWN = 'the outcome of this command is unknown';
