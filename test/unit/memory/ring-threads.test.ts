import { once } from 'node:events';
import * as path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { ringBytes } from '../../../src/memory/ring.ts';
import { RingLink } from '../../../src/memory/ring-link.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testSeed } from '../../support/seed.ts';

const STOP = 99;
const RECORDS = 2000;
const loader = path.resolve(import.meta.dirname, '../../support/typescript.mjs');

it('a ring between two threads loses, repeats and changes nothing', async () => {
  const random = createRandom(testSeed('ring between threads'));
  const out = new SharedArrayBuffer(ringBytes(8192));
  const inward = new SharedArrayBuffer(ringBytes(8192));
  const signal = new SharedArrayBuffer(4);
  const worker = new Worker(path.join(import.meta.dirname, 'ring-echo-worker.ts'), {
    workerData: { out: inward, inward: out, signal },
    execArgv: ['--import', loader],
  });
  onCleanup(async () => void (await worker.terminate()));
  await once(worker, 'message');
  const word = new Int32Array(signal);
  const wake = (): void => {
    Atomics.add(word, 0, 1);
    Atomics.notify(word, 0);
  };
  // Of each record: what it is to look like when it is back. Its bytes follow from its number and length.
  const lengths: number[] = [];
  let back = 0;
  let stopped = false;
  let wrong = 0;
  const link = new RingLink(
    out,
    inward,
    { wake },
    {
      record: (kind, a, b, c, d, bytes, start, end) => {
        if (kind === STOP) {
          stopped = true;
          return;
        }
        if (a !== back || b !== -back || c !== end - start || d !== ~back || c !== lengths[back]) wrong += 1;
        for (let at = start; at < end; at++) if (bytes[at] !== ((a + at - start) & 255)) wrong += 1;
        back += 1;
      },
    },
  );
  const payload = new Uint8Array(4000);
  while (lengths.length < RECORDS) {
    for (let count = random.integer(200); count > 0 && lengths.length < RECORDS; count--) {
      const number = lengths.length;
      const length = random.next() < 0.8 ? random.integer(100) : random.integer(payload.length);
      lengths.push(length);
      for (let at = 0; at < length; at++) payload[at] = (number + at) & 255;
      link.send(1 + (number % 7), number, -number, length, ~number, payload, 0, length);
    }
    link.receive();
    link.flush();
    await turn();
  }
  link.send(STOP, 0, 0, 0, 0, payload, 0, 0);
  while (!stopped) {
    link.flush();
    link.receive();
    wake();
    await turn();
  }
  expect(wrong).toBe(0);
  expect(back).toBe(RECORDS);
});
