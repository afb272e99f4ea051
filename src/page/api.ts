/** Requests to the admin API. The token, where one is asked for, lasts as long as the tab. */

const TOKEN_KEY = 'lockstep-token';

export class RequestError extends Error {
  /** 0: no answer at all. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
  }
}

export function rememberToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN_KEY);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

/** Resolves with answers of success only. */
export async function request(path: string, signal: AbortSignal | null = null): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(path, { headers, signal, cache: 'no-store' });
  } catch (error) {
    throw new RequestError(0, error instanceof Error ? error.message : String(error));
  }
  if (response.ok) return response;
  throw new RequestError(response.status, await errorMessage(response));
}

async function errorMessage(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return `status ${response.status}`;
  }
}

export async function requestJson<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}
