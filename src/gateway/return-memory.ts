/**
 * Gives back the memory that starting has used: the space for young objects, which grew while modules were read, and
 * what C's allocator keeps of the texts of files. Main thread, once. Cold. `bench/scenarios/memory.ts` has the figure.
 */
import { loadAddon } from '../transport/addon.ts';

/** Holds this thread up for some tens of milliseconds; the workers go on. */
export async function returnMemory(): Promise<void> {
  if (process.features.inspector) await collectGarbage();
  loadAddon().addon?.trimMemory?.();
}

/** An ordinary collection keeps the freed pages; this one is what a system that is short of memory asks for. */
async function collectGarbage(): Promise<void> {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
