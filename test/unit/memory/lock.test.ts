/** The lock between threads: exclusion, sleeping and waking, and owners that die. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Arena, WORD_ROOTS } from '../../../src/memory/arena.ts';
import { declareDead, LIVENESS_BYTES, LockOwner } from '../../../src/memory/lock.ts';

const loader = new URL('../../support/typescript.mjs', import.meta.url).href;

function startThread(
  arena: Arena,
  liveness: SharedArrayBuffer,
  id: number,
  steps: number,
  dies: boolean,
): Worker {
  return new Worker(new URL('./lock-thread.ts', import.meta.url), {
    workerData: { buffer: arena.buffer, liveness, id, steps, dies },
    execArgv: ['--import', loader],
  });
}

it('lets one thread in at a time', async () => {
  const arena = Arena.create(65536);
  const liveness = new SharedArrayBuffer(LIVENESS_BYTES);
  const steps = 20_000;
  const threads = [1, 2, 3].map((id) => startThread(arena, liveness, id, steps, false));
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  expect(arena.words[WORD_ROOTS]).toBe(3 * steps);
});

it('wakes a sleeper', async () => {
  const arena = Arena.create(65536);
  const liveness = new SharedArrayBuffer(LIVENESS_BYTES);
  const owner = new LockOwner(1, liveness);
  owner.lock(arena);
  const thread = startThread(arena, liveness, 2, 1, false);
  await once(thread, 'online');
  expect(arena.words[WORD_ROOTS]).toBe(0);
  owner.unlock(arena);
  await once(thread, 'message');
  expect(arena.words[WORD_ROOTS]).toBe(1);
});

it('throws for whoever waits for a dead owner', async () => {
  const arena = Arena.create(65536);
  const liveness = new SharedArrayBuffer(LIVENESS_BYTES);
  const thread = startThread(arena, liveness, 2, 5, true);
  await once(thread, 'message');
  await thread.terminate();
  declareDead(liveness, 2);
  const owner = new LockOwner(1, liveness);
  expect(() => owner.lock(arena)).toThrow('the thread 2 died with a lock');
});
