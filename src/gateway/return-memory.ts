/**
 * Gives back the memory that starting has used: the space for young objects, which grew while modules were read, and
 * what C's allocator keeps of the texts of files. Every thread, once. Cold. `bench/scenarios/memory.ts` has the figure.
 */
import { loadAddon } from '../transport/addon.ts';

/**
 * Before there are clients, whom it would hold up by some tens of milliseconds, and for another reason: where the first
 * six objects of a class have come and gone when garbage is collected, V8 (of Node.js 20) takes the seventh for one
 * without fields. If it has many private ones, all objects that follow are dictionaries, and commands cost 1.6 times as
 * much for as long as the process lives.
 */
export async function returnMemory(): Promise<void> {
  await collectGarbage();
  loadAddon().addon?.trimMemory?.();
}

/** Of this thread. An ordinary collection keeps the freed pages; this one is what a system short of memory asks for. */
async function collectGarbage(): Promise<void> {
  if (!process.features.inspector) return;
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
