/**
 * Gives back the memory that starting has used: the space for young objects, which grew while modules were read, and
 * what C's allocator keeps of the texts of files. Every thread, once. Cold. `bench/scenarios/memory.ts` has the figure.
 */
import { loadAddon } from '../transport/addon.ts';

/** How long a worker takes to be ready for clients, and then some: what it makes on the way is garbage as well. */
const SETTLED_MS = 500;

/** For the main thread. Holds it up for some tens of milliseconds; the workers go on. */
export async function returnMemory(): Promise<void> {
  await collectGarbage();
  loadAddon().addon?.trimMemory?.();
}

/** For a worker, as soon as it has no client who would have to wait. */
export function returnMemoryWhenIdle(isIdle: () => boolean): void {
  const timer = setInterval(() => {
    if (!isIdle()) return;
    clearInterval(timer);
    void returnMemory();
  }, SETTLED_MS);
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
