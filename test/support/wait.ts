/** Waiting for something to become true, in bounded time. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks `probe` every 20 ms until it gives something other than undefined or false, and gives that. A probe that
 * throws is asked again. Throws after `timeoutMs`, with the last error and what `describe` says was waited for.
 */
export async function waitUntil<T>(
  probe: () => T | Promise<T>,
  describe: string,
  timeoutMs = 60_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) break;
    await sleep(20);
  }
  const cause = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`waited ${timeoutMs} ms for ${describe}${cause}`, { cause: lastError });
}
