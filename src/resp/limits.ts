/**
 * How much one client may send, and the texts a server answers when it sends more or sends nonsense.
 * Texts as in Redis 7.0 `networking.c`; the CRLF text is Valkey's (8.0.11, 9.0.6 and later).
 */

export interface RequestLimits {
  /** Longest argument, `proto-max-bulk-len`. */
  maxBulkBytes: number;
  /** Most arguments of one command. The servers' own limit is 2^31 - 1. */
  maxArguments: number;
  /** An inline command or a length line of which so much has come without its end is refused. 64 KiB in the servers. */
  maxInlineBytes: number;
  /** False applies the limits for clients that have yet to log in: 10 arguments of 16 KiB, 1 MiB in all. */
  authenticated: boolean;
  /** Most bytes kept for a client whose commands are incomplete or wait, `client-query-buffer-limit`. */
  maxQueryBytes: number;
}

/** The limits of a server with its default configuration. */
export const DEFAULT_REQUEST_LIMITS: Readonly<RequestLimits> = {
  maxBulkBytes: 512 * 1024 * 1024,
  maxArguments: 2147483647,
  maxInlineBytes: 64 * 1024,
  authenticated: true,
  maxQueryBytes: 1024 * 1024 * 1024,
};

export const UNAUTHENTICATED_ARGUMENTS = 10;
export const UNAUTHENTICATED_BULK_BYTES = 16384;
export const UNAUTHENTICATED_QUERY_BYTES = 1024 * 1024;

export const ERROR_BIG_INLINE = 'ERR Protocol error: too big inline request';
export const ERROR_QUOTES = 'ERR Protocol error: unbalanced quotes in request';
export const ERROR_BIG_COUNT = 'ERR Protocol error: too big mbulk count string';
export const ERROR_COUNT = 'ERR Protocol error: invalid multibulk length';
export const ERROR_UNAUTHENTICATED_COUNT = 'ERR Protocol error: unauthenticated multibulk length';
export const ERROR_BIG_LENGTH = 'ERR Protocol error: too big bulk count string';
export const ERROR_LENGTH = 'ERR Protocol error: invalid bulk length';
export const ERROR_UNAUTHENTICATED_LENGTH = 'ERR Protocol error: unauthenticated bulk length';
export const ERROR_LINE_END = 'ERR Protocol error: invalid CRLF in request';

/** The character is one byte, as `FrameWriter.error` writes it; CR and LF show as spaces, as in every error. */
export function expectedDollar(byte: number): string {
  return `ERR Protocol error: expected '$', got '${String.fromCharCode(byte)}'`;
}
