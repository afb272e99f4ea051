/** What the admin API answers when it says no: `{"error":{"code","message"}}`. Main thread. */

export class ApiError extends Error {
  readonly statusCode: number;
  readonly code: string;
  /** Of the header Retry-After. */
  readonly waitSeconds: number | undefined;

  constructor(statusCode: number, code: string, message: string, waitSeconds?: number) {
    super(message);
    this.name = 'ApiError';
    this.statusCode = statusCode;
    this.code = code;
    this.waitSeconds = waitSeconds;
  }
}

export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

export function errorBody(code: string, message: string): ErrorAnswer {
  return { error: { code, message } };
}
