/** A worker thread of the ring tests: sends back every record that comes, until one of kind `STOP`. */
import { parentPort, workerData } from 'node:worker_threads';
import { RingLink } from '../../../src/memory/ring-link.ts';

const STOP = 99;

interface Wiring {
  readonly out: SharedArrayBuffer;
  readonly inward: SharedArrayBuffer;
  /** Counts wake-ups of this thread. */
  readonly signal: SharedArrayBuffer;
}

const { out, inward, signal } = workerData as Wiring;
const word = new Int32Array(signal);
let running = true;
const link: RingLink = new RingLink(
  out,
  inward,
  // The other side looks by itself.
  { wake: () => {} },
  {
    record: (kind, a, b, c, d, bytes, start, end) => {
      if (kind === STOP) running = false;
      link.send(kind, a, b, c, d, bytes, start, end);
    },
  },
);
parentPort!.postMessage('ready');
while (running || link.waitingBytes > 0) {
  const seen = Atomics.load(word, 0);
  link.receive();
  link.flush();
  // Wakes in between change the word, and then this does not wait.
  if (link.waitingBytes === 0 && running) Atomics.wait(word, 0, seen, 1000);
}
