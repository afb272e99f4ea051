/** What the main thread passes on between workers, which have no other way to each other. Main thread. Cold. */
import type { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './control.ts';

type Relayed = Extract<FromWorker, { type: 'ask' | 'answer' | 'peer' }>;

/** Brings a message of worker `from` to the one or to all the others it is for. */
export function relay(workers: readonly { readonly worker: Worker }[], from: number, message: Relayed): void {
  const to = message.type === 'ask' ? 'others' : message.to;
  for (const [at, { worker }] of workers.entries()) {
    if (at === to || (to === 'others' && at !== from)) worker.postMessage(translate(message, from));
  }
}

/** As the receiver gets it. */
function translate(message: Relayed, from: number): ToWorker {
  if (message.type === 'ask') {
    const { token, question } = message;
    return { type: 'asked', from, token, question };
  }
  if (message.type === 'answer') return { type: 'answered', token: message.token, answer: message.answer };
  return { type: 'peer', from, message: message.message };
}
