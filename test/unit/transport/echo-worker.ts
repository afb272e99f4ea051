/** A worker thread of the thread tests: serves echoes on a shared port and wakes whoever gave it a token. */
import { parentPort, workerData } from 'node:worker_threads';
import { createTransport } from '../../../src/transport/create.ts';
import type { ConnectionHandler, ConnectionId, WakeToken } from '../../../src/transport/transport.ts';
import { connectWaker } from '../../../src/transport/wake.ts';

interface Instructions {
  readonly kind: 'native' | 'node';
  readonly port: number;
  readonly token: WakeToken | undefined;
  readonly wakes: number;
}

const { kind, port, token, wakes } = workerData as Instructions;
const parent = parentPort;
if (parent === null) throw new Error('not a worker');
const transport = createTransport(kind);
let accepted = 0;
const handler: ConnectionHandler = {
  connected: () => {},
  data: (connection, bytes, start, end) => transport.write(connection, bytes, start, end),
  ended: (connection: ConnectionId) => transport.shutdown(connection),
  drained: () => {},
  closed: () => {},
};
const listener = await transport.listen(
  { address: { kind: 'tcp', host: '127.0.0.1', port }, backlog: 64, reusePort: true },
  () => {
    accepted++;
    return handler;
  },
);
const own = transport.createWake(() => parent.postMessage({ type: 'woken' }));
parent.postMessage(
  { type: 'ready', address: listener.address, token: own },
  own.port === undefined ? [] : [own.port],
);
if (token !== undefined) {
  const waker = connectWaker(token);
  for (let count = 0; count < wakes; count++) waker.wake();
  parent.postMessage({ type: 'sent' });
}
parent.on('message', (message: string) => {
  if (message === 'count') parent.postMessage({ type: 'count', accepted });
  if (message === 'throw') throw new Error('worker failed');
  if (message !== 'stop') return;
  transport.destroy();
  parent.close();
});
