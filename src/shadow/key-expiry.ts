/** What is to be true of a key's time to live on the shadow. Worker thread. */
import type { FrameWriter } from '../resp/encode.ts';

/** `atMs`, Unix time, is meant for `expires` and `kept` only; a key that is kept has another expiry in truth. */
export interface KeyExpiry {
  readonly key: Uint8Array;
  readonly state: 'expires' | 'kept' | 'stays' | 'gone';
  readonly atMs: number;
}

/** How much longer than its expiry the shadow keeps a key while the primary's word on it is awaited. */
export const KEEP_MS = 60_000;

/** The expiry of a key that is kept for the time being. */
export function keptExpiry(key: Uint8Array, nowMs: number): KeyExpiry {
  return { key, state: 'kept', atMs: nowMs + KEEP_MS };
}

/** Writes the command that makes it true. */
export function writeExpiry(writer: FrameWriter, { key, state, atMs }: KeyExpiry): void {
  const hasTime = state === 'expires' || state === 'kept';
  writer.array(hasTime ? 3 : 2);
  writer.text(hasTime ? 'PEXPIREAT' : state === 'stays' ? 'PERSIST' : 'DEL');
  writer.bulk(key, 0, key.length);
  if (hasTime) writer.number(atMs);
}
