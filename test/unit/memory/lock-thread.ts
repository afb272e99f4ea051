/** A thread of the lock tests: adds to a number under the lock, or takes the lock and dies. */
import { parentPort, workerData } from 'node:worker_threads';
import { Arena, WORD_ROOTS } from '../../../src/memory/arena.ts';
import { LockOwner } from '../../../src/memory/lock.ts';

interface Task {
  readonly buffer: SharedArrayBuffer;
  readonly liveness: SharedArrayBuffer;
  readonly id: number;
  readonly steps: number;
  readonly dies: boolean;
}

const { buffer, liveness, id, steps, dies } = workerData as Task;
const arena = Arena.attach(buffer);
const owner = new LockOwner(id, liveness);
for (let step = 0; step < steps; step++) {
  owner.lock(arena);
  // Two words that must move together, by plain reads and writes.
  const value = arena.words[WORD_ROOTS];
  if (arena.words[WORD_ROOTS + 1] !== -value) throw new Error('two threads in one lock');
  arena.words[WORD_ROOTS] = value + 1;
  arena.words[WORD_ROOTS + 1] = -(value + 1);
  if (step + 1 < steps || !dies) owner.unlock(arena);
}
parentPort?.postMessage('done');
